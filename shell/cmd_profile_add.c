/* nono profile add: changes a profile in its file. */
#include "shell/commands.h"
#include "shell/profile_change.h"

static int run(const struct cmd_context *ctx, const void *args, struct err *e)
{
    return profile_change(ctx, args, PROFILE_EDIT_ADD, e);
}

static const struct cmd_operand operands[] = {
    {.name = "NAME", .value = VAL_OWN_PROFILE, .required = true, .help = "A profile of yours, or a file"},
    {.name = "KEY", .value = VAL_KEY, .required = true, .help = "What to change: filesystem.read, security.groups..."},
    {.name = "VALUE", .value = VAL_KEY_VALUE, .required = true, .many = true, .help = "Items to add"},
    {.name = NULL},
};

static const char *const examples[] = {
    "nono profile add x filesystem.read ~/.config/x", "a directory to read", "nono profile add x security.groups python_runtime git_config", "two groups", NULL,
};

const struct cmd cmd_profile_add = {
    .path = "profile add",
    .section = "POLICY & PROFILES",
    .summary = "Add items to a list of a profile",
    .about = "What the list has already stays as it is. A path below the home directory is written with ~.\n\n" PROFILE_CHANGE_PROMISE,
    .operands = operands,
    .opts = profile_change_opts,
    .n_opts = PROFILE_CHANGE_OPTS,
    .examples = examples,
    .args_size = sizeof(struct change_args),
    .run = run,
};
