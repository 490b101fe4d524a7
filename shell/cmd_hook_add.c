/* nono hook add: one more program to wrap. */
#include "shell/commands.h"
#include "shell/hook_change.h"

struct add_args {
    struct cmd_args_head head;
    const char *profile;
};

static int run(const struct cmd_context *ctx, const void *args, struct err *e)
{
    const struct add_args *a = args;
    return hook_change_add(ctx, a->head.operands.item[0], a->profile, e);
}

static const struct cmd_operand operands[] = {
    {.name = "PROGRAM", .value = VAL_COMMAND, .required = true, .help = "its name, as it is typed"},
    {.name = NULL},
};

static const struct cmd_opt opts[] = {
    TEXT(struct add_args, profile, 'p', "profile", VAL_PROFILE, "PROFILE", "Run it with this profile; else with the one it has without (nono hook --help)"),
};

static const char *const examples[] = {
    "nono hook add cargo", "wrap cargo, too", "nono hook add npm --profile node-dev", "a profile of its own for npm", NULL,
};

const struct cmd cmd_hook_add = {
    .path = "hook add",
    .section = "GETTING STARTED",
    .summary = "Wrap a program, or give a wrapped one another profile",
    .about = "Changes ~/.config/nono/hook.json and leaves what else is in it as it was, remarks included. Programs started by other programs are "
             "wrapped at once; a shell that runs already wraps what is typed once it loads the hook anew.",
    .operands = operands,
    .opts = opts,
    .n_opts = sizeof opts / sizeof opts[0],
    .examples = examples,
    .args_size = sizeof(struct add_args),
    .light = true,
    .run = run,
};
