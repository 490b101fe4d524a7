/* project_find: what the project commands have in common. */
#include "shell/project_find.h"

#include "core/mem.h"
#include "core/quote.h"
#include "shell/hook_setup.h"
#include "shell/sandbox.h"

const struct cmd_operand project_operands[] = {
    {.name = "DIR", .value = VAL_DIR, .help = "a directory of the project; else the current one"},
    {.name = NULL},
};

int project_find_named(const struct cmd_context *ctx, const struct strlist *operands, struct project *ret, struct err *e)
{
    AUTO(mem_free_ptr) char *from = NULL;
    int r = hook_setup_outside(e);
    if (r == 0)
        r = sandbox_workdir(ctx->world, operands->n ? operands->item[0] : NULL, &from, e);
    if (r == 0)
        r = project_find(ctx->world, from, ret, e);
    if (r < 0 || ret->root)
        return r;
    AUTO(mem_free_ptr) char *shown = quote_term_dup(from);
    return err_set(e, ERR_MISSING, "there is no .nono/profile.json in %s or above it", shown);
}

char *project_shown(const struct cmd_context *ctx, const struct project *p)
{
    return hook_setup_shown(ctx->world, p->path);
}
