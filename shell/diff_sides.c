/* diff_sides: two texts beside each other: number, text, sign, number, text. A line that is too long goes on in the next row. */
#include <string.h>

#include "core/column.h"
#include "core/mem.h"
#include "core/quote.h"
#include "shell/diff.h"

enum { LEAST_TEXT = 16, SIGN_WIDTH = 3, LEAST_NUMBER = 3, TAB_WIDTH = 8 };

struct sides {
    const struct diff *diff;
    const struct diff_look *look;
    struct str *out;
    size_t number, text; /* columns of either half */
};

/* As it is shown: safe, tabs as blanks. Caller releases. */
static void show_line(const struct diff_line *l, struct str *ret)
{
    size_t len = l->len - (l->len > 0 && l->ptr[l->len - 1] == '\n');
    size_t stop = 0; /* where the last tab led */
    for (size_t i = 0; i < len;) {
        const char *tab = memchr(l->ptr + i, '\t', len - i);
        size_t n = tab ? (size_t)(tab - l->ptr) - i : len - i;
        quote_termn(ret, l->ptr + i, n);
        if (tab && !ret->failed) {
            column_pad(ret, stop, (column_width(ret->buf + stop, ret->len - stop) / TAB_WIDTH + 1) * TAB_WIDTH);
            stop = ret->len;
        }
        i += n + 1;
    }
}

/* One half of a row: what fits of the rest of a line, which moves on. */
static void add_half(const struct sides *s, struct view *rest, size_t number, enum out_style style, bool padded)
{
    size_t fits = column_fit(rest->ptr, rest->len, s->text);
    if (fits == 0) /* a character that is wider than the column */
        fits = rest->len;
    if (number > 0)
        str_addf(s->out, "%s%*zu%s ", diff_style(s->look, OUT_DIM), (int)s->number, number, diff_plain(s->look));
    else
        str_addf(s->out, "%*s ", (int)s->number, "");
    str_add(s->out, style == OUT_PLAIN || fits == 0 ? "" : diff_style(s->look, style));
    str_addn(s->out, rest->ptr, fits);
    str_add(s->out, style == OUT_PLAIN || fits == 0 ? "" : diff_plain(s->look));
    for (size_t width = padded ? column_width(rest->ptr, fits) : s->text; width < s->text; width++)
        str_addc(s->out, ' ');
    rest->ptr += fits;
    rest->len -= fits;
}

/* `a` and `b` are numbers of lines from 1 on, 0 for none. */
static void add_row(const struct sides *s, size_t a, char sign, size_t b)
{
    AUTO(str_release) struct str left = STR_INIT(STR_MAX_REPORT);
    AUTO(str_release) struct str right = STR_INIT(STR_MAX_REPORT);
    bool changed = sign != ' ';
    if (a > 0)
        show_line(&s->diff->a.item[a - 1], &left);
    if (b > 0)
        show_line(&s->diff->b.item[b - 1], &right);
    struct view l = {left.buf, left.len};
    struct view r = {right.buf, right.len};
    do {
        add_half(s, &l, a, changed ? OUT_BAD : OUT_PLAIN, true);
        str_addf(s->out, " %c ", sign);
        add_half(s, &r, b, changed ? OUT_GOOD : OUT_PLAIN, false);
        str_addc(s->out, '\n');
        a = b = 0;
        sign = ' ';
    } while (l.len > 0 || r.len > 0);
}

static void add_hunk(const struct sides *s, const struct diff_hunk *h)
{
    size_t a = h->a;
    size_t b = h->b;
    str_addf(s->out, "%sline %zu%s\n", diff_style(s->look, OUT_NAME), a + 1, diff_plain(s->look));
    for (size_t i = 0; i < h->n; i++) {
        const struct diff_run *run = &h->run[i];
        for (; a < run->a; a++, b++)
            add_row(s, a + 1, ' ', b + 1);
        size_t both = run->a_len < run->b_len ? run->a_len : run->b_len;
        for (size_t j = 0; j < both; j++)
            add_row(s, ++a, '|', ++b);
        for (size_t j = both; j < run->a_len; j++)
            add_row(s, ++a, '<', 0);
        for (size_t j = both; j < run->b_len; j++)
            add_row(s, 0, '>', ++b);
    }
    for (; a < h->a + h->a_len; a++, b++)
        add_row(s, a + 1, ' ', b + 1);
}

static size_t digits(size_t n)
{
    size_t count = 1;
    for (; n >= 10; n /= 10)
        count++;
    return count;
}

void diff_sides(const struct diff *d, const struct diff_look *look, struct str *out)
{
    struct diff_look safe = *look;
    safe.safe = true;
    size_t number = digits(d->a.n > d->b.n ? d->a.n : d->b.n);
    struct sides s = {.diff = d, .look = &safe, .out = out, .number = number < LEAST_NUMBER ? LEAST_NUMBER : number};
    size_t fixed = SIGN_WIDTH + 2 * (s.number + 1);
    s.text = look->columns > fixed + (size_t)2 * LEAST_TEXT ? (look->columns - fixed) / 2 : LEAST_TEXT;
    struct diff_hunk hunk;
    for (size_t at = 0; diff_next_hunk(d, &at, &hunk);)
        add_hunk(&s, &hunk);
}
