/* hook_setup: what the hook commands have in common. */
#include "shell/hook_setup.h"

#include <string.h>
#include <unistd.h>

#include "core/kernel.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "hooks/shim.h"
#include "policy/find.h"
#include "policy/program.h"

const char *const hook_setup_shell_help[] = {"~/.bashrc", "~/.zshrc", "conf.d/nono.fish below ~/.config/fish", NULL};

enum hook_shell hook_shell_named(const char *name)
{
    size_t i = 0;
    while (hook_shell_names[i + 1] != NULL && strcmp(hook_shell_names[i], name) != 0)
        i++;
    return (enum hook_shell)i;
}

int hook_setup_outside(struct err *e)
{
    if (!kernel_is_confined())
        return 0;
    return err_set(e, ERR_DENIED, "inside a nono sandbox the hook cannot be looked at or changed");
}

int hook_setup_shims(const struct world *w, bool again, struct hook_settings *ret, struct strlist *ret_names, size_t *ret_changes, struct err *e)
{
    int r = hook_settings_read(w, ret, e);
    if (r == 0)
        r = shim_names(w, ret, again, ret_names, e);
    return r < 0 ? r : shim_sync(w, ret_names, ret_changes, e);
}

int hook_setup_profile(const struct world *w, const struct hook_settings *s, const char *program, char **ret, struct err *e)
{
    static const char of_all[] = "developer";
    const char *named = hook_profile_of(s, program);
    if (named) {
        *ret = mem_strdup(named);
        return 0;
    }
    AUTO(mem_free_ptr) char *own = find_user_path(w, of_all);
    AUTO(program_release) struct program p = {0};
    int r = access(own, F_OK) < 0 ? program_find(program, &p, e) : 0;
    if (r == 0)
        *ret = p.profile ? take_ptr(&p.profile) : mem_strdup(of_all);
    return r;
}

bool hook_setup_is_used(const struct world *w, enum hook_shell shell)
{
    struct err ignored = ERR_INIT;
    AUTO(hook_file_release) struct hook_file f = {.body = STR_INIT(0)};
    if (strcmp(path_base(w->shell), hook_shell_names[shell]) == 0)
        return true;
    if (hook_file_make(w, shell, HOOK_INTERACTIVE, &f, &ignored) < 0)
        return false;
    if (shell != HOOK_FISH)
        return access(f.path, F_OK) == 0;
    AUTO(mem_free_ptr) char *settings = path_join(w->config_home, "fish");
    return access(settings, F_OK) == 0;
}

char *hook_setup_shown(const struct world *w, const char *path)
{
    const char *below = path_below(path, w->home);
    AUTO(mem_free_ptr) char *shorter = below && *below ? path_join("~", below) : mem_strdup(path);
    return quote_term_dup(shorter);
}
