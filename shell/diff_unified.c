/* diff_unified: hunks as diff -u writes them. */
#include <string.h>

#include "core/quote.h"
#include "shell/diff.h"

const char *diff_style(const struct diff_look *look, enum out_style style)
{
    return look->safe ? out_on(style, true) : "";
}

const char *diff_plain(const struct diff_look *look)
{
    return look->safe ? out_off(true) : "";
}

static void add_text(struct str *out, const char *text, size_t len, bool safe)
{
    for (size_t i = 0; safe && i < len;) {
        const char *tab = memchr(text + i, '\t', len - i);
        size_t n = tab ? (size_t)(tab - text) - i : len - i;
        quote_termn(out, text + i, n);
        if (tab)
            str_addc(out, '\t');
        i += n + 1;
    }
    if (!safe)
        str_addn(out, text, len);
}

static void add_line(struct str *out, char sign, const struct diff_line *l, const struct diff_look *look)
{
    bool ends = l->len > 0 && l->ptr[l->len - 1] == '\n';
    bool styled = sign != ' ';
    str_add(out, styled ? diff_style(look, sign == '-' ? OUT_BAD : OUT_GOOD) : "");
    str_addc(out, sign);
    add_text(out, l->ptr, l->len - ends, look->safe);
    str_add(out, styled ? diff_plain(look) : "");
    str_add(out, ends ? "\n" : "\n\\ No newline at end of file\n");
}

/* Line numbers count from 1; an empty range names the line before it. */
static void add_range(struct str *out, char sign, size_t start, size_t len)
{
    str_addf(out, "%c%zu", sign, len == 0 ? start : start + 1);
    if (len != 1)
        str_addf(out, ",%zu", len);
}

static void add_hunk(const struct diff *d, const struct diff_hunk *h, const struct diff_look *look, struct str *out)
{
    size_t at = h->a;
    str_addf(out, "%s@@ ", diff_style(look, OUT_NAME));
    add_range(out, '-', h->a, h->a_len);
    str_addc(out, ' ');
    add_range(out, '+', h->b, h->b_len);
    str_addf(out, " @@%s\n", diff_plain(look));
    for (size_t i = 0; i < h->n; i++) {
        const struct diff_run *run = &h->run[i];
        for (; at < run->a; at++)
            add_line(out, ' ', &d->a.item[at], look);
        for (size_t j = 0; j < run->a_len; j++)
            add_line(out, '-', &d->a.item[at++], look);
        for (size_t j = 0; j < run->b_len; j++)
            add_line(out, '+', &d->b.item[run->b + j], look);
    }
    for (; at < h->a + h->a_len; at++)
        add_line(out, ' ', &d->a.item[at], look);
}

void diff_unified(const struct diff *d, const struct diff_look *look, struct str *out)
{
    struct diff_hunk hunk;
    for (size_t at = 0; diff_next_hunk(d, &at, &hunk);)
        add_hunk(d, &hunk, look, out);
}
