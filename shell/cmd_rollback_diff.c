/* nono rollback diff: what a session changed inside files. */
#include "core/mem.h"
#include "core/out.h"
#include "shell/commands.h"
#include "shell/rollback_changes.h"
#include "shell/rollback_diff.h"
#include "shell/rollback_pick.h"

struct diff_args {
    struct cmd_args_head head;
    struct strlist paths;
    bool sides;
};

static int print(const struct cmd_context *ctx, const struct rollback_changes *c, const struct strlist *paths, bool sides, struct err *e)
{
    AUTO(pager_close) struct pager pager = {.fd = -1};
    const struct diff_look look = rollback_diff_look(ctx->world->stdout_tty, sides);
    int rc = rollback_changes_check_paths(c, paths, e);
    if (rc == 0)
        rc = pager_open(ctx, true, &pager, e);
    if (rc == 0)
        rc = rollback_changes_diff(c, paths, &look, &pager, e);
    if (rc == 0 && paths->n > 0)
        return err_set(e, ERR_MISSING, "session %s changed nothing there; 'nono rollback show %s' lists what it changed", c->record->id,
                       c->record->id);
    return rc < 0 ? rc : CMD_OK;
}

static int run(const struct cmd_context *ctx, const void *arguments, struct err *e)
{
    const struct diff_args *args = arguments;
    AUTO(session_record_release) struct session_record r = {0};
    AUTO(rollback_changes_release) struct rollback_changes changes = {0};
    AUTO(strlist_release) struct strlist paths = STRLIST_INIT;
    size_t used = 0;
    int rc = rollback_pick(ctx, &args->head.operands, ROLLBACK_LATEST, &r, &used, e);
    if (rc == 0)
        rc = rollback_pick_paths(ctx, &args->head.operands, used, &args->paths, &paths, e);
    if (rc == 0 && !r.has_after)
        rc = err_set(e, ERR_INPUT, "session %s is not closed: nothing says yet what it changed", r.id);
    if (rc == 0)
        rc = rollback_changes_open(ctx, &r, &changes, e);
    return rc < 0 ? rc : print(ctx, &changes, &paths, args->sides, e);
}

static const struct cmd_opt opts[] = {
    LIST(struct diff_args, paths, 0, "path", VAL_FILE, "PATH", "Only this path and what is below it"),
    FLAG(struct diff_args, sides, 0, "side-by-side", "Show the text before and after beside each other"),
};

static const struct cmd_operand operands[] = {
    {.name = "ID", .value = VAL_SESSION, .help = "Session; the newest of this directory that changed something when left out"},
    {.name = "PATH", .value = VAL_CHANGED, .many = true, .help = "Only these paths and what is below them"},
    {.name = NULL},
};

static const char *const examples[] = {
    "nono rollback diff src/main.c",
    "one file, by the last command here",
    "nono rollback diff 20261121-183528 | patch -R -p1",
    "take text changes back by hand",
    NULL,
};

const struct cmd cmd_rollback_diff = {
    .path = "rollback diff",
    .section = "SESSION MANAGEMENT",
    .summary = "Show what a session changed inside files",
    .about =
        "A line says what each change is, metadata in words; then come the lines that differ. On a terminal they go through $GIT_PAGER, $PAGER or "
        "less, in colours unless NO_COLOR is set; elsewhere they are such as patch(1) reads.",
    .operands = operands,
    .examples = examples,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .args_size = sizeof(struct diff_args),
    .run = run,
};
