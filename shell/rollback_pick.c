/* rollback_pick: finds the session a command is about. */
#include "shell/rollback_pick.h"

#include <string.h>

#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "rollback/capture_review.h"
#include "rollback/restore_range.h"
#include "rollback/seal.h"

static bool looks_like_id(const char *word)
{
    return *word != '\0' && *word != '-' && word[strspn(word, "0123456789-")] == '\0';
}

static bool fits(const struct session_record *r, enum rollback_want want)
{
    bool changed = r->created + r->modified + r->deleted > 0;
    if (!changed || r->ended_ns == 0)
        return false;
    if (want == ROLLBACK_STAGED)
        return review_is_staged(r);
    return want == ROLLBACK_LATEST || (!r->undone && strcmp(r->kind, "restore") != 0);
}

static int none_found(const char *cwd, size_t n, enum rollback_want want, struct err *e)
{
    AUTO(mem_free_ptr) char *shown = quote_term_dup(cwd);
    if (n == 0)
        return err_set(e, ERR_MISSING, "no session ran in %s; 'nono rollback list --all' shows those of other directories", shown);
    if (want == ROLLBACK_STAGED)
        return err_set(e, ERR_MISSING, "nothing waits to be kept in %s; name a session of 'nono rollback list --all'", shown);
    if (want == ROLLBACK_UNDO)
        return err_set(e, ERR_MISSING, "nothing is left to take back in %s; name a session of 'nono rollback list --all' to go further", shown);
    return err_set(e, ERR_MISSING, "no session in %s changed anything; 'nono rollback list --all' shows them", shown);
}

/* Taking back an older one instead would undo what nobody asked about. */
static int cut_off(const struct session_record *r, struct err *e)
{
    return err_set(e, ERR_BUSY,
                   "session %s was cut off and what it changed cannot be read now (a full disk, a file that is being written?); "
                   "mend that and try again, or name an older session",
                   r->id);
}

int rollback_pick(const struct cmd_context *ctx, const struct strlist *operands, enum rollback_want want, struct session_record *ret,
                  size_t *ret_used, struct err *e)
{
    const struct world *w = ctx->world;
    AUTO(session_list_release) struct session_list list = {0};
    AUTO(strlist_release) struct strlist ended = STRLIST_INIT; /* restores that were killed, and done with by now: the same is asked for again */
    int rc = session_recover_telling(w->state_dir, &ended, e);
    if (rc < 0)
        return rc;
    *ret_used = 0;
    if (operands->n > 0 && looks_like_id(operands->item[0])) {
        *ret_used = 1;
        rc = session_read(w->state_dir, operands->item[0], ret, e);
        return rc < 0 || want == ROLLBACK_UNDO ? rc : seal_record(w->state_dir, ret, e);
    }
    if (!w->cwd)
        return err_set(e, ERR_MISSING, "the current directory is gone: name a session of 'nono rollback list --all'");
    rc = session_list_read(w->state_dir, w->cwd, &list, e);
    for (size_t i = 0; rc == 0 && i < list.n; i++) {
        if (session_state_of(w->state_dir, &list.item[i]) == SESSION_CUT_OFF)
            return cut_off(&list.item[i], e);
        if (fits(&list.item[i], want) || (want == ROLLBACK_UNDO && strlist_has(&ended, list.item[i].id))) {
            *ret = list.item[i];
            list.item[i] = (struct session_record){0};
            return want == ROLLBACK_UNDO ? 0 : seal_record(w->state_dir, ret, e);
        }
    }
    return rc < 0 ? rc : none_found(w->cwd, list.n, want, e);
}

int rollback_pick_since(const struct cmd_context *ctx, const char *id, const struct strlist *operands, struct session_list *ret, struct err *e)
{
    const char *state_dir = ctx->world->state_dir;
    AUTO(session_record_release) struct session_record first = {0};
    if (operands->n > 0 && session_id_is_valid(operands->item[0]))
        return err_set(e, ERR_USAGE, "name one session: either --since %s, or %s alone", id, operands->item[0]);
    int rc = seal_all(state_dir, e);
    if (rc == 0)
        rc = session_read(state_dir, id, &first, e);
    if (rc == 0)
        rc = seal_record(state_dir, &first, e);
    if (rc == 0 && !first.has_after)
        rc = session_state_of(state_dir, &first) == SESSION_CUT_OFF
                 ? cut_off(&first, e)
                 : err_set(e, ERR_BUSY, "session %s is still running; wait for it", first.id);
    if (rc == 0)
        rc = restore_range_read(state_dir, &first, ret, e);
    return rc;
}

int rollback_pick_only(const struct cmd_context *ctx, const struct strlist *operands, struct session_record *ret, struct err *e)
{
    size_t used = 0;
    if (operands->n > 0 && !looks_like_id(operands->item[0])) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(operands->item[0]);
        return err_set(e, ERR_USAGE, "'%s' is not a session id; 'nono rollback list' names them", shown);
    }
    return rollback_pick(ctx, operands, ROLLBACK_LATEST, ret, &used, e);
}

static int add_path(const struct cmd_context *ctx, const char *text, struct strlist *ret, struct err *e)
{
    char *path = NULL;
    if (*text != '/' && !ctx->world->cwd)
        return err_set(e, ERR_MISSING, "the current directory is gone: name absolute paths");
    int rc = path_lexical(ctx->world->cwd ? ctx->world->cwd : "/", text, &path, e);
    if (rc == 0)
        strlist_add_take(ret, path);
    return rc;
}

int rollback_pick_paths(const struct cmd_context *ctx, const struct strlist *operands, size_t first, const struct strlist *more, struct strlist *ret,
                        struct err *e)
{
    int rc = 0;
    for (size_t i = first; rc == 0 && i < operands->n; i++)
        rc = add_path(ctx, operands->item[i], ret, e);
    for (size_t i = 0; rc == 0 && i < more->n; i++)
        rc = add_path(ctx, more->item[i], ret, e);
    return rc;
}
