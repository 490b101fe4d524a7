/* extend: a profile together with everything it extends. */
#include "policy/extend.h"

#include <string.h>

#include "core/mem.h"
#include "core/quote.h"
#include "policy/find.h"

struct chain {
    const struct world *world;
    const char *name[EXTEND_MAX_DEPTH + 1]; /* from the profile asked for down to the one being read */
    size_t depth;
    size_t n_read, n_bytes;
    struct problems *problems; /* of the first profile; NULL: the first error ends it all */
};

/* "a -> b -> c", from the first occurrence of `last` when it is there already. */
static void describe_chain(const struct chain *c, size_t from, const char *last, struct str *out)
{
    for (size_t i = from; i < c->depth; i++) {
        quote_term(out, c->name[i]);
        str_add(out, " -> ");
    }
    quote_term(out, last);
}

static int check_chain(const struct chain *c, const char *name, struct err *e)
{
    AUTO(str_release) struct str shown = STR_INIT(STR_MAX_LINE);
    for (size_t i = 0; i < c->depth; i++) {
        if (strcmp(c->name[i], name) != 0)
            continue;
        describe_chain(c, i, name, &shown);
        return err_set(e, ERR_INPUT, "circular dependency detected: %s", shown.buf);
    }
    if (c->depth > EXTEND_MAX_DEPTH) {
        describe_chain(c, 0, name, &shown);
        return err_set(e, ERR_INPUT, "profiles extend each other more than %d deep: %s", EXTEND_MAX_DEPTH, shown.buf);
    }
    if (c->n_read >= EXTEND_MAX_PROFILES)
        return err_set(e, ERR_LIMIT, "more than %d profiles are extended", EXTEND_MAX_PROFILES);
    return 0;
}

static int add_default_groups(struct profile *p, struct err *e)
{
    AUTO(profile_release) struct profile base = {0};
    int r = find_builtin("default", &base, e);
    if (r < 0)
        return r;
    for (size_t i = 0; i < base.groups.n; i++)
        profile_list_add(&p->groups, base.groups.item[i].text, &base.groups.item[i].place);
    return 0;
}

static void report_base(const struct chain *c, const struct profile_item *item, const struct err *why)
{
    AUTO(mem_free_ptr) char *near = why->class == ERR_MISSING ? find_nearest(c->world, item->text) : NULL;
    problems_add(c->problems, true, &item->place, near, "%s", why->text);
}

static int read_profile(struct chain *c, const char *name, struct profile *ret, struct err *e);

/* `own` and what it extends; `own` is consumed. Recursion is bounded by EXTEND_MAX_DEPTH. */
// NOLINTNEXTLINE(misc-no-recursion)
static int fold_profile(struct chain *c, const char *name, struct profile *own, struct profile *ret, struct err *e)
{
    int r = 0;
    c->n_read++;
    c->n_bytes += own->n_bytes;
    if (c->n_bytes > EXTEND_MAX_BYTES)
        return err_set(e, ERR_LIMIT, "profiles that extend each other are longer than %d bytes together", EXTEND_MAX_BYTES);
    AUTO(profile_release) struct profile folded = {.name = mem_strdup(own->name), .source = mem_strdup(own->source)};
    c->name[c->depth++] = name;
    for (size_t i = 0; i < own->extends.n; i++) {
        AUTO(profile_release) struct profile base = {0};
        size_t depth = c->depth;
        r = read_profile(c, own->extends.item[i].text, &base, e);
        if (r < 0 && c->problems && depth == 1)
            report_base(c, &own->extends.item[i], e);
        else if (r == ERR_MISSING)
            return profile_place_add(&own->extends.item[i].place, e);
        else if (r < 0)
            return r;
        c->depth = depth;
        if (r == ERR_LIMIT)
            break;
        profile_merge(&folded, &base);
    }
    c->depth--;
    r = own->extends.n == 0 && own->groups.n == 0 ? add_default_groups(own, e) : 0;
    profile_merge(&folded, own);
    folded.extends = own->extends;
    own->extends = (struct profile_list){0};
    *ret = folded;
    profile_init(&folded);
    return r;
}

// NOLINTNEXTLINE(misc-no-recursion)
static int read_profile(struct chain *c, const char *name, struct profile *ret, struct err *e)
{
    int r = check_chain(c, name, e);
    if (r < 0)
        return r;
    AUTO(profile_release) struct profile own = {0};
    r = find_profile(c->world, name, &own, e);
    return r < 0 ? r : fold_profile(c, name, &own, ret, e);
}

int extend_profile(const struct world *w, const char *name_or_path, struct profile *ret, struct err *e)
{
    struct chain c = {.world = w};
    AUTO(profile_release) struct profile made = {0};
    int r = read_profile(&c, name_or_path, &made, e);
    if (r < 0)
        return r;
    *ret = made;
    profile_init(&made);
    return 0;
}

int extend_read(const struct world *w, struct profile *own, struct problems *found, struct profile *ret, struct err *e)
{
    struct chain c = {.world = w, .problems = found};
    AUTO(mem_free_ptr) char *name = mem_strdup(own->name);
    return fold_profile(&c, name, own, ret, e);
}

int extend_draft(const struct world *w, const struct extend_draft *d, struct profile *ret, struct err *e)
{
    struct chain c = {.world = w};
    AUTO(profile_release) struct profile own = {0};
    AUTO(profile_release) struct profile made = {0};
    AUTO(str_release) struct str source = STR_INIT(STR_MAX_LINE);
    str_addf(&source, "profile %s", d->name);
    int r = profile_parse(d->text, d->len, d->name, source.buf, &own, e);
    if (r == 0)
        r = fold_profile(&c, d->name, &own, &made, e);
    if (r < 0)
        return r;
    *ret = made;
    profile_init(&made);
    return 0;
}
