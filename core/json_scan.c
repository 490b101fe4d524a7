/* json_scan: the grammar of JSON, checked byte by byte. */
#include "core/json_scan.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "core/mem.h"
#include "core/quote.h"

enum want { WANT_VALUE, WANT_VALUE_OR_END, WANT_KEY, WANT_KEY_OR_END, WANT_COLON, WANT_COMMA_OR_END, WANT_NOTHING };

struct scan {
    const char *start, *at, *end;
    char *out;
    const char *name;
    unsigned flags;
    enum want want;
    char open[JSON_MAX_DEPTH]; /* '{' or '[' */
    unsigned depth;
    char *comma; /* the last one written, while nothing follows it; NULL */
    struct json_sink *sink;
    struct err *e;
};

static int __attribute__((format(printf, 2, 3))) fail(struct scan *s, const char *fmt, ...)
{
    unsigned line = 1;
    char text[ERR_TEXT_MAX];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    for (const char *p = s->start; p < s->at; p++)
        line += *p == '\n';
    if (s->sink && s->sink->room > 0)
        s->sink->take(s->sink->context, &(struct json_problem){.line = line, .pointer = "", .text = text});
    return err_set(s->e, ERR_INPUT, "%s:%u: %s", s->name, line, text);
}

/* The byte `ahead` of the current one, 0 at the end of the text. */
static unsigned char peek(const struct scan *s, size_t ahead)
{
    return (size_t)(s->end - s->at) > ahead ? (unsigned char)s->at[ahead] : 0;
}

static void copy(struct scan *s, size_t n)
{
    memcpy(s->out, s->at, n);
    s->out += n;
    s->at += n;
}

/* Length of the UTF-8 sequence that starts here; 0 when it is none, too long for its value, a surrogate or past U+10FFFF. */
static size_t utf8_length(const struct scan *s)
{
    unsigned char c = peek(s, 0);
    unsigned char second = peek(s, 1);
    if (c < 0x80)
        return 1;
    size_t len = c >= 0xc2 && c <= 0xdf ? 2 : c >= 0xe0 && c <= 0xef ? 3 : c >= 0xf0 && c <= 0xf4 ? 4 : 0;
    for (size_t i = 1; i < len; i++) {
        if ((peek(s, i) & 0xc0) != 0x80)
            return 0;
    }
    bool is_bad = (c == 0xe0 && second < 0xa0) || (c == 0xed && second > 0x9f) || (c == 0xf0 && second < 0x90) || (c == 0xf4 && second > 0x8f);
    return is_bad ? 0 : len;
}

/* The four digits that follow "\u" at `ahead`, -1 when they are not. */
static int hex4(const struct scan *s, size_t ahead)
{
    int value = 0;
    for (size_t i = 0; i < 4; i++) {
        unsigned char c = peek(s, ahead + i);
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static int scan_unicode_escape(struct scan *s)
{
    int unit = hex4(s, 2);
    if (unit < 0)
        return fail(s, "\\u needs four hexadecimal digits");
    if (unit == 0)
        return fail(s, "a string must not hold a NUL character");
    if (unit >= 0xdc80 && unit <= 0xdcff) {
        *s->out++ = (char)(unsigned char)(unit - 0xdc00);
        s->at += 6;
        return 0;
    }
    if (unit >= 0xd800 && unit <= 0xdbff) {
        int low = peek(s, 6) == '\\' && peek(s, 7) == 'u' ? hex4(s, 8) : -1;
        if (low < 0xdc00 || low > 0xdfff)
            return fail(s, "\\u%04x is half of a surrogate pair", (unsigned)unit);
        copy(s, 12);
        return 0;
    }
    if (unit >= 0xdc00 && unit <= 0xdfff)
        return fail(s, "\\u%04x is half of a surrogate pair", (unsigned)unit);
    copy(s, 6);
    return 0;
}

static int scan_escape(struct scan *s)
{
    unsigned char c = peek(s, 1);
    if (c == 'u')
        return scan_unicode_escape(s);
    if (c == 0 || !strchr("\"\\/bfnrt", c))
        return fail(s, "a backslash in a string must be followed by one of \"\\/bfnrtu");
    copy(s, 2);
    return 0;
}

/* At the opening quotation mark. */
static int scan_string(struct scan *s)
{
    copy(s, 1);
    for (;;) {
        const char *plain = s->at;
        while (plain < s->end && *plain != '"' && *plain != '\\' && (unsigned char)*plain >= 0x20 && (unsigned char)*plain < 0x80)
            plain++;
        copy(s, (size_t)(plain - s->at));
        if (s->at == s->end)
            return fail(s, "the text ends inside a string");
        if (*s->at == '"') {
            copy(s, 1);
            return 0;
        }
        if (*s->at == '\\') {
            if (scan_escape(s) < 0)
                return s->e->class;
        } else if ((unsigned char)*s->at < 0x20) {
            return fail(s, "a control character in a string must be written as an escape (\\n, \\t, \\u%04x)", peek(s, 0));
        } else {
            size_t len = utf8_length(s);
            if (len == 0)
                return fail(s, "byte 0x%02x is not UTF-8", peek(s, 0));
            copy(s, len);
        }
    }
}

static size_t digits(const struct scan *s, size_t ahead)
{
    size_t n = 0;
    while (peek(s, ahead + n) >= '0' && peek(s, ahead + n) <= '9')
        n++;
    return n;
}

static int scan_number(struct scan *s)
{
    size_t n = peek(s, 0) == '-';
    size_t whole = digits(s, n);
    bool is_bad = whole == 0 || (whole > 1 && peek(s, n) == '0');
    n += whole;
    if (peek(s, n) == '.') {
        size_t fraction = digits(s, n + 1);
        is_bad = is_bad || fraction == 0;
        n += 1 + fraction;
    }
    if (peek(s, n) == 'e' || peek(s, n) == 'E') {
        n++;
        n += peek(s, n) == '+' || peek(s, n) == '-';
        size_t exponent = digits(s, n);
        is_bad = is_bad || exponent == 0;
        n += exponent;
    }
    if (is_bad)
        return fail(s, "a number is not written as JSON asks");
    if (n > JSON_MAX_NUMBER)
        return fail(s, "a number has more than %d characters", JSON_MAX_NUMBER);
    copy(s, n);
    return 0;
}

static int scan_word(struct scan *s)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t len = strlen(words[i]);
        if ((size_t)(s->end - s->at) >= len && memcmp(s->at, words[i], len) == 0) {
            copy(s, len);
            return 0;
        }
    }
    return 1;
}

static int unexpected(struct scan *s)
{
    static const char *const wanted[] = {
        [WANT_VALUE] = "a value",
        [WANT_VALUE_OR_END] = "a value or ']'",
        [WANT_KEY] = "a key in quotation marks",
        [WANT_KEY_OR_END] = "a key in quotation marks or '}'",
        [WANT_COLON] = "':' after the key",
        [WANT_NOTHING] = "nothing after the value",
    };
    const char *want = wanted[s->want];
    if (s->want == WANT_COMMA_OR_END)
        want = s->open[s->depth - 1] == '{' ? "',' or '}'" : "',' or ']'";
    if (s->at == s->end)
        return fail(s, "expected %s, but the text ends", want);
    AUTO(str_release) struct str shown = STR_INIT(STR_MAX_LINE);
    size_t len = utf8_length(s);
    quote_termn(&shown, s->at, len ? len : 1);
    return fail(s, "expected %s, found '%s'", want, shown.buf);
}

static void value_done(struct scan *s)
{
    s->want = s->depth > 0 ? WANT_COMMA_OR_END : WANT_NOTHING;
}

static int scan_open(struct scan *s)
{
    if (s->depth == JSON_MAX_DEPTH)
        return fail(s, "nested deeper than %d", JSON_MAX_DEPTH);
    s->open[s->depth++] = *s->at;
    s->want = *s->at == '{' ? WANT_KEY_OR_END : WANT_VALUE_OR_END;
    copy(s, 1);
    return 0;
}

static int scan_close(struct scan *s)
{
    char open = *s->at == '}' ? '{' : '[';
    bool may = s->depth > 0 && s->open[s->depth - 1] == open;
    bool after_comma = s->comma && (s->want == WANT_KEY || s->want == WANT_VALUE) && (s->flags & JSON_COMMENTS);
    bool is_empty = s->want == WANT_KEY_OR_END || s->want == WANT_VALUE_OR_END;
    if (!may || !(s->want == WANT_COMMA_OR_END || is_empty || after_comma))
        return unexpected(s);
    if (after_comma)
        *s->comma = ' ';
    s->depth--;
    copy(s, 1);
    value_done(s);
    return 0;
}

static int scan_value(struct scan *s)
{
    unsigned char c = peek(s, 0);
    if (s->want != WANT_VALUE && s->want != WANT_VALUE_OR_END)
        return unexpected(s);
    if (c == '{' || c == '[')
        return scan_open(s);
    if (c == '"') {
        if (scan_string(s) < 0)
            return s->e->class;
    } else if (c == '-' || (c >= '0' && c <= '9')) {
        if (scan_number(s) < 0)
            return s->e->class;
    } else if (scan_word(s) != 0) {
        return unexpected(s);
    }
    value_done(s);
    return 0;
}

/* A comment becomes blanks, byte for byte, except that its line breaks stay. */
static int scan_comment(struct scan *s)
{
    bool is_block = peek(s, 1) == '*';
    const char *end = NULL;
    if (is_block) {
        end = memmem(s->at + 2, (size_t)(s->end - s->at) - 2, "*/", 2);
        if (!end)
            return fail(s, "a comment is not closed");
        end += 2;
    } else {
        end = memchr(s->at, '\n', (size_t)(s->end - s->at));
        end = end ? end : s->end;
    }
    while (s->at < end) {
        size_t len = utf8_length(s);
        if (len == 0)
            return fail(s, "byte 0x%02x is not UTF-8", peek(s, 0));
        memset(s->out, *s->at == '\n' ? '\n' : ' ', len);
        s->out += len;
        s->at += len;
    }
    return 0;
}

static int scan_token(struct scan *s)
{
    char c = *s->at;
    if (c == '}' || c == ']')
        return scan_close(s);
    s->comma = NULL;
    if (c == '"' && (s->want == WANT_KEY || s->want == WANT_KEY_OR_END)) {
        s->want = WANT_COLON;
        return scan_string(s);
    }
    if (c == ':' && s->want == WANT_COLON) {
        s->want = WANT_VALUE;
        copy(s, 1);
        return 0;
    }
    if (c == ',' && s->want == WANT_COMMA_OR_END) {
        s->want = s->open[s->depth - 1] == '{' ? WANT_KEY : WANT_VALUE;
        s->comma = s->out;
        copy(s, 1);
        return 0;
    }
    return scan_value(s);
}

int json_scan(const struct json_source *source, const char *name, char *ret, struct err *e)
{
    unsigned flags = source->flags;
    struct scan s = {.start = source->text, .name = name, .flags = flags, .sink = source->sink, .e = e};
    s.at = s.start;
    s.end = s.start + source->len;
    s.out = ret;
    while (s.at < s.end) {
        char c = *s.at;
        int result = 0;
        if (c == ' ' || c == '\n' || c == '\t' || c == '\r')
            copy(&s, 1);
        else if (c == '/' && (flags & JSON_COMMENTS) && (peek(&s, 1) == '/' || peek(&s, 1) == '*'))
            result = scan_comment(&s);
        else
            result = scan_token(&s);
        if (result < 0)
            return result;
    }
    if (s.want != WANT_NOTHING)
        return unexpected(&s);
    *s.out = '\0';
    return 0;
}

const char *json_scan_string(const char *at)
{
    for (at++; *at != '"'; at++)
        at += *at == '\\';
    return at + 1;
}

const char *json_scan_value(const char *text, size_t n)
{
    for (const char *at = text; *at;) {
        at += strspn(at, " \t\r\n,:]}");
        const char *value = at;
        if (*at == '"') {
            at = json_scan_string(at);
            if (at[strspn(at, " \t\r\n")] == ':')
                continue; /* a key */
        } else if (*at == '{' || *at == '[') {
            at++;
        } else {
            at += strcspn(at, " \t\r\n,:]}");
        }
        if (n-- == 0)
            return value;
    }
    return text;
}
