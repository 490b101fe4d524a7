/* nono which: what a name leads to, behind the links of the hook. */
#include "core/launch.h"
#include "core/mem.h"
#include "core/out.h"
#include "shell/commands.h"

/* Each that is found is printed, whatever becomes of the others. */
static int run(const struct cmd_context *ctx, const void *args, struct err *e)
{
    const struct cmd_args_head *head = args;
    int result = 0;
    for (size_t i = 0; i < head->operands.n; i++) {
        AUTO(mem_free_ptr) char *path = NULL;
        struct err one = ERR_INIT;
        int r = launch_find(head->operands.item[i], ctx->world->path, ctx->world->exe, &path, &one);
        if (r == 0)
            out_print("%s\n", path);
        else if (result == 0)
            *e = one;
        else
            out_error("%s", one.text);
        result = result < 0 ? result : r;
    }
    return result;
}

static const struct cmd_operand operands[] = {
    {.name = "PROGRAM", .value = VAL_COMMAND, .required = true, .rest = true, .help = "a name as it is typed"},
    {.name = NULL},
};

static const char *const examples[] = {
    "nono which python3", "in a shell with the hook, where 'which python3' shows nono's link", NULL,
};

const struct cmd cmd_which = {
    .path = "which",
    .section = "GETTING STARTED",
    .summary = "Print which program a name leads to",
    .about = "As which(1), but past the links of the hook: the program that is run, inside the sandbox or outside.",
    .operands = operands,
    .examples = examples,
    .args_size = sizeof(struct cmd_args_head),
    .light = true,
    .run = run,
};
