/* nono hook: prints the code that makes a shell run programs in the sandbox without being asked. */
#include "core/kernel.h"
#include "core/mem.h"
#include "core/out.h"
#include "hooks/hint.h"
#include "hooks/hook.h"
#include "shell/commands.h"
#include "shell/hook_setup.h"

/* Hints are a comfort: a shell is wrapped without them. */
static void prepare_hints(const struct world *w, struct hook_settings *s)
{
    struct err e = ERR_INIT;
    if (!s->hints || hint_prepare(w, &e) == 0)
        return;
    out_warn("no hints in this shell: %s", e.text);
    s->hints = false;
}

static int run(const struct cmd_context *ctx, const void *args, struct err *e)
{
    const struct cmd_args_head *head = args;
    /* Inside, every program is confined already, and the settings and shims are out of reach. */
    if (kernel_is_confined())
        return CMD_OK;
    AUTO(hook_settings_release) struct hook_settings settings = {.programs = STRLIST_INIT};
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_SCRIPT);
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    int r = hook_setup_shims(ctx->world, false, &settings, &names, NULL, e);
    if (r == 0)
        prepare_hints(ctx->world, &settings);
    if (r == 0)
        r = hook_script(hook_shell_named(head->operands.item[0]), ctx->world, &settings, &names, &text, e);
    if (r < 0)
        return err_add(e, "nothing is wrapped in this shell");
    out_write(text.buf, text.len);
    return CMD_OK;
}

static const struct cmd_operand operands[] = {
    {.name = "SHELL", .value = VAL_CHOICE, .required = true, .choices = hook_shell_names, .choice_help = hook_setup_shell_help, .help = "bash, zsh or fish"},
    {.name = NULL},
};

static const char *const examples[] = {
    "nono hook install", "once, for every shell you use",
    "eval \"$(nono hook bash)\"", "in this shell only; the same for zsh",
    "nono hook fish | source", "in this shell only",
    "PS1='${__nono_off:+[unwrapped] }'$PS1", "a prompt of bash that says when wrapping is off; of zsh with 'setopt prompt_subst'",
    "function fish_right_prompt; test -z \"$__nono_off\"; or echo unwrapped; end", "the same for fish", NULL,
};

const struct cmd cmd_hook = {
    .path = "hook",
    .section = "GETTING STARTED",
    .summary = "Print the code that makes a shell wrap programs",
    .about = "Once loaded, the programs named in ~/.config/nono/hook.json (python, python3, node, npm, npx, pip and pip3 when there is no such "
             "file) start inside the sandbox: typed at the prompt, and started by other programs, because links to nono come first on PATH.\n\n"
             "A program runs with the profile that hook.json names for it ('nono hook add'), else with the user's own profile 'developer', else with the built-in one "
             "that suits it: python, pip, node, npm. Of ~/.npmrc and pip.conf it sees a copy without tokens and logins.\n\n"
             "Not wrapped: a program called by its absolute path, an absolute #! line, sudo, env -i, what a desktop or cron starts. The "
             "hook is a convenience; the sandbox is what nono run and nono shell start.\n\n"
             "In such a shell 'nosandbox PROGRAM' runs one program as it is, and 'nono off' and 'nono on' switch wrapping for that shell.",
    .operands = operands,
    .examples = examples,
    .args_size = sizeof(struct cmd_args_head),
    .light = true,
    .run = run,
};
