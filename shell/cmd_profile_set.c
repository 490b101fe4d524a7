/* nono profile set: changes a profile in its file. */
#include "shell/commands.h"
#include "shell/profile_change.h"

static int run(const struct cmd_context *ctx, const void *args, struct err *e)
{
    return profile_change(ctx, args, PROFILE_EDIT_SET, e);
}

static const struct cmd_operand operands[] = {
    {.name = "NAME", .value = VAL_OWN_PROFILE, .required = true, .help = "A profile of yours, or a file"},
    {.name = "KEY", .value = VAL_KEY, .required = true, .help = "What to change: filesystem.read, security.groups..."},
    {.name = "VALUE", .value = VAL_KEY_VALUE, .required = true, .many = true, .help = "The value; of a list all of them"},
    {.name = NULL},
};

static const char *const examples[] = {
    "nono profile set x workdir.access readwrite", "the command may change the directory it is started in",
    "nono profile set x hooks.app event=done matcher=.* script=note.sh", "an entry of a map", NULL,
};

const struct cmd cmd_profile_set = {
    .path = "profile set",
    .section = "POLICY & PROFILES",
    .summary = "Give a key of a profile a value",
    .about = "A list gets all its items by one command, an entry of a map its fields: FIELD=VALUE. null, where a key takes it, is the same as leaving the key out, "
             "but for network.network_profile.\n\n" PROFILE_CHANGE_PROMISE,
    .operands = operands,
    .opts = profile_change_opts,
    .n_opts = PROFILE_CHANGE_OPTS,
    .examples = examples,
    .args_size = sizeof(struct change_args),
    .run = run,
};
