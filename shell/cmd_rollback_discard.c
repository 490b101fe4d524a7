/* nono rollback discard: gives staged changes up. */
#include "core/mem.h"
#include "core/out.h"
#include "rollback/capture_review.h"
#include "shell/commands.h"
#include "shell/rollback_pick.h"

static int run(const struct cmd_context *ctx, const void *arguments, struct err *e)
{
    const struct cmd_args_head *head = arguments;
    AUTO(session_record_release) struct session_record r = {0};
    size_t used = 0;
    int rc = rollback_pick(ctx, &head->operands, ROLLBACK_STAGED, &r, &used, e);
    if (rc == 0 && head->operands.n > used)
        rc = err_set(e, ERR_USAGE, "'%s' is not a session id; 'nono rollback list' names them", head->operands.item[used]);
    if (rc == 0)
        rc = review_discard(ctx->world->state_dir, &r, e);
    if (rc < 0)
        return rc;
    out_print("discarded session %s\n", r.id);
    return CMD_OK;
}

static const struct cmd_operand operands[] = {
    {.name = "ID", .value = VAL_SESSION, .help = "Session; the newest of this directory that is staged when left out"},
    {.name = NULL},
};

const struct cmd cmd_rollback_discard = {
    .path = "rollback discard",
    .section = "SESSION MANAGEMENT",
    .summary = "Give up what a command changed under --review",
    .about = "The tree is as it was: nothing of it had reached it. What was discarded cannot be had again.",
    .operands = operands,
    .args_size = sizeof(struct cmd_args_head),
    .run = run,
};
