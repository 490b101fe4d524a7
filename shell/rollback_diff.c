/* rollback_diff: one change of a session as text. */
#include "shell/rollback_diff.h"

#include <string.h>

#include "core/mem.h"
#include "core/out.h"
#include "core/quote.h"
#include "shell/rollback_view.h"

enum { NO_TERMINAL_COLUMNS = 130, MAX_LINES = STR_MAX_REPORT / 2 /* bytes of one change, so that what stands around it has room */ };

struct diff_look rollback_diff_look(bool is_terminal, bool sides)
{
    size_t columns = is_terminal ? out_screen().columns : 0;
    return (struct diff_look){.safe = is_terminal, .sides = sides, .columns = columns ? columns : NO_TERMINAL_COLUMNS};
}

static bool is_file(const struct snapshot_node *n)
{
    return n->type == SNAPSHOT_FILE;
}

enum content { CONTENT_NONE, CONTENT_TEXT, CONTENT_BINARY, CONTENT_LARGE, CONTENT_UNREADABLE };

struct text {
    void *data; /* owned */
    struct view view;
    enum content is;
};

static void text_release(struct text *t)
{
    mem_free(t->data);
}

static int read_text(struct store *s, const struct snapshot_node *n, struct text *ret, struct err *e)
{
    ret->view = (struct view){"", 0};
    if (!is_file(n))
        ret->is = CONTENT_NONE;
    else if (n->flags & SNAPSHOT_UNREADABLE)
        ret->is = CONTENT_UNREADABLE;
    else if (n->size > ROLLBACK_DIFF_MAX)
        ret->is = CONTENT_LARGE;
    else
        ret->is = CONTENT_TEXT;
    if (ret->is != CONTENT_TEXT)
        return 0;
    int rc = store_get(s, &n->content, STORE_BLOB, &ret->data, &ret->view.len, e);
    if (rc < 0)
        return rc;
    ret->view.ptr = ret->data;
    if (ret->view.len > ROLLBACK_DIFF_MAX)
        ret->is = CONTENT_LARGE;
    else if (memchr(ret->data, '\0', ret->view.len))
        ret->is = CONTENT_BINARY;
    return 0;
}

/* patch(1) takes a name with a blank for what it is only when a tab follows. */
static void add_name(struct str *out, const char *mark, const char *side, const char *path, const struct diff_look *look)
{
    str_addf(out, "%s%s ", diff_style(look, OUT_BOLD), mark);
    if (path) {
        str_add(out, side);
        quote_term(out, path);
        str_add(out, !look->safe && strchr(path, ' ') ? "\t" : "");
    } else {
        str_add(out, "/dev/null");
    }
    str_addf(out, "%s\n", diff_plain(look));
}

static const char *why_not(const struct text *before, const struct text *after)
{
    enum content worst = before->is > after->is ? before->is : after->is;
    switch (worst) {
    case CONTENT_NONE:
    case CONTENT_TEXT:
        return NULL;
    case CONTENT_BINARY:
        return "binary content, not shown";
    case CONTENT_LARGE:
        return "larger than 4 MiB, not compared";
    case CONTENT_UNREADABLE:
        return "could not be read";
    }
    return NULL;
}

/* What one file has too much of hides nothing of the others. */
static void take_lines(const struct str *lines, const char **ret_why, struct str *out)
{
    if (lines->failed)
        *ret_why = "too much to be shown";
    else
        str_addn(out, lines->buf, lines->len);
}

static int add_lines(struct store *s, const struct change *c, const struct diff_look *look, const char **ret_why, struct str *out, struct err *e)
{
    AUTO(text_release) struct text before = {0};
    AUTO(text_release) struct text after = {0};
    AUTO(str_release) struct str lines = STR_INIT(MAX_LINES);
    *ret_why = NULL;
    if (c->kind == CHANGE_METADATA || !(is_file(&c->before) || is_file(&c->after)))
        return 0;
    int rc = read_text(s, &c->before, &before, e);
    if (rc == 0)
        rc = read_text(s, &c->after, &after, e);
    if (rc < 0)
        return rc;
    *ret_why = why_not(&before, &after);
    if (*ret_why)
        return 0;
    struct diff diff;
    diff_make(before.view, after.view, &diff);
    if (diff.n > 0 && !look->sides) {
        add_name(&lines, "---", "a/", is_file(&c->before) ? c->path : NULL, look);
        add_name(&lines, "+++", "b/", is_file(&c->after) ? c->path : NULL, look);
    }
    if (look->sides)
        diff_sides(&diff, look, &lines);
    else
        diff_unified(&diff, look, &lines);
    diff_release(&diff);
    take_lines(&lines, ret_why, out);
    return 0;
}

int rollback_diff_lines(struct store *s, const struct change *c, const struct diff_look *look, struct str *out, struct err *e)
{
    const char *why;
    return add_lines(s, c, look, &why, out, e);
}

static const struct snapshot_xattr *attribute(const struct snapshot_xattrs *x, const char *name)
{
    for (size_t i = 0; i < x->n; i++) {
        if (strcmp(x->item[i].name, name) == 0)
            return &x->item[i];
    }
    return NULL;
}

static void add_attribute(struct str *out, const char *what, const char *name)
{
    str_addf(out, "  attribute %s: ", what);
    quote_term(out, name);
    str_addc(out, '\n');
}

static int add_attributes(struct store *s, const struct change *c, struct str *out, struct err *e)
{
    AUTO(snapshot_xattrs_release) struct snapshot_xattrs before = {0};
    AUTO(snapshot_xattrs_release) struct snapshot_xattrs after = {0};
    if (!c->before.type || !c->after.type || oid_equal(&c->before.xattrs, &c->after.xattrs))
        return 0;
    int rc = oid_is_zero(&c->before.xattrs) ? 0 : snapshot_xattrs_read(s, &c->before.xattrs, &before, e);
    if (rc == 0 && !oid_is_zero(&c->after.xattrs))
        rc = snapshot_xattrs_read(s, &c->after.xattrs, &after, e);
    for (size_t i = 0; rc == 0 && i < before.n; i++) {
        const struct snapshot_xattr *now = attribute(&after, before.item[i].name);
        if (!now)
            add_attribute(out, "removed", before.item[i].name);
        else if (now->len != before.item[i].len || memcmp(now->value, before.item[i].value, now->len) != 0)
            add_attribute(out, "changed", before.item[i].name);
    }
    for (size_t i = 0; rc == 0 && i < after.n; i++) {
        if (!attribute(&before, after.item[i].name))
            add_attribute(out, "added", after.item[i].name);
    }
    return rc;
}

static int add_target(struct store *s, const char *when, const struct snapshot_node *n, struct str *out, struct err *e)
{
    AUTO(mem_free_ptr) void *target = NULL;
    size_t len = 0;
    if (n->type != SNAPSHOT_LINK)
        return 0;
    int rc = store_get(s, &n->content, STORE_BLOB, &target, &len, e);
    if (rc < 0)
        return rc;
    str_addf(out, "  led %s to ", when);
    quote_termn(out, target, len);
    str_addc(out, '\n');
    return 0;
}

/* In words: patch(1) knows no links. */
static int add_targets(struct store *s, const struct change *c, struct str *out, struct err *e)
{
    if (c->kind == CHANGE_METADATA)
        return 0;
    int rc = add_target(s, "before", &c->before, out, e);
    return rc == 0 ? add_target(s, "after", &c->after, out, e) : rc;
}

int rollback_diff_change(struct store *s, const struct change *c, const struct change *from, const struct diff_look *look, struct str *out,
                         struct err *e)
{
    const char *why = NULL;
    str_add(out, diff_style(look, OUT_BOLD));
    if (from)
        rollback_view_rename(out, from, c);
    else
        rollback_view_change(out, c);
    str_addf(out, "%s\n", diff_plain(look));
    int rc = add_attributes(s, c, out, e);
    if (rc == 0)
        rc = add_targets(s, c, out, e);
    if (rc == 0 && !from)
        rc = add_lines(s, c, look, &why, out, e);
    if (rc == 0 && why)
        str_addf(out, "  %s\n", why);
    return rc;
}
