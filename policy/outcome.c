/* outcome: what a run with a profile would get. */
#include "policy/outcome.h"

#include <string.h>

#include "core/blocked.h"
#include "core/landlock_rules.h"
#include "core/level.h"
#include "core/mem.h"
#include "core/path.h"

void outcome_release(struct outcome *o)
{
    profile_release(&o->profile);
    strlist_release(&o->groups);
    caps_release(&o->asked);
    caps_release(&o->held);
    *o = (struct outcome){0};
}

/* A limit to the network that cannot be held refuses the run: what the profile says besides is shown all the same. */
static int resolve_asked(const struct resolve_request *r, struct outcome *o, struct err *e)
{
    int rc = resolve_profile(r, &o->profile, &o->asked, e);
    if (rc != ERR_KERNEL || r->allow_net)
        return rc;
    struct resolve_request open = *r;
    o->refused = *e;
    o->limits_network = true;
    open.block_net = false;
    open.open_port = open.listen_port = NULL;
    open.allow_net = true;
    return resolve_profile(&open, &o->profile, &o->asked, e);
}

static void refuse(struct outcome *o, const struct err *why)
{
    if (!o->refused.class)
        o->refused = *why;
}

int outcome_of(const struct resolve_request *r, struct outcome *ret, struct err *e)
{
    AUTO(outcome_release) struct outcome o = {0};
    struct err why = ERR_INIT;
    caps_init(&o.asked);
    caps_init(&o.held);
    int rc = resolve_read(r, &o.profile, e);
    if (rc == 0)
        rc = resolve_groups(&o.profile, &o.groups, e);
    if (rc == 0)
        rc = resolve_asked(r, &o, e);
    if (rc < 0)
        return rc;
    const char *asked_by = NULL;
    unsigned access = resolve_workdir_access(&o.asked, false, &asked_by);
    bool sealed = resolve_finish(r, &o.asked, access, asked_by, &why) == 0;
    if (!sealed)
        refuse(&o, &why);
    caps_copy(&o.asked, &o.held);
    if (sealed && level_hold(&o.held, true, &why) < 0) {
        refuse(&o, &why);
        caps_release(&o.held);
        caps_copy(&o.asked, &o.held);
    }
    *ret = o;
    o = (struct outcome){0};
    return 0;
}

static bool is_same_origin(const struct caps_origin *a, const struct caps_origin *b)
{
    return a->source == b->source && strcmp(a->name, b->name) == 0 && strcmp(a->key, b->key) == 0 && strcmp(a->text, b->text) == 0;
}

static bool is_held_whole(const struct outcome *o, const struct caps_grant *g)
{
    for (size_t i = 0; i < o->held.n_grants; i++) {
        const struct caps_grant *h = &o->held.grant[i];
        if (!h->is_part && h->access == g->access && strcmp(h->path, g->path) == 0 && is_same_origin(&h->origin, &g->origin))
            return true;
    }
    return false;
}

static size_t count_parts(const struct outcome *o, const struct caps_grant *g)
{
    size_t n = 0;
    for (size_t i = 0; i < o->held.n_grants; i++) {
        const struct caps_grant *h = &o->held.grant[i];
        n += h->is_part && h->access == g->access && path_is_within(h->path, g->path) && is_same_origin(&h->origin, &g->origin);
    }
    return n;
}

/* One that does not exist counts only where it could be made to. */
static const struct caps_deny *first_below(const struct caps *c, const struct caps_grant *g)
{
    for (size_t i = 0; i < c->n_denies; i++) {
        const struct caps_deny *d = &c->deny[i];
        if (!d->overridden && (d->exists || (g->access & CAPS_WRITE)) && path_is_within(d->path, g->path))
            return d;
    }
    return NULL;
}

void outcome_of_grant(const struct outcome *o, const struct caps_grant *g, struct outcome_grant *ret)
{
    struct caps_answer answer;
    *ret = (struct outcome_grant){.state = OUTCOME_GRANTED};
    if (!g->exists) {
        ret->state = OUTCOME_ABSENT;
        return;
    }
    caps_evaluate(&o->asked, g->path, g->access, &answer);
    if (answer.deny) {
        ret->state = OUTCOME_DENIED;
        ret->deny = answer.deny;
    } else if (is_held_whole(o, g)) {
        ret->deny = o->held.n_masks > 0 && !g->file_only ? first_below(&o->asked, g) : NULL;
        ret->state = ret->deny ? OUTCOME_MASKED : OUTCOME_GRANTED;
    } else {
        ret->state = OUTCOME_SPLIT;
        ret->n_parts = count_parts(o, g);
        ret->deny = first_below(&o->asked, g);
    }
}

void outcome_limits(const struct kernel *k, const struct caps *held, struct strlist *ret)
{
    struct landlock_plan plan = {0};
    struct err why = ERR_INIT;
    if (kernel_require(k, &why) < 0 || landlock_rules_plan(held, k->landlock_abi, &plan, &why) < 0) {
        strlist_add(ret, why.text);
        return;
    }
    for (size_t i = 0; i < plan.missing.n; i++)
        strlist_add(ret, plan.missing.item[i]);
    landlock_plan_release(&plan);
    if (held->n_masks)
        strlist_add(ret, "a denied file that a program outside replaces while the command runs is seen by the command in its new version");
    blocked_describe(held, ret);
    if (!held->n_blocked || held->hides_commands)
        return;
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    str_addf(&line, "the %zu blocked commands are refused to nono itself; programs that the command starts are bound by the grants only",
             held->n_blocked);
    strlist_add(ret, line.buf);
}
