/* quote: one word, made safe for a shell, a terminal, JSON or a manual page. */
#include "core/quote.h"

#include <stdint.h>
#include <string.h>

#include "core/mem.h"

/* One character of strict UTF-8 (no overlong form, no surrogate, at most U+10FFFF): its length, 0 when it is none.
 * An embedded NUL is U+0000 and one byte long. */
static size_t decode(const unsigned char *p, size_t left, uint32_t *ret_code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t len = 0;
    if (p[0] < 0x80) {
        *ret_code = p[0];
        return 1;
    }
    if ((p[0] & 0xe0) == 0xc0)
        len = 2;
    else if ((p[0] & 0xf0) == 0xe0)
        len = 3;
    else if ((p[0] & 0xf8) == 0xf0)
        len = 4;
    if (len == 0 || len > left)
        return 0;
    uint32_t code = p[0] & (0xffu >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        code = (code << 6) | (p[i] & 0x3fu);
    }
    if (code < least[len] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return 0;
    *ret_code = code;
    return len;
}

/* What a terminal obeys rather than shows: C0, DEL, C1, and what turns or breaks the line. */
static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x061c || code == 0x200e || code == 0x200f ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

void quote_termn(struct str *out, const char *text, size_t len)
{
    const unsigned char *p = (const unsigned char *)text;
    while (len > 0) {
        uint32_t code = 0;
        size_t n = decode(p, len, &code);
        bool plain = n > 0 && !is_control(code);
        if (n == 0)
            n = 1;
        if (plain)
            str_addn(out, p, n);
        for (size_t i = 0; !plain && i < n; i++)
            str_addf(out, "\\x%02x", p[i]);
        p += n;
        len -= n;
    }
}

void quote_term(struct str *out, const char *text)
{
    quote_termn(out, text, strlen(text));
}

char *quote_term_dup(const char *text)
{
    AUTO(str_release) struct str s = STR_INIT(STR_MAX_LINE);
    quote_term(&s, text);
    return str_take(&s);
}

/* '=' is bare behind the name of an option only: elsewhere it may be an assignment, or zsh's =command. */
static bool is_bare(const char *word)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+:,./-";
    const char *rest = word + strspn(word, plain);
    if (*rest == '=' && word[0] == '-')
        rest += 1 + strspn(rest + 1, plain);
    return *word && !*rest;
}

void quote_sh(struct str *out, const char *word)
{
    if (is_bare(word)) {
        str_add(out, word);
        return;
    }
    str_addc(out, '\'');
    for (size_t n; *word; word += n) {
        n = strcspn(word, "'");
        str_addn(out, word, n);
        if (word[n] == '\'') {
            str_add(out, "'\\''");
            n++;
        }
    }
    str_addc(out, '\'');
}

void quote_fish(struct str *out, const char *word)
{
    str_addc(out, '\'');
    for (; *word; word++) {
        if (*word == '\\' || *word == '\'')
            str_addc(out, '\\');
        str_addc(out, *word);
    }
    str_addc(out, '\'');
}

static void add_json(struct str *out, uint32_t code, const unsigned char *p, size_t n)
{
    if (n == 0)
        str_addf(out, "\\udc%02x", p[0]);
    else if (code == '"' || code == '\\')
        str_addf(out, "\\%c", (char)code);
    else if (code == '\n')
        str_add(out, "\\n");
    else if (code == '\t')
        str_add(out, "\\t");
    else if (is_control(code))
        str_addf(out, "\\u%04x", code);
    else
        str_addn(out, p, n);
}

void quote_json(struct str *out, const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t left = strlen(text);
    str_addc(out, '"');
    while (left > 0) {
        uint32_t code = 0;
        size_t n = decode(p, left, &code);
        add_json(out, code, p, n);
        p += n ? n : 1;
        left -= n ? n : 1;
    }
    str_addc(out, '"');
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

/* Words that mdoc would obey on a macro line: the name of a macro ("No", "Brq"), a delimiter standing alone. */
static bool is_roff_macro(const char *word)
{
    size_t len = strcspn(word, " \t\n");
    if (len == 1)
        return strchr(".,:;()[]?!|", word[0]) != NULL;
    bool named = word[0] >= 'A' && word[0] <= 'Z' && is_lower(word[1]);
    return (len == 2 && named) || (len == 3 && named && is_lower(word[2]));
}

static void add_roff(struct str *out, uint32_t code)
{
    static const struct {
        char c;
        const char *name;
    } special[] = {
        {'\\', "\\e"}, {'-', "\\-"}, {'"', "\\(dq"}, {'\'', "\\(aq"}, {'`', "\\(ga"}, {'^', "\\(ha"}, {'~', "\\(ti"},
    };
    for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
        if (code == (unsigned char)special[i].c) {
            str_add(out, special[i].name);
            return;
        }
    }
    if (code == ' ' || code == '\t' || code == '\n')
        str_addc(out, ' ');
    else if (is_control(code))
        str_addc(out, '?');
    else if (code < 0x7f)
        str_addc(out, (char)code);
    else
        str_addf(out, "\\[u%04X]", code);
}

void quote_roff(struct str *out, const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t left = strlen(text);
    bool at_word = true;
    while (left > 0) {
        uint32_t code = '?';
        size_t n = decode(p, left, &code);
        n = n ? n : 1;
        if (at_word && (*p == '.' || *p == '\'' || is_roff_macro((const char *)p)))
            str_add(out, "\\&");
        add_roff(out, code);
        at_word = code == ' ' || code == '\t' || code == '\n';
        p += n;
        left -= n;
    }
}
