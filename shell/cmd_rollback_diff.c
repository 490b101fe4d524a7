/* nono rollback diff: what a session changed inside text files. */
#include "core/mem.h"
#include "core/out.h"
#include "core/path.h"
#include "core/quote.h"
#include "shell/commands.h"
#include "shell/rollback_diff.h"
#include "shell/rollback_pick.h"

struct diff_args {
    struct cmd_args_head head;
    struct strlist paths;
};

static bool is_wanted(const struct change *c, const char *root, const struct strlist *paths)
{
    for (size_t i = 0; i < paths->n; i++) {
        const char *below = path_below(paths->item[i], root);
        if (below && change_path_within(c->path, below))
            return true;
    }
    return paths->n == 0;
}

static int check_paths(const struct session_record *r, const struct strlist *paths, struct err *e)
{
    for (size_t i = 0; i < paths->n; i++) {
        if (path_below(paths->item[i], r->workdir))
            continue;
        AUTO(mem_free_ptr) char *path = quote_term_dup(paths->item[i]);
        AUTO(mem_free_ptr) char *root = quote_term_dup(r->workdir);
        return err_set(e, ERR_INPUT, "%s lies outside %s, the tree of session %s", path, root, r->id);
    }
    return 0;
}

static int run(const struct cmd_context *ctx, const void *arguments, struct err *e)
{
    const struct diff_args *args = arguments;
    AUTO(session_record_release) struct session_record r = {0};
    AUTO(change_list_release) struct change_list changes = {0};
    AUTO(store_close_ptr) struct store *store = NULL;
    AUTO(strlist_release) struct strlist paths = STRLIST_INIT;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    size_t used = 0;
    int rc = rollback_pick(ctx, &args->head.operands, ROLLBACK_LATEST, &r, &used, e);
    if (rc == 0)
        rc = rollback_pick_paths(ctx, &args->head.operands, used, &args->paths, &paths, e);
    if (rc == 0)
        rc = check_paths(&r, &paths, e);
    if (rc == 0 && !r.has_after)
        rc = err_set(e, ERR_INPUT, "session %s is not closed: nothing says yet what it changed", r.id);
    if (rc == 0)
        rc = store_open(ctx->world->state_dir, &store, e);
    if (rc == 0)
        rc = change_between(store, &r.before, &r.after, &changes, e);
    for (size_t i = 0; rc == 0 && i < changes.n; i++) {
        if (!is_wanted(&changes.item[i], r.workdir, &paths))
            continue;
        rc = rollback_diff_change(store, &changes.item[i], ctx->world->stdout_tty, &text, e);
        if (rc == 0)
            rc = str_check(&text, "the difference", e);
        out_write(text.buf, text.len);
        str_clear(&text);
    }
    return rc < 0 ? rc : CMD_OK;
}

static const struct cmd_opt opts[] = {
    LIST(struct diff_args, paths, 0, "path", VAL_FILE, "PATH", "Only this path and what is below it"),
};

static const struct cmd_operand operands[] = {
    {.name = "ID", .value = VAL_SESSION, .help = "Session; the newest of this directory that changed something when left out"},
    {.name = "PATH", .value = VAL_FILE, .many = true, .help = "Only these paths and what is below them"},
    {.name = NULL},
};

const struct cmd cmd_rollback_diff = {
    .path = "rollback diff",
    .section = "SESSION MANAGEMENT",
    .summary = "Show what a session changed inside text files",
    .operands = operands,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .args_size = sizeof(struct diff_args),
    .run = run,
};
