/* values: candidates for completion that depend on this machine. */
#include "shell/values.h"

#include "core/mem.h"
#include "policy/find.h"
#include "policy/group.h"
#include "rollback/session.h"

enum { MAX_SESSIONS = 100 }; /* the newest */

static void add(struct complete_values *ret, const char *value, const char *description)
{
    strlist_add(&ret->value, value);
    strlist_add(&ret->description, description ? description : "");
}

static void add_profiles(const struct world *w, struct complete_values *ret)
{
    struct err ignored = ERR_INIT;
    struct find_list list = {0};
    if (find_list(w, &list, &ignored) < 0)
        return;
    for (size_t i = 0; i < list.n; i++) {
        const struct find_entry *entry = &list.entry[i];
        if (entry->listed && !entry->error && !strlist_has(&ret->value, entry->name))
            add(ret, entry->name, entry->description);
    }
    find_list_release(&list);
}

static void add_groups(struct complete_values *ret)
{
    struct group_set set = {0};
    group_set_load(&set);
    for (size_t i = 0; i < set.n; i++) {
        if (group_applies(&set.group[i]))
            add(ret, set.group[i].name, set.group[i].description);
    }
}

/* "+2 ~1 -0  python x.py" */
static void add_session(const struct session_record *r, struct complete_values *ret)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_LINE);
    str_addf(&text, "+%zu ~%zu -%zu ", r->created, r->modified, r->deleted);
    for (size_t i = 0; i < r->command.n; i++)
        str_addf(&text, " %s", r->command.item[i]);
    add(ret, r->id, text.buf);
}

static void add_sessions(const struct world *w, struct complete_values *ret)
{
    struct err ignored = ERR_INIT;
    struct session_list list = {0};
    if (session_list_read(w->state_dir, NULL, &list, &ignored) < 0)
        return;
    for (size_t i = 0; i < list.n && i < MAX_SESSIONS; i++)
        add_session(&list.item[i], ret);
    session_list_release(&list);
}

void values_provide(const void *world, enum cmd_value kind, const char *prefix, struct complete_values *ret)
{
    const struct world *w = world;
    (void)prefix;
    if (kind == VAL_GROUP)
        add_groups(ret);
    else if (kind == VAL_PROFILE && w)
        add_profiles(w, ret);
    else if (kind == VAL_SESSION && w)
        add_sessions(w, ret);
}
