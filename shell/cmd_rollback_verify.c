/* nono rollback verify: are the stored states still whole? */
#include "core/json.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/progress.h"
#include "core/world.h"
#include "rollback/retention.h"
#include "shell/commands.h"
#include "shell/rollback_pick.h"

struct verify_args {
    struct cmd_args_head head;
    bool all, json;
};

static int print_json(const struct retention_check *check, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    struct json_out o = JSON_OUT_INIT(&text);
    json_out_open(&o, NULL, '{');
    json_out_bool(&o, "ok", check->damaged.n == 0);
    json_out_int(&o, "sessions", (int64_t)check->sessions);
    json_out_int(&o, "objects", (int64_t)check->objects);
    json_out_strings(&o, "damaged", &check->damaged);
    json_out_close(&o, '}');
    return out_text(&text, "the answer", e);
}

static void print_text(const struct retention_check *check)
{
    for (size_t i = 0; i < check->damaged.n; i++)
        out_print("  %s\n", check->damaged.item[i]);
    out_print("%s %zu session%s, %zu objects checked\n", check->damaged.n > 0 ? "FAIL" : "PASS", check->sessions, check->sessions == 1 ? "" : "s",
              check->objects);
}

static int run(const struct cmd_context *ctx, const void *arguments, struct err *e)
{
    const struct verify_args *args = arguments;
    AUTO(session_record_release) struct session_record r = {0};
    AUTO(retention_check_release) struct retention_check check = {0};
    struct progress progress = {.is_shown = ctx->world->stderr_redraws && !out_is_silent()};
    int rc = args->all ? session_recover(ctx->world->state_dir, NULL, e) : rollback_pick_only(ctx, &args->head.operands, &r, e);
    if (rc == 0)
        rc = retention_verify(ctx->world->state_dir, args->all ? NULL : r.id, &progress, &check, e);
    if (rc < 0)
        return rc;
    if (args->json)
        rc = print_json(&check, e);
    else
        print_text(&check);
    if (rc < 0)
        return rc;
    return check.damaged.n > 0 ? CMD_OTHER : CMD_OK;
}

static const struct cmd_opt opts[] = {
    FLAG(struct verify_args, all, 0, "all", "Every session, records that cannot be read included"),
    FLAG(struct verify_args, json, 0, "json", "Print JSON"),
};

static const struct cmd_operand operands[] = {
    {.name = "ID", .value = VAL_SESSION, .help = "Session; the newest of this directory that changed something when left out"},
    {.name = NULL},
};

const struct cmd cmd_rollback_verify = {
    .path = "rollback verify",
    .section = "SESSION MANAGEMENT",
    .summary = "Check that what a session needs is stored undamaged",
    .about = "Every object is read and compared with its id, which is a hash of its content. The exit status is 1 when anything is damaged or "
             "missing: what is "
             "named can then not be taken back wholly.",
    .operands = operands,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .args_size = sizeof(struct verify_args),
    .run = run,
};
