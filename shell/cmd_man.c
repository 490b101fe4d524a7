/* nono __man: prints the manual page, for the build. */
#include "completions/man.h"
#include "core/mem.h"
#include "core/out.h"
#include "shell/commands.h"

static int run(const struct cmd_context *ctx, const void *args, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_SCRIPT);
    (void)args;
    man_page(ctx->table, ctx->groups, NONO_VERSION, &text);
    if (str_check(&text, "the manual page", e) < 0)
        return e->class;
    out_write(text.buf, text.len);
    return CMD_OK;
}

const struct cmd cmd_man = {
    .path = "__man",
    .section = "",
    .summary = "Print the manual page",
    .args_size = sizeof(struct cmd_args_head),
    .hidden = true,
    .without_home = true,
    .run = run,
};
