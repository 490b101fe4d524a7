/* browse_restore: taking back what is being looked at. */
#include <stdio.h>

#include "core/mem.h"
#include "core/out.h"
#include "core/progress.h"
#include "rollback/restore.h"
#include "shell/browse_action.h"
#include "shell/browse_session.h"
#include "shell/restore_view.h"

static int show(const struct browse_session *s, const struct restore_view *v, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    restore_view_text(&text, s->ctx->world, v);
    return out_text(&text, "the list", e);
}

/* What a restore would do. */
static int show_plan(const struct browse_session *s, const struct restore_request *q, struct restore_plan *ret, struct err *e)
{
    int rc = restore_plan_make(q, ret, e);
    const struct restore_view view = {.request = q, .plan = ret, .full = true};
    return rc < 0 ? rc : show(s, &view, e);
}

int browse_action_preview(void *session, const struct strlist *words, struct err *e)
{
    struct browse_session *s = session;
    AUTO(strlist_release) struct strlist paths = STRLIST_INIT;
    AUTO(restore_plan_release) struct restore_plan plan = {0};
    struct progress progress = {.is_shown = s->ctx->world->stderr_redraws};
    int rc = browse_session_paths(s, words, &paths, e);
    const struct restore_request q = {.state_dir = s->ctx->world->state_dir, .session = &s->chosen, .n = 1, .paths = &paths, .progress = &progress};
    return rc < 0 ? rc : show_plan(s, &q, &plan, e);
}

/* Conflicts are no success: a script ends there. */
static int report(const struct browse_session *s, const struct restore_request *q, const struct restore_result *result, struct err *e)
{
    const struct restore_plan *p = &result->plan;
    const struct restore_view view = {.request = q, .plan = p, .result = result, .full = true};
    int rc = show(s, &view, e);
    for (size_t i = 0; i < result->failed.n; i++)
        out_warn("%s", result->failed.item[i]);
    if (result->undo.id[0])
        out_note("'undo' takes this back, now; later: nono rollback restore %s\n", result->undo.id);
    size_t left = p->conflicts + p->partly + p->uncovered + result->failed.n;
    return rc == 0 && left > 0 ? err_set(e, ERR_INPUT, "%zu could not be taken back", left) : rc;
}

/* Somebody who is asked is told first. */
static int ask(const struct browse_session *s, const struct restore_request *q, bool *ret_yes, struct err *e)
{
    AUTO(restore_plan_release) struct restore_plan plan = {0};
    *ret_yes = !s->asks;
    if (!s->asks)
        return 0;
    int rc = show_plan(s, q, &plan, e);
    if (rc == 0 && plan.put_back > 0)
        rc = prompt_ask(s->line, "Restore? [y/N] ", ret_yes, e);
    if (rc == 0 && !*ret_yes)
        out_note("nothing was changed\n");
    return rc;
}

static int take_back(struct browse_session *s, const struct session_record *r, const struct strlist *paths, struct err *e)
{
    AUTO(restore_result_release) struct restore_result result = {0};
    struct progress progress = {.is_shown = s->ctx->world->stderr_redraws};
    const struct restore_request q = {.state_dir = s->ctx->world->state_dir, .session = r, .n = 1, .paths = paths, .progress = &progress};
    bool yes = false;
    int rc = ask(s, &q, &yes, e);
    if (rc < 0 || !yes)
        return rc;
    rc = restore_apply(&q, &result, e);
    if (rc == 0 && result.undo.id[0])
        (void)snprintf(s->undo, sizeof s->undo, "%s", result.undo.id);
    return rc < 0 ? rc : report(s, &q, &result, e);
}

int browse_action_restore(void *session, const struct strlist *words, struct err *e)
{
    struct browse_session *s = session;
    AUTO(strlist_release) struct strlist paths = STRLIST_INIT;
    int rc = browse_session_paths(s, words, &paths, e);
    return rc < 0 ? rc : take_back(s, &s->chosen, &paths, e);
}

int browse_action_undo(void *session, const struct strlist *words, struct err *e)
{
    struct browse_session *s = session;
    AUTO(session_record_release) struct session_record r = {0};
    const struct strlist all = STRLIST_INIT;
    (void)words;
    if (s->undo[0] == '\0')
        return err_set(e, ERR_MISSING, "nothing was restored here; 'sessions' lists earlier restores, too");
    int rc = session_read(s->ctx->world->state_dir, s->undo, &r, e);
    return rc < 0 ? rc : take_back(s, &r, &all, e);
}
