/* resolve: a profile, its bases, its groups and the options of one run, resolved into caps. */
#include "policy/resolve.h"

#include <string.h>

#include "core/feature.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/quantity.h"
#include "core/quote.h"
#include "policy/cleaned.h"
#include "policy/resolve_parts.h"

static void resolving_release(struct resolving *s)
{
    mem_free(s->in_force);
    group_set_release(&s->groups);
    real_cache_release(&s->own_cache);
    program_release(&s->program);
}

static struct problems *problems_of(const struct resolving *s)
{
    return s->request ? s->request->problems : NULL;
}

int resolve_fail(const struct resolving *s, const struct profile_place *place, const char *near, struct err *e)
{
    if (!problems_of(s))
        return profile_place_add(place, e);
    bool waits = e->class == ERR_KERNEL; /* for a version, or a kernel, that can hold it */
    problems_add(problems_of(s), !waits, place, near, "%s", e->text);
    return 0;
}

/* The group that the profile names; NULL when there is none: 0 when that was collected. */
static int find_group(const struct resolving *s, const struct profile_item *item, const struct group **ret, struct err *e)
{
    *ret = group_set_find(&s->groups, item->text);
    if (*ret)
        return 0;
    (void)group_set_unknown(&s->groups, item->text, e);
    return resolve_fail(s, &item->place, group_set_nearest(&s->groups, item->text), e);
}

static const char excluded[] = "Cannot exclude required groups: ";

static int check_excluded(const struct resolving *s, struct err *e)
{
    const struct profile_list *l = &s->profile.exclude_groups;
    AUTO(str_release) struct str required = STR_INIT(STR_MAX_LINE);
    const struct profile_item *first = NULL;
    for (size_t i = 0; i < l->n; i++) {
        const struct group *g = NULL;
        int r = find_group(s, &l->item[i], &g, e);
        if (r < 0)
            return r;
        if (!g || !g->required)
            continue;
        str_addf(&required, "%s'%s'", first ? ", " : "", l->item[i].text);
        first = first ? first : &l->item[i];
        if (problems_of(s))
            problems_add(problems_of(s), true, &l->item[i].place, NULL, "%s'%s'", excluded, l->item[i].text);
    }
    if (!first || problems_of(s))
        return 0;
    (void)err_set(e, ERR_INPUT, "%s%s", excluded, required.buf);
    return profile_place_add(&first->place, e);
}

static void add_in_force(struct resolving *s, const struct group *g)
{
    for (size_t i = 0; i < s->n_in_force; i++)
        if (s->in_force[i] == g)
            return;
    s->in_force[s->n_in_force++] = g;
}

/* The profile's groups without the excluded ones, and every required one whether it is named or not. */
static int effective_groups(struct resolving *s, struct err *e)
{
    int r = check_excluded(s, e);
    if (r < 0)
        return r;
    const struct profile *p = &s->profile;
    s->in_force = mem_array(s->groups.n + 1, sizeof(const struct group *));
    for (size_t i = 0; i < p->groups.n; i++) {
        const struct group *g = NULL;
        r = find_group(s, &p->groups.item[i], &g, e);
        if (r < 0)
            return r;
        if (g && !profile_list_has(&p->exclude_groups, g->name))
            add_in_force(s, g);
    }
    for (size_t i = 0; i < s->groups.n; i++)
        if (s->groups.group[i].required)
            add_in_force(s, &s->groups.group[i]);
    return 0;
}

static int add_groups(struct resolving *s, struct err *e)
{
    for (size_t i = 0; i < s->n_in_force; i++) {
        const struct group *g = s->in_force[i];
        if (!group_applies(g))
            continue;
        int r = resolve_group_paths(s, g, NULL, e);
        if (r < 0)
            return r;
        if (g->unlink)
            resolve_warn(s->caps,
                         "group %s: deleting inside what may be written is not prevented on Linux; rollback takes it back",
                         g->name);
    }
    return 0;
}

/* Keys that are valid and promise no protection, but do nothing here: said once each. */
static void note_unused(struct resolving *s)
{
    const struct profile *p = &s->profile;
    const struct {
        const struct profile_place *place; /* NULL: not written */
        const char *note;
    } notes[] = {
        {p->signal_mode.number ? &p->signal_mode.place : NULL, "is held stricter: signals stay inside the sandbox"},
        {p->process_info_mode.number ? &p->process_info_mode.place : NULL, "has no effect on Linux"},
        {p->ipc_mode.number ? &p->ipc_mode.place : NULL, "has no effect on Linux"},
        {p->capability_elevation.number ? &p->capability_elevation.place : NULL,
         "is held stricter: what is not granted at the start stays denied"},
        {p->env_credentials.n ? &p->env_credentials.record[0].place : NULL, "is not passed on: there is no key store here"},
        {p->hooks.n ? &p->hooks.record[0].place : NULL, "is not installed by nono"},
        {p->allow_launch_services.number ? &p->allow_launch_services.place : NULL, "has no effect on Linux"},
        {p->interactive.number ? &p->interactive.place : NULL, "is obsolete and has no effect"},
    };
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
        if (!notes[i].place)
            continue;
        if (problems_of(s))
            problems_add(problems_of(s), false, notes[i].place, NULL, "%s", notes[i].note);
        AUTO(mem_free_ptr) char *name = quote_term_dup(notes[i].place->profile);
        AUTO(mem_free_ptr) char *pointer = quote_term_dup(notes[i].place->pointer);
        resolve_warn(s->caps, "profile %s %s %s", name, pointer, notes[i].note);
    }
}

static void take_settings(struct resolving *s)
{
    const struct profile *p = &s->profile;
    s->caps->workdir = mem_strdup(s->request->workdir);
    s->caps->search = mem_strdup(s->request->world->path);
    s->caps->memory = mem_strdup(s->request->world->state_dir);
    s->caps->workdir_access = (unsigned)p->workdir_access.number;
    struct err ignored = ERR_INIT;
    if (p->max_copy.state == PROFILE_SET)
        (void)!quantity_limit(p->max_copy.text, "rollback.max_copy", &s->caps->max_copy, &ignored); /* the loader took it */
    s->caps->large = (enum caps_large)p->large_files.number;
    for (size_t i = 0; i < p->exclude_patterns.n; i++)
        (void)strlist_add_once(&s->caps->rollback_exclude, p->exclude_patterns.item[i].text);
    for (size_t i = 0; i < p->exclude_globs.n; i++)
        (void)strlist_add_once(&s->caps->rollback_exclude, p->exclude_globs.item[i].text);
}

int resolve_groups(const struct profile *p, struct strlist *ret, struct err *e)
{
    AUTO(resolving_release) struct resolving s = {.profile = *p};
    group_set_load(&s.groups);
    int rc = effective_groups(&s, e);
    for (size_t i = 0; rc == 0 && i < s.n_in_force; i++)
        strlist_add(ret, s.in_force[i]->name);
    return rc;
}

int resolve_read(const struct resolve_request *r, struct profile *ret, struct err *e)
{
    return r->draft ? extend_draft(r->world, r->draft, ret, e) : extend_profile(r->world, r->profile ? r->profile : "default", ret, e);
}

int resolve_profile(const struct resolve_request *r, const struct profile *p, struct caps *ret, struct err *e)
{
    AUTO(caps_release) struct caps made;
    caps_init(&made);
    AUTO(resolving_release) struct resolving s = {.request = r, .caps = &made, .profile = *p};
    s.cache = r->cache ? r->cache : &s.own_cache;

    group_set_load(&s.groups);
    int rc = effective_groups(&s, e);
    for (size_t i = 0; rc == 0 && r->allow_degraded && i < r->allow_degraded->n; i++)
        rc = feature_give_up(&made, r->allow_degraded->item[i], e);
    if (rc == 0)
        rc = resolve_network(&s, e);
    if (rc == 0)
        rc = add_groups(&s, e);
    if (rc == 0)
        rc = resolve_profile_paths(&s, e);
    if (rc == 0)
        rc = resolve_option_paths(&s, e);
    if (rc == 0)
        rc = resolve_sockets(&s, e);
    if (rc == 0)
        rc = resolve_program(&s, e);
    if (rc == 0)
        rc = resolve_own_programs(&s, e);
    if (rc == 0)
        rc = resolve_commands(&s, e);
    if (rc == 0)
        rc = resolve_guards(&s, e);
    if (rc == 0)
        rc = resolve_overrides(&s, e);
    if (rc == 0)
        rc = resolve_program_settings(&s, e);
    if (rc == 0)
        rc = resolve_environment(&s, e);
    if (rc < 0)
        return rc;
    take_settings(&s);
    note_unused(&s);
    *ret = made;
    caps_init(&made);
    return 0;
}

int resolve_caps(const struct resolve_request *r, struct caps *ret, struct err *e)
{
    AUTO(profile_release) struct profile p = {0};
    int rc = resolve_read(r, &p, e);
    return rc < 0 ? rc : resolve_profile(r, &p, ret, e);
}

void resolve_grant_workdir(struct caps *c, unsigned access, const char *asked_by)
{
    caps_add_grant(c, mem_strdup(c->workdir), access, false, true,
                   caps_origin_make(CAPS_FROM_WORKDIR, asked_by, "", c->workdir));
}

static bool is_by_person(const struct caps_grant *g)
{
    return g->origin.source == CAPS_FROM_USER || g->origin.source == CAPS_FROM_PROFILE ||
           g->origin.source == CAPS_FROM_WORKDIR;
}

static int check_root(const struct caps *c, const char *root, struct err *e)
{
    for (size_t i = 0; i < c->n_grants; i++) {
        const struct caps_grant *g = &c->grant[i];
        if (!is_by_person(g) || !path_is_within(g->path, root))
            continue;
        AUTO(str_release) struct str who = STR_INIT(STR_MAX_LINE);
        caps_origin_describe(&g->origin, &who);
        AUTO(mem_free_ptr) char *path = quote_term_dup(g->path);
        AUTO(mem_free_ptr) char *shown = quote_term_dup(root);
        return err_set(e, ERR_DENIED, "Refusing to grant '%s' (source: %s) because it overlaps protected nono state root '%s'.",
                       path, who.buf, shown);
    }
    return 0;
}

/* Whoever could change a copy of somebody's settings would say where the next program of the hook gets its packages from. */
static bool could_write(const struct caps *c, const char *copies)
{
    bool writes = false;
    for (size_t i = 0; i < c->n_grants; i++) {
        const struct caps_grant *g = &c->grant[i];
        if (g->origin.source == CAPS_FROM_PROGRAM && path_is_within(g->path, copies))
            return false; /* its own: another one is made for the next */
        writes |= (g->access & CAPS_WRITE) && path_is_within(copies, g->path);
    }
    return writes;
}

static void seal_copies(struct real_cache *cache, const struct world *w, struct caps *c)
{
    AUTO(mem_free_ptr) char *directory = cleaned_directory(w);
    AUTO(real_release) struct real real = {0};
    real_find(cache, directory, &real);
    if (real.exists && could_write(c, real.path))
        resolve_add_deny(cache, c, directory, caps_origin_make(CAPS_FROM_NONO, "nono", "", directory));
}

int resolve_seal(const struct resolve_request *r, struct caps *c, struct err *e)
{
    const struct world *w = r->world;
    const char *const roots[] = {w->state_dir, w->config_dir, w->data_dir, w->runtime_dir};
    AUTO(real_cache_release) struct real_cache own = {0};
    struct real_cache *cache = r->cache ? r->cache : &own;
    size_t before = c->n_denies;
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        resolve_add_deny(cache, c, roots[i], caps_origin_make(CAPS_FROM_NONO, "nono", "", roots[i]));
    seal_copies(cache, w, c);
    for (size_t k = before; k < c->n_denies; k++) {
        int rc = check_root(c, c->deny[k].path, e);
        if (rc < 0)
            return rc;
    }
    return resolve_seal_sockets(c, e);
}

unsigned resolve_workdir_access(const struct caps *c, bool allow_cwd, const char **ret_asked_by)
{
    *ret_asked_by = c->workdir_access ? "workdir.access" : "--allow-cwd";
    return c->workdir_access ? c->workdir_access : allow_cwd ? CAPS_READ : 0;
}

int resolve_finish(const struct resolve_request *r, struct caps *c, unsigned access, const char *asked_by, struct err *e)
{
    if (access)
        resolve_grant_workdir(c, access, asked_by);
    c->workdir_access = access;
    return resolve_seal(r, c, e);
}
