/* resolve_override: override_deny. Only what is named is given back, and only where a person granted it as well. */
#include "policy/resolve_parts.h"

#include <fcntl.h>
#include <string.h>

#include "core/fs.h"
#include "core/guard.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "policy/expand.h"

enum { OVERRIDE_MAX_SIBLINGS = 1000 };

static bool covers(const struct caps_grant *g, const char *path)
{
    return g->exists && (g->file_only ? strcmp(g->path, path) == 0 : path_is_within(path, g->path));
}

static bool is_by_person(const struct caps_grant *g)
{
    return g->origin.source == CAPS_FROM_USER || g->origin.source == CAPS_FROM_PROFILE;
}

static bool is_granted_by_person(const struct caps *c, const char *path)
{
    for (size_t i = 0; i < c->n_grants; i++)
        if (is_by_person(&c->grant[i]) && covers(&c->grant[i], path))
            return true;
    return false;
}

/* By a grant that is none, since what it names is not there. */
static bool is_meant_by_person(const struct caps *c, const char *path)
{
    for (size_t i = 0; i < c->n_grants; i++)
        if (is_by_person(&c->grant[i]) && !c->grant[i].exists && path_is_within(path, c->grant[i].path))
            return true;
    return false;
}

/* Lifts the denies of exactly this path. */
static bool lift_equal(struct caps *c, const struct real *real)
{
    bool lifted = false;
    for (size_t i = 0; i < c->n_denies; i++) {
        const char *path = c->deny[i].path;
        if (strcmp(path, real->path) != 0 && !(real->link && strcmp(path, real->link) == 0))
            continue;
        c->deny[i].overridden = true;
        lifted = true;
    }
    return lifted;
}

/* A denied path above `path` (`below` false), or below it. */
static const struct caps_deny *find_deny(const struct caps *c, const char *path, bool below)
{
    for (size_t i = 0; i < c->n_denies; i++) {
        const struct caps_deny *d = &c->deny[i];
        if (!d->overridden && (below ? path_is_within(d->path, path) : path_is_within(path, d->path)))
            return d;
    }
    return NULL;
}

/* Denies every entry of `directory` but `keep`. */
static int deny_siblings(struct caps *c, const char *directory, const char *keep, const struct caps_origin *origin,
                         struct err *e)
{
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    int r = fs_list(AT_FDCWD, directory, &names, e);
    if (r < 0)
        return r;
    if (names.n > OVERRIDE_MAX_SIBLINGS)
        return err_set(e, ERR_LIMIT, "it has more than %d entries", OVERRIDE_MAX_SIBLINGS);
    for (size_t i = 0; i < names.n; i++)
        if (strcmp(names.item[i], keep) != 0)
            caps_add_deny(c, path_join(directory, names.item[i]), true,
                          caps_origin_make(origin->source, origin->name, origin->key, origin->text));
    return 0;
}

/* `path` lies inside the denied directory `at`: that deny becomes one of every entry beside the way down. What is created there
 * later is not denied by name any more, so no grant may cover it. */
static int open_up(struct caps *c, const struct caps_deny *at, const char *path, struct err *e)
{
    AUTO(mem_free_ptr) char *shown = quote_term_dup(at->path);
    for (size_t i = 0; i < c->n_grants; i++) {
        if (!covers(&c->grant[i], at->path))
            continue;
        AUTO(str_release) struct str who = STR_INIT(STR_MAX_LINE);
        caps_origin_describe(&c->grant[i].origin, &who);
        return err_set(e, ERR_INPUT, "'%s' is denied as a whole and %s grants it as a whole; narrow that grant, or override '%s'",
                       shown, who.buf, shown);
    }
    struct caps_origin origin = caps_origin_make(at->origin.source, at->origin.name, at->origin.key, at->origin.text);
    AUTO(mem_free_ptr) char *directory = mem_strdup(at->path);
    for (size_t i = 0; i < c->n_denies; i++)
        if (strcmp(c->deny[i].path, directory) == 0)
            c->deny[i].overridden = true;
    int r = 0;
    while (r == 0 && strcmp(directory, path) != 0) {
        const char *rest = path_below(path, directory);
        AUTO(mem_free_ptr) char *next = mem_strndup(rest, strcspn(rest, "/"));
        r = deny_siblings(c, directory, next, &origin, e);
        char *deeper = path_join(directory, next);
        mem_free(directory);
        directory = deeper;
    }
    caps_origin_release(&origin);
    return r < 0 ? err_add(e, "cannot give back a part of '%s'", shown) : 0;
}

static int override_one(struct resolving *s, const char *path, const char *who, struct err *e)
{
    struct caps *c = s->caps;
    AUTO(real_release) struct real real = {0};
    real_find(s->cache, path, &real);
    AUTO(mem_free_ptr) char *shown = quote_term_dup(path);
    if (guard_names(c, real.path)) {
        (void)strlist_add_once(&c->unguarded, real.path);
        if (!find_deny(c, real.path, true) && !find_deny(c, real.path, false))
            return 0;
    }
    if (!is_granted_by_person(c, real.path) && !real.exists && is_meant_by_person(c, real.path)) {
        resolve_warn(c, "%s '%s' changes nothing: it does not exist", who, shown);
        return 0;
    }
    if (!is_granted_by_person(c, real.path))
        return err_set(e, ERR_INPUT,
                       "%s '%s' has no matching grant. Add a filesystem allow (--allow, --read, --write, or profile "
                       "filesystem/policy) for this path.",
                       who, shown);
    if (lift_equal(c, &real))
        return 0;
    const struct caps_deny *below = find_deny(c, real.path, true);
    if (below) {
        AUTO(mem_free_ptr) char *named = quote_term_dup(below->path);
        return err_set(e, ERR_INPUT, "%s '%s' is not denied itself; name what is, such as '%s'", who, shown, named);
    }
    const struct caps_deny *above = find_deny(c, real.path, false);
    if (!above) {
        resolve_warn(c, "%s '%s' changes nothing: the path is not denied", who, shown);
        return 0;
    }
    int r = open_up(c, above, real.path, e);
    return r < 0 ? err_add(e, "%s '%s'", who, shown) : 0;
}

int resolve_overrides(struct resolving *s, struct err *e)
{
    const struct resolve_request *q = s->request;
    for (size_t i = 0; i < s->profile.override_deny.n; i++) {
        const struct profile_item *item = &s->profile.override_deny.item[i];
        AUTO(mem_free_ptr) char *path = NULL;
        int r = expand_path(q->world, q->workdir, item->text, &path, e);
        if (r == 0)
            r = override_one(s, path, "override_deny", e);
        if (r < 0)
            r = resolve_fail(s, &item->place, NULL, e);
        if (r < 0)
            return r;
    }
    for (size_t i = 0; q->override_deny && i < q->override_deny->n; i++) {
        AUTO(mem_free_ptr) char *path = NULL;
        int r = expand_option(q->world, q->override_deny->item[i], &path, e);
        if (r < 0)
            return err_add(e, "--override-deny");
        r = override_one(s, path, "override_deny", e);
        if (r < 0)
            return r;
    }
    return 0;
}
