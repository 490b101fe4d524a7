/* resolve_guard: what is guarded: the patterns of groups and profile, and the files that the repositories at hand execute by their settings. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/fs.h"
#include "core/guard.h"
#include "core/mem.h"
#include "core/path.h"
#include "policy/expand.h"
#include "policy/resolve_parts.h"

static int guard_pattern(struct resolving *s, const char *text, struct caps_origin origin, struct err *e)
{
    AUTO(mem_free_ptr) char *pattern = NULL;
    int r = expand_pattern(s->request->world, s->request->workdir, text, &pattern, e);
    if (r < 0)
        caps_origin_release(&origin);
    else
        caps_add_guard(s->caps, take_ptr(&pattern), origin);
    return r;
}

/* A repository of which the command may write the work tree. */
struct repository {
    const char *tree; /* clean, real */
    char *dir;        /* of its configuration and hooks */
    const struct caps_origin *origin;
};

static struct caps_origin same_origin(const struct caps_origin *o, const char *text)
{
    return caps_origin_make(o->source, o->name, o->key, text);
}

/* `path` and, when it is a directory, all below it. What lies elsewhere does no harm: it is judged by its grant. */
static void guard_path(struct resolving *s, const struct repository *in, const char *path, const char *why)
{
    AUTO(real_release) struct real real = {0};
    AUTO(str_release) struct str pattern = STR_INIT(STR_MAX_PATH + 8);
    real_find(s->cache, path, &real);
    const char *found = real.path;
    if (strpbrk(found, "*?") || strcmp(found, "/") == 0 || strcmp(found, in->tree) == 0)
        return;
    str_addf(&pattern, "%s%s", found, real.is_dir ? "/" "**" : "");
    caps_add_guard(s->caps, mem_strdup(pattern.buf), same_origin(in->origin, why));
}

static void guard_below(struct resolving *s, const struct repository *in, const char *base, const char *text, bool is_dir, const char *why)
{
    AUTO(mem_free_ptr) char *path = NULL;
    struct err ignored = ERR_INIT;
    bool of_home = strncmp(text, "~/", 2) == 0;
    if (path_lexical(of_home ? s->request->world->home : base, of_home ? text + 2 : text, &path, &ignored) < 0)
        return;
    struct stat st;
    if (is_dir && stat(path, &st) < 0 && errno == ENOENT && path_is_within(path, in->tree) && strcmp(path, in->tree) != 0) {
        AUTO(str_release) struct str pattern = STR_INIT(STR_MAX_PATH + 8);
        str_addf(&pattern, "%s/" "**", path);
        caps_add_guard(s->caps, mem_strdup(pattern.buf), same_origin(in->origin, why));
        return;
    }
    guard_path(s, in, path, why);
}

/* A command, as in "!./tools/x --flag" or "tools/x %f": its first word, when it is a file of the tree. */
static void guard_command(struct resolving *s, const struct repository *in, const char *value, const char *why)
{
    const char *word = value + (*value == '!');
    AUTO(mem_free_ptr) char *first = mem_strndup(word, strcspn(word, " \t;|&"));
    AUTO(mem_free_ptr) char *path = NULL;
    struct err ignored = ERR_INIT;
    struct stat st;
    if (!strchr(first, '/') || path_lexical(in->tree, first, &path, &ignored) < 0)
        return;
    if (path_is_within(path, in->tree) && stat(path, &st) == 0 && S_ISREG(st.st_mode))
        guard_path(s, in, path, why);
}

static bool is_include(const char *name)
{
    return strcmp(name, "include.path") == 0 || (str_starts(name, "includeif.") && str_ends(name, ".path"));
}

/* `file` is the configuration, in `base`. */
static void guard_configured(struct resolving *s, const struct repository *in, const char *base, const char *name)
{
    AUTO(mem_free_ptr) char *file = path_join(base, name);
    AUTO(str_release) struct str text = STR_INIT(GIT_CONFIG_MAX_FILE);
    struct err ignored = ERR_INIT;
    struct git_config c;
    struct git_config_entry entry;
    if (fs_read_named(file, &text, &ignored) < 0)
        return;
    git_config_init(&c, (struct view){text.buf, text.len});
    while (git_config_next(&c, &entry) > 0) {
        if (strcmp(entry.name, "core.hookspath") == 0)
            guard_below(s, in, in->tree, entry.value, true, entry.name);
        else if (is_include(entry.name))
            guard_below(s, in, base, entry.value, false, entry.name);
        else if (!git_config_is_harmless(&entry, (struct git_config_place){0}))
            guard_command(s, in, entry.value, entry.name);
    }
}

/* A hook that is a link: the file that it leads to. */
static void guard_linked_hooks(struct resolving *s, const struct repository *in)
{
    AUTO(mem_free_ptr) char *hooks = path_join(in->dir, "hooks");
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    struct err ignored = ERR_INIT;
    struct stat st;
    if (fs_list(AT_FDCWD, hooks, &names, &ignored) < 0)
        return;
    for (size_t i = 0; i < names.n; i++) {
        AUTO(mem_free_ptr) char *path = path_join(hooks, names.item[i]);
        if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
            guard_path(s, in, path, "hooks");
    }
}

/* What a file of one line says behind `mark`, as a path; NULL. */
static char *read_pointer(const char *dir, const char *name, const char *mark)
{
    AUTO(mem_free_ptr) char *file = path_join(dir, name);
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PATH);
    struct err ignored = ERR_INIT;
    char *path = NULL;
    if (fs_read_named(file, &text, &ignored) < 0 || !str_starts(text.buf, mark))
        return NULL;
    text.buf[strcspn(text.buf, "\r\n")] = '\0';
    return path_lexical(dir, text.buf + strlen(mark), &path, &ignored) < 0 ? NULL : path;
}

/* Of the repository whose work tree begins at `tree`; NULL when none does. */
static char *repository_of(const char *tree)
{
    struct stat st;
    AUTO(mem_free_ptr) char *dir = path_join(tree, ".git");
    if (stat(dir, &st) < 0)
        return NULL;
    if (S_ISDIR(st.st_mode))
        return take_ptr(&dir);
    AUTO(mem_free_ptr) char *own = read_pointer(tree, ".git", "gitdir: ");
    char *common = own ? read_pointer(own, "commondir", "") : NULL;
    return common ? common : take_ptr(&own);
}

static void guard_repository(struct resolving *s, const char *tree, const struct caps_origin *origin)
{
    const struct world *w = s->request->world;
    AUTO(mem_free_ptr) char *dir = repository_of(tree);
    if (!dir)
        return;
    struct repository in = {.tree = tree, .dir = dir, .origin = origin};
    AUTO(mem_free_ptr) char *global = path_join(w->config_home, "git");
    guard_configured(s, &in, dir, "config");
    guard_configured(s, &in, dir, "config.worktree");
    guard_configured(s, &in, w->home, ".gitconfig");
    guard_configured(s, &in, global, "config");
    guard_linked_hooks(s, &in);
}

/* The repositories around the directory: its own is the nearest. */
static void guard_around(struct resolving *s, const char *directory, const struct caps_origin *origin)
{
    AUTO(mem_free_ptr) char *at = mem_strdup(directory);
    while (strcmp(at, "/") != 0) {
        guard_repository(s, at, origin);
        char *parent = path_parent(at);
        mem_free(at);
        at = parent;
    }
}

static void guard_in_force(struct resolving *s)
{
    struct caps *c = s->caps;
    AUTO(strlist_release) struct strlist roots = STRLIST_INIT;
    struct caps_origin origin = {0};
    for (size_t i = 0; i < c->n_guards; i++)
        if (strcmp(c->guard[i].pattern, ".git") == 0)
            origin = same_origin(&c->guard[i].origin, ".git");
    if (!origin.memory)
        return;
    strlist_add(&roots, s->request->workdir);
    for (size_t i = 0; i < c->n_grants; i++) {
        const struct caps_grant *g = &c->grant[i];
        bool by_person = g->origin.source == CAPS_FROM_USER || g->origin.source == CAPS_FROM_PROFILE;
        if (by_person && g->exists && !g->file_only && (g->access & CAPS_WRITE))
            (void)strlist_add_once(&roots, g->path);
    }
    for (size_t i = 0; i < roots.n; i++)
        guard_around(s, roots.item[i], &origin);
    caps_origin_release(&origin);
}

int resolve_guards(struct resolving *s, struct err *e)
{
    const struct profile_list *l = &s->profile.guard;
    for (size_t i = 0; i < s->n_in_force; i++) {
        const struct group *g = s->in_force[i];
        for (size_t k = 0; group_applies(g) && k < g->guard.n; k++) {
            int r = guard_pattern(s, g->guard.item[k], caps_origin_static(CAPS_FROM_GROUP, g->name, g->guard.item[k]), e);
            if (r < 0)
                return err_add(e, "group %s", g->name);
        }
    }
    for (size_t i = 0; i < l->n; i++) {
        const struct profile_item *item = &l->item[i];
        int r = guard_pattern(s, item->text, caps_origin_make(CAPS_FROM_PROFILE, item->place.profile, item->place.pointer, item->text), e);
        if (r < 0)
            r = resolve_fail(s, &item->place, NULL, e);
        if (r < 0)
            return r;
    }
    guard_in_force(s);
    return 0;
}
