/* nono rollback cleanup: forgets old sessions and frees what only they needed. */
#include "core/mem.h"
#include "core/out.h"
#include "rollback/retention.h"
#include "shell/commands.h"

enum { DEFAULT_KEEP = 50, MIB = 1024 * 1024, MAX_DAYS = 100 * 366 };

struct cleanup_args {
    struct cmd_args_head head;
    uint64_t keep, older_than;
    bool dry_run, all;
};

/* With an age alone, age alone decides. */
static size_t keep_of(const struct cleanup_args *args)
{
    if (args->keep != UINT64_MAX)
        return (size_t)args->keep;
    return args->older_than > 0 ? SIZE_MAX : DEFAULT_KEEP;
}

static void print_size(uint64_t bytes)
{
    if (bytes >= MIB)
        out_print("freed %.1f MiB\n", (double)bytes / MIB);
    else
        out_print("freed %.1f KiB\n", (double)bytes / 1024);
}

static int run(const struct cmd_context *ctx, const void *arguments, struct err *e)
{
    const struct cleanup_args *args = arguments;
    AUTO(retention_result_release) struct retention_result result = {0};
    if (args->older_than > MAX_DAYS)
        return err_set(e, ERR_USAGE, "--older-than is a number of days");
    const struct retention_request request = {
        .keep = keep_of(args), .keep_unchanged = keep_of(args), .older_than_days = (unsigned)args->older_than, .all = args->all, .dry_run = args->dry_run};
    int rc = retention_apply(ctx->world->state_dir, &request, &result, e);
    for (size_t i = 0; i < result.removed.n; i++)
        out_print("%s %s\n", args->dry_run ? "would remove" : "removed", result.removed.item[i]);
    if (rc < 0)
        return rc;
    out_print("%zu session%s %s\n", result.removed.n, result.removed.n == 1 ? "" : "s", args->dry_run ? "would be removed" : "removed");
    if (!args->dry_run)
        print_size(result.bytes_freed);
    return CMD_OK;
}

static const struct cleanup_args defaults = {.keep = UINT64_MAX};

static const struct cmd_opt opts[] = {
    UINT(struct cleanup_args, keep, 0, "keep", "N", "Keep the newest N that changed something, and N that did not (50)"),
    UINT(struct cleanup_args, older_than, 0, "older-than", "DAYS", "Remove those older than DAYS; keeps all others unless --keep is given, too"),
    FLAG(struct cleanup_args, dry_run, 'n', "dry-run", "Say what would be removed, and remove nothing"),
    FLAG(struct cleanup_args, all, 0, "all", "Remove every session that does not run now, unreadable ones included"),
};

static const char *const examples[] = {
    "nono rollback cleanup --older-than 30", "forget what is older than a month", "nono rollback cleanup --all", "forget everything", NULL,
};

const struct cmd cmd_rollback_cleanup = {
    .path = "rollback cleanup",
    .section = "SESSION MANAGEMENT",
    .summary = "Forget old sessions and free their space",
    .about = "nono run forgets by itself only sessions that changed nothing, and keeps the newest 200 of those.",
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .args_init = &defaults,
    .examples = examples,
    .args_size = sizeof(struct cleanup_args),
    .run = run,
};
