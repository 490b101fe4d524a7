/* nono project deny: the profile of a project is not to be asked about again. */
#include "core/mem.h"
#include "core/out.h"
#include "shell/commands.h"
#include "shell/project_find.h"

static int run(const struct cmd_context *ctx, const void *args, struct err *e)
{
    const struct cmd_args_head *head = args;
    AUTO(project_release) struct project p = PROJECT_INIT;
    int r = project_find_named(ctx, &head->operands, &p, e);
    if (r == 0)
        r = project_deny(ctx->world, &p, e);
    if (r < 0)
        return r;
    AUTO(mem_free_ptr) char *shown = project_shown(ctx, &p);
    out_note("nono: %s is denied, whatever it comes to hold\n", shown);
    return CMD_OK;
}

const struct cmd cmd_project_deny = {
    .path = "project deny",
    .section = "GETTING STARTED",
    .summary = "Never use the profile of a project, and do not ask again",
    .about = "'nono project allow' takes it back.",
    .operands = project_operands,
    .args_size = sizeof(struct cmd_args_head),
    .light = true,
    .run = run,
};
