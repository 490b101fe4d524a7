/* git_config: the reader, and the comparison of two files. */
#include "core/git_config.h"

#include <string.h>

enum { END = -1 };

struct out { /* a text that is written to a buffer of `max` bytes */
    char *buf;
    size_t len, max;
    bool failed;
};

static void put(struct out *o, char c)
{
    if (o->len + 1 >= o->max)
        o->failed = true;
    else
        o->buf[o->len++] = c;
    o->buf[o->len] = '\0';
}

static bool is_space(int c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_alpha(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_key(int c)
{
    return is_alpha(c) || (c >= '0' && c <= '9') || c == '-';
}

static char lower(int c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* The end of the file ends a line, and is told once by END behind it. */
static int next_char(struct git_config *c)
{
    if (c->at > c->text.len)
        return END;
    if (c->at == c->text.len) {
        c->at++;
        return '\n';
    }
    char byte = c->text.ptr[c->at++];
    if (byte == '\r' && c->at < c->text.len && c->text.ptr[c->at] == '\n')
        return (unsigned char)c->text.ptr[c->at++];
    return (unsigned char)byte;
}

static bool is_at_end(const struct git_config *c)
{
    return c->at > c->text.len;
}

void git_config_init(struct git_config *c, struct view text)
{
    static const char mark[] = "\xef\xbb\xbf";
    *c = (struct git_config){.text = text};
    if (text.len >= strlen(mark) && memcmp(text.ptr, mark, strlen(mark)) == 0)
        c->at = strlen(mark);
}

/* What stands in quotes behind the name of a section. `c` is the white space in front of it. */
static bool read_subsection(struct git_config *c, int byte, struct out *name)
{
    while (is_space(byte)) {
        if (byte == '\n')
            return false;
        byte = next_char(c);
    }
    if (byte != '"')
        return false;
    put(name, '.');
    for (;;) {
        byte = next_char(c);
        if (byte == '"')
            return next_char(c) == ']';
        if (byte == '\\')
            byte = next_char(c);
        if (byte == '\n' || byte == END)
            return false;
        put(name, (char)byte);
    }
}

static bool read_section(struct git_config *c)
{
    struct out name = {.buf = c->section, .max = sizeof c->section};
    bool fits = false;
    c->section[0] = '\0';
    for (;;) {
        int byte = next_char(c);
        if (byte == ']' && !is_at_end(c)) {
            fits = name.len > 0;
            break;
        }
        if (is_space(byte) && !is_at_end(c)) {
            fits = read_subsection(c, byte, &name);
            break;
        }
        if (is_at_end(c) || (!is_key(byte) && byte != '.'))
            break;
        put(&name, lower(byte));
    }
    put(&name, '.');
    c->name_len = name.len;
    return fits && !name.failed;
}

static bool put_escaped(struct git_config *c, struct out *value)
{
    int byte = next_char(c);
    switch (byte) {
    case '\n':
        return !is_at_end(c);
    case 't':
        put(value, '\t');
        return true;
    case 'b':
        put(value, '\b');
        return true;
    case 'n':
        put(value, '\n');
        return true;
    case '\\':
    case '"':
        put(value, (char)byte);
        return true;
    default:
        return false;
    }
}

static bool read_value(struct git_config *c, struct out *value)
{
    bool quoted = false;
    bool comment = false;
    size_t kept = 0; /* without the white space at the end */
    for (;;) {
        int byte = next_char(c);
        if (byte == '\n') {
            value->len = kept;
            value->buf[kept] = '\0';
            return !quoted && !value->failed;
        }
        if (comment)
            continue;
        if (is_space(byte) && !quoted) {
            if (kept > 0)
                put(value, (char)byte);
            continue;
        }
        if (!quoted && (byte == ';' || byte == '#')) {
            comment = true;
            continue;
        }
        if (byte == '"')
            quoted = !quoted;
        else if (byte != '\\')
            put(value, (char)byte);
        else if (!put_escaped(c, value))
            return false;
        kept = value->len;
    }
}

static bool read_entry(struct git_config *c, int first, struct git_config_entry *ret)
{
    struct out name = {.buf = ret->name, .max = sizeof ret->name};
    struct out value = {.buf = ret->value, .max = sizeof ret->value};
    ret->value[0] = '\0';
    memcpy(ret->name, c->section, c->name_len);
    name.len = c->name_len;
    int byte = first;
    for (; is_key(byte); byte = next_char(c))
        put(&name, lower(byte));
    while (byte == ' ' || byte == '\t')
        byte = next_char(c);
    ret->has_value = byte != '\n';
    if (name.failed || (ret->has_value && byte != '='))
        return false;
    return !ret->has_value || read_value(c, &value);
}

int git_config_next(struct git_config *c, struct git_config_entry *ret)
{
    bool comment = false;
    if (c->text.len > 0 && memchr(c->text.ptr, '\0', c->text.len))
        return -1;
    for (;;) {
        int byte = next_char(c);
        if (byte == END)
            return 0;
        if (byte == '\n')
            comment = false;
        if (comment || is_space(byte))
            continue;
        if (byte == '#' || byte == ';')
            comment = true;
        else if (byte == '[' && read_section(c))
            continue;
        else if (is_alpha(byte))
            return read_entry(c, byte, ret) ? 1 : -1;
        else
            return -1;
    }
}

static int next_other(struct git_config *c, struct git_config_place place, struct git_config_entry *ret)
{
    int r;
    do {
        r = git_config_next(c, ret);
    } while (r > 0 && git_config_is_harmless(ret, place));
    return r;
}

static bool is_same(const struct git_config_entry *a, const struct git_config_entry *b)
{
    return a->has_value == b->has_value && strcmp(a->name, b->name) == 0 && strcmp(a->value, b->value) == 0;
}

bool git_config_is_safe_change(struct view before, struct view after, struct git_config_place place, char ret_name[GIT_CONFIG_MAX_NAME])
{
    struct git_config b;
    struct git_config a;
    struct git_config_entry was;
    struct git_config_entry is;
    ret_name[0] = '\0';
    git_config_init(&b, before);
    git_config_init(&a, after);
    for (;;) {
        int rb = next_other(&b, place, &was);
        int ra = next_other(&a, place, &is);
        if (ra < 0 || rb < 0)
            return false;
        if (ra == 0 && rb == 0)
            return true;
        if (ra > 0 && rb > 0 && is_same(&was, &is))
            continue;
        memcpy(ret_name, ra > 0 ? is.name : was.name, GIT_CONFIG_MAX_NAME);
        return false;
    }
}
