/* nono profile remove: changes a profile in its file. */
#include "shell/commands.h"
#include "shell/profile_change.h"

static int run(const struct cmd_context *ctx, const void *args, struct err *e)
{
    return profile_change(ctx, args, PROFILE_EDIT_REMOVE, e);
}

static const struct cmd_operand operands[] = {
    {.name = "NAME", .value = VAL_OWN_PROFILE, .required = true, .help = "A profile of yours, or a file"},
    {.name = "KEY", .value = VAL_KEY, .required = true, .help = "What to change: filesystem.read, security.groups..."},
    {.name = "VALUE", .value = VAL_KEY_ITEM, .required = false, .many = true, .help = "Items to remove; all, and the key itself, when left out"},
    {.name = NULL},
};

static const char *const examples[] = {
    "nono profile remove x filesystem.read ~/.config/x", "one path less", "nono profile remove x network.block", "what the base says counts again", NULL,
};

const struct cmd cmd_profile_remove = {
    .path = "profile remove",
    .section = "POLICY & PROFILES",
    .summary = "Remove items of a list, or a key of a profile",
    .about = "Without a value the key goes with all it holds.\n\n" PROFILE_CHANGE_PROMISE,
    .operands = operands,
    .opts = profile_change_opts,
    .n_opts = PROFILE_CHANGE_OPTS,
    .examples = examples,
    .args_size = sizeof(struct change_args),
    .run = run,
};
