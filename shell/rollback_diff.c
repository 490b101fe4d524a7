/* rollback_diff: Myers' greedy algorithm (An O(ND) Difference Algorithm, 1986) over lines, and its hunks. */
#include "shell/rollback_diff.h"

#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#include "core/mem.h"
#include "core/quote.h"

/* Changes with no more lines between them share a hunk. */
enum { APART = 2 * ROLLBACK_DIFF_CONTEXT };

struct line {
    const char *ptr;
    size_t len; /* newline included */
    uint64_t hash;
};
struct lines {
    struct line *item;
    size_t n, cap;
};

/* One run of lines that is the same in both, or a replacement of one run by another. */
struct run {
    size_t a, b, a_len, b_len;
};
struct runs { /* the changed ones, in order */
    struct run *item;
    size_t n, cap;
};

static void split(struct view text, struct lines *ret)
{
    const char *p = text.ptr;
    const char *end = text.ptr + text.len;
    while (p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        size_t len = newline ? (size_t)(newline - p) + 1 : (size_t)(end - p);
        uint64_t hash = 0xcbf29ce484222325U;
        for (size_t i = 0; i < len; i++)
            hash = (hash ^ (unsigned char)p[i]) * 0x100000001b3U;
        mem_reserve(&ret->item, &ret->cap, ret->n + 1, sizeof(*ret->item));
        ret->item[ret->n++] = (struct line){p, len, hash};
        p += len;
    }
}

static bool same(const struct line *a, const struct line *b)
{
    return a->hash == b->hash && a->len == b->len && memcmp(a->ptr, b->ptr, a->len) == 0;
}

static void add_run(struct runs *r, struct run run)
{
    if (run.a_len == 0 && run.b_len == 0)
        return;
    struct run *last = r->n > 0 ? &r->item[r->n - 1] : NULL;
    if (last && last->a + last->a_len == run.a && last->b + last->b_len == run.b) {
        last->a_len += run.a_len;
        last->b_len += run.b_len;
        return;
    }
    mem_reserve(&r->item, &r->cap, r->n + 1, sizeof(*r->item));
    r->item[r->n++] = run;
}

/* The search: row d of `trace` holds the furthest a-position on each diagonal -d..d. */
struct search {
    const struct line *a, *b;
    ptrdiff_t n, m;
    int32_t *trace; /* rows of growing length: row d begins at d*d */
};

static int32_t *cell(const struct search *s, ptrdiff_t d, ptrdiff_t k)
{
    return &s->trace[d * d + d + k];
}

/* The a-position from which diagonal k is entered at step d. */
static ptrdiff_t enter(const struct search *s, ptrdiff_t d, ptrdiff_t k)
{
    if (d == 0)
        return 0;
    bool down = k == -d || (k != d && *cell(s, d - 1, k - 1) < *cell(s, d - 1, k + 1));
    return down ? *cell(s, d - 1, k + 1) : *cell(s, d - 1, k - 1) + 1;
}

/* Number of edits, or -1 when there are more than the limit. Steps of one parity only: other cells are never read. */
static ptrdiff_t find_edits(struct search *s)
{
    for (ptrdiff_t d = 0; d <= ROLLBACK_DIFF_EDITS; d++) {
        s->trace = mem_resize(s->trace, (size_t)((d + 1) * (d + 1)), sizeof(*s->trace));
        for (ptrdiff_t k = -d; k <= d; k += 2) {
            ptrdiff_t x = enter(s, d, k);
            while (x < s->n && x - k >= 0 && x - k < s->m && same(&s->a[x], &s->b[x - k]))
                x++;
            *cell(s, d, k) = (int32_t)x;
            if (k == s->n - s->m && x >= s->n)
                return d;
        }
    }
    return -1;
}

/* Walks back from the end; the edits come in reverse. */
static void collect(const struct search *s, ptrdiff_t edits, size_t offset, struct runs *ret)
{
    AUTO(mem_free_ptr) struct run *back = mem_array((size_t)edits + 1, sizeof(*back));
    ptrdiff_t k = s->n - s->m;
    for (ptrdiff_t d = edits; d > 0; d--) {
        bool down = k == -d || (k != d && *cell(s, d - 1, k - 1) < *cell(s, d - 1, k + 1));
        ptrdiff_t from = down ? k + 1 : k - 1;
        ptrdiff_t x = *cell(s, d - 1, from);
        back[d - 1] = (struct run){offset + (size_t)x, offset + (size_t)(x - from), down ? 0 : 1, down ? 1 : 0};
        k = from;
    }
    for (ptrdiff_t i = 0; i < edits; i++)
        add_run(ret, back[i]);
}

static void compare(const struct lines *a, const struct lines *b, struct runs *ret)
{
    size_t head = 0;
    size_t tail = 0;
    while (head < a->n && head < b->n && same(&a->item[head], &b->item[head]))
        head++;
    while (tail < a->n - head && tail < b->n - head && same(&a->item[a->n - 1 - tail], &b->item[b->n - 1 - tail]))
        tail++;
    struct search s = {.a = a->item + head, .b = b->item + head, .n = (ptrdiff_t)(a->n - head - tail), .m = (ptrdiff_t)(b->n - head - tail)};
    if (s.n == 0 || s.m == 0) {
        add_run(ret, (struct run){head, head, (size_t)s.n, (size_t)s.m});
        return;
    }
    ptrdiff_t edits = find_edits(&s);
    if (edits < 0)
        add_run(ret, (struct run){head, head, (size_t)s.n, (size_t)s.m});
    else
        collect(&s, edits, head, ret);
    mem_free(s.trace);
}

static void add_line(struct str *out, char sign, const struct line *l, bool safe)
{
    bool ends = l->len > 0 && l->ptr[l->len - 1] == '\n';
    size_t len = l->len - ends;
    str_addc(out, sign);
    for (size_t i = 0; safe && i < len;) {
        const char *tab = memchr(l->ptr + i, '\t', len - i);
        size_t n = tab ? (size_t)(tab - l->ptr) - i : len - i;
        quote_termn(out, l->ptr + i, n);
        if (tab)
            str_addc(out, '\t');
        i += n + 1;
    }
    if (!safe)
        str_addn(out, l->ptr, len);
    str_add(out, ends ? "\n" : "\n\\ No newline at end of file\n");
}

/* Line numbers count from 1; an empty range names the line before it. */
static void add_range(struct str *out, char sign, size_t start, size_t len)
{
    str_addf(out, "%c%zu", sign, len == 0 ? start : start + 1);
    if (len != 1)
        str_addf(out, ",%zu", len);
}

static void add_hunk(struct str *out, const struct lines *a, const struct lines *b, const struct run *run, size_t n, bool safe)
{
    const struct run *last = &run[n - 1];
    size_t lead = run->a < ROLLBACK_DIFF_CONTEXT ? run->a : ROLLBACK_DIFF_CONTEXT;
    size_t rest = a->n - last->a - last->a_len;
    size_t tail = rest < ROLLBACK_DIFF_CONTEXT ? rest : ROLLBACK_DIFF_CONTEXT;
    size_t at = run->a - lead;
    str_add(out, "@@ ");
    add_range(out, '-', at, last->a + last->a_len + tail - at);
    str_addc(out, ' ');
    add_range(out, '+', run->b - lead, last->b + last->b_len + tail - (run->b - lead));
    str_add(out, " @@\n");
    for (size_t i = 0; i < n; i++) {
        for (; at < run[i].a; at++)
            add_line(out, ' ', &a->item[at], safe);
        for (size_t j = 0; j < run[i].a_len; j++)
            add_line(out, '-', &a->item[at++], safe);
        for (size_t j = 0; j < run[i].b_len; j++)
            add_line(out, '+', &b->item[run[i].b + j], safe);
    }
    for (size_t i = 0; i < tail; i++)
        add_line(out, ' ', &a->item[at++], safe);
}

void rollback_diff_text(struct view before, struct view after, bool safe, struct str *out)
{
    struct lines a = {0};
    struct lines b = {0};
    struct runs runs = {0};
    split(before, &a);
    split(after, &b);
    compare(&a, &b, &runs);
    for (size_t i = 0; i < runs.n;) {
        size_t n = 1;
        while (i + n < runs.n && runs.item[i + n].a - (runs.item[i + n - 1].a + runs.item[i + n - 1].a_len) <= APART)
            n++;
        add_hunk(out, &a, &b, &runs.item[i], n, safe);
        i += n;
    }
    mem_free(a.item);
    mem_free(b.item);
    mem_free(runs.item);
}

static bool has_content(const struct snapshot_node *n)
{
    return (n->type == SNAPSHOT_FILE || n->type == SNAPSHOT_LINK) && !(n->flags & SNAPSHOT_UNREADABLE);
}

/* 1: it is text, in *ret; 0: it is not, or too large. */
static int get_text(struct store *s, const struct snapshot_node *n, char **ret, struct view *ret_view, struct err *e)
{
    void *data = NULL;
    if (!has_content(n))
        return n->type == 0;
    if (n->size > ROLLBACK_DIFF_MAX)
        return 0;
    int rc = store_get(s, &n->content, STORE_BLOB, &data, &ret_view->len, e);
    if (rc < 0)
        return rc;
    *ret = data;
    ret_view->ptr = *ret;
    return ret_view->len <= ROLLBACK_DIFF_MAX && !memchr(data, '\0', ret_view->len);
}

static void add_name(struct str *out, const char *mark, const char *side, const char *path, bool exists)
{
    str_addf(out, "%s ", mark);
    if (exists) {
        str_add(out, side);
        quote_term(out, path);
    } else {
        str_add(out, "/dev/null");
    }
    str_addc(out, '\n');
}

int rollback_diff_change(struct store *s, const struct change *c, bool safe, struct str *out, struct err *e)
{
    AUTO(mem_free_ptr) char *before = NULL;
    AUTO(mem_free_ptr) char *after = NULL;
    struct view a = {"", 0};
    struct view b = {"", 0};
    bool any = has_content(&c->before) || has_content(&c->after);
    if (!any || c->kind == CHANGE_METADATA)
        return 0;
    int before_is_text = get_text(s, &c->before, &before, &a, e);
    int after_is_text = before_is_text < 0 ? before_is_text : get_text(s, &c->after, &after, &b, e);
    if (after_is_text < 0)
        return after_is_text;
    if (before_is_text == 0 || after_is_text == 0) {
        str_add(out, "Binary or large: ");
        quote_term(out, c->path);
        str_addc(out, '\n');
        return 0;
    }
    add_name(out, "---", "a/", c->path, c->before.type != 0);
    add_name(out, "+++", "b/", c->path, c->after.type != 0);
    rollback_diff_text(a, b, safe, out);
    return 0;
}
