/* program: what a program needs to run at all when the shell hook wraps it by name. */
#include "policy/program.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/embed.h"
#include "core/fs.h"
#include "core/json.h"
#include "core/mem.h"
#include "core/path.h"

EMBED_DECLARE(policy_programs_json);

void program_release(struct program *p)
{
    strlist_release(&p->groups);
    strlist_release(&p->read);
    strlist_release(&p->create);
    strlist_release(&p->settings);
    mem_free(take_ptr(&p->profile));
    mem_free(take_ptr(&p->variable));
}

bool program_matches(const char *pattern, const char *name)
{
    const char *mark = strchr(pattern, '#');
    if (!mark)
        return strcmp(pattern, name) == 0;
    size_t before = (size_t)(mark - pattern);
    size_t after = strlen(mark + 1);
    size_t len = strlen(name);
    if (len <= before + after || strncmp(pattern, name, before) != 0 || !str_ends(name, mark + 1))
        return false;
    return strspn(name + before, "0123456789.") >= len - before - after;
}

const char *program_meant(char *const *command)
{
    const char *name = path_base(command[0]);
    bool is_python = strcmp(name, "python") == 0 || program_matches("python#", name);
    return is_python && command[1] && strcmp(command[1], "-m") == 0 && command[2] && strcmp(command[2], "pip") == 0 ? "pip" : name;
}

static int get_text(const struct json_doc *d, const struct json_value *entry, const char *key, char **ret, struct err *e)
{
    const char *text = NULL;
    const struct json_value *v = json_member(entry, key);
    int r = v ? json_get_string(d, v, &text, e) : 0;
    if (r == 0 && text)
        *ret = mem_strdup(text);
    return r;
}

static int parse_venv(const struct json_doc *d, const struct json_value *entry, unsigned *ret, struct err *e)
{
    AUTO(mem_free_ptr) char *text = NULL;
    int r = get_text(d, entry, "venv", &text, e);
    if (r < 0 || !text)
        return r;
    *ret = strcmp(text, "read") == 0 ? CAPS_READ : CAPS_READWRITE;
    return *ret == CAPS_READ || strcmp(text, "readwrite") == 0 ? 0 : json_error(d, json_member(entry, "venv"), e, "must be \"read\" or \"readwrite\"");
}

static int parse_settings(const struct json_doc *d, const struct json_value *entry, struct program *ret, struct err *e)
{
    static const char *const known[] = {"variable", "files"};
    const struct json_value *v = json_member(entry, "settings");
    if (!v)
        return 0;
    int r = json_only(d, v, known, sizeof known / sizeof *known, e);
    if (r == 0)
        r = get_text(d, v, "variable", &ret->variable, e);
    const struct json_value *files = r == 0 ? json_member(v, "files") : NULL;
    if (r == 0 && (!ret->variable || !files))
        return json_error(d, v, e, "needs 'variable' and 'files'");
    return r < 0 ? r : json_get_strings(d, files, &ret->settings, e);
}

static int parse_lists(const struct json_doc *d, const struct json_value *entry, struct program *ret, struct err *e)
{
    const struct {
        const char *key;
        struct strlist *into;
    } lists[] = {{"groups", &ret->groups}, {"read", &ret->read}, {"create", &ret->create}};
    int r = 0;
    for (size_t i = 0; r == 0 && i < sizeof lists / sizeof *lists; i++) {
        const struct json_value *v = json_member(entry, lists[i].key);
        r = v ? json_get_strings(d, v, lists[i].into, e) : 0;
    }
    return r;
}

static int parse_entry(const struct json_doc *d, const struct json_value *v, const char *name, struct program *ret,
                       bool *ret_found, struct err *e)
{
    static const char *const known[] = {"names", "groups", "read", "create", "profile", "venv", "settings"};
    int r = json_only(d, v, known, sizeof known / sizeof *known, e);
    if (r < 0)
        return r;
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    const struct json_value *m = json_member(v, "names");
    if (!m)
        return json_error(d, v, e, "lacks 'names'");
    r = json_get_strings(d, m, &names, e);
    for (size_t i = 0; r == 0 && i < names.n && !*ret_found; i++)
        *ret_found = program_matches(names.item[i], name);
    if (r < 0 || !*ret_found)
        return r;
    r = parse_lists(d, v, ret, e);
    if (r == 0)
        r = get_text(d, v, "profile", &ret->profile, e);
    if (r == 0)
        r = parse_venv(d, v, &ret->venv, e);
    return r < 0 ? r : parse_settings(d, v, ret, e);
}

int program_parse(const char *text, size_t len, const char *source, const char *name, struct program *ret, struct err *e)
{
    static const char *const known[] = {"read", "programs"};
    AUTO(json_doc_free_ptr) struct json_doc *d = NULL;
    int r = json_doc_parse(text, len, source, 0, &d, e);
    if (r < 0)
        return r;
    r = json_only(d, json_doc_root(d), known, 2, e);
    if (r < 0)
        return r;
    AUTO(program_release) struct program made = {0};
    bool found = false;
    const struct json_value *list = json_member(json_doc_root(d), "programs");
    for (const struct json_value *v = list ? json_first(list) : NULL; v && !found; v = json_next(v)) {
        r = parse_entry(d, v, name, &made, &found, e);
        if (r < 0)
            return r;
    }
    const struct json_value *common = json_member(json_doc_root(d), "read");
    r = found && common ? json_get_strings(d, common, &made.read, e) : 0;
    if (r < 0)
        return r;
    *ret = made;
    made = (struct program){0};
    return 0;
}

int program_find(const char *name, struct program *ret, struct err *e)
{
    return program_parse((const char *)policy_programs_json, policy_programs_json_len, "built-in programs", name, ret, e);
}

void program_paths(const char *path, struct strlist *ret)
{
    if (!strchr(path_base(path), '#')) {
        strlist_add(ret, path);
        return;
    }
    AUTO(mem_free_ptr) char *directory = path_parent(path);
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    struct err ignored = ERR_INIT;
    if (fs_list(AT_FDCWD, directory, &names, &ignored) < 0)
        return;
    for (size_t i = 0; i < names.n; i++)
        if (program_matches(path_base(path), names.item[i]))
            strlist_add_take(ret, path_join(directory, names.item[i]));
}

static bool is_denied(const struct caps *c, const char *path)
{
    for (size_t i = 0; i < c->n_denies; i++)
        if (path_is_within(path, c->deny[i].path))
            return true;
    return false;
}

/* Opens the deepest directory above `path` that exists; -1 when there is none. `*ret_at` is how `path` calls it, `*ret_real` where
 * it is. */
static int open_ancestor(const char *path, char **ret_at, char **ret_real)
{
    AUTO(mem_free_ptr) char *at = path_parent(path);
    for (;;) {
        int fd = -1;
        struct err ignored = ERR_INIT;
        if (path_resolve(at, &fd, ret_real, &ignored) == 0) {
            *ret_at = take_ptr(&at);
            return fd;
        }
        if (strcmp(at, "/") == 0)
            return -1;
        char *parent = path_parent(at);
        mem_free(at);
        at = parent;
    }
}

static bool is_our_directory(int fd, uid_t uid)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == uid && !(st.st_mode & (S_IWGRP | S_IWOTH));
}

/* Makes the components of `rest` one below the other. Another run may be doing the same. */
static bool make_below(int *fd, const char *rest, uid_t uid)
{
    AUTO(mem_free_ptr) char *left = mem_strdup(rest);
    for (char *name = left; name;) {
        char *slash = strchr(name, '/');
        if (slash)
            *slash = '\0';
        if (mkdirat(*fd, name, 0700) < 0 && errno != EEXIST)
            return false;
        int next = openat(*fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (next < 0)
            return false;
        mem_close_fd(fd);
        *fd = next;
        if (!is_our_directory(next, uid))
            return false;
        name = slash ? slash + 1 : NULL;
    }
    return true;
}

bool program_make_directory(const struct world *w, const struct caps *c, const char *path)
{
    AUTO(mem_free_ptr) char *at = NULL;
    AUTO(mem_free_ptr) char *real = NULL;
    AUTO(mem_close_fd) int fd = open_ancestor(path, &at, &real);
    if (fd < 0 || !is_our_directory(fd, w->uid))
        return false;
    const char *rest = path_below(path, at);
    if (!rest || !*rest)
        return false;
    AUTO(mem_free_ptr) char *target = path_join(real, rest);
    if (is_denied(c, path) || is_denied(c, target))
        return false;
    /* A home directory that is missing is not made. */
    if (strchr(rest, '/') && !path_is_within(at, w->home))
        return false;
    return make_below(&fd, rest, w->uid);
}
