/* nono rollback cleanup: forgets old sessions and frees what only they needed. */
#include <string.h>

#include "core/column.h"
#include "core/json.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/progress.h"
#include "core/quantity.h"
#include "core/world.h"
#include "rollback/retention.h"
#include "shell/commands.h"
#include "shell/rollback_view.h"

enum { DEFAULT_KEEP = 50, ID_WIDTH = 22 };

struct cleanup_args {
    struct cmd_args_head head;
    uint64_t keep;
    const char *older_than, *max_size;
    bool dry_run, all, json;
};

/* With an age or a size alone, that alone decides. */
static size_t keep_of(const struct cleanup_args *args)
{
    if (args->keep != UINT64_MAX)
        return (size_t)args->keep;
    return args->older_than || args->max_size ? SIZE_MAX : DEFAULT_KEEP;
}

static int make_request(const struct cleanup_args *args, struct retention_request *ret, struct err *e)
{
    *ret = (struct retention_request){
        .keep = keep_of(args), .keep_unchanged = keep_of(args), .all = args->all, .dry_run = args->dry_run, .measure = true};
    int rc = args->older_than ? quantity_age(args->older_than, "--older-than", &ret->older_than_ns, e) : 0;
    if (rc == 0 && args->max_size)
        rc = quantity_size(args->max_size, "--max-size", &ret->max_bytes, e);
    return rc;
}

/* What it was: looked up before it goes. */
static void add_removed(struct str *out, const struct session_list *l, const char *id, bool dry_run)
{
    str_add(out, dry_run ? "would remove " : "removed ");
    size_t start = out->len;
    str_add(out, id);
    for (size_t i = 0; i < l->n; i++) {
        if (strcmp(l->item[i].id, id) != 0)
            continue;
        column_pad(out, start, ID_WIDTH);
        str_add(out, "  ");
        rollback_view_age(out, world_now_ns(), l->item[i].started_ns);
        str_add(out, "  ");
        rollback_view_command(out, &l->item[i].command, ROLLBACK_COMMAND_WIDTH);
    }
    str_addc(out, '\n');
}

static void add_summary(struct str *out, const struct retention_result *r, bool dry_run)
{
    str_addf(out, "%zu session%s %s, ", r->removed.n, r->removed.n == 1 ? "" : "s", dry_run ? "would be removed" : "removed");
    quantity_add_size(out, r->bytes_freed);
    str_addf(out, " %s; %zu stay%s, ", dry_run ? "would be freed" : "freed", r->kept, r->kept == 1 ? "s" : "");
    quantity_add_size(out, r->bytes_left);
    if (r->running > 0)
        str_addf(out, " (%zu running)", r->running);
    str_addc(out, '\n');
}

static void add_json(struct str *out, const struct retention_result *r, bool dry_run)
{
    struct json_out o = JSON_OUT_INIT(out);
    json_out_open(&o, NULL, '{');
    json_out_bool(&o, "dry_run", dry_run);
    json_out_strings(&o, "removed", &r->removed);
    json_out_int(&o, "kept", (int64_t)r->kept);
    json_out_int(&o, "running", (int64_t)r->running);
    json_out_int(&o, "bytes_freed", (int64_t)r->bytes_freed);
    json_out_int(&o, "bytes_left", (int64_t)r->bytes_left);
    json_out_close(&o, '}');
}

/* What was removed is told also when the rest failed. */
static int print(const struct cleanup_args *args, const struct session_list *before, const struct retention_result *result, int rc, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    if (args->json && rc == 0)
        add_json(&text, result, args->dry_run);
    for (size_t i = 0; !args->json && i < result->removed.n; i++)
        add_removed(&text, before, result->removed.item[i], args->dry_run);
    if (!args->json && rc == 0)
        add_summary(&text, result, args->dry_run);
    if (rc == 0)
        rc = str_check(&text, "the answer", e);
    out_write(text.buf, text.len);
    return rc < 0 ? rc : CMD_OK;
}

static int run(const struct cmd_context *ctx, const void *arguments, struct err *e)
{
    const struct cleanup_args *args = arguments;
    AUTO(retention_result_release) struct retention_result result = {0};
    AUTO(session_list_release) struct session_list before = {0};
    struct progress progress = {.is_shown = ctx->world->stderr_redraws && !out_is_silent()};
    struct retention_request request;
    int rc = make_request(args, &request, e);
    request.progress = &progress;
    if (rc == 0)
        rc = session_list_read(ctx->world->state_dir, NULL, &before, e);
    if (rc < 0)
        return rc;
    rc = retention_apply(ctx->world->state_dir, &request, &result, e);
    return print(args, &before, &result, rc, e);
}

static const struct cleanup_args defaults = {.keep = UINT64_MAX};

static const struct cmd_opt opts[] = {
    UINT(struct cleanup_args, keep, 0, "keep", "N", "Keep the newest N that changed something, and N that did not (50)"),
    TEXT(struct cleanup_args, older_than, 0, "older-than", VAL_TEXT, "AGE",
         "Remove those older than AGE: 30d, 12h, 2w, a number alone is days; keeps all others unless --keep is given, too"),
    TEXT(struct cleanup_args, max_size, 0, "max-size", VAL_TEXT, "SIZE",
         "Remove the oldest until the rest takes no more than SIZE (500M, 2G) of the disk; likewise"),
    FLAG(struct cleanup_args, dry_run, 'n', "dry-run", "Say what would be removed and freed, and remove nothing"),
    FLAG(struct cleanup_args, all, 0, "all", "Remove every session that does not run now, unreadable ones included"),
    FLAG(struct cleanup_args, json, 0, "json", "Print JSON"),
};

static const char *const examples[] = {
    "nono rollback cleanup --older-than 30d",
    "forget what is older than a month",
    "nono rollback cleanup --max-size 2G --dry-run",
    "what would go to make it take less",
    "nono rollback cleanup --all",
    "forget everything",
    NULL,
};

const struct cmd cmd_rollback_cleanup = {
    .path = "rollback cleanup",
    .section = "SESSION MANAGEMENT",
    .summary = "Forget old sessions and free their space",
    .about =
        "A session that is removed cannot be taken back any more. One whose command still runs always stays; one that is staged (nono run --review) goes with --all only.\n\n"
        "By itself nono forgets only sessions that changed nothing: from twice 200 sessions on it keeps the newest 200 of those. One that changed "
        "something stays until this command removes it; a line in crontab(5) does that regularly.",
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .args_init = &defaults,
    .examples = examples,
    .args_size = sizeof(struct cleanup_args),
    .run = run,
};
