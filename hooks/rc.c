/* rc: marked lines in a text. */
#include "hooks/rc.h"

#include <string.h>

static const char *const before_words[] = {"", " the line above had no end", " there was no file"};

enum { N_BEFORE = sizeof before_words / sizeof *before_words };

static struct view line_at(struct view text, size_t at)
{
    const char *end = memchr(text.ptr + at, '\n', text.len - at);
    return (struct view){.ptr = text.ptr + at, .len = end ? (size_t)(end - text.ptr) - at : text.len - at};
}

/* An editor may have added a carriage return. */
static bool is_line(struct view line, const char *open, const char *name, const char *close, const char *words)
{
    struct str want = STR_INIT(STR_MAX_LINE);
    str_addf(&want, "# %s %s %s%s", open, name, close, words);
    size_t len = line.len > 0 && line.ptr[line.len - 1] == '\r' ? line.len - 1 : line.len;
    bool same = len == want.len && memcmp(line.ptr, want.buf, len) == 0;
    str_release(&want);
    return same;
}

static bool is_first(struct view line, const char *name, enum rc_before *ret)
{
    for (size_t i = 0; i < N_BEFORE; i++) {
        *ret = (enum rc_before)i;
        if (is_line(line, ">>>", name, ">>>", before_words[i]))
            return true;
    }
    return false;
}

static int damaged(const char *name, size_t number, const char *what, struct err *e)
{
    return err_set(e, ERR_INPUT, "line %zu: the marker lines of '%s' are damaged (%s): put them right or delete them by hand", number, name, what);
}

struct reading {
    bool open;
    size_t body, number; /* where the body begins, and the line of the first marker */
};

static int take_line(struct view text, size_t at, struct view line, const char *name, size_t number, struct reading *r, struct rc_block *ret,
                     struct err *e)
{
    enum rc_before before;
    size_t next = at + line.len + (at + line.len < text.len);
    if (is_first(line, name, &before)) {
        if (r->open || ret->found)
            return damaged(name, number, "a second beginning", e);
        *r = (struct reading){.open = true, .body = next, .number = number};
        ret->before = before;
        ret->start = at;
    } else if (is_line(line, "<<<", name, "<<<", "")) {
        if (!r->open)
            return damaged(name, number, "an end without a beginning", e);
        r->open = false;
        ret->found = true;
        ret->end = next;
        ret->body = (struct view){.ptr = text.ptr + r->body, .len = at - r->body};
    }
    return 0;
}

int rc_find(struct view text, const char *name, struct rc_block *ret, struct err *e)
{
    struct reading r = {0};
    *ret = (struct rc_block){0};
    size_t number = 1;
    for (size_t at = 0; at < text.len; number++) {
        struct view line = line_at(text, at);
        int rc = take_line(text, at, line, name, number, &r, ret, e);
        if (rc < 0)
            return rc;
        at += line.len + 1;
    }
    return r.open ? damaged(name, r.number, "a beginning without an end", e) : 0;
}

static void add_block(const char *name, enum rc_before before, const char *body, struct str *out)
{
    str_addf(out, "# >>> %s >>>%s\n", name, before_words[before]);
    str_add(out, body);
    str_addf(out, "# <<< %s <<<\n", name);
}

int rc_put(struct view text, const char *name, const char *body, bool missing, struct str *out, struct err *e)
{
    struct rc_block b;
    int rc = rc_find(text, name, &b, e);
    if (rc < 0)
        return rc;
    if (b.found) {
        str_addn(out, text.ptr, b.start);
        add_block(name, b.before, body, out);
        str_addn(out, text.ptr + b.end, text.len - b.end);
    } else {
        bool no_end = text.len > 0 && text.ptr[text.len - 1] != '\n';
        str_addn(out, text.ptr, text.len);
        if (no_end)
            str_addc(out, '\n');
        add_block(name, missing ? RC_BEFORE_NONE : no_end ? RC_BEFORE_NO_END : RC_BEFORE_LINE, body, out);
    }
    return str_check(out, "the file", e);
}

int rc_drop(struct view text, const char *name, struct str *out, bool *ret_remove, struct err *e)
{
    struct rc_block b;
    *ret_remove = false;
    int rc = rc_find(text, name, &b, e);
    if (rc < 0)
        return rc;
    if (!b.found) {
        str_addn(out, text.ptr, text.len);
        return str_check(out, "the file", e);
    }
    size_t keep = b.start;
    if (b.before == RC_BEFORE_NO_END && b.end == text.len && keep > 0 && text.ptr[keep - 1] == '\n')
        keep--;
    str_addn(out, text.ptr, keep);
    str_addn(out, text.ptr + b.end, text.len - b.end);
    *ret_remove = b.before == RC_BEFORE_NONE && out->len == 0 && !out->failed;
    return str_check(out, "the file", e);
}
