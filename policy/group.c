/* group: the named sets of grants and denies in data/groups.json. */
#include "policy/group.h"

#include <string.h>

#include "core/mem.h"
#include "core/quote.h"

const char *const group_platform_names[] = {"cross-platform", "linux", "macos"};

static void group_release(struct group *g)
{
    mem_free(g->name);
    mem_free(g->description);
    strlist_release(&g->read);
    strlist_release(&g->write);
    strlist_release(&g->readwrite);
    strlist_release(&g->deny);
    strlist_release(&g->commands);
    strlist_release(&g->guard);
    strlist_release(&g->scratch);
    strlist_release(&g->symlinks);
}

void group_set_release(struct group_set *s)
{
    for (size_t i = 0; i < s->n && !s->is_static; i++)
        group_release(&s->group[i]);
    if (!s->is_static)
        mem_free(s->group);
    *s = (struct group_set){0};
}

const struct group *group_set_find(const struct group_set *s, const char *name)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->group[i].name, name) == 0)
            return &s->group[i];
    return NULL;
}

const char *group_set_nearest(const struct group_set *s, const char *name)
{
    const char **names = mem_array(s->n ? s->n : 1, sizeof *names);
    for (size_t i = 0; i < s->n; i++)
        names[i] = s->group[i].name;
    const char *near = str_nearest(name, names, s->n);
    mem_free(names);
    return near;
}

int group_set_unknown(const struct group_set *s, const char *name, struct err *e)
{
    AUTO(mem_free_ptr) char *shown = quote_term_dup(name);
    const char *near = group_set_nearest(s, name);
    if (near)
        return err_set(e, ERR_MISSING, "there is no group '%s'; did you mean '%s'?", shown, near);
    return err_set(e, ERR_MISSING, "there is no group '%s'; 'nono policy groups' lists them", shown);
}

bool group_applies(const struct group *g)
{
    return g->platform == GROUP_ANY || g->platform == GROUP_LINUX;
}
