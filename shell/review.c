/* review: runs whose changes wait until somebody keeps them. */
#include "shell/review.h"

#include <string.h>

#include "core/layer.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/path.h"
#include "core/quote.h"
#include "rollback/capture_review.h"
#include "shell/banner.h"
#include "shell/line.h"
#include "shell/rollback_changes.h"
#include "shell/rollback_view.h"

enum { MAX_SHOWN = 30 };

int review_begin(struct sandbox *s, const struct session *session, struct err *e)
{
    AUTO(mem_free_ptr) char *stage = review_stage(session);
    if (s->caps.level != CAPS_LEVEL_FULL)
        return err_set(e, ERR_KERNEL, "--review needs namespaces, which cannot be made here ('nono setup --check-only' says why)");
    if (layer_test(s->workdir, stage, e) < 0)
        return err_add(e, "--review is not to be had here");
    mem_free(s->caps.stage);
    s->caps.stage = take_ptr(&stage);
    return 0;
}

void review_warn(const struct sandbox *s)
{
    AUTO(mem_free_ptr) char *workdir = quote_term_dup(s->workdir);
    out_note(
        "  review  nothing reaches %s until you keep it; other places are written at once. Other programs do not see the changes meanwhile;\n"
        "          directories that were there before are moved by copying, hard links among files that were there part, git clone --local fails.\n",
        workdir);
}

static void tell(const struct session_record *r)
{
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    banner_changes(r, &line);
    out_note("  nono %s, not kept yet: nono rollback show|keep|discard %s\n", line.buf, r->id);
}

int review_report(const struct cmd_context *ctx, const struct session_record *r, const struct restore_result *result)
{
    const struct restore_plan *p = &result->plan;
    size_t left = p->conflicts + p->partly + p->uncovered + result->failed.n;
    (void)ctx;
    for (size_t i = 0; i < p->n; i++) {
        if (p->step[i].verdict != RESTORE_CONFLICT && p->step[i].verdict != RESTORE_UNCOVERED)
            continue;
        AUTO(mem_free_ptr) char *path = quote_term_dup(p->step[i].change->path);
        out_warn("%s was changed by somebody else since the command began: left as it is, and still staged", path);
    }
    for (size_t i = 0; i < result->failed.n; i++)
        out_warn("%s", result->failed.item[i]);
    out_print("kept %zu change%s\n", p->put_back, p->put_back == 1 ? "" : "s");
    if (result->undo.id[0])
        out_note("take back: nono rollback restore %s\n", result->undo.id);
    if (left > 0)
        out_note("%zu left in session %s: nono rollback diff %s\n", left, r->id, r->id);
    return left > 0 ? CMD_OTHER : CMD_OK;
}

static int keep(const struct cmd_context *ctx, const struct session_record *r, const struct strlist *paths, struct err *e)
{
    AUTO(restore_result_release) struct restore_result result = {0};
    int rc = review_keep(ctx->world->state_dir, r, paths, &result, e);
    return rc < 0 ? rc : review_report(ctx, r, &result);
}

static bool is_answer(const char *answer, const char *word)
{
    return strcmp(answer, word) == 0 || (answer[0] == word[0] && answer[1] == '\0');
}

static bool is_whole_directory(const struct change *c)
{
    return (c->kind == CHANGE_CREATED && c->after.type == SNAPSHOT_DIR) || (c->kind == CHANGE_DELETED && c->before.type == SNAPSHOT_DIR);
}

/* One change after the other; a directory that came or went is asked about once, with all that is in it. */
static int choose(const struct rollback_changes *c, struct line *line, struct strlist *ret, struct err *e)
{
    const struct strlist all = STRLIST_INIT;
    const char *decided = NULL;
    for (size_t i = 0; i < c->list.n; i++) {
        const struct change *change = &c->list.item[i];
        AUTO(str_release) struct str question = STR_INIT(STR_MAX_LINE);
        AUTO(mem_free_ptr) char *answer = NULL;
        if (!rollback_changes_is_shown(c, &all, i) || (decided && change_path_within(change->path, decided)))
            continue;
        rollback_view_change(&question, change);
        str_add(&question, ": keep? [y/N/q] ");
        int rc = line_read(line, question.buf, &answer, e);
        if (rc < 0)
            return rc;
        if (rc == 0 || is_answer(answer, "quit"))
            return 0;
        decided = is_whole_directory(change) ? change->path : decided;
        if (!is_answer(answer, "yes") && strcmp(answer, "Y") != 0)
            continue;
        strlist_add_take(ret, path_join(c->record->workdir, change->path));
        if (c->renames[i].other >= 0) /* what it was before goes with it */
            strlist_add_take(ret, path_join(c->record->workdir, c->list.item[c->renames[i].other].path));
    }
    return 0;
}

static int keep_some(const struct cmd_context *ctx, const struct rollback_changes *c, struct line *line, struct err *e)
{
    AUTO(strlist_release) struct strlist paths = STRLIST_INIT;
    int rc = choose(c, line, &paths, e);
    if (rc < 0)
        return rc;
    if (paths.n > 0)
        return keep(ctx, c->record, &paths, e);
    tell(c->record);
    return 0;
}

static int discard(const struct cmd_context *ctx, const struct session_record *r, struct err *e)
{
    int rc = review_discard(ctx->world->state_dir, r, e);
    if (rc == 0)
        out_note("discarded\n");
    return rc;
}

static int ask(const struct cmd_context *ctx, const struct rollback_changes *c, struct err *e)
{
    const struct line_settings settings = {.world = ctx->world};
    struct line line = {.settings = &settings};
    for (;;) {
        AUTO(mem_free_ptr) char *answer = NULL;
        int rc = line_read(&line, "Keep? [a]ll, [s]ome, [d]iscard, [l]ater: ", &answer, e);
        if (rc < 0)
            return rc;
        if (rc == 0 || is_answer(answer, "later"))
            break;
        if (is_answer(answer, "all"))
            return keep(ctx, c->record, NULL, e);
        if (is_answer(answer, "some"))
            return keep_some(ctx, c, &line, e);
        if (is_answer(answer, "discard"))
            return discard(ctx, c->record, e);
    }
    tell(c->record);
    return 0;
}

int review_end(const struct cmd_context *ctx, const struct session_record *r, bool quiet, struct err *e)
{
    AUTO(rollback_changes_release) struct rollback_changes changes = {0};
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    const struct strlist all = STRLIST_INIT;
    if (!review_is_staged(r))
        return 0;
    if (quiet || out_is_silent() || !ctx->world->stdin_tty || !ctx->world->stderr_tty) {
        tell(r);
        return 0;
    }
    int rc = rollback_changes_open(ctx, r, &changes, e);
    if (rc < 0)
        return rc;
    (void)rollback_changes_list(&changes, &all, MAX_SHOWN, &text);
    out_note("%s", text.buf);
    rc = ask(ctx, &changes, e);
    return rc < 0 ? rc : 0;
}
