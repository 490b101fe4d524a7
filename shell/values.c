/* values: candidates for completion that depend on this machine. */
#include "shell/values.h"

#include <fcntl.h>
#include <string.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"

static void add(struct complete_values *ret, const char *value, const char *description)
{
    strlist_add(&ret->value, value);
    strlist_add(&ret->description, description);
}

static void add_user_profiles(const struct world *w, struct complete_values *ret)
{
    struct err ignored = ERR_INIT;
    struct strlist names = STRLIST_INIT;
    AUTO(mem_free_ptr) char *dir = path_join(w->config_dir, "profiles");
    if (fs_list(AT_FDCWD, dir, &names, &ignored) < 0)
        return;
    for (size_t i = 0; i < names.n; i++) {
        if (!str_ends(names.item[i], ".json"))
            continue;
        AUTO(mem_free_ptr) char *name = mem_strndup(names.item[i], strlen(names.item[i]) - strlen(".json"));
        add(ret, name, "your profile");
    }
    strlist_release(&names);
}

void values_provide(const void *world, enum cmd_value kind, const char *prefix, struct complete_values *ret)
{
    const struct world *w = world;
    (void)prefix;
    if (kind == VAL_PROFILE && w)
        add_user_profiles(w, ret);
}
