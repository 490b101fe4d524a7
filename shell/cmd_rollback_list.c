/* nono rollback list: the sessions that can be looked at and taken back. */
#include <string.h>

#include "core/json.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/path.h"
#include "core/quote.h"
#include "core/world.h"
#include "shell/commands.h"
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

static void add_line(struct str *out, const struct session_record *r, enum session_state s)
{
    str_addf(out, "    %-22s  ", r->id);
    size_t start = out->len;
    rollback_view_age(out, world_now_ns(), r->started_ns);
    for (size_t n = out->len - start; n < 10; n++)
        str_addc(out, ' ');
    str_add(out, "  ");
    start = out->len;
    rollback_view_command(out, &r->command, ROLLBACK_COMMAND_WIDTH);
    for (size_t n = out->len - start; n < 24; n++)
        str_addc(out, ' ');
    str_add(out, "  ");
    if (session_is_over(s))
        rollback_view_counts(out, r->created, r->modified, r->deleted);
    else
        str_add(out, rollback_view_state(s));
    if (r->undone)
        str_add(out, "  (taken back)");
    str_addc(out, '\n');
}

static void add_text(struct str *out, const struct cmd_context *ctx, const struct session_list *l, const bool *shown, size_t n)
{
    str_addf(out, "nono %zu session%s\n", n, n == 1 ? "" : "s");
    for (size_t i = 0; i < l->n; i++) {
        bool first = shown[i];
        size_t in_tree = 0;
        for (size_t j = 0; j < i && first; j++)
            first = !(shown[j] && strcmp(l->item[j].workdir, l->item[i].workdir) == 0);
        if (!first)
            continue;
        for (size_t j = i; j < l->n; j++)
            in_tree += shown[j] && strcmp(l->item[j].workdir, l->item[i].workdir) == 0;
        str_add(out, "  ");
        rollback_view_home(out, ctx->world, l->item[i].workdir);
        str_addf(out, " (%zu session%s)\n", in_tree, in_tree == 1 ? "" : "s");
        for (size_t j = i; j < l->n; j++) {
            if (shown[j] && strcmp(l->item[j].workdir, l->item[i].workdir) == 0)
                add_line(out, &l->item[j], session_state_of(ctx->world->state_dir, &l->item[j]));
        }
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
    out_write(text.buf, text.len);
    for (size_t i = 0; i < list.damaged.n; i++)
        out_warn("the record of a session cannot be read: %s", list.damaged.item[i]);
    if (!args->json && n < list.n && !args->all && args->recent == SIZE_MAX)
        out_note("%zu more that changed nothing: --all\n", list.n - n);
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
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .args_init = &defaults,
    .examples = examples,
    .args_size = sizeof(struct list_args),
    .run = run,
};
