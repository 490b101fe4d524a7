/* nono hook uninstall: takes out what hook install added. */
#include "core/mem.h"
#include "core/out.h"
#include "hooks/shim.h"
#include "shell/commands.h"
#include "shell/hook_setup.h"

struct uninstall_args {
    struct cmd_args_head head;
    int shell; /* enum hook_shell, or HOOK_ANY_SHELL */
    bool system, dry_run;
};

static int drop(const struct world *w, enum hook_shell shell, enum hook_part part, bool dry_run, struct err *e)
{
    AUTO(hook_file_release) struct hook_file f = {.body = STR_INIT(0)};
    bool changed = false;
    int r = hook_file_make(w, shell, part, &f, e);
    if (r == 0)
        r = hook_file_drop(&f, dry_run, &changed, e);
    if (r < 0 || !changed)
        return r;
    AUTO(mem_free_ptr) char *shown = hook_setup_shown(w, f.path);
    if (dry_run)
        out_print("%s: would be taken out of %s\n", hook_shell_names[shell], shown);
    else
        out_note("%s: taken out of %s\n", hook_shell_names[shell], shown);
    return 0;
}

/* All that can be taken out is, whatever stands in the way of one. */
static int drop_all(const struct world *w, const struct uninstall_args *a, struct err *e)
{
    int result = 0;
    for (int shell = 0; hook_shell_names[shell]; shell++) {
        int part = a->system ? HOOK_SYSTEM : 0;
        int end = a->system ? HOOK_ALL_PARTS : HOOK_N_PARTS;
        for (; part < end && (a->shell == HOOK_ANY_SHELL || a->shell == shell); part++) {
            struct err one = ERR_INIT;
            int r = drop(w, (enum hook_shell)shell, (enum hook_part)part, a->dry_run, &one);
            if (r < 0 && result == 0)
                *e = one;
            else if (r < 0)
                out_error("%s", one.text);
            result = result < 0 ? result : r;
        }
    }
    return result;
}

static int run(const struct cmd_context *ctx, const void *args, struct err *e)
{
    const struct uninstall_args *a = args;
    int r = hook_setup_outside(e);
    if (r == 0 && a->system && ctx->world->uid != 0 && !a->dry_run)
        r = err_set(e, ERR_DENIED, "only root can do that for every user");
    if (r == 0)
        r = drop_all(ctx->world, a, e);
    if (r == 0 && a->shell == HOOK_ANY_SHELL && !a->system && !a->dry_run)
        r = shim_remove(ctx->world, e);
    return r < 0 ? r : CMD_OK;
}

static const struct uninstall_args defaults = {.shell = HOOK_ANY_SHELL};

static const struct cmd_opt opts[] = {
    CHOICE(struct uninstall_args, shell, 0, "shell", hook_shell_names, "SHELL",
           "This shell only; else all of them, and the links", .choice_help = hook_setup_shell_help),
    FLAG(struct uninstall_args, system, 0, "system", "What 'nono hook install --system' added; needs root"),
    FLAG(struct uninstall_args, dry_run, 0, "dry-run", "Print what would be taken out, and change nothing"),
};

const struct cmd cmd_hook_uninstall = {
    .path = "hook uninstall",
    .section = "GETTING STARTED",
    .summary = "Take the hook out of the shells again",
    .about = "Each start-up file is left as it was before 'nono hook install', byte for byte, with what others have added since. A file whose "
             "marker lines are damaged is not touched. hook.json and profiles stay. Shells that run already keep the hook until they end.",
    .opts = opts,
    .n_opts = sizeof opts / sizeof opts[0],
    .args_size = sizeof(struct uninstall_args),
    .args_init = &defaults,
    .light = true,
    .run = run,
};
