/* str: the string builder, lists of strings, and the nearest of a few words. */
#include "core/str.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"

char str_empty[1];

/* Room for `len` more bytes and the terminator; false, and failed, where that passes the maximum. */
static bool make_room(struct str *s, size_t len)
{
    if (s->failed || len > s->max - s->len) {
        s->failed = true;
        return false;
    }
    char *buf = s->cap ? s->buf : NULL;
    mem_reserve(&buf, &s->cap, s->len + len + 1, 1);
    s->buf = buf;
    return true;
}

void str_addn(struct str *s, const void *bytes, size_t len)
{
    if (len == 0 || !make_room(s, len))
        return;
    memcpy(s->buf + s->len, bytes, len);
    s->len += len;
    s->buf[s->len] = '\0';
}

void str_add(struct str *s, const char *text)
{
    str_addn(s, text, strlen(text));
}

void str_addc(struct str *s, char c)
{
    str_addn(s, &c, 1);
}

void str_addf(struct str *s, const char *fmt, ...)
{
    char small[256];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(small, sizeof small, fmt, ap);
    va_end(ap);
    if (n < 0) {
        s->failed = true;
    } else if ((size_t)n < sizeof small) {
        str_addn(s, small, (size_t)n);
    } else if (make_room(s, (size_t)n)) {
        va_start(ap, fmt);
        (void)vsnprintf(s->buf + s->len, (size_t)n + 1, fmt, ap);
        va_end(ap);
        s->len += (size_t)n;
    }
}

void str_clear(struct str *s)
{
    s->len = 0;
    s->failed = false;
    if (s->cap)
        s->buf[0] = '\0';
}

void str_release(struct str *s)
{
    if (s->cap)
        mem_free(s->buf);
    *s = (struct str)STR_INIT(s->max);
}

char *str_take(struct str *s)
{
    char *text = s->cap ? s->buf : mem_strdup("");
    *s = (struct str)STR_INIT(s->max);
    return text;
}

int str_check(const struct str *s, const char *what, struct err *e)
{
    if (s->failed)
        return err_set(e, ERR_LIMIT, "%s is longer than %zu bytes", what, s->max);
    return 0;
}

void strlist_add_take(struct strlist *l, char *text)
{
    mem_reserve(&l->item, &l->cap, l->n + 2, sizeof *l->item);
    l->item[l->n++] = text;
    l->item[l->n] = NULL;
}

void strlist_add(struct strlist *l, const char *text)
{
    strlist_add_take(l, mem_strdup(text));
}

bool strlist_has(const struct strlist *l, const char *text)
{
    for (size_t i = 0; i < l->n; i++) {
        if (strcmp(l->item[i], text) == 0)
            return true;
    }
    return false;
}

bool strlist_add_once(struct strlist *l, const char *text)
{
    if (strlist_has(l, text))
        return false;
    strlist_add(l, text);
    return true;
}

void strlist_release(struct strlist *l)
{
    for (size_t i = 0; i < l->n; i++)
        mem_free(l->item[i]);
    mem_free(l->item);
    *l = (struct strlist)STRLIST_INIT;
}

bool str_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *text, const char *suffix)
{
    size_t len = strlen(text);
    size_t tail = strlen(suffix);
    return len >= tail && memcmp(text + len - tail, suffix, tail) == 0;
}

enum { MAX_WORD = 64 };

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Insertions, deletions, replacements and swaps of neighbours that lead from `a` to `b`; both at most MAX_WORD long. */
static size_t distance(const char *a, size_t n_a, const char *b, size_t n_b)
{
    size_t row[3][MAX_WORD + 1];
    size_t *before = row[0];
    size_t *last = row[1];
    size_t *now = row[2];
    for (size_t j = 0; j <= n_b; j++)
        last[j] = before[j] = j;
    for (size_t i = 1; i <= n_a; i++) {
        now[0] = i;
        for (size_t j = 1; j <= n_b; j++) {
            now[j] = least(last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < now[j])
                now[j] = before[j - 2] + 1;
        }
        size_t *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[n_b];
}

const char *str_nearest(const char *text, const char *const *candidates, size_t n)
{
    const char *nearest = NULL;
    size_t len = strnlen(text, MAX_WORD + 1);
    size_t least_far = SIZE_MAX;
    size_t near = len / 3 > 2 ? len / 3 : 2;
    if (len > MAX_WORD)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        size_t other = strnlen(candidates[i], MAX_WORD + 1);
        if (other > MAX_WORD)
            continue;
        size_t far = distance(text, len, candidates[i], other);
        /* Words of one or two letters are within 2 of everything: one letter at least must be common. */
        if (far <= near && far < least_far && far < (len > other ? len : other)) {
            nearest = candidates[i];
            least_far = far;
        }
    }
    return nearest;
}
