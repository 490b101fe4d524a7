/* resolve_paths: every path of groups, profile, options and program, made real and added to the caps. */
#include "policy/resolve_parts.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/install.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "policy/expand.h"

void resolve_warn(struct caps *c, const char *fmt, ...)
{
    char line[2 * STR_MAX_PATH];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    strlist_add(&c->warnings, line);
}

/* "profile dev /filesystem/read/0", "--read /x": for messages; caller owns. */
static char *describe(const struct caps_origin *o)
{
    struct str text = STR_INIT(STR_MAX_LINE);
    caps_origin_describe(o, &text);
    return str_take(&text);
}

struct wanted {
    unsigned access; /* 0: a deny */
    bool file_only;
};

/* What a person asks for by option must be there; what a profile asks for may be missing, and is said; a group lists what some
 * systems have. */
static int absent_grant(struct resolving *s, const struct real *real, const struct caps_origin *origin, struct err *e)
{
    if (origin->source != CAPS_FROM_USER && origin->source != CAPS_FROM_PROFILE)
        return 0;
    AUTO(mem_free_ptr) char *path = quote_term_dup(real->path);
    AUTO(mem_free_ptr) char *who = describe(origin);
    if (origin->source == CAPS_FROM_PROFILE) {
        resolve_warn(s->caps, "%s: '%s' is not granted: %s", who, path, strerror(real->sys));
        return 0;
    }
    if (real->sys == ENOENT || real->sys == ENOTDIR)
        return err_set(e, ERR_MISSING, "%s: '%s' does not exist; create it first", who, path);
    return err_sys(e, err_class_of(real->sys), real->sys, "%s: '%s'", who, path);
}

/* A directory where a single file was asked for: granting it would grant everything below. */
static int directory_as_file(struct resolving *s, struct real *real, const struct caps_origin *origin, struct err *e)
{
    AUTO(mem_free_ptr) char *path = quote_term_dup(real->path);
    AUTO(mem_free_ptr) char *who = describe(origin);
    if (origin->source == CAPS_FROM_USER)
        return err_set(e, ERR_INPUT, "%s: '%s' is a directory; use --allow, --read or --write", who, path);
    resolve_warn(s->caps, "%s: '%s' is not granted: it is a directory, and a file was asked for", who, path);
    real->exists = false;
    return 0;
}

/* `path` is clean; consumes `origin`. */
static int add_grant(struct resolving *s, const char *path, struct wanted wanted, struct caps_origin origin, struct err *e)
{
    AUTO(real_release) struct real real = {0};
    real_find(s->cache, path, &real);
    int r = 0;
    if (!real.exists)
        r = absent_grant(s, &real, &origin, e);
    else if (wanted.file_only && real.is_dir)
        r = directory_as_file(s, &real, &origin, e);
    if (r < 0) {
        caps_origin_release(&origin);
        return r;
    }
    caps_add_grant(s->caps, take_ptr(&real.path), wanted.access, wanted.file_only, real.exists, origin);
    return 0;
}

int resolve_add_grant(struct resolving *s, const char *path, unsigned access, struct caps_origin origin, struct err *e)
{
    return add_grant(s, path, (struct wanted){.access = access}, origin, e);
}

static void add_links(struct real_cache *cache, struct caps *c, const char *path);

/* Where the text of a link leads may lie behind other links. NOLINTNEXTLINE(misc-no-recursion): no link is added twice. */
static void add_link(struct real_cache *cache, struct caps *c, const char *link)
{
    char text[STR_MAX_PATH];
    AUTO(mem_free_ptr) char *directory = path_parent(link);
    AUTO(mem_free_ptr) char *target = NULL;
    struct err ignored = ERR_INIT;
    ssize_t len = strlist_add_once(&c->links, link) ? readlink(link, text, sizeof text - 1) : -1;
    if (len <= 0)
        return;
    text[len] = '\0';
    if (path_lexical(directory, text, &target, &ignored) == 0)
        add_links(cache, c, target);
}

/* NOLINTNEXTLINE(misc-no-recursion): see add_link. */
static void add_links(struct real_cache *cache, struct caps *c, const char *path)
{
    for (size_t len = 1; path[len - 1]; len++) {
        if (path[len] != '/' && path[len] != '\0')
            continue;
        AUTO(mem_free_ptr) char *part = mem_strndup(path, len);
        AUTO(real_release) struct real real = {0};
        real_find(cache, part, &real);
        if (real.link)
            add_link(cache, c, real.link);
    }
}

void resolve_add_deny(struct real_cache *cache, struct caps *c, const char *path, struct caps_origin origin)
{
    AUTO(real_release) struct real real = {0};
    real_find(cache, path, &real);
    if (strcmp(real.path, path) != 0)
        add_links(cache, c, path);
    if (real.link)
        caps_add_deny(c, take_ptr(&real.link), true,
                      caps_origin_make(origin.source, origin.name, origin.key, origin.text));
    caps_add_deny(c, take_ptr(&real.path), real.exists, origin);
}

static int expand_listed(struct resolving *s, const char *text, char **ret_path, struct err *e)
{
    return expand_path(s->request->world, s->request->workdir, text, ret_path, e);
}

static int group_grants(struct resolving *s, const struct group *g, const struct strlist *paths, unsigned access,
                        const char *program, struct err *e)
{
    for (size_t i = 0; i < paths->n; i++) {
        AUTO(mem_free_ptr) char *path = NULL;
        int r = expand_listed(s, paths->item[i], &path, e);
        if (r < 0)
            return err_add(e, "group %s", g->name);
        struct caps_origin origin = program ? caps_origin_make(CAPS_FROM_PROGRAM, program, "", paths->item[i])
                                            : caps_origin_static(CAPS_FROM_GROUP, g->name, paths->item[i]);
        r = add_grant(s, path, (struct wanted){.access = access}, origin, e);
        if (r < 0)
            return r;
    }
    return 0;
}

void resolve_add_scratch(struct resolving *s, const char *path)
{
    AUTO(real_release) struct real real = {0};
    real_find(s->cache, path, &real);
    (void)strlist_add_once(&s->caps->scratch, real.path);
}

static int group_scratch(struct resolving *s, const struct group *g, struct err *e)
{
    for (size_t i = 0; i < g->scratch.n; i++) {
        AUTO(mem_free_ptr) char *path = NULL;
        if (expand_listed(s, g->scratch.item[i], &path, e) < 0)
            return err_add(e, "group %s", g->name);
        if (path)
            resolve_add_scratch(s, path);
    }
    return 0;
}

int resolve_group_paths(struct resolving *s, const struct group *g, const char *program, struct err *e)
{
    int r = group_grants(s, g, &g->read, CAPS_READ, program, e);
    if (r == 0)
        r = group_grants(s, g, &g->write, CAPS_WRITE, program, e);
    if (r == 0)
        r = group_grants(s, g, &g->readwrite, CAPS_READWRITE, program, e);
    if (r == 0)
        r = group_scratch(s, g, e);
    for (size_t i = 0; r == 0 && !program && i < g->deny.n; i++) {
        AUTO(mem_free_ptr) char *path = NULL;
        r = expand_listed(s, g->deny.item[i], &path, e);
        if (r < 0)
            return err_add(e, "group %s", g->name);
        resolve_add_deny(s->cache, s->caps, path, caps_origin_static(CAPS_FROM_GROUP, g->name, g->deny.item[i]));
    }
    return r;
}

static struct caps_origin origin_of(const struct profile_item *item)
{
    return caps_origin_make(CAPS_FROM_PROFILE, item->place.profile, item->place.pointer, item->text);
}

int resolve_profile_paths(struct resolving *s, struct err *e)
{
    const struct profile *p = &s->profile;
    const struct {
        const struct profile_list *list;
        struct wanted wanted;
    } lists[] = {
        {&p->allow, {CAPS_READWRITE, false}},      {&p->read, {CAPS_READ, false}},
        {&p->write, {CAPS_WRITE, false}},          {&p->allow_file, {CAPS_READWRITE, true}},
        {&p->read_file, {CAPS_READ, true}},        {&p->write_file, {CAPS_WRITE, true}},
        {&p->add_allow_read, {CAPS_READ, false}},  {&p->add_allow_write, {CAPS_WRITE, false}},
        {&p->add_allow_readwrite, {CAPS_READWRITE, false}}, {&p->add_deny_access, {0, false}},
        {&p->scratch, {0, false}},
    };
    size_t n = 0;
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++) {
        for (size_t i = 0; i < lists[l].list->n; i++) {
            const struct profile_item *item = &lists[l].list->item[i];
            AUTO(mem_free_ptr) char *path = NULL;
            if (++n > RESOLVE_MAX_PATHS)
                return err_set(e, ERR_LIMIT, "profile and bases name more than %d paths", RESOLVE_MAX_PATHS);
            int r = expand_listed(s, item->text, &path, e);
            if (r < 0)
                r = resolve_fail(s, &item->place, NULL, e);
            if (r < 0)
                return r;
            if (!path)
                continue;
            if (lists[l].list == &p->scratch)
                resolve_add_scratch(s, path);
            else if (lists[l].wanted.access)
                r = add_grant(s, path, lists[l].wanted, origin_of(item), e);
            else
                resolve_add_deny(s->cache, s->caps, path, origin_of(item));
            if (r < 0)
                return r;
        }
    }
    return 0;
}

int resolve_option_paths(struct resolving *s, struct err *e)
{
    const struct resolve_request *q = s->request;
    const struct {
        const struct strlist *list;
        const char *option;
        struct wanted wanted;
    } lists[] = {
        {q->allow, "--allow", {CAPS_READWRITE, false}},
        {q->read, "--read", {CAPS_READ, false}},
        {q->write, "--write", {CAPS_WRITE, false}},
        {q->allow_file, "--allow-file", {CAPS_READWRITE, true}},
        {q->read_file, "--read-file", {CAPS_READ, true}},
        {q->write_file, "--write-file", {CAPS_WRITE, true}},
    };
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++) {
        for (size_t i = 0; lists[l].list && i < lists[l].list->n; i++) {
            const char *text = lists[l].list->item[i];
            AUTO(mem_free_ptr) char *path = NULL;
            int r = expand_option(q->world, text, &path, e);
            if (r < 0)
                return err_add(e, "%s", lists[l].option);
            r = add_grant(s, path, lists[l].wanted, caps_origin_make(CAPS_FROM_USER, lists[l].option, "", text), e);
            if (r < 0)
                return r;
        }
    }
    return 0;
}

int resolve_own_programs(struct resolving *s, struct err *e)
{
    const char *exe = s->request->world->exe;
    AUTO(mem_free_ptr) char *whole = exe ? install_part(exe, INSTALL_MAIN) : NULL;
    const char *const own[] = {exe, whole};
    int r = 0;
    for (size_t i = 0; r == 0 && i < sizeof own / sizeof *own; i++) {
        AUTO(real_release) struct real real = {0};
        if (own[i])
            real_find(s->cache, own[i], &real);
        if (real.exists)
            r = add_grant(s, own[i], (struct wanted){.access = CAPS_READ, .file_only = true}, caps_origin_make(CAPS_FROM_SELF, "nono", "", own[i]), e);
    }
    return r;
}
