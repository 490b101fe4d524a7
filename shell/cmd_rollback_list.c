/* nono rollback list: the sessions that can be looked at and taken back. */
#include <string.h>

#include "core/column.h"
#include "core/json.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/path.h"
#include "core/quote.h"
#include "core/world.h"
#include "rollback/capture_review.h"
#include "shell/commands.h"
#include "shell/pager.h"
#include "shell/rollback_view.h"

struct list_args {
    struct cmd_args_head head;
    uint64_t recent;
    const char *path;
    bool all, json;
};

static bool is_shown(const struct session_record *r, enum session_state s, const struct list_args *args)
{
    return args->all || !session_is_over(s) || r->created + r->modified + r->deleted > 0;
}

enum { ID_WIDTH = 22, AGE_WIDTH = 10, COMMAND_LEAST = 24, COUNTS_WIDTH = 44 /* as a rule */ };

/* The command gets what the terminal leaves. */
static size_t command_width(void)
{
    size_t columns = out_screen().columns;
    size_t others = 4 + ID_WIDTH + 2 + AGE_WIDTH + 2 + 2 + COUNTS_WIDTH;
    return columns > others + ROLLBACK_COMMAND_WIDTH ? columns - others : ROLLBACK_COMMAND_WIDTH;
}

static void add_line(struct str *out, const struct session_record *r, enum session_state s, size_t width)
{
    size_t start = out->len;
    str_addf(out, "    %s", r->id);
    column_pad(out, start, 4 + ID_WIDTH);
    str_addf(out, "  %s", out_on(OUT_DIM, true));
    start = out->len;
    rollback_view_age(out, world_now_ns(), r->started_ns);
    column_pad(out, start, AGE_WIDTH);
    str_addf(out, "%s  ", out_off(true));
    start = out->len;
    rollback_view_command(out, &r->command, width);
    column_pad(out, start, COMMAND_LEAST);
    str_add(out, "  ");
    if (session_is_over(s))
        rollback_view_counts(out, r->created, r->modified, r->deleted);
    else
        str_addf(out, "%s%s%s", out_on(OUT_WARN, true), rollback_view_state(s), out_off(true));
    if (session_is_over(s) && (!r->has_exit || r->signaled || r->code != 0) && strcmp(r->kind, "restore") != 0) {
        str_addf(out, "  %s(", out_on(OUT_DIM, true));
        rollback_view_exit(out, r);
        str_addf(out, ")%s", out_off(true));
    }
    if (s == SESSION_UNSEALED)
        str_addf(out, "  (%s)", rollback_view_state(s));
    if (review_is_staged(r))
        str_add(out, "  (staged)");
    else if (r->undone)
        str_add(out, "  (taken back)");
    str_addc(out, '\n');
}

/* A tree under its name, and its sessions below it. */
static void add_tree(struct str *out, const struct cmd_context *ctx, const struct session_list *l, const bool *shown, size_t first)
{
    const char *tree = l->item[first].workdir;
    size_t in_tree = 0;
    size_t width = command_width();
    for (size_t j = first; j < l->n; j++)
        in_tree += shown[j] && strcmp(l->item[j].workdir, tree) == 0;
    str_addf(out, "  %s", out_on(OUT_BOLD, true));
    rollback_view_home(out, ctx->world, tree);
    str_addf(out, "%s (%zu session%s)\n", out_off(true), in_tree, in_tree == 1 ? "" : "s");
    for (size_t j = first; j < l->n; j++) {
        if (shown[j] && strcmp(l->item[j].workdir, tree) == 0)
            add_line(out, &l->item[j], session_state_of(ctx->world->state_dir, &l->item[j]), width);
    }
}

static void add_text(struct str *out, const struct cmd_context *ctx, const struct session_list *l, const bool *shown, size_t n)
{
    str_addf(out, "nono %zu session%s\n", n, n == 1 ? "" : "s");
    for (size_t i = 0; i < l->n; i++) {
        bool first = shown[i];
        for (size_t j = 0; j < i && first; j++)
            first = !(shown[j] && strcmp(l->item[j].workdir, l->item[i].workdir) == 0);
        if (first)
            add_tree(out, ctx, l, shown, i);
    }
}

static void add_json(struct str *out, const struct cmd_context *ctx, const struct session_list *l, const bool *shown)
{
    struct json_out o = JSON_OUT_INIT(out);
    json_out_open(&o, NULL, '[');
    for (size_t i = 0; i < l->n; i++) {
        if (shown[i])
            rollback_json_session(&o, NULL, &l->item[i], session_state_of(ctx->world->state_dir, &l->item[i]));
    }
    json_out_close(&o, ']');
}

static int tree_of(const struct cmd_context *ctx, const struct list_args *args, char **ret, struct err *e)
{
    if (args->path)
        return path_lexical(ctx->world->cwd ? ctx->world->cwd : "/", args->path, ret, e);
    if (!ctx->world->cwd && !args->all)
        return err_set(e, ERR_MISSING, "the current directory is gone: use --all or --path");
    *ret = args->all ? NULL : mem_strdup(ctx->world->cwd);
    return 0;
}

static int run(const struct cmd_context *ctx, const void *arguments, struct err *e)
{
    const struct list_args *args = arguments;
    AUTO(session_list_release) struct session_list list = {0};
    AUTO(mem_free_ptr) char *tree = NULL;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    size_t n = 0;
    int rc = tree_of(ctx, args, &tree, e);
    if (rc == 0)
        rc = session_recover(ctx->world->state_dir, tree, e);
    if (rc == 0)
        rc = session_list_read(ctx->world->state_dir, tree, &list, e);
    if (rc < 0)
        return rc;
    AUTO(mem_free_ptr) bool *shown = mem_array(list.n + 1, sizeof(*shown));
    for (size_t i = 0; i < list.n && n < args->recent; i++) {
        shown[i] = is_shown(&list.item[i], session_state_of(ctx->world->state_dir, &list.item[i]), args);
        n += shown[i];
    }
    if (args->json)
        add_json(&text, ctx, &list, shown);
    else
        add_text(&text, ctx, &list, shown, n);
    if (str_check(&text, "the list", e) < 0)
        return e->class;
    if (args->json)
        out_write(text.buf, text.len);
    else if (pager_show(ctx, text.buf, text.len, e) < 0)
        return e->class;
    for (size_t i = 0; i < list.damaged.n; i++)
        out_warn("the record of a session cannot be read: %s", list.damaged.item[i]);
    if (!args->json && n < list.n && !args->all && args->recent == SIZE_MAX)
        out_note("%zu more that changed nothing: --all\n", list.n - n);
    else if (!args->json && n == 0 && list.n == 0 && !args->all)
        out_note("none here; those of every directory: --all\n");
    return CMD_OK;
}

static const struct list_args defaults = {.recent = SIZE_MAX};

static const struct cmd_opt opts[] = {
    UINT(struct list_args, recent, 0, "recent", "N", "Only the newest N"),
    TEXT(struct list_args, path, 0, "path", VAL_DIR, "DIR", "Sessions whose tree is DIR or one above it, instead of the current directory"),
    FLAG(struct list_args, all, 0, "all", "Sessions of every directory, and those that changed nothing"),
    FLAG(struct list_args, json, 0, "json", "Print JSON"),
};

static const char *const examples[] = {
    "nono rollback list", "what was changed in this directory, newest first", "nono rollback list --all --json", "everything, for a script", NULL,
};

const struct cmd cmd_rollback_list = {
    .path = "rollback list",
    .section = "SESSION MANAGEMENT",
    .summary = "List sessions and what they changed",
    .about = "By directory, the newest first, with the command, what it created (+), modified (~) and deleted (-), and how it ended when that was "
             "not well. "
             "A session is running, cut off (nono was killed; the next call closes it), unsealed (over, but its changes are not in the store yet; it "
             "can be "
             "taken back all the same), or completed; taken back is one that a restore undid.",
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .args_init = &defaults,
    .examples = examples,
    .args_size = sizeof(struct list_args),
    .run = run,
};
