/* review: staged changes are kept by taking them back the other way round. */
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "rollback/capture_review.h"
#include "rollback/restore.h"
#include "rollback/session_own.h"

static int check(const struct session_record *r, struct err *e)
{
    if (review_is_staged(r))
        return 0;
    return err_set(e, ERR_INPUT, "session %s is not staged: what it changed is in the tree, or was taken back", r->id);
}

/* Its own session is one like that of the command: not the restore of anything. */
static int rename_session(const char *state_dir, const struct session_record *staged, struct session_record *own, struct err *e)
{
    mem_free(own->kind);
    mem_free(own->undoes);
    own->kind = mem_strdup("keep");
    own->undoes = NULL;
    strlist_release(&own->command);
    for (size_t i = 0; i < staged->command.n; i++)
        strlist_add(&own->command, staged->command.item[i]);
    return session_record_write(state_dir, own, e);
}

int review_keep(const char *state_dir, const struct session_record *r, const struct strlist *paths, struct restore_result *ret, struct err *e)
{
    struct session_record turned = *r;
    turned.before = r->after;
    turned.after = r->before;
    const struct restore_request q = {.state_dir = state_dir, .session = &turned, .n = 1, .paths = paths};
    int rc = check(r, e);
    if (rc == 0)
        rc = restore_apply(&q, ret, e);
    if (rc == 0 && ret->undo.id[0])
        rc = rename_session(state_dir, r, &ret->undo, e);
    bool is_whole = (!paths || paths->n == 0) && ret->plan.conflicts + ret->plan.partly + ret->plan.uncovered + ret->failed.n == 0;
    return rc == 0 && is_whole ? review_discard(state_dir, r, e) : rc;
}

int review_discard(const char *state_dir, const struct session_record *r, struct err *e)
{
    AUTO(session_place_close) struct session_place place = SESSION_PLACE_INIT;
    AUTO(mem_close_fd) int dir = -1;
    AUTO(mem_close_fd) int lock = -1;
    int rc = check(r, e);
    if (rc == 0)
        rc = session_place_open(state_dir, false, &place, e);
    if (rc == 0)
        rc = session_place_take(&place, r->id, &dir, &lock, e);
    return rc == 0 ? session_place_remove(&place, r->id, e) : rc;
}
