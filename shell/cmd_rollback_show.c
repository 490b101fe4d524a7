/* nono rollback show: one session and each change it made. */
#include <string.h>

#include "core/json.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/quote.h"
#include "shell/commands.h"
#include "shell/rollback_diff.h"
#include "shell/rollback_pick.h"
#include "shell/rollback_view.h"

struct show_args {
    struct cmd_args_head head;
    bool json, diff, full;
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
    if (r->undone)
        str_add(out, "  taken back:  yes\n");
    if (r->sealed_late)
        str_add(out, "  note:        nono was killed; the state after was captured later and may hold changes of others\n");
    add_list(out, "  ran beside:  ", &r->overlaps);
    add_list(out, "  not covered: ", &r->notes);
    add_left_out(out, &r->exclude);
}

static void add_changes(struct str *out, const struct change_list *l, bool full)
{
    size_t n = 0;
    size_t hidden = 0;
    for (size_t i = 0; i < l->n; i++) {
        if (!change_is_visible(&l->item[i]))
            continue;
        if (!full && n == ROLLBACK_MAX_LINES) {
            hidden++;
            continue;
        }
        n++;
        str_add(out, "  ");
        rollback_view_change(out, &l->item[i]);
        str_addc(out, '\n');
    }
    if (hidden > 0)
        str_addf(out, "  and %zu more: --full\n", hidden);
}

static void add_json(struct str *out, const struct session_record *r, enum session_state s, const struct change_list *l)
{
    struct json_out o = JSON_OUT_INIT(out);
    json_out_open(&o, NULL, '{');
    rollback_json_session(&o, "session", r, s);
    json_out_open(&o, "changes", '[');
    for (size_t i = 0; i < l->n; i++) {
        if (change_is_visible(&l->item[i]))
            rollback_json_change(&o, &l->item[i], NULL);
    }
    json_out_close(&o, ']');
    json_out_close(&o, '}');
}

static int run(const struct cmd_context *ctx, const void *arguments, struct err *e)
{
    const struct show_args *args = arguments;
    AUTO(session_record_release) struct session_record r = {0};
    AUTO(change_list_release) struct change_list changes = {0};
    AUTO(store_close_ptr) struct store *store = NULL;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    int rc = rollback_pick_only(ctx, &args->head.operands, &r, e);
    if (rc == 0)
        rc = store_open(ctx->world->state_dir, &store, e);
    if (rc == 0 && r.has_after)
        rc = change_between(store, &r.before, &r.after, &changes, e);
    if (rc < 0)
        return rc;
    enum session_state state = session_state_of(ctx->world->state_dir, &r);
    if (args->json) {
        add_json(&text, &r, state, &changes);
    } else {
        add_head(&text, ctx, &r, state);
        add_changes(&text, &changes, args->full);
    }
    for (size_t i = 0; rc == 0 && args->diff && !args->json && i < changes.n; i++)
        rc = rollback_diff_change(store, &changes.item[i], ctx->world->stdout_tty, &text, e);
    if (rc == 0)
        rc = str_check(&text, "the answer", e);
    if (rc < 0)
        return rc;
    out_write(text.buf, text.len);
    if (!args->json && session_is_over(state) && !r.undone && r.created + r.modified + r.deleted > 0)
        out_note("take it back: nono rollback restore %s\n", r.id);
    return CMD_OK;
}

static const struct cmd_opt opts[] = {
    FLAG(struct show_args, json, 0, "json", "Print JSON"),
    FLAG(struct show_args, diff, 0, "diff", "Show what changed inside text files, too"),
    FLAG(struct show_args, full, 0, "full", "List every change, however many there are"),
};

static const struct cmd_operand operands[] = {
    {.name = "ID", .value = VAL_SESSION, .help = "Session; the newest of this directory that changed something when left out"},
    {.name = NULL},
};

const struct cmd cmd_rollback_show = {
    .path = "rollback show",
    .section = "SESSION MANAGEMENT",
    .summary = "Show one session and each of its changes",
    .about = "+ created, ~ modified, - deleted, p only mode, owner, time, attributes or hard links.",
    .operands = operands,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .args_size = sizeof(struct show_args),
    .run = run,
};
