/* nono hook remove: a program that is no longer to be wrapped. */
#include "shell/commands.h"
#include "shell/hook_change.h"

static int run(const struct cmd_context *ctx, const void *args, struct err *e)
{
    const struct cmd_args_head *head = args;
    return hook_change_remove(ctx, head->operands.item[0], e);
}

static const struct cmd_operand operands[] = {
    {.name = "PROGRAM", .value = VAL_WRAPPED, .required = true, .help = "as 'nono hook rehash' lists it"},
    {.name = NULL},
};

const struct cmd cmd_hook_remove = {
    .path = "hook remove",
    .section = "GETTING STARTED",
    .summary = "Do not wrap a program any more",
    .about = "Changes ~/.config/nono/hook.json and leaves what else is in it as it was, remarks included.",
    .operands = operands,
    .args_size = sizeof(struct cmd_args_head),
    .light = true,
    .run = run,
};
