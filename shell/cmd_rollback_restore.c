/* nono rollback restore: takes a session back, or all since one. */
#include "core/mem.h"
#include "core/out.h"
#include "core/progress.h"
#include "rollback/seal.h"
#include "rollback/take_back.h"
#include "shell/commands.h"
#include "shell/restore_view.h"
#include "shell/rollback_autorun.h"
#include "shell/rollback_pick.h"
#include "shell/seal_child.h"

struct restore_args {
    struct cmd_args_head head;
    const char *since;
    struct strlist paths;
    int conflicts;
    bool dry_run, force, json, full, autorun;
};

/* One session, or those since one. *ret_used words of the operands named it. */
static int pick(const struct cmd_context *ctx, const struct restore_args *args, struct session_list *ret, size_t *ret_used, struct err *e)
{
    *ret = (struct session_list){0};
    *ret_used = 0;
    if (args->since)
        return rollback_pick_since(ctx, args->since, &args->head.operands, ret, e);
    ret->item = mem_array(1, sizeof(*ret->item));
    ret->n = ret->cap = 1;
    return rollback_pick(ctx, &args->head.operands, ROLLBACK_UNDO, &ret->item[0], ret_used, e);
}

/* No path at all would mean every one. */
static int pick_autorun(const struct cmd_context *ctx, const struct session_list *sessions, struct strlist *paths, struct err *e)
{
    if (paths->n > 0)
        return err_set(e, ERR_USAGE, "--autorun chooses the paths itself: name none");
    for (size_t i = 0; i < sessions->n; i++) {
        AUTO(autorun_release) struct autorun found = {0};
        int rc = rollback_autorun_find(ctx, &sessions->item[i], &found, e);
        if (rc < 0)
            return rc;
        rollback_autorun_paths(&sessions->item[i], &found, paths);
    }
    return paths->n > 0 ? 0 : err_set(e, ERR_MISSING, "nothing that the session changed runs later by itself: 'nono rollback show' lists what it changed");
}

static int print(const struct cmd_context *ctx, const struct restore_args *args, const struct restore_view *v, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    const struct restore_plan *p = v->plan;
    size_t failed = v->result ? v->result->failed.n : 0;
    if (args->json)
        restore_view_json(&text, v);
    else
        restore_view_text(&text, ctx->world, v);
    int rc = out_text(&text, "the answer", e);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < failed; i++)
        out_warn("%s", v->result->failed.item[i]);
    if (!args->json)
        restore_view_hints(ctx->world, v);
    return p->conflicts + p->partly + p->uncovered + failed > 0 ? CMD_OTHER : CMD_OK;
}

static int run(const struct cmd_context *ctx, const void *arguments, struct err *e)
{
    const struct restore_args *args = arguments;
    AUTO(session_list_release) struct session_list sessions = {0};
    AUTO(restore_plan_release) struct restore_plan plan = {0};
    AUTO(restore_result_release) struct restore_result result = {0};
    AUTO(strlist_release) struct strlist paths = STRLIST_INIT;
    struct progress progress = {.is_shown = ctx->world->stderr_redraws};
    size_t used = 0;
    int rc = pick(ctx, args, &sessions, &used, e);
    if (rc == 0)
        rc = rollback_pick_paths(ctx, &args->head.operands, used, &args->paths, &paths, e);
    if (rc == 0 && args->autorun)
        rc = pick_autorun(ctx, &sessions, &paths, e);
    if (rc < 0)
        return rc;
    const struct restore_request q = {
        .state_dir = ctx->world->state_dir,
        .session = sessions.item,
        .n = sessions.n,
        .paths = &paths,
        .conflicts = (enum restore_conflicts)args->conflicts,
        .force = args->force,
        .progress = &progress,
    };
    struct restore_view view = {.request = &q, .plan = args->dry_run ? &plan : &result.plan, .full = args->full};
    if (!args->dry_run)
        view.result = &result;
    bool is_done = false;
    rc = args->dry_run ? 0 : take_back(&q, &result, &is_done, e);
    if (is_done)
        seal_child_start(ctx->world);
    if (rc == 0 && !is_done)
        rc = seal_record(q.state_dir, &sessions.item[0], e);
    if (rc == 0 && !is_done)
        rc = args->dry_run ? restore_plan_make(&q, &plan, e) : restore_apply(&q, &result, e);
    return rc < 0 ? rc : print(ctx, args, &view, e);
}

static const char *const conflicts_help[] = {"leave it as it is", "put the state before back; the later edit stays in the restore's own session",
                                             "leave it, and write the state before beside it", NULL};

static const struct cmd_opt opts[] = {
    TEXT(struct restore_args, since, 0, "since", VAL_SESSION, "ID", "Take back session ID and all later ones of its directory, as one"),
    CHOICE(struct restore_args, conflicts, 0, "conflicts", restore_conflicts_names, "WHAT",
           "What becomes of a file that somebody changed since: keep (default), before, both", .choice_help = conflicts_help),
    LIST(struct restore_args, paths, 0, "path", VAL_FILE, "PATH", "Only this path and what is below it"),
    FLAG(struct restore_args, autorun, 0, "autorun", "Only what is executed later by itself: git hooks, editor tasks, package scripts, ..."),
    FLAG(struct restore_args, dry_run, 'n', "dry-run", "Say what would be done, and change nothing"),
    FLAG(struct restore_args, force, 'f', "force", "Also while a command still runs in the tree, and in another directory of the same name"),
    FLAG(struct restore_args, json, 0, "json", "Print JSON"),
    FLAG(struct restore_args, full, 0, "full", "List every change, however many there are"),
};

static const struct cmd_operand operands[] = {
    {.name = "ID", .value = VAL_SESSION, .help = "Session; when left out, the newest of this directory that can be taken back"},
    {.name = "PATH", .value = VAL_FILE, .many = true, .help = "Only these paths and what is below them; without ID, start a name of digits with ./"},
    {.name = NULL},
};

static const char *const examples[] = {
    "nono rollback restore",
    "take back what the last command changed here; again: the one before it",
    "nono rollback restore --dry-run",
    "look first",
    "nono rollback restore src/main.c",
    "only one file",
    "nono rollback restore --autorun",
    "only the hooks, tasks and scripts that it left to be run later",
    "nono rollback restore --since 20261121-183528-12345",
    "as it was before that session: it and all later ones, the newest first",
    "nono rollback restore --conflicts=both",
    "where you changed a file since, write the state before to FILE.nono-before",
    NULL,
};

const struct cmd cmd_rollback_restore = {
    .path = "rollback restore",
    .section = "SESSION MANAGEMENT",
    .summary = "Take back what a session changed",
    .about = "What the command created goes, what it deleted or modified comes back: content, mode, owner, times, attributes, links. A path that "
             "somebody changed since is a conflict and stays as it is (exit status 1), unless --conflicts says otherwise. The restore is a session itself "
             "and can be taken back.",
    .operands = operands,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .examples = examples,
    .args_size = sizeof(struct restore_args),
    .run = run,
};
