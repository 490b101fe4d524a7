/* nono rollback keep: puts staged changes into the tree. */
#include "core/mem.h"
#include "core/out.h"
#include "rollback/capture_review.h"
#include "rollback/restore.h"
#include "shell/commands.h"
#include "shell/restore_view.h"
#include "shell/review.h"
#include "shell/rollback_pick.h"

static int run(const struct cmd_context *ctx, const void *arguments, struct err *e)
{
    const struct cmd_args_head *head = arguments;
    AUTO(session_record_release) struct session_record r = {0};
    AUTO(restore_result_release) struct restore_result result = {0};
    AUTO(strlist_release) struct strlist paths = STRLIST_INIT;
    const struct strlist none = STRLIST_INIT;
    size_t used = 0;
    int rc = rollback_pick(ctx, &head->operands, ROLLBACK_STAGED, &r, &used, e);
    if (rc == 0)
        rc = rollback_pick_paths(ctx, &head->operands, used, &none, &paths, e);
    if (rc == 0)
        rc = review_keep(ctx->world->state_dir, &r, &paths, &result, e);
    return rc < 0 ? rc : review_report(ctx, &r, &result);
}

static const struct cmd_operand operands[] = {
    {.name = "ID", .value = VAL_SESSION, .help = "Session; the newest of this directory that is staged when left out"},
    {.name = "PATH", .value = VAL_CHANGED, .many = true, .help = "Only these paths and what is below them"},
    {.name = NULL},
};

static const char *const examples[] = {
    "nono rollback keep",
    "all that the last command under --review changed here",
    "nono rollback keep src",
    "only what is below src; the rest stays staged",
    NULL,
};

const struct cmd cmd_rollback_keep = {
    .path = "rollback keep",
    .section = "SESSION MANAGEMENT",
    .summary = "Put what a command changed under --review into the tree",
    .about = "What somebody else changed since the command began is left as it is, and stays staged (exit status 1). Keeping is a session itself and "
             "can be "
             "taken back. Paths that are not kept stay staged until they are kept or discarded.",
    .operands = operands,
    .examples = examples,
    .args_size = sizeof(struct cmd_args_head),
    .run = run,
};
