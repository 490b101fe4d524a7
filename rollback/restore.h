/* restore: takes sessions back. Three-way per path: where the tree is still as the command left it, the state before is put back; where
 * somebody changed it since, that is a conflict, and the request says what becomes of it. Itself a session, hence undoable; can be killed
 * at any instant and run again. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/progress.h"
#include "core/str.h"
#include "rollback/change.h"
#include "rollback/session.h"

enum restore_verdict {
    RESTORE_PUT_BACK,  /* will be / was restored */
    RESTORE_DONE,      /* is already as before */
    RESTORE_PARTLY,    /* put back only as somebody left it between two of the sessions: a conflict with the older one */
    RESTORE_CONFLICT,  /* changed since by somebody else: left as it is */
    RESTORE_UNCOVERED, /* the state before is not known (unreadable at the time) */
    RESTORE_FAILED,    /* could not be put back; restore_result.failed says why */
};

/* What becomes of a conflict. */
enum restore_conflicts {
    RESTORE_KEEP,   /* the later edit stays */
    RESTORE_BEFORE, /* the state before is put back; the later edit is in the restore's own session */
    RESTORE_BOTH,   /* the later edit stays, the state before is written beside it under a name that is free */
};
extern const char *const restore_conflicts_names[]; /* in that order, NULL-terminated */

struct restore_request {
    const char *state_dir;
    const struct session_record *session; /* `n` of one tree, the latest end first (restore_range_read) */
    size_t n;
    const struct strlist *paths; /* only these clean absolute paths and what is below them; NULL or empty: all */
    enum restore_conflicts conflicts;
    bool force;                /* also beside a running session, and in another directory of the same name */
    struct progress *progress; /* NULL: none */
};

struct restore_step {
    const struct change *change; /* borrowed from the plan */
    enum restore_verdict verdict;
    bool is_over;   /* it goes over a later edit (RESTORE_BEFORE) */
    char *beside;   /* where the state before is written (RESTORE_BOTH), relative to the tree; NULL */
    size_t session; /* PARTLY, or CONFLICT where is_between: index of the session that is not taken back */
    bool is_between; /* somebody changed it after that session and before a newer one */
};

struct restore_plan {
    struct change_list changes;
    struct restore_step *step; /* one per change */
    size_t n;
    size_t put_back, done, partly, conflicts, uncovered, over; /* visible ones; `over` are put back, too */
    /* For the restore files. */
    struct restore_span *span; /* one per change */
    struct restore_touch_of *touch;
};

/* Looks, changes nothing. ERR_INPUT when a session's state after is not known yet, or a path lies outside its tree; ERR_MISSING when the tree
 * is gone, ERR_DENIED when another directory has its name. */
MUST_CHECK int restore_plan_make(const struct restore_request *q, struct restore_plan *ret, struct err *e);
void restore_plan_release(struct restore_plan *p);

struct restore_result {
    struct session_record undo; /* the restore's own session; its id is "" when there was nothing to put back */
    struct restore_plan plan;   /* with the verdicts as they turned out */
    struct strlist failed;      /* "path: reason", quoted for a terminal */
};
/* ERR_BUSY when a session of the same tree is still running and not `force`. Each path is decided again at the moment it is changed: what
 * changed since the plan is a conflict, too. The record of each session that is taken back wholly says `undone`, and what a taken-back
 * restore had undone is in force again. */
MUST_CHECK int restore_apply(const struct restore_request *q, struct restore_result *ret, struct err *e);
void restore_result_release(struct restore_result *r);
