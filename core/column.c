/* column: how wide text stands on a terminal. */
#include "core/column.h"

#include <locale.h>
#include <stdint.h>
#include <wchar.h>

/* One character of well-formed UTF-8. */
static size_t decode(const char *text, size_t len, uint32_t *ret_code)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t n = p[0] < 0xc0 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    *ret_code = n == 1 ? p[0] : p[0] & (0xffU >> (n + 1));
    if (n > len)
        n = len;
    for (size_t i = 1; i < n; i++)
        *ret_code = (*ret_code << 6) | (p[i] & 0x3fU);
    return n;
}

/* The C library knows the widths, but in a locale with UTF-8 only, and nono works in the plain one. */
static locale_t utf8(void)
{
    static locale_t made;
    if (!made)
        made = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    return made;
}

static size_t width_of(uint32_t code)
{
    locale_t wanted = code < 0x80 ? (locale_t)0 : utf8();
    if (!wanted)
        return 1;
    locale_t before = uselocale(wanted);
    int width = wcwidth((wchar_t)code);
    (void)uselocale(before);
    return width < 0 ? 1 : (size_t)width;
}

size_t column_width(const char *text, size_t len)
{
    size_t total = 0;
    uint32_t code;
    for (size_t at = 0; at < len;) {
        at += decode(text + at, len - at, &code);
        total += width_of(code);
    }
    return total;
}

size_t column_fit(const char *text, size_t len, size_t columns)
{
    size_t total = 0;
    size_t at = 0;
    uint32_t code;
    while (at < len) {
        size_t n = decode(text + at, len - at, &code);
        total += width_of(code);
        if (total > columns)
            break;
        at += n;
    }
    return at;
}

void column_pad(struct str *out, size_t start, size_t columns)
{
    if (out->failed)
        return;
    for (size_t width = column_width(out->buf + start, out->len - start); width < columns; width++)
        str_addc(out, ' ');
}

void column_cut(struct str *out, const char *text, size_t len, size_t columns)
{
    static const char dots[] = "...";
    size_t fits = column_fit(text, len, columns);
    if (fits == len) {
        str_addn(out, text, len);
        return;
    }
    str_addn(out, text, column_fit(text, len, columns - (sizeof dots - 1)));
    str_add(out, dots);
}
