/* values_key: keys of profiles and what they hold, as candidates for completion. */
#include <string.h>

#include "core/mem.h"
#include "policy/find.h"
#include "policy/group.h"
#include "policy/profile.h"
#include "shell/values.h"

/* "filesystem.allow" */
static void key_name(const struct profile_key *k, struct str *out)
{
    const char *section = profile_sections[k->section][0];
    str_addf(out, "%s%s%s", section, *section ? "." : "", k->name);
}

static const struct profile_key *key_named(const char *name)
{
    for (size_t i = 0; name && i < profile_n_keys; i++) {
        AUTO(str_release) struct str known = STR_INIT(STR_MAX_LINE);
        key_name(&profile_keys[i], &known);
        if (strcmp(known.buf, name) == 0)
            return &profile_keys[i];
    }
    return NULL;
}

void values_add_keys(const struct complete_request *r, struct complete_values *ret)
{
    for (size_t i = 0; i < profile_n_keys; i++) {
        AUTO(str_release) struct str name = STR_INIT(STR_MAX_LINE);
        key_name(&profile_keys[i], &name);
        values_add(r, ret, name.buf, NULL);
    }
}

enum denied { DENIED_PATHS, DENIED_COMMANDS };

/* What groups deny: that is what one may want back. */
static void add_denied(const struct complete_request *r, enum denied what, struct complete_values *ret)
{
    struct group_set set = {0};
    group_set_load(&set);
    for (size_t i = 0; i < set.n; i++) {
        const struct group *group = &set.group[i];
        const struct strlist *denied = what == DENIED_PATHS ? &group->deny : &group->commands;
        AUTO(str_release) struct str by = STR_INIT(STR_MAX_LINE);
        str_addf(&by, "denied by %s", group->name);
        for (size_t j = 0; group_applies(group) && j < denied->n; j++)
            values_add(r, ret, denied->item[j], by.buf);
    }
}

static void add_names(const struct profile_key *k, const struct complete_request *r, struct complete_values *ret)
{
    if (strcmp(k->name, "groups") == 0 || strcmp(k->name, "exclude_groups") == 0)
        values_add_groups(r, ret);
    else if (strcmp(k->name, "allowed_commands") == 0)
        add_denied(r, DENIED_COMMANDS, ret);
}

void values_add_key_values(const struct complete_request *r, struct complete_values *ret)
{
    const struct profile_key *k = key_named(complete_operand(r, VAL_KEY));
    if (!k)
        return;
    switch (k->type) {
    case PROFILE_BOOL:
        values_add(r, ret, "true", NULL);
        values_add(r, ret, "false", NULL);
        break;
    case PROFILE_CHOICE:
        for (size_t i = 0; k->choices[i]; i++)
            values_add(r, ret, k->choices[i], NULL);
        break;
    case PROFILE_NAMES:
        add_names(k, r, ret);
        break;
    case PROFILE_PATHS:
        if (strcmp(k->name, "override_deny") == 0)
            add_denied(r, DENIED_PATHS, ret);
        ret->as = VAL_FILE;
        break;
    case PROFILE_BASES:
        ret->as = VAL_PROFILE;
        break;
    case PROFILE_TEXT:
    case PROFILE_NAME:
    case PROFILE_TEXTS:
    case PROFILE_PORTS:
    case PROFILE_VARIABLES:
    case PROFILE_CREDENTIALS:
    case PROFILE_HOOKS:
        break;
    }
}

static void add_list(const struct profile_list *list, const struct complete_request *r, struct complete_values *ret)
{
    for (size_t i = 0; i < list->n; i++)
        values_add(r, ret, list->item[i].text, NULL);
}

static void add_records(const struct profile_map *map, const struct complete_request *r, struct complete_values *ret)
{
    for (size_t i = 0; i < map->n; i++)
        values_add(r, ret, map->record[i].key, NULL);
}

void values_add_key_items(const struct world *w, const struct complete_request *r, struct complete_values *ret)
{
    const struct profile_key *k = key_named(complete_operand(r, VAL_KEY));
    const char *name = complete_operand(r, VAL_OWN_PROFILE);
    AUTO(profile_release) struct profile profile = {0};
    struct err ignored = ERR_INIT;
    if (!k || !name || find_profile(w, name, &profile, &ignored) < 0)
        return;
    if (profile_shape(k->type) == PROFILE_SHAPE_LIST)
        add_list(profile_list_of(&profile, k), r, ret);
    else if (profile_shape(k->type) == PROFILE_SHAPE_MAP)
        add_records(profile_map_of(&profile, k), r, ret);
}
