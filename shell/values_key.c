/* values_key: keys of profiles and what they hold, as candidates for completion. */
#include <string.h>

#include "core/mem.h"
#include "policy/find.h"
#include "policy/group.h"
#include "policy/profile.h"
#include "shell/values.h"

static void add_keys(const struct complete_request *r, struct complete_values *ret)
{
    for (size_t i = 0; i < profile_n_keys; i++) {
        AUTO(str_release) struct str name = STR_INIT(STR_MAX_LINE);
        profile_key_name(&profile_keys[i], &name);
        values_add(r, ret, name.buf, profile_keys[i].help);
    }
}

/* "hooks.APP", and "hooks.APP.event" */
static void add_record(const struct complete_request *r, const struct profile_key *k, const char *record, struct complete_values *ret)
{
    AUTO(str_release) struct str name = STR_INIT(STR_MAX_LINE);
    profile_key_name(k, &name);
    str_addf(&name, ".%s", record);
    values_add(r, ret, name.buf, k->help);
    for (const struct profile_member *m = profile_members(k->type); m->name; m++) {
        AUTO(str_release) struct str member = STR_INIT(STR_MAX_LINE);
        str_addf(&member, "%s.%s", name.buf, m->name);
        values_add(r, ret, member.buf, m->help);
    }
}

/* The record that is being typed, which need not exist yet. */
static void add_typed_record(const struct complete_request *r, struct complete_values *ret)
{
    const char *rest = "";
    const struct profile_key *k = profile_key_split(r->prefix, &rest);
    const char *dot = strrchr(rest, '.');
    if (!k || !dot || dot == rest)
        return;
    AUTO(mem_free_ptr) char *record = mem_strndup(rest, (size_t)(dot - rest));
    add_record(r, k, record, ret);
}

static bool read_profile(const struct world *w, const struct complete_request *r, struct profile *ret)
{
    const char *own = complete_operand(r, VAL_OWN_PROFILE);
    const char *name = own ? own : complete_operand(r, VAL_PROFILE);
    struct err ignored = ERR_INIT;
    return w && name && find_profile(w, name, ret, &ignored) == 0;
}

void values_add_keys(const struct world *w, const struct complete_request *r, struct complete_values *ret)
{
    AUTO(profile_release) struct profile profile = {0};
    add_keys(r, ret);
    add_typed_record(r, ret);
    if (!read_profile(w, r, &profile))
        return;
    for (size_t i = 0; i < profile_n_keys; i++) {
        const struct profile_key *k = &profile_keys[i];
        if (profile_shape(k->type) != PROFILE_SHAPE_MAP)
            continue;
        const struct profile_map *map = profile_map_of(&profile, k);
        for (size_t j = 0; j < map->n; j++)
            add_record(r, k, map->record[j].key, ret);
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

/* What a group guards. */
static void add_guarded(const struct complete_request *r, struct complete_values *ret)
{
    struct group_set set = {0};
    group_set_load(&set);
    for (size_t i = 0; i < set.n; i++) {
        AUTO(str_release) struct str by = STR_INIT(STR_MAX_LINE);
        str_addf(&by, "guarded by %s", set.group[i].name);
        for (size_t j = 0; j < set.group[i].guard.n; j++)
            values_add(r, ret, set.group[i].guard.item[j], by.buf);
    }
}

static void add_names(const struct profile_key *k, const struct complete_request *r, struct complete_values *ret)
{
    if (strcmp(k->name, "groups") == 0 || strcmp(k->name, "exclude_groups") == 0)
        values_add_groups(r, ret);
    else if (strcmp(k->name, "allowed_commands") == 0)
        add_denied(r, DENIED_COMMANDS, ret);
}

static void add_choices(const char *const *choices, const char *const *help, const struct complete_request *r, struct complete_values *ret)
{
    for (size_t i = 0; choices && choices[i]; i++)
        values_add(r, ret, choices[i], help ? help[i] : NULL);
}

/* `rest` is what follows the key of a map: "APP.event". */
static void add_member_choices(const struct profile_key *k, const char *rest, const struct complete_request *r, struct complete_values *ret)
{
    const char *dot = strrchr(rest, '.');
    for (const struct profile_member *m = profile_members(k->type); dot && m->name; m++) {
        if (strcmp(m->name, dot + 1) == 0)
            add_choices(m->choices, NULL, r, ret);
    }
}

void values_add_key_values(const struct complete_request *r, struct complete_values *ret)
{
    static const char *const booleans[] = {"true", "false", NULL};
    static const char *const sizes[] = {"unlimited", NULL};
    const char *name = complete_operand(r, VAL_KEY);
    const char *rest = "";
    const struct profile_key *k = name ? profile_key_split(name, &rest) : NULL;
    if (!k)
        return;
    switch (k->type) {
    case PROFILE_BOOL:
        add_choices(booleans, NULL, r, ret);
        break;
    case PROFILE_CHOICE:
        add_choices(k->choices, k->choice_help, r, ret);
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
    case PROFILE_VARIABLES:
    case PROFILE_SETTINGS:
    case PROFILE_CREDENTIALS:
    case PROFILE_HOOKS:
        add_member_choices(k, rest, r, ret);
        break;
    case PROFILE_SIZE:
        add_choices(sizes, NULL, r, ret);
        break;
    case PROFILE_TEXT:
    case PROFILE_NAME:
    case PROFILE_TEXTS:
    case PROFILE_PORTS:
        break;
    case PROFILE_PATTERNS:
        add_guarded(r, ret);
        break;
    case PROFILE_ENV_NAMES:
        ret->as = VAL_VARIABLE;
        break;
    }
}

void values_add_key_items(const struct world *w, const struct complete_request *r, struct complete_values *ret)
{
    const char *name = complete_operand(r, VAL_KEY);
    const struct profile_key *k = name ? profile_key_find(name) : NULL;
    AUTO(profile_release) struct profile profile = {0};
    if (!k || profile_shape(k->type) != PROFILE_SHAPE_LIST || !read_profile(w, r, &profile))
        return;
    const struct profile_list *list = profile_list_of(&profile, k);
    for (size_t i = 0; i < list->n; i++)
        values_add(r, ret, list->item[i].text, NULL);
}
