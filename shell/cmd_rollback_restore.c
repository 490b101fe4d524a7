/* nono rollback restore: takes a session back. */
#include <string.h>

#include "core/json.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/quote.h"
#include "core/world.h"
#include "shell/commands.h"
#include "shell/rollback_pick.h"
#include "shell/rollback_view.h"

struct restore_args {
    struct cmd_args_head head;
    struct strlist paths;
    bool dry_run, force, json, full;
};

static void add_steps(struct str *out, const struct restore_plan *p, bool full)
{
    size_t n = 0;
    size_t hidden = 0;
    for (size_t i = 0; i < p->n; i++) {
        const struct restore_step *step = &p->step[i];
        bool wrong = step->verdict != RESTORE_PUT_BACK && step->verdict != RESTORE_DONE;
        if ((!change_is_visible(step->change) || step->verdict == RESTORE_DONE) && !wrong)
            continue;
        if (!wrong && !full && n == ROLLBACK_MAX_LINES) {
            hidden++;
            continue;
        }
        n += !wrong;
        str_add(out, wrong ? "! " : "  ");
        rollback_view_undo(out, step->change);
        if (step->verdict == RESTORE_CONFLICT)
            str_add(out, ": conflict, changed since by somebody else: left as it is");
        else if (wrong)
            str_addf(out, ": %s", rollback_view_verdict(step->verdict));
        str_addc(out, '\n');
    }
    if (hidden > 0)
        str_addf(out, "  and %zu more: --full\n", hidden);
}

static void add_summary(struct str *out, const struct restore_plan *p, size_t failed, bool dry_run)
{
    str_addf(out, dry_run ? "would restore %zu" : "restored %zu", p->put_back);
    if (p->done > 0)
        str_addf(out, ", %zu already as before", p->done);
    if (p->conflicts > 0)
        str_addf(out, ", %zu conflict%s", p->conflicts, p->conflicts == 1 ? "" : "s");
    if (p->uncovered > 0)
        str_addf(out, ", %zu not covered", p->uncovered);
    if (failed > 0)
        str_addf(out, ", %zu failed", failed);
    str_addc(out, '\n');
}

static void add_head(struct str *out, const struct cmd_context *ctx, const struct session_record *r, bool dry_run)
{
    str_addf(out, "%s session %s, ", dry_run ? "Dry run: taking back" : "Taking back", r->id);
    rollback_view_age(out, world_now_ns(), r->started_ns);
    str_add(out, ", in ");
    rollback_view_home(out, ctx->world, r->workdir);
    str_add(out, ": ");
    rollback_view_command(out, &r->command, ROLLBACK_COMMAND_WIDTH);
    str_addc(out, '\n');
    if (r->sealed_late)
        str_add(out, "  nono was killed in this session: what others changed before the next one looks like its doing, too\n");
    if (r->overlaps.n > 0)
        str_addf(out, "  session %s ran in the same tree meanwhile: what it changed then is taken back, too\n", r->overlaps.item[0]);
}

static void add_json(struct str *out, const struct session_record *r, const struct restore_plan *p, const struct restore_result *result)
{
    struct json_out o = JSON_OUT_INIT(out);
    json_out_open(&o, NULL, '{');
    json_out_string(&o, "session_id", r->id);
    json_out_bool(&o, "dry_run", result == NULL);
    json_out_int(&o, "restored", (int64_t)p->put_back);
    json_out_int(&o, "already_as_before", (int64_t)p->done);
    json_out_int(&o, "conflicts", (int64_t)p->conflicts);
    json_out_int(&o, "not_covered", (int64_t)p->uncovered);
    json_out_string(&o, "undo", result && result->undo.id[0] ? result->undo.id : NULL);
    json_out_open(&o, "changes", '[');
    for (size_t i = 0; i < p->n; i++) {
        if (change_is_visible(p->step[i].change) || p->step[i].verdict == RESTORE_FAILED)
            rollback_json_change(&o, p->step[i].change, rollback_view_verdict(p->step[i].verdict));
    }
    json_out_close(&o, ']');
    if (result)
        json_out_strings(&o, "failed", &result->failed);
    json_out_close(&o, '}');
}

static int print(const struct cmd_context *ctx, const struct restore_args *args, const struct session_record *r, const struct restore_plan *p,
                 const struct restore_result *result, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    size_t failed = result ? result->failed.n : 0;
    if (args->json) {
        add_json(&text, r, p, result);
    } else {
        add_head(&text, ctx, r, result == NULL);
        add_steps(&text, p, args->full);
        add_summary(&text, p, failed, result == NULL);
    }
    int rc = str_check(&text, "the answer", e);
    if (rc < 0)
        return rc;
    out_write(text.buf, text.len);
    for (size_t i = 0; i < failed; i++)
        out_warn("%s", result->failed.item[i]);
    if (!args->json && result && result->undo.id[0])
        out_note("undo this: nono rollback restore %s\n", result->undo.id);
    return p->conflicts + p->uncovered + failed > 0 ? CMD_OTHER : CMD_OK;
}

static int run(const struct cmd_context *ctx, const void *arguments, struct err *e)
{
    const struct restore_args *args = arguments;
    AUTO(session_record_release) struct session_record r = {0};
    AUTO(restore_plan_release) struct restore_plan plan = {0};
    AUTO(restore_result_release) struct restore_result result = {0};
    AUTO(strlist_release) struct strlist paths = STRLIST_INIT;
    size_t used = 0;
    int rc = rollback_pick(ctx, &args->head.operands, ROLLBACK_UNDO, &r, &used, e);
    if (rc == 0)
        rc = rollback_pick_paths(ctx, &args->head.operands, used, &args->paths, &paths, e);
    if (rc < 0)
        return rc;
    if (args->dry_run) {
        rc = restore_plan_make(ctx->world->state_dir, &r, &paths, &plan, e);
        return rc < 0 ? rc : print(ctx, args, &r, &plan, NULL, e);
    }
    rc = restore_apply(ctx->world->state_dir, &r, &paths, args->force, &result, e);
    return rc < 0 ? rc : print(ctx, args, &r, &result.plan, &result, e);
}

static const struct cmd_opt opts[] = {
    LIST(struct restore_args, paths, 0, "path", VAL_FILE, "PATH", "Only this path and what is below it"),
    FLAG(struct restore_args, dry_run, 'n', "dry-run", "Say what would be done, and change nothing"),
    FLAG(struct restore_args, force, 'f', "force", "Also while a command still runs in the tree, and in another directory of the same name"),
    FLAG(struct restore_args, json, 0, "json", "Print JSON"),
    FLAG(struct restore_args, full, 0, "full", "List every change, however many there are"),
};

static const struct cmd_operand operands[] = {
    {.name = "ID", .value = VAL_SESSION, .help = "Session; when left out, the newest of this directory that can be taken back"},
    {.name = "PATH", .value = VAL_FILE, .many = true, .help = "Only these paths and what is below them"},
    {.name = NULL},
};

static const char *const examples[] = {
    "nono rollback restore",
    "take back what the last command changed here; again: the one before it",
    "nono rollback restore --dry-run",
    "look first",
    "nono rollback restore src/main.c",
    "only one file",
    NULL,
};

const struct cmd cmd_rollback_restore = {
    .path = "rollback restore",
    .section = "SESSION MANAGEMENT",
    .summary = "Take back what a session changed",
    .about = "What the command created goes, what it deleted or modified comes back: content, mode, owner, times, attributes, links. A path that "
             "somebody changed since is a conflict and stays as it is (exit status 1). The restore is a session itself and can be taken back.",
    .operands = operands,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .examples = examples,
    .args_size = sizeof(struct restore_args),
    .run = run,
};
