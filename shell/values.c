/* values: candidates for completion that depend on this machine. */
#include "shell/values.h"

#include <string.h>

#include "core/mem.h"
#include "hooks/hook.h"
#include "policy/environment.h"
#include "policy/find.h"
#include "policy/group.h"
#include "rollback/session.h"
#include "shell/hook_setup.h"
#include "shell/rollback_view.h"

enum { MAX_SESSIONS = 100 }; /* the newest */

void values_add(const struct complete_request *r, struct complete_values *ret, const char *value, const char *description)
{
    if (strlist_has(r->operands, value) || strlist_has(&ret->value, value))
        return;
    strlist_add(&ret->value, value);
    strlist_add(&ret->description, description ? description : "");
}

static bool is_shadowed(const struct find_list *l, const struct find_entry *entry)
{
    for (size_t i = 0; entry->builtin && i < l->n; i++) {
        if (l->entry[i].shadows && strcmp(l->entry[i].name, entry->name) == 0)
            return true;
    }
    return false;
}

static void add_profiles(const struct world *w, const struct complete_request *r, struct complete_values *ret)
{
    struct err ignored = ERR_INIT;
    struct find_list list = {0};
    if (find_list_begun(w, r->prefix, &list, &ignored) < 0)
        return;
    for (size_t i = 0; i < list.n; i++) {
        const struct find_entry *entry = &list.entry[i];
        bool fits = r->kind == VAL_OWN_PROFILE ? entry->path != NULL : entry->listed && !entry->error;
        if (fits && profile_name_is_valid(entry->name) && !is_shadowed(&list, entry))
            values_add(r, ret, entry->name, entry->error ? entry->error : entry->description);
    }
    find_list_release(&list);
}

void values_add_groups(const struct complete_request *r, struct complete_values *ret)
{
    struct group_set set = {0};
    group_set_load(&set);
    for (size_t i = 0; i < set.n; i++) {
        if (group_applies(&set.group[i]))
            values_add(r, ret, set.group[i].name, set.group[i].description);
    }
}

/* "5m ago: python x.py (+2 ~1 -0)" */
static void add_session(const struct session_record *session, const struct complete_request *r, struct complete_values *ret)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_LINE);
    rollback_view_age(&text, world_now_ns(), session->started_ns);
    str_add(&text, ": ");
    rollback_view_command(&text, &session->command, ROLLBACK_COMMAND_WIDTH);
    str_addf(&text, " (+%zu ~%zu -%zu)", session->created, session->modified, session->deleted);
    values_add(r, ret, session->id, text.buf);
}

static void add_sessions(const struct world *w, const struct complete_request *r, struct complete_values *ret)
{
    struct err ignored = ERR_INIT;
    struct session_list list = {0};
    if (session_list_newest(w->state_dir, r->prefix, MAX_SESSIONS, &list, &ignored) < 0)
        return;
    for (size_t i = 0; i < list.n; i++)
        add_session(&list.item[i], r, ret);
    session_list_release(&list);
}

static void add_wrapped(const struct world *w, const struct complete_request *r, struct complete_values *ret)
{
    struct err ignored = ERR_INIT;
    AUTO(hook_settings_release) struct hook_settings s = {.programs = STRLIST_INIT};
    if (hook_settings_read(w, &s, &ignored) < 0)
        return;
    for (size_t i = 0; i < s.programs.n; i++) {
        AUTO(mem_free_ptr) char *profile = NULL;
        if (hook_setup_profile(w, &s, s.programs.item[i], &profile, &ignored) == 0)
            values_add(r, ret, s.programs.item[i], profile);
    }
}

static void add_of_world(const struct world *w, const struct complete_request *r, struct complete_values *ret)
{
    if (r->kind == VAL_PROFILE || r->kind == VAL_OWN_PROFILE)
        add_profiles(w, r, ret);
    else if (r->kind == VAL_SESSION)
        add_sessions(w, r, ret);
    else if (r->kind == VAL_CHANGED)
        values_add_changed_of(w, r, ret);
    else if (r->kind == VAL_KEY_ITEM)
        values_add_key_items(w, r, ret);
    else if (r->kind == VAL_WRAPPED)
        add_wrapped(w, r, ret);
}

/* Names of the variables that there are, and what becomes of them when nothing is granted. */
static void add_variables(const struct complete_request *r, struct complete_values *ret)
{
    const struct caps nothing = {0};
    for (char *const *at = r->env; at && *at; at++) {
        struct environment_verdict verdict;
        const struct view name = {*at, strcspn(*at, "=")};
        if (name.len == 0 || name.ptr[name.len] == '\0')
            continue;
        environment_judge(&nothing, name, &verdict);
        AUTO(mem_free_ptr) char *text = mem_strndup(name.ptr, name.len);
        AUTO(str_release) struct str what = STR_INIT(STR_MAX_LINE);
        str_addf(&what, verdict.fate == ENVIRONMENT_WITHHELD ? "withheld: %s" : "passed on", verdict.row ? verdict.row->why : "");
        values_add(r, ret, text, what.buf);
    }
}

void values_provide(const void *world, const struct complete_request *r, struct complete_values *ret)
{
    if (r->kind == VAL_VARIABLE)
        add_variables(r, ret);
    else if (r->kind == VAL_GROUP || r->kind == VAL_GROUPS)
        values_add_groups(r, ret);
    else if (r->kind == VAL_KEY)
        values_add_keys(world, r, ret);
    else if (r->kind == VAL_KEY_VALUE)
        values_add_key_values(r, ret);
    else if (r->kind == VAL_FILE || r->kind == VAL_DIR)
        values_add_paths(world, r, ret);
    else if (world)
        add_of_world(world, r, ret);
}
