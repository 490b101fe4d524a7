/* nono hook install: lets the shells load the hook. */
#include <unistd.h>

#include "core/mem.h"
#include "core/out.h"
#include "core/path.h"
#include "hooks/shim.h"
#include "shell/commands.h"
#include "shell/hook_setup.h"

struct install_args {
    struct cmd_args_head head;
    int shell; /* enum hook_shell, or HOOK_ANY_SHELL */
    bool shims_only, system, dry_run;
};

static int install_file(const struct world *w, enum hook_shell shell, enum hook_part part, bool dry_run, struct err *e)
{
    AUTO(hook_file_release) struct hook_file f = {.body = STR_INIT(0)};
    bool changed = false;
    int r = hook_file_make(w, shell, part, &f, e);
    if (r == 0)
        r = hook_file_put(&f, dry_run, &changed, e);
    if (r < 0)
        return r;
    AUTO(mem_free_ptr) char *shown = hook_setup_shown(w, f.path);
    if (!changed)
        out_note("%s: %s has it already\n", hook_shell_names[shell], shown);
    else if (!dry_run)
        out_note("%s: added to %s\n", hook_shell_names[shell], shown);
    else
        out_print("%s: would add to %s:\n%s", hook_shell_names[shell], shown, f.body.buf);
    return 0;
}

/* As a package puts it there. */
static bool is_present(enum hook_shell shell)
{
    static const char *const directories[] = {"/bin", "/usr/bin", "/usr/local/bin"};
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
        AUTO(mem_free_ptr) char *path = path_join(directories[i], hook_shell_names[shell]);
        if (access(path, X_OK) == 0)
            return true;
    }
    return false;
}

static bool is_wanted(const struct world *w, const struct install_args *a, enum hook_shell shell)
{
    if (a->shell != HOOK_ANY_SHELL)
        return a->shell == (int)shell;
    return a->system ? is_present(shell) : hook_setup_is_used(w, shell);
}

static int install_shell(const struct world *w, const struct install_args *a, enum hook_shell shell, struct err *e)
{
    if (!a->system)
        return install_file(w, shell, a->shims_only ? HOOK_SHIMS : HOOK_INTERACTIVE, a->dry_run, e);
    int r = install_file(w, shell, HOOK_SYSTEM, a->dry_run, e);
    return r == 0 && shell == HOOK_BASH ? install_file(w, shell, HOOK_SYSTEM_LOGIN, a->dry_run, e) : r;
}

/* One shell that cannot be served is no reason to leave out the others. */
static int install_shells(const struct world *w, const struct install_args *a, size_t *ret_served, struct err *e)
{
    int result = 0;
    *ret_served = 0;
    for (int shell = 0; hook_shell_names[shell]; shell++) {
        struct err one = ERR_INIT;
        if (!is_wanted(w, a, (enum hook_shell)shell))
            continue;
        ++*ret_served;
        int r = install_shell(w, a, (enum hook_shell)shell, &one);
        if (r < 0 && result == 0)
            *e = one;
        else if (r < 0)
            out_error("%s", one.text);
        result = result < 0 ? result : r;
    }
    return result;
}

static int prepare(const struct cmd_context *ctx, const struct install_args *a, struct err *e)
{
    AUTO(hook_settings_release) struct hook_settings settings = {.programs = STRLIST_INIT};
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    if (a->system && ctx->world->uid != 0 && !a->dry_run)
        return err_set(e, ERR_DENIED, "only root can do that for every user");
    if (a->system || a->dry_run)
        return hook_settings_read(ctx->world, &settings, e);
    return hook_setup_shims(ctx->world, true, &settings, &names, NULL, e);
}

static int run(const struct cmd_context *ctx, const void *args, struct err *e)
{
    const struct install_args *a = args;
    size_t served = 0;
    int r = hook_setup_outside(e);
    if (r == 0)
        r = prepare(ctx, a, e);
    if (r == 0)
        r = install_shells(ctx->world, a, &served, e);
    if (r < 0)
        return r;
    if (served == 0)
        return err_set(e, ERR_MISSING, "no shell with a start-up file was found: name one with '--shell bash', zsh or fish");
    if (!a->dry_run)
        out_note("New shells load it; in this one: %s\n", "exec $SHELL");
    return CMD_OK;
}

static const struct install_args defaults = {.shell = HOOK_ANY_SHELL};

static const struct cmd_opt opts[] = {
    CHOICE(struct install_args, shell, 0, "shell", hook_shell_names, "SHELL",
           "This shell only; else each that has a start-up file, and the login shell", .choice_help = hook_setup_shell_help),
    FLAG(struct install_args, shims_only, 0, "shims-only",
         "Only put the links on PATH, in the file that shells without a prompt read (~/.profile, ~/.zshenv)"),
    FLAG(struct install_args, system, 0, "system", "For every user of this machine, in the files below /etc; needs root", .conflicts = "shims-only"),
    FLAG(struct install_args, dry_run, 0, "dry-run", "Print what would be added, and change nothing"),
};

static const char *const examples[] = {
    "nono hook install", "for every shell you use", "nono hook install --shell zsh --dry-run", "look at the lines first", NULL,
};

const struct cmd cmd_hook_install = {
    .path = "hook install",
    .section = "GETTING STARTED",
    .summary = "Let shells load the hook when they start",
    .about = "Adds a few lines to ~/.bashrc, ~/.zshrc or the conf.d of fish, between two marker lines, and makes the links for the programs. "
             "Where the file is a link, the file it leads to is changed; the one before is kept beside it as FILE.nono-bak. Running it again changes "
             "nothing, or brings the lines up to date. 'nono hook uninstall' leaves the file as it was, byte for byte.\n\n"
             "With --system the hook is loaded for every user. /etc/nono/hook.json, in the form of ~/.config/nono/hook.json, then holds for those without "
             "one of their own; with \"locked\": true it holds for all: its profile comes from /etc/nono/profiles or is a built-in one, "
             "users can add programs and take none away, projects bring no profile, and 'nono off' and 'nosandbox' are refused. A shell belongs to its user "
             "all the same, who can start a program by its path.",
    .opts = opts,
    .n_opts = sizeof opts / sizeof opts[0],
    .examples = examples,
    .args_size = sizeof(struct install_args),
    .args_init = &defaults,
    .light = true,
    .run = run,
};
