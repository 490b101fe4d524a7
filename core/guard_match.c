/* guard_match: what a path is: by the patterns, and by what git executes. */
#include <string.h>

#include "core/guard_parts.h"
#include "core/mem.h"
#include "core/quote.h"

/* The next component; false at the end. `at` points to a '/', to the end, or to the first byte of a relative text. */
static bool next_name(const char **at, struct guard_name *ret)
{
    const char *p = *at + (**at == '/');
    ret->at = p;
    ret->len = strcspn(p, "/");
    *at = p + ret->len;
    return ret->len > 0;
}

static bool is_name(struct guard_name n, const char *text)
{
    return strlen(text) == n.len && memcmp(n.at, text, n.len) == 0;
}

static bool ends_with(struct guard_name n, const char *text)
{
    size_t len = strlen(text);
    return n.len >= len && memcmp(n.at + n.len - len, text, len) == 0;
}

static bool fits_name(struct guard_name pattern, struct guard_name name)
{
    size_t p = 0;
    size_t n = 0;
    size_t star = pattern.len; /* where the last '*' was; pattern.len: nowhere yet */
    size_t mark = 0;
    while (n < name.len) {
        if (p < pattern.len && pattern.at[p] == '*') {
            star = p++;
            mark = n;
        } else if (p < pattern.len && (pattern.at[p] == '?' || pattern.at[p] == name.at[n])) {
            p++;
            n++;
        } else if (star < pattern.len) {
            p = star + 1;
            n = ++mark;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.at[p] == '*')
        p++;
    return p == pattern.len;
}

/* Of all components of the pattern with those that follow in the path. */
static enum guard_fit fit_from(const char *pattern, const char *path)
{
    struct guard_name want;
    struct guard_name have;
    while (next_name(&pattern, &want)) {
        bool there = next_name(&path, &have);
        if (is_name(want, "**"))
            return there ? GUARD_FITS : GUARD_FITS_ABOVE;
        if (!there)
            return GUARD_FITS_ABOVE;
        if (!fits_name(want, have))
            return GUARD_NO_FIT;
    }
    return *path ? GUARD_NO_FIT : GUARD_FITS;
}

enum guard_fit guard_fit(const char *pattern, const char *path, size_t root, size_t *ret_base)
{
    struct guard_name name;
    enum guard_fit above = GUARD_NO_FIT;
    *ret_base = 0;
    if (*pattern == '/')
        return fit_from(pattern, path);
    for (const char *at = path + root; *at; (void)next_name(&at, &name)) {
        enum guard_fit fit = fit_from(pattern, at);
        if (fit == GUARD_NO_FIT || (fit == GUARD_FITS_ABOVE && above != GUARD_NO_FIT))
            continue;
        *ret_base = at > path ? (size_t)(at - path) : 1;
        if (fit == GUARD_FITS)
            return fit;
        above = fit;
    }
    return above;
}

/* What cannot fit, told quickly: a last name that is another one, or a first one that is nowhere. */
static bool may_fit(const char *pattern, const char *path)
{
    const char *slash = strrchr(pattern, '/');
    struct guard_name last = {.at = slash ? slash + 1 : pattern};
    const char *base = strrchr(path, '/');
    struct guard_name name = {.at = base ? base + 1 : path};
    last.len = strlen(last.at);
    name.len = strlen(name.at);
    if (!is_name(last, "**"))
        return fits_name(last, name);
    size_t first = strcspn(pattern, "/*?");
    return pattern[first] != '/' || memmem(path, strlen(path), pattern, first + 1);
}

bool guard_pattern_fits(const char *pattern, const char *path, size_t root)
{
    size_t base;
    return may_fit(pattern, path) && guard_fit(pattern, path, root, &base) == GUARD_FITS;
}

/* What follows the name of a repository's directory. */
struct inside {
    const char *path, *end; /* `end`: of that name */
    struct guard_name first, last;
    bool in_worktree; /* the last but two is "worktrees" */
    size_t n;         /* components */
};

static void look_inside(const char *path, const char *end, struct inside *ret)
{
    struct guard_name name;
    bool was_worktrees = false;
    *ret = (struct inside){.path = path, .end = end};
    for (const char *at = end; next_name(&at, &name); ret->n++) {
        if (ret->n == 0)
            ret->first = name;
        ret->in_worktree = was_worktrees;
        was_worktrees = ret->n > 0 && is_name(ret->last, "worktrees");
        ret->last = name;
    }
}

/* The first bytes of the path up to the directory that holds the component. */
static size_t before(const struct inside *in, struct guard_name name)
{
    return (size_t)(name.at - in->path) - 1;
}

static bool set(struct guard_match *ret, enum guard_kind kind, size_t base)
{
    ret->kind = kind;
    ret->base = base;
    return true;
}

/* A directory of hooks at `at`, which is "hooks". Git executes none whose name ends so. */
static bool fit_hooks(const struct inside *in, struct guard_name hooks, struct guard_match *ret)
{
    if (hooks.at == in->last.at)
        return set(ret, GUARD_GIT_DIR, before(in, hooks));
    return !ends_with(in->last, ".sample") && set(ret, GUARD_GIT_HOOK, before(in, hooks));
}

/* Below modules/ the names of submodules may have any number of components, so that everything that looks like one of these files is one. */
static bool fit_module(const struct inside *in, struct guard_match *ret)
{
    struct guard_name name;
    const char *at = in->first.at;
    for (size_t i = 0; next_name(&at, &name); i++)
        if (i >= 2 && is_name(name, "hooks"))
            return fit_hooks(in, name, ret);
    if (in->n >= 3 && (is_name(in->last, "config") || is_name(in->last, "config.worktree"))) {
        ret->place.depth = (unsigned)in->n;
        return set(ret, GUARD_GIT_CONFIG, before(in, in->last));
    }
    if (in->n >= 3 && is_name(in->last, "commondir"))
        return set(ret, GUARD_GIT_COMMON, in->in_worktree ? before(in, in->last) : 0);
    if (in->n >= 3)
        return set(ret, GUARD_GIT_MODULE, before(in, in->last));
    return set(ret, GUARD_GIT_DIR, (size_t)(in->last.at + in->last.len - in->path));
}

static bool fit_worktree(const struct inside *in, struct guard_match *ret)
{
    struct guard_name name;
    const char *at = in->first.at;
    for (size_t i = 0; next_name(&at, &name); i++)
        if (i == 2 && is_name(name, "modules"))
            return fit_module(in, ret);
    if (in->n == 3 && is_name(in->last, "config.worktree"))
        return set(ret, GUARD_GIT_CONFIG, before(in, in->last));
    if (in->n == 3 && is_name(in->last, "commondir"))
        return set(ret, GUARD_GIT_COMMON, before(in, in->last));
    return in->n <= 2 && set(ret, GUARD_GIT_DIR, (size_t)(in->last.at + in->last.len - in->path));
}

static bool fit_repository(const struct inside *in, struct guard_match *ret)
{
    if (in->n == 0)
        return set(ret, GUARD_GIT_DIR, (size_t)(in->end - in->path));
    if (is_name(in->first, "modules"))
        return fit_module(in, ret);
    if (is_name(in->first, "worktrees"))
        return fit_worktree(in, ret);
    if (is_name(in->first, "hooks"))
        return fit_hooks(in, in->first, ret);
    if (in->n == 1 && (is_name(in->first, "config") || is_name(in->first, "config.worktree")))
        return set(ret, GUARD_GIT_CONFIG, before(in, in->first));
    return in->n == 1 && is_name(in->first, "commondir") && set(ret, GUARD_GIT_COMMON, 0);
}

bool guard_fit_git(const char *path, bool is_dir, struct guard_match *ret)
{
    struct guard_name name;
    ret->place = (struct git_config_place){0};
    for (const char *at = path; next_name(&at, &name);) {
        struct inside in;
        if (!ends_with(name, ".git"))
            continue;
        look_inside(path, at, &in);
        if (in.n == 0 && !is_dir && is_name(name, ".git"))
            return set(ret, GUARD_GIT_POINTER, before(&in, name) ? before(&in, name) : 1);
        if (fit_repository(&in, ret))
            return true;
    }
    return false;
}

int guard_check_pattern(const char *pattern, struct err *e)
{
    struct guard_name name;
    const char *at = pattern + (*pattern == '!');
    AUTO(mem_free_ptr) char *shown = quote_term_dup(pattern);
    if (!*at || strlen(pattern) > GUARD_MAX_PATTERN)
        return err_set(e, ERR_INPUT, *at ? "a pattern is longer than %d bytes" : "a pattern is empty", GUARD_MAX_PATTERN);
    if (strcmp(pattern, "!.git") == 0)
        return err_set(e, ERR_INPUT, "'!.git': what git executes is guarded wherever it is; leave out '.git' instead");
    while (next_name(&at, &name)) {
        if (is_name(name, ".") || is_name(name, ".."))
            return err_set(e, ERR_INPUT, "'%s' is no pattern: '.' and '..' cannot be part of one", shown);
        if (is_name(name, "**") && (*at || name.at == pattern + (*pattern == '!')))
            return err_set(e, ERR_INPUT, "'%s' is no pattern: '**' is its last part, behind a '/', or none", shown);
    }
    return *at || str_ends(pattern, "/") ? err_set(e, ERR_INPUT, "'%s' is no pattern: it has an empty part", shown) : 0;
}
