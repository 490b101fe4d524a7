/* cleaned: the settings file of a program without the secrets in it. */
#include "policy/cleaned.h"

#include <stdbool.h>
#include <string.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"

/* In lower case. A key of npm may stand behind the registry that it is for: "//host/:_authToken". */
static const char *const secret_parts[] = {"_auth", "token", "passw", "secret", "username", "email"};
static const char *const secret_keys[] = {"key", "cert", "keyfile", "certfile", "client-cert", "client_cert", "otp"};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct view trimmed(struct view v)
{
    while (v.len > 0 && is_blank(v.ptr[0]))
        v = (struct view){v.ptr + 1, v.len - 1};
    while (v.len > 0 && is_blank(v.ptr[v.len - 1]))
        v.len--;
    return v;
}

static bool is_secret(struct view key)
{
    AUTO(mem_free_ptr) char *lower = mem_strndup(key.ptr, key.len);
    for (char *c = lower; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    for (size_t i = 0; i < sizeof secret_parts / sizeof *secret_parts; i++)
        if (strstr(lower, secret_parts[i]))
            return true;
    const char *colon = strrchr(lower, ':');
    const char *last = colon ? colon + 1 : lower;
    for (size_t i = 0; i < sizeof secret_keys / sizeof *secret_keys; i++)
        if (strcmp(last, secret_keys[i]) == 0)
            return true;
    return false;
}

/* How many of the bytes behind "://" are a login and its '@'. */
static size_t login_length(struct view rest)
{
    size_t len = 0;
    for (size_t i = 0; i < rest.len && !is_blank(rest.ptr[i]) && !strchr("/?#\"'", rest.ptr[i]); i++)
        if (rest.ptr[i] == '@')
            len = i + 1;
    return len;
}

static void add_without_logins(struct view line, struct str *out)
{
    static const char mark[] = "://";
    enum { MARK = sizeof mark - 1 };
    for (size_t i = 0; i < line.len;) {
        if (line.len - i < MARK || memcmp(line.ptr + i, mark, MARK) != 0) {
            str_addc(out, line.ptr[i++]);
            continue;
        }
        str_add(out, mark);
        i += MARK;
        i += login_length((struct view){line.ptr + i, line.len - i});
    }
    str_addc(out, '\n');
}

void cleaned_text(struct view text, struct str *out)
{
    bool keeps = false; /* the value that is being read */
    for (size_t at = 0; at < text.len;) {
        const char *end = memchr(text.ptr + at, '\n', text.len - at);
        struct view line = {text.ptr + at, end ? (size_t)(end - text.ptr) - at : text.len - at};
        struct view words = trimmed(line);
        at += line.len + 1;
        if (words.len == 0 || words.ptr[0] == '#' || words.ptr[0] == ';' || memchr(words.ptr, '\0', words.len))
            continue;
        const char *sign = memchr(words.ptr, '=', words.len);
        bool goes_on = is_blank(line.ptr[0]) && !sign;
        if (!goes_on)
            keeps = !is_secret(trimmed((struct view){words.ptr, sign ? (size_t)(sign - words.ptr) : words.len}));
        if (keeps)
            add_without_logins(line, out);
    }
}

int cleaned_publish(const struct world *w, const char *path, char **ret, struct err *e)
{
    enum { MODE = 0600 };
    struct err ignored = ERR_INIT;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE);
    AUTO(str_release) struct str clean = STR_INIT(STR_MAX_PROFILE);
    AUTO(str_release) struct str old = STR_INIT(STR_MAX_PROFILE);
    AUTO(mem_free_ptr) char *directory = path_join(w->cache_home, "nono");
    AUTO(mem_close_fd) int dir = -1;
    const char *name = path_base(path);
    *ret = NULL;
    if (fs_read_named(path, &text, &ignored) < 0)
        return 0;
    cleaned_text((struct view){text.buf, text.len}, &clean);
    if (clean.len == 0)
        return 0;
    int r = str_check(&clean, path, e);
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
