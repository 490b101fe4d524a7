/* check: everything that is wrong with a profile. */
#include "policy/check.h"

#include <errno.h>
#include <string.h>

#include "core/fs.h"
#include "core/level.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "policy/extend.h"
#include "policy/real.h"
#include "policy/resolve.h"

struct checking {
    struct resolve_request request;
    struct profile profile; /* with its bases */
    struct caps caps;
    struct real_cache cache;
    struct problems *problems;
};

static void checking_release(struct checking *c)
{
    profile_release(&c->profile);
    caps_release(&c->caps);
    real_cache_release(&c->cache);
}

/* Where the rule was written; NULL for one that is not of a profile. */
static const struct profile_place *place_of(struct checking *c, const struct caps_origin *o)
{
    for (size_t i = 0; o->source == CAPS_FROM_PROFILE && i < profile_n_keys; i++) {
        if (profile_shape(profile_keys[i].type) != PROFILE_SHAPE_LIST)
            continue;
        const struct profile_list *l = profile_list_of(&c->profile, &profile_keys[i]);
        for (size_t n = 0; n < l->n; n++) {
            if (strcmp(l->item[n].place.pointer, o->key) == 0 && strcmp(l->item[n].place.profile, o->name) == 0)
                return &l->item[n].place;
        }
    }
    return NULL;
}

static void warn_absent(struct checking *c, const struct caps_grant *g)
{
    AUTO(real_release) struct real real = {0};
    AUTO(mem_free_ptr) char *path = quote_term_dup(g->path);
    const struct profile_place *place = place_of(c, &g->origin);
    real_find(&c->cache, g->path, &real);
    if (real.exists)
        problems_add(c->problems, false, place, NULL, "'%s' is a directory, and a single file is granted: nothing is", path);
    else if (real.sys == ENOTDIR)
        problems_add(c->problems, false, place, NULL, "'%s' cannot exist: what stands above it is not a directory", path);
    else if (real.sys == ENOENT)
        problems_add(c->problems, false, place, NULL, "'%s' does not exist: it is not granted, and cannot be created, until it does", path);
    else
        problems_add(c->problems, false, place, NULL, "'%s' is not granted: %s", path, strerror(real.sys));
}

/* A deny of a profile that cuts into the grant, NULL when there is none. */
static const struct caps_deny *own_deny_below(const struct caps *c, const struct caps_grant *g)
{
    for (size_t i = 0; i < c->n_denies; i++) {
        const struct caps_deny *d = &c->deny[i];
        bool cuts = d->exists || (g->access & CAPS_WRITE);
        if (d->origin.source == CAPS_FROM_PROFILE && cuts && !d->overridden && path_is_within(d->path, g->path))
            return d;
    }
    return NULL;
}

static bool meets_deny(const struct caps *c, const char *path)
{
    for (size_t i = 0; i < c->n_denies; i++)
        if (path_is_within(c->deny[i].path, path) || path_is_within(path, c->deny[i].path))
            return true;
    return false;
}

/* All denies, and this grant alone, for a run in no directory in particular. */
static void isolate(const struct checking *c, const struct caps_grant *g, struct caps *ret)
{
    struct caps only = c->caps;
    struct caps_grant grant = *g;
    only.grant = &grant;
    only.n_grants = 1;
    only.n_blocked = 0;
    only.workdir = NULL;
    only.notices = (struct strlist){0};
    only.warnings = (struct strlist){0};
    caps_copy(&only, ret);
}

/* What a run would do with this grant: refuse to start, or hold a deny inside it. A group is told about only where a deny of the profile
 * cuts into it. */
static void check_grant(struct checking *c, const struct caps_grant *g)
{
    const struct profile_place *place = place_of(c, &g->origin);
    const struct caps_deny *below = place ? NULL : own_deny_below(&c->caps, g);
    AUTO(caps_release) struct caps alone;
    struct err why = ERR_INIT;
    caps_init(&alone);
    if (!place && below)
        place = place_of(c, &below->origin);
    if (!place)
        return;
    isolate(c, g, &alone);
    if (resolve_seal(&c->request, &alone, &why) < 0 || (meets_deny(&alone, g->path) && level_hold(&alone, true, &why) < 0)) {
        problems_add(c->problems, true, place, NULL, "%s", why.text);
        return;
    }
    for (size_t i = 0; i < alone.notices.n; i++)
        problems_add(c->problems, false, place, NULL, "%s", alone.notices.item[i]);
    for (size_t i = 0; i < alone.warnings.n; i++)
        problems_add(c->problems, false, place, NULL, "%s", alone.warnings.item[i]);
}

static void check_grants(struct checking *c)
{
    for (size_t i = 0; i < c->caps.n_grants && !problems_is_full(c->problems); i++) {
        const struct caps_grant *g = &c->caps.grant[i];
        if (g->exists)
            check_grant(c, g);
        else if (g->origin.source == CAPS_FROM_PROFILE)
            warn_absent(c, g);
    }
}

/* What no single value is at fault for. */
static void check_whole(struct checking *c)
{
    struct err why = ERR_INIT;
    if (c->problems->n_errors)
        return;
    resolve_grant_workdir(&c->caps, c->caps.workdir_access, "workdir.access");
    if (resolve_seal(&c->request, &c->caps, &why) < 0 || level_hold(&c->caps, true, &why) < 0)
        problems_add(c->problems, false, NULL, NULL, "a run in this directory is refused: %s", why.text);
}

static int check_read(const struct check_request *r, struct profile *own, struct problems *found, struct err *e)
{
    struct checking c = {.problems = found};
    c.request = (struct resolve_request){.world = r->world, .workdir = r->workdir, .problems = found, .look_only = true};
    caps_init(&c.caps);
    int rc = extend_read(r->world, own, found, &c.profile, e);
    if (rc == 0)
        rc = resolve_profile(&c.request, &c.profile, &c.caps, e);
    if (rc == 0) {
        check_grants(&c);
        check_whole(&c);
    }
    checking_release(&c);
    return rc;
}

int check_text(const struct check_request *r, const char *text, size_t len, struct problems *ret, struct err *e)
{
    AUTO(profile_release) struct profile own = {0};
    problems_init(ret, r->path);
    const struct profile_text source = {.text = text, .len = len, .name = r->name, .source = r->path, .sink = &ret->sink};
    int rc = profile_read(&source, &own, e);
    if (rc < 0 && ret->n == 0)
        return rc;
    if (rc == 0 && check_read(r, &own, ret, e) < 0)
        problems_add(ret, true, NULL, NULL, "%s", e->text);
    problems_finish(ret);
    return 0;
}

int check_profile(const struct check_request *r, struct problems *ret, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE);
    int rc = fs_read_named(r->path, &text, e);
    return rc < 0 ? rc : check_text(r, text.buf, text.len, ret, e);
}
