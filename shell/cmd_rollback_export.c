/* nono rollback export: the states of a session as a git repository. */
#include "core/json.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/path.h"
#include "core/quote.h"
#include "rollback/export.h"
#include "shell/commands.h"
#include "shell/rollback_pick.h"

struct export_args {
    struct cmd_args_head head;
    const char *git;
    bool json;
};

static void print(const struct export_args *args, const struct session_record *r, const char *dir, const struct export_result *result)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    if (args->json) {
        struct json_out o = JSON_OUT_INIT(&text);
        json_out_open(&o, NULL, '{');
        json_out_string(&o, "session_id", r->id);
        json_out_string(&o, "git", dir);
        json_out_int(&o, "objects", (int64_t)result->objects);
        json_out_close(&o, '}');
    } else {
        str_addf(&text, "session %s: %zu objects in ", r->id, result->objects);
        quote_term(&text, dir);
        str_addc(&text, '\n');
    }
    out_write(text.buf, text.len);
    if (!args->json) {
        str_clear(&text);
        quote_sh(&text, dir);
        AUTO(mem_free_ptr) char *shown = quote_term_dup(text.buf);
        out_note("look at it: git -C %s diff before after\n", shown);
    }
}

static int run(const struct cmd_context *ctx, const void *arguments, struct err *e)
{
    const struct export_args *args = arguments;
    AUTO(session_record_release) struct session_record r = {0};
    AUTO(mem_free_ptr) char *dir = NULL;
    struct export_result result = {0};
    if (!args->git)
        return err_set(e, ERR_USAGE, "say where to: --git DIR");
    if (*args->git != '/' && !ctx->world->cwd)
        return err_set(e, ERR_MISSING, "the current directory is gone: name an absolute path");
    int rc = path_lexical(ctx->world->cwd ? ctx->world->cwd : "/", args->git, &dir, e);
    if (rc == 0)
        rc = rollback_pick_only(ctx, &args->head.operands, &r, e);
    if (rc == 0)
        rc = export_git(ctx->world->state_dir, &r, dir, &result, e);
    if (rc < 0)
        return rc;
    print(args, &r, dir, &result);
    return CMD_OK;
}

static const struct cmd_opt opts[] = {
    TEXT(struct export_args, git, 0, "git", VAL_DIR, "DIR", "Make a bare git repository in DIR, which must be empty or not there yet"),
    FLAG(struct export_args, json, 0, "json", "Print JSON"),
};

static const struct cmd_operand operands[] = {
    {.name = "ID", .value = VAL_SESSION, .help = "Session; the newest of this directory that changed something when left out"},
    {.name = NULL},
};

static const char *const examples[] = {
    "nono rollback export --git /tmp/last",
    "then: git -C /tmp/last diff before after",
    NULL,
};

const struct cmd cmd_rollback_export = {
    .path = "rollback export",
    .section = "SESSION MANAGEMENT",
    .summary = "Write what a session changed as a git repository",
    .about = "The branch 'before' holds the state before the command, 'after' the state that it left. Any git reads it; owners, times, attributes "
             "and modes other than executable are left out, as git has no place for them.",
    .operands = operands,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .examples = examples,
    .args_size = sizeof(struct export_args),
    .run = run,
};
