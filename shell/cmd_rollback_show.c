/* nono rollback show: one session and each change it made. */
#include <string.h>

#include "core/json.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/quote.h"
#include "rollback/capture_review.h"
#include "shell/commands.h"
#include "shell/rollback_autorun.h"
#include "shell/rollback_changes.h"
#include "shell/rollback_diff.h"
#include "shell/rollback_pick.h"
#include "shell/rollback_view.h"

struct show_args {
    struct cmd_args_head head;
    bool json, diff, sides, full, autorun;
};

/* What of the session is shown. */
struct chosen {
    const struct rollback_changes *changes;
    enum session_state state;
    const struct autorun *autorun; /* NULL: not asked for */
    const struct strlist *paths;   /* none: all */
};

static void add_list(struct str *out, const char *title, const struct strlist *l)
{
    for (size_t i = 0; i < l->n; i++) {
        str_addf(out, "%s", title);
        quote_term(out, l->item[i]);
        str_addc(out, '\n');
    }
}

/* Paths are what the command was denied: often every place where a person keeps keys. */
static void add_left_out(struct str *out, const struct strlist *exclude)
{
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    for (size_t i = 0; i < exclude->n; i++)
        if (exclude->item[i][0] != '/')
            strlist_add(&names, exclude->item[i]);
    add_list(out, "  left out:    ", &names);
    size_t n_paths = exclude->n - names.n;
    if (n_paths)
        str_addf(out, "  left out:    %zu path%s that the command was denied\n", n_paths, n_paths == 1 ? "" : "s");
}

static void add_head(struct str *out, const struct cmd_context *ctx, const struct session_record *r, enum session_state s)
{
    str_addf(out, "nono session %s (%s)\n  command:     ", r->id, rollback_view_state(s));
    rollback_view_command(out, &r->command, 0);
    str_add(out, "\n  directory:   ");
    rollback_view_home(out, ctx->world, r->workdir);
    for (size_t i = 0; i < r->roots.n; i++) {
        str_add(out, i == 0 ? "\n  and in:      " : "\n               ");
        rollback_view_home(out, ctx->world, r->roots.item[i]);
    }
    str_add(out, "\n  started:     ");
    rollback_view_time(out, r->started_ns);
    if (session_is_over(s)) {
        str_add(out, "\n  ended:       ");
        rollback_view_time(out, r->ended_ns);
        str_add(out, "\n  result:      ");
        rollback_view_exit(out, r);
        str_add(out, "\n  changes:     ");
        rollback_view_counts(out, r->created, r->modified, r->deleted);
    }
    if (r->profile) {
        str_add(out, "\n  profile:     ");
        quote_term(out, r->profile);
    }
    str_addc(out, '\n');
    if (r->undoes)
        str_addf(out, "  takes back:  %s\n", r->undoes);
    if (review_is_staged(r))
        str_addf(out, "  staged:      nothing of it is in the tree yet: nono rollback keep|discard %s\n", r->id);
    else if (r->undone)
        str_add(out, "  taken back:  yes\n");
    if (r->sealed_late)
        str_add(out, "  note:        nono was killed; the state after was captured later and may hold changes of others\n");
    add_list(out, "  ran beside:  ", &r->overlaps);
    add_list(out, "  not covered: ", &r->notes);
    add_left_out(out, &r->exclude);
}

static void add_renamed(struct str *out, const struct rollback_changes *c)
{
    size_t n = rollback_rename_count(&c->list, c->renames);
    if (n > 0)
        str_addf(out, "  renamed:     %zu of them\n", n);
}

static int print_json(const struct chosen *w, bool with_diff, struct err *e)
{
    const struct rollback_changes *c = w->changes;
    enum session_state s = w->state;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    struct json_out o = JSON_OUT_INIT(&text);
    json_out_open(&o, NULL, '{');
    rollback_json_session(&o, "session", c->record, s);
    int rc = 0;
    if (w->autorun)
        rollback_autorun_json(w->autorun, &o);
    else
        rc = rollback_changes_json(c, "changes", with_diff, &o, e);
    json_out_close(&o, '}');
    if (rc == 0)
        rc = out_text(&text, "the answer", e);
    return rc;
}

static int print_diff(const struct cmd_context *ctx, const struct chosen *w, const struct str *head, bool sides, struct err *e)
{
    AUTO(pager_close) struct pager pager = {.fd = -1};
    const struct diff_look look = rollback_diff_look(ctx->world->stdout_tty, sides);
    int rc = pager_open(ctx, true, &pager, e);
    if (rc < 0)
        return rc;
    pager_write(&pager, head->buf, head->len);
    return rollback_changes_diff(w->changes, w->paths, &look, &pager, e);
}

static int print(const struct cmd_context *ctx, const struct show_args *args, const struct chosen *w, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    bool is_any = !w->autorun || w->autorun->n > 0;
    bool with_diff = args->diff || args->sides;
    if (args->json)
        return print_json(w, with_diff, e);
    add_head(&text, ctx, w->changes->record, w->state);
    add_renamed(&text, w->changes);
    if (w->autorun)
        rollback_autorun_list(w->autorun, &text);
    if (!is_any)
        str_add(&text, "  runs later:  nothing\n");
    else if (with_diff)
        str_addc(&text, '\n');
    else
        (void)rollback_changes_list(w->changes, w->paths, args->full ? SIZE_MAX : ROLLBACK_MAX_LINES, &text);
    int rc = str_check(&text, "the answer", e);
    if (rc < 0)
        return rc;
    return with_diff && is_any ? print_diff(ctx, w, &text, args->sides, e) : pager_show(ctx, text.buf, text.len, e);
}

static int run(const struct cmd_context *ctx, const void *arguments, struct err *e)
{
    const struct show_args *args = arguments;
    AUTO(session_record_release) struct session_record r = {0};
    AUTO(rollback_changes_release) struct rollback_changes changes = {0};
    AUTO(autorun_release) struct autorun autorun = {0};
    AUTO(strlist_release) struct strlist paths = STRLIST_INIT;
    int rc = rollback_pick_only(ctx, &args->head.operands, &r, e);
    if (rc == 0)
        rc = rollback_changes_open(ctx, &r, &changes, e);
    if (rc == 0 && args->autorun)
        rc = rollback_autorun_find(ctx, &r, &autorun, e);
    if (rc < 0)
        return rc;
    enum session_state state = session_state_of(ctx->world->state_dir, &r);
    rollback_autorun_paths(&r, &autorun, &paths);
    rc = print(ctx, args, &(struct chosen){&changes, state, args->autorun ? &autorun : NULL, &paths}, e);
    if (rc < 0)
        return rc;
    if (!args->json && session_is_over(state) && !r.undone && r.created + r.modified + r.deleted > 0)
        out_note("take %s back: nono rollback restore %s%s\n", autorun.n ? "these" : "it", autorun.n ? "--autorun " : "", r.id);
    return CMD_OK;
}

static const struct cmd_opt opts[] = {
    FLAG(struct show_args, json, 0, "json", "Print JSON; with --diff the lines that differ, too"),
    FLAG(struct show_args, diff, 'd', "diff", "Show what changed inside text files, too"),
    FLAG(struct show_args, sides, 0, "side-by-side", "Show it with the text before and after beside each other"),
    FLAG(struct show_args, autorun, 0, "autorun", "Only what is executed later by itself: git hooks, editor tasks, package scripts, ..."),
    FLAG(struct show_args, full, 0, "full", "List every change, however many there are"),
};

static const struct cmd_operand operands[] = {
    {.name = "ID", .value = VAL_SESSION, .help = "Session; the newest of this directory that changed something when left out"},
    {.name = NULL},
};

static const char *const examples[] = {
    "nono rollback show --diff",
    "what the last command changed here, line by line",
    "nono rollback show --side-by-side 20261121-183528",
    "the same of another, in two columns",
    NULL,
};

const struct cmd cmd_rollback_show = {
    .path = "rollback show",
    .section = "SESSION MANAGEMENT",
    .summary = "Show one session and each of its changes",
    .about = "+ created, ~ modified, - deleted, r renamed with its content as it was, p only mode, owner, time, attributes or hard links.\n\n"
             "On a terminal a long answer goes through $PAGER, a diff through $GIT_PAGER before that; 'cat' is none. NO_COLOR turns colours off. "
             "Elsewhere "
             "the lines are such as patch(1) reads.",
    .operands = operands,
    .examples = examples,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .args_size = sizeof(struct show_args),
    .run = run,
};
