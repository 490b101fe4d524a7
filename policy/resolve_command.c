/* resolve_command: which programs may not be started. */
#include "policy/resolve_parts.h"

#include <string.h>

#include "core/mem.h"
#include "core/path.h"

static bool list_names(const struct strlist *l, const char *name)
{
    for (size_t i = 0; l && i < l->n; i++)
        if (strcmp(path_base(l->item[i]), name) == 0)
            return true;
    return false;
}

static void block(struct caps *c, const char *name, struct caps_origin origin)
{
    if (caps_blocked(c, name))
        caps_origin_release(&origin);
    else
        caps_add_blocked(c, mem_strdup(name), origin);
}

static bool is_allowed(const struct resolving *s, const char *name)
{
    return list_names(s->request->allow_command, name) || profile_list_has(&s->profile.allowed_commands, name);
}

int resolve_commands(struct resolving *s, struct err *e)
{
    const struct resolve_request *q = s->request;
    for (size_t i = 0; q->block_command && i < q->block_command->n; i++) {
        const char *name = path_base(q->block_command->item[i]);
        if (*name == '\0')
            return err_set(e, ERR_USAGE, "--block-command needs the name of a program");
        block(s->caps, name, caps_origin_make(CAPS_FROM_USER, "--block-command", "", name));
    }
    for (size_t i = 0; i < s->profile.add_deny_commands.n; i++) {
        const struct profile_item *item = &s->profile.add_deny_commands.item[i];
        if (!is_allowed(s, item->text))
            block(s->caps, item->text,
                  caps_origin_make(CAPS_FROM_PROFILE, item->place.profile, item->place.pointer, item->text));
    }
    for (size_t i = 0; i < s->n_in_force; i++) {
        const struct group *g = s->in_force[i];
        for (size_t k = 0; group_applies(g) && k < g->commands.n; k++) {
            const char *name = g->commands.item[k];
            /* A group knows nothing of the program that the user chose to have wrapped. */
            if (!is_allowed(s, name) && !(q->program && strcmp(q->program, name) == 0))
                block(s->caps, name, caps_origin_static(CAPS_FROM_GROUP, g->name, name));
        }
    }
    return 0;
}
