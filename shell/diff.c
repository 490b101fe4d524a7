/* diff: Myers' greedy algorithm (An O(ND) Difference Algorithm, 1986) over lines. */
#include "shell/diff.h"

#include <string.h>

#include "core/hash.h"
#include "core/mem.h"

/* Changes with no more lines between them share a hunk. */
enum { APART = 2 * DIFF_CONTEXT };

static void split(struct view text, struct diff_lines *ret)
{
    const char *p = text.ptr;
    const char *end = text.ptr + text.len;
    while (p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        size_t len = newline ? (size_t)(newline - p) + 1 : (size_t)(end - p);
        mem_reserve(&ret->item, &ret->cap, ret->n + 1, sizeof(*ret->item));
        ret->item[ret->n++] = (struct diff_line){p, len, hash_add(HASH_START, p, len)};
        p += len;
    }
}

static bool same(const struct diff_line *a, const struct diff_line *b)
{
    return a->hash == b->hash && a->len == b->len && memcmp(a->ptr, b->ptr, a->len) == 0;
}

static void add_run(struct diff *d, struct diff_run run)
{
    if (run.a_len == 0 && run.b_len == 0)
        return;
    struct diff_run *last = d->n > 0 ? &d->run[d->n - 1] : NULL;
    if (last && last->a + last->a_len == run.a && last->b + last->b_len == run.b) {
        last->a_len += run.a_len;
        last->b_len += run.b_len;
        return;
    }
    mem_reserve(&d->run, &d->cap, d->n + 1, sizeof(*d->run));
    d->run[d->n++] = run;
}

/* The search: row d of `trace` holds the furthest a-position on each diagonal -d..d. */
struct search {
    const struct diff_line *a, *b;
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
    for (ptrdiff_t d = 0; d <= DIFF_MAX_EDITS; d++) {
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
static void collect(const struct search *s, ptrdiff_t edits, size_t offset, struct diff *ret)
{
    AUTO(mem_free_ptr) struct diff_run *back = mem_array((size_t)edits + 1, sizeof(*back));
    ptrdiff_t k = s->n - s->m;
    for (ptrdiff_t d = edits; d > 0; d--) {
        bool down = k == -d || (k != d && *cell(s, d - 1, k - 1) < *cell(s, d - 1, k + 1));
        ptrdiff_t from = down ? k + 1 : k - 1;
        ptrdiff_t x = *cell(s, d - 1, from);
        back[d - 1] = (struct diff_run){offset + (size_t)x, offset + (size_t)(x - from), down ? 0 : 1, down ? 1 : 0};
        k = from;
    }
    for (ptrdiff_t i = 0; i < edits; i++)
        add_run(ret, back[i]);
}

static void compare(struct diff *ret)
{
    const struct diff_lines *a = &ret->a;
    const struct diff_lines *b = &ret->b;
    size_t head = 0;
    size_t tail = 0;
    while (head < a->n && head < b->n && same(&a->item[head], &b->item[head]))
        head++;
    while (tail < a->n - head && tail < b->n - head && same(&a->item[a->n - 1 - tail], &b->item[b->n - 1 - tail]))
        tail++;
    struct search s = {.a = a->item + head, .b = b->item + head, .n = (ptrdiff_t)(a->n - head - tail), .m = (ptrdiff_t)(b->n - head - tail)};
    if (s.n == 0 || s.m == 0) {
        add_run(ret, (struct diff_run){head, head, (size_t)s.n, (size_t)s.m});
        return;
    }
    ptrdiff_t edits = find_edits(&s);
    if (edits < 0)
        add_run(ret, (struct diff_run){head, head, (size_t)s.n, (size_t)s.m});
    else
        collect(&s, edits, head, ret);
    mem_free(s.trace);
}

void diff_make(struct view before, struct view after, struct diff *ret)
{
    *ret = (struct diff){0};
    split(before, &ret->a);
    split(after, &ret->b);
    compare(ret);
}

void diff_release(struct diff *d)
{
    mem_free(d->a.item);
    mem_free(d->b.item);
    mem_free(d->run);
    *d = (struct diff){0};
}

bool diff_next_hunk(const struct diff *d, size_t *at, struct diff_hunk *ret)
{
    if (*at >= d->n)
        return false;
    const struct diff_run *run = &d->run[*at];
    size_t n = 1;
    while (*at + n < d->n && run[n].a - (run[n - 1].a + run[n - 1].a_len) <= APART)
        n++;
    const struct diff_run *last = &run[n - 1];
    size_t lead = run->a < DIFF_CONTEXT ? run->a : DIFF_CONTEXT;
    size_t rest = d->a.n - last->a - last->a_len;
    size_t tail = rest < DIFF_CONTEXT ? rest : DIFF_CONTEXT;
    *ret = (struct diff_hunk){.run = run, .n = n, .a = run->a - lead, .b = run->b - lead};
    ret->a_len = last->a + last->a_len + tail - ret->a;
    ret->b_len = last->b + last->b_len + tail - ret->b;
    *at += n;
    return true;
}
