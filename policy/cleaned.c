/* cleaned: the settings file of a program without the secrets in it. */
#include "policy/cleaned.h"

#include <stdbool.h>
#include <string.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"

/* In lower case. A key of npm may stand behind the registry that it is for: "//host/:_authToken". */
static const char *const secret_parts[] = {"_auth", "token", "passw", "secret", "username", "email"};
static const char *const secret_keys[] = {"key", "keyfile", "certfile", "client-cert", "client_cert", "otp"};
static const char certificate[] = "cert"; /* npm's own; pip's is the file of those that it trusts */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'';
}

static struct view trimmed(struct view v)
{
    while (v.len > 0 && is_blank(v.ptr[0]))
        v = (struct view){v.ptr + 1, v.len - 1};
    while (v.len > 0 && is_blank(v.ptr[v.len - 1]))
        v.len--;
    return v;
}

static char *lowered(struct view text)
{
    char *lower = mem_strndup(text.ptr, text.len);
    for (char *c = lower; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return lower;
}

static bool has_secret_part(struct view text)
{
    AUTO(mem_free_ptr) char *lower = lowered(text);
    for (size_t i = 0; i < sizeof secret_parts / sizeof *secret_parts; i++)
        if (strstr(lower, secret_parts[i]))
            return true;
    return false;
}

/* The last part of a key, which may be quoted, or one of a list: "//host/:key", "key[]". */
static bool is_secret_key(struct view key, bool is_pip)
{
    static const char around[] = "\"'[]";
    AUTO(mem_free_ptr) char *lower = lowered(key);
    const char *colon = strrchr(lower, ':');
    const char *last = colon ? colon + 1 : lower;
    last += strspn(last, around);
    size_t len = strcspn(last, around);
    for (size_t i = 0; i < sizeof secret_keys / sizeof *secret_keys; i++)
        if (strlen(secret_keys[i]) == len && memcmp(last, secret_keys[i], len) == 0)
            return true;
    return !is_pip && len == strlen(certificate) && memcmp(last, certificate, len) == 0;
}

/* How many bytes of `rest`, which stands where a host is named, are a login and its '@'. */
static size_t login_length(struct view rest)
{
    size_t len = 0;
    for (size_t i = 0; i < rest.len && !is_blank(rest.ptr[i]) && !is_quote(rest.ptr[i]) && !strchr("/?#", rest.ptr[i]); i++)
        if (rest.ptr[i] == '@')
            len = i + 1;
    return len;
}

/* How many of `rest`, which begins with a question mark, are a query that tells a secret. */
static size_t query_length(struct view rest)
{
    size_t len = 0;
    while (len < rest.len && !is_blank(rest.ptr[len]) && !is_quote(rest.ptr[len]))
        len++;
    return has_secret_part((struct view){rest.ptr, len}) ? len : 0;
}

/* "//" in front of a host: of a URL, or where a word begins. */
static bool begins_host(struct view line, size_t at)
{
    return line.len - at >= 2 && line.ptr[at] == '/' && line.ptr[at + 1] == '/' &&
           (at == 0 || is_blank(line.ptr[at - 1]) || is_quote(line.ptr[at - 1]) || strchr(":=,", line.ptr[at - 1]));
}

/* At `host` a host may stand without "//" before it. */
static void add_without_logins(struct view line, size_t host, struct str *out)
{
    for (size_t i = 0; i < line.len;) {
        if (i == host)
            i += login_length((struct view){line.ptr + i, line.len - i});
        if (i < line.len && line.ptr[i] == '?')
            i += query_length((struct view){line.ptr + i, line.len - i});
        if (i == line.len)
            break;
        if (begins_host(line, i)) {
            str_add(out, "//");
            i += 2;
            i += login_length((struct view){line.ptr + i, line.len - i});
        } else {
            str_addc(out, line.ptr[i++]);
        }
    }
    str_addc(out, '\n');
}

/* Both programs take a carriage return for the end of a line, too. */
static size_t line_length(struct view rest)
{
    for (size_t i = 0; i < rest.len; i++)
        if (rest.ptr[i] == '\n' || (rest.ptr[i] == '\r' && (i + 1 == rest.len || rest.ptr[i + 1] != '\n')))
            return i;
    return rest.len;
}

/* Where the reader is. Only pip's files have sections; there a line that is deeper than its key goes on with the value whatever is in it, and a colon
 * is as good as '='. */
struct reading {
    bool in_section, has_key;
    size_t indent; /* of the key */
    bool keeps;    /* the value that is being read */
    bool is_proxy; /* it may name a host without "//" */
};

static size_t count_before(struct view text, const char *stops)
{
    size_t len = 0;
    while (len < text.len && !strchr(stops, text.ptr[len]))
        len++;
    return len;
}

static bool is_secret(const struct reading *r, struct view words)
{
    struct view key = trimmed((struct view){words.ptr, count_before(words, "=")});
    struct view first = trimmed((struct view){words.ptr, count_before(words, "=:")});
    return has_secret_part(key) || is_secret_key(key, r->in_section) || (r->in_section && is_secret_key(first, true));
}

static void begin_value(struct reading *r, struct view words, size_t indent)
{
    AUTO(mem_free_ptr) char *key = lowered((struct view){words.ptr, count_before(words, "=:")});
    r->has_key = true;
    r->indent = indent;
    r->keeps = !is_secret(r, words);
    r->is_proxy = strstr(key, "proxy") != NULL;
}

/* Where the value begins in `line`. */
static size_t value_at(struct view line, struct view words, bool goes_on)
{
    size_t at = (size_t)(words.ptr - line.ptr) + (goes_on ? 0 : count_before(words, "=:"));
    while (at < line.len && (is_blank(line.ptr[at]) || is_quote(line.ptr[at]) || (!goes_on && strchr("=:", line.ptr[at]))))
        at++;
    return at;
}

static void read_line(struct reading *r, struct view line, struct str *out)
{
    struct view words = trimmed(line);
    if (words.len == 0 || words.ptr[0] == '#' || words.ptr[0] == ';' || memchr(words.ptr, '\0', words.len))
        return;
    size_t indent = (size_t)(words.ptr - line.ptr);
    bool has_sign = memchr(words.ptr, '=', words.len) != NULL;
    bool goes_on = r->in_section ? r->has_key && indent > r->indent : indent > 0 && !has_sign;
    if (!goes_on && words.ptr[0] == '[' && words.ptr[words.len - 1] == ']') {
        *r = (struct reading){.in_section = true};
        add_without_logins(line, line.len, out);
        return;
    }
    if (!goes_on)
        begin_value(r, words, indent);
    if (r->keeps && !(goes_on && has_sign && is_secret(r, words)))
        add_without_logins(line, r->is_proxy ? value_at(line, words, goes_on) : line.len, out);
}

void cleaned_text(struct view text, struct str *out)
{
    struct reading reading = {0};
    for (size_t at = 0; at < text.len;) {
        size_t len = line_length((struct view){text.ptr + at, text.len - at});
        read_line(&reading, (struct view){text.ptr + at, len}, out);
        at += len + 1;
    }
}

char *cleaned_directory(const struct world *w)
{
    return path_join(w->cache_home, "nono");
}

int cleaned_publish(const struct world *w, const char *path, char **ret, struct err *e)
{
    enum { MODE = 0600 };
    struct err ignored = ERR_INIT;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE);
    AUTO(str_release) struct str clean = STR_INIT(STR_MAX_PROFILE);
    AUTO(str_release) struct str old = STR_INIT(STR_MAX_PROFILE);
    AUTO(mem_free_ptr) char *directory = cleaned_directory(w);
    AUTO(mem_close_fd) int dir = -1;
    const char *name = path_base(path);
    *ret = NULL;
    int r = fs_read_named(path, &text, e);
    if (r == ERR_MISSING || r == ERR_DENIED || r == ERR_INPUT)
        return 0;
    if (r < 0)
        return r;
    cleaned_text((struct view){text.buf, text.len}, &clean);
    if (clean.len == 0)
        return 0;
    r = str_check(&clean, path, e);
    if (r == 0)
        r = fs_make_dirs(directory, e);
    if (r == 0)
        r = fs_open_private(directory, true, &dir, e);
    if (r == 0 && (fs_read(dir, name, &old, &ignored) < 0 || old.len != clean.len || memcmp(old.buf, clean.buf, old.len) != 0))
        r = fs_publish(dir, name, clean.buf, clean.len, MODE, e);
    if (r == 0)
        *ret = path_join(directory, name);
    return r;
}
