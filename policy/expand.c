/* expand: the variables a profile path may hold, replaced. */
#include "policy/expand.h"

#include <string.h>

#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "core/str.h"

#define EXPAND_KNOWN "~ $HOME $TMPDIR $UID $WORKDIR $XDG_CONFIG_HOME $XDG_DATA_HOME $XDG_STATE_HOME $XDG_CACHE_HOME"

static int expand_fail(const char *text, const char *why, struct err *e)
{
    AUTO(mem_free_ptr) char *shown = quote_term_dup(text);
    return err_set(e, ERR_INPUT, "path '%s' %s", shown, why);
}

/* The directory a variable stands for; NULL when it is not one. */
static const char *expand_directory(const struct world *w, const char *workdir, struct view name)
{
    const struct {
        const char *name, *value;
    } known[] = {
        {"HOME", w->home},
        {"TMPDIR", w->tmpdir},
        {"WORKDIR", workdir},
        {"XDG_CONFIG_HOME", w->config_home},
        {"XDG_DATA_HOME", w->data_home},
        {"XDG_STATE_HOME", w->state_home},
        {"XDG_CACHE_HOME", w->cache_home},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strlen(known[i].name) == name.len && memcmp(known[i].name, name.ptr, name.len) == 0)
            return known[i].value ? known[i].value : "";
    return NULL;
}

static bool is_name_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* Reads the name that follows the '$' at `at`; returns what follows the reference, NULL when it is malformed. */
static const char *read_name(const char *at, struct view *ret)
{
    bool braced = at[1] == '{';
    const char *name = at + (braced ? 2 : 1);
    const char *end = name;
    while (is_name_char(*end))
        end++;
    *ret = (struct view){.ptr = name, .len = (size_t)(end - name)};
    if (ret->len == 0 || (braced && *end != '}'))
        return NULL;
    return braced ? end + 1 : end;
}

static int expand_reference(const struct world *w, const char *workdir, const char *text, const char **at, struct str *out,
                            struct err *e)
{
    if ((*at)[1] == '$') {
        str_addc(out, '$');
        *at += 2;
        return 0;
    }
    struct view name;
    const char *after = read_name(*at, &name);
    if (!after)
        return expand_fail(text, "has a '$' that begins no variable; write '$$' for a dollar sign", e);
    if (name.len == 3 && memcmp(name.ptr, "UID", 3) == 0) {
        str_addf(out, "%lu", (unsigned long)w->uid);
        *at = after;
        return 0;
    }
    const char *value = expand_directory(w, workdir, name);
    if (!value) {
        AUTO(str_release) struct str shown = STR_INIT(STR_MAX_LINE);
        quote_termn(&shown, name.ptr, name.len);
        AUTO(mem_free_ptr) char *whole = quote_term_dup(text);
        return err_set(e, ERR_INPUT, "path '%s' has the unknown variable '$%s'; known are " EXPAND_KNOWN, whole, shown.buf);
    }
    if (*value == '\0')
        return expand_fail(text, "needs a working directory, and there is none", e);
    if (*at != text || (*after != '/' && *after != '\0'))
        return expand_fail(text, "has a directory variable that is not its first component", e);
    str_add(out, value);
    *at = after;
    return 0;
}

/* How long `path` is; 0 when it is not clean, or holds a variable. */
static size_t plain_length(const char *path)
{
    size_t start = 1; /* of the component */
    if (path[0] != '/' || path[1] == '\0')
        return path[0] == '/';
    for (size_t i = 1; i < STR_MAX_PATH && path[i] != '$'; i++) {
        if (path[i] > '/' || (path[i] != '/' && path[i] != '\0')) /* nearly every byte is above them */
            continue;
        size_t n = i - start;
        if (n == 0 || (path[start] == '.' && (n == 1 || (n == 2 && path[start + 1] == '.'))))
            return 0;
        if (path[i] == '\0')
            return i;
        start = i + 1;
    }
    return 0;
}

/* Nearly every path: below the home directory or absolute, clean, without a variable. NULL for the others. */
static char *expand_plain(const struct world *w, const char *text)
{
    const char *below = text + (text[0] == '~');
    size_t len = plain_length(below);
    size_t n_home = below > text && w->home[1] ? strlen(w->home) : 0;
    if (len == 0 || n_home + len >= STR_MAX_PATH)
        return NULL;
    if (n_home && len == 1) /* "~/" is the home directory, which does not end in '/' */
        return mem_strdup(w->home);
    char *path = mem_resize(NULL, n_home + len + 1, 1);
    memcpy(path, w->home, n_home);
    memcpy(path + n_home, below, len + 1);
    return path;
}

int expand_path(const struct world *w, const char *workdir, const char *text, char **ret_path, struct err *e)
{
    if (*text == '\0')
        return err_set(e, ERR_INPUT, "path is empty");
    *ret_path = expand_plain(w, text);
    if (*ret_path)
        return 0;
    AUTO(str_release) struct str out = STR_INIT(STR_MAX_PATH - 1);
    const char *at = text;
    if (*at == '~') {
        if (at[1] != '/' && at[1] != '\0')
            return expand_fail(text, "names another user's home; write it out", e);
        str_add(&out, w->home);
        at++;
    } else if (*at != '/' && *at != '$') {
        return expand_fail(text, "is relative; begin it with '/', '~' or a variable such as $WORKDIR", e);
    }
    while (*at) {
        if (*at == '$') {
            int r = expand_reference(w, workdir, text, &at, &out, e);
            if (r < 0)
                return r;
        } else {
            size_t len = strcspn(at, "$");
            str_addn(&out, at, len);
            at += len;
        }
    }
    int r = str_check(&out, "path", e);
    if (r < 0)
        return r;
    if (out.buf[0] != '/')
        return expand_fail(text, "is relative; begin it with '/', '~' or a variable such as $WORKDIR", e);
    return path_lexical("/", out.buf, ret_path, e);
}

int expand_setting(const struct world *w, const char *workdir, const char *text, char **ret, struct err *e)
{
    bool is_path = text[0] == '$' ? text[1] != '$' : text[0] == '~' && (text[1] == '/' || text[1] == '\0');
    if (is_path)
        return expand_path(w, workdir, text, ret, e);
    *ret = mem_strdup(text[0] == '$' ? text + 1 : text);
    return 0;
}

int expand_pattern(const struct world *w, const char *workdir, const char *text, char **ret, struct err *e)
{
    const char *path = text + (*text == '!');
    AUTO(mem_free_ptr) char *expanded = NULL;
    if (!strchr("/~$", *path)) {
        *ret = mem_strdup(text);
        return 0;
    }
    int r = expand_path(w, workdir, path, &expanded, e);
    if (r < 0)
        return r;
    struct str made = STR_INIT((size_t)2 * STR_MAX_PATH);
    str_addf(&made, "%s%s", path > text ? "!" : "", expanded);
    *ret = str_take(&made);
    return 0;
}

int expand_option(const struct world *w, const char *text, char **ret_path, struct err *e)
{
    if (text[0] == '~' && (text[1] == '/' || text[1] == '\0')) {
        AUTO(mem_free_ptr) char *joined = path_join(w->home, text[1] ? text + 2 : "");
        return path_lexical("/", joined, ret_path, e);
    }
    if (text[0] != '/' && !w->cwd)
        return expand_fail(text, "is relative, and the current directory is gone", e);
    return path_lexical(w->cwd ? w->cwd : "/", text, ret_path, e);
}
