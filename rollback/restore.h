/* restore: takes a session back. Three-way per path: where the tree is still as the command left it, the state before is put back; where
 * somebody changed it since, that is a conflict and stays. Itself a session, hence undoable; can be killed at any instant and run again. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/str.h"
#include "rollback/change.h"
#include "rollback/session.h"

enum restore_verdict {
    RESTORE_PUT_BACK,  /* will be / was restored */
    RESTORE_DONE,      /* is already as before */
    RESTORE_CONFLICT,  /* changed since by somebody else: left as it is */
    RESTORE_UNCOVERED, /* the state before is not known (unreadable at the time) */
    RESTORE_FAILED,    /* could not be put back; restore_result.failed says why */
};

struct restore_step {
    const struct change *change; /* borrowed from the plan */
    enum restore_verdict verdict;
};

struct restore_plan {
    struct change_list changes;
    struct restore_step *step; /* one per change */
    size_t n;
    size_t put_back, done, conflicts, uncovered; /* visible ones */
};

/* Looks, changes nothing. `paths` limits it to these clean absolute paths and what is below them; NULL: all. ERR_INPUT when the session's state
 * after is not known yet, or a path lies outside its tree; ERR_MISSING when the tree is gone, ERR_DENIED when another directory has its name. */
MUST_CHECK int restore_plan_make(const char *state_dir, const struct session_record *r, const struct strlist *paths, struct restore_plan *ret,
                                 struct err *e);
void restore_plan_release(struct restore_plan *p);

struct restore_result {
    struct session_record undo; /* the restore's own session; its id is "" when there was nothing to put back */
    struct restore_plan plan;   /* with the verdicts as they turned out */
    size_t put_back, conflicts, uncovered;
    struct strlist failed; /* "path: reason", quoted for a terminal */
};
/* ERR_BUSY when a session of the same tree is still running and not `force`, which also accepts another directory of the same name. Each
 * path is decided again at the moment it is changed: what changed since the plan is a conflict, too. When all of the session is taken
 * back, its record says `undone`, and the session that a taken-back restore had undone is in force again. */
MUST_CHECK int restore_apply(const char *state_dir, const struct session_record *r, const struct strlist *paths, bool force,
                             struct restore_result *ret, struct err *e);
void restore_result_release(struct restore_result *r);
