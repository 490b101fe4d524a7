/* restore_range: the changes of several sessions of one tree as one list, as if they were taken back one after the other, the newest first.
 *
 * Per path the state after is that of the newest session that touched it; the state before is that of the oldest that can be reached from
 * there. Where somebody else changed the path between two of them, the older one's change is not what is found: the chain is cut there,
 * and the state that somebody left is where it ends. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "rollback/change.h"
#include "rollback/session.h"

struct restore_span { /* of one change */
    size_t newest, oldest;      /* the sessions its two states come from */
    bool is_cut;                /* somebody changed it before session `oldest` and after session `cut` */
    size_t cut;                 /* the newest session whose change of it is not taken back */
    struct snapshot_node first; /* before the oldest of all that touched it; when cut */
    struct snapshot_node stays; /* a directory that would go: what it was just before, should it hold what others made; type 0: nothing else */
    size_t stays_for;           /* the session that made it */
    size_t touch;               /* last of the touches, 1-based; 0: none */
};
struct restore_touch_of { /* a session that touched a path */
    size_t session;
    size_t next; /* 1-based, 0: no more */
};
struct restore_range {
    struct change_list changes;
    struct restore_span *span; /* one per change */
    struct restore_touch_of *touch;
    size_t n_touches, cap_touches;
};

/* `session` holds `n` of one tree, the latest end first. */
MUST_CHECK int restore_range_make(struct store *s, const struct session_record *session, size_t n, struct restore_range *ret, struct err *e);
void restore_range_release(struct restore_range *r);
/* The session `first` and all that ended after it in the same tree, the latest end first; what changed nothing and what still runs is left
 * out. ERR_BUSY when one of them was cut off and could not be closed, ERR_MISSING when none of them changed anything,
 * ERR_LIMIT beyond SESSION_MAX_UNDOES. */
MUST_CHECK int restore_range_read(const char *state_dir, const struct session_record *first, struct session_list *ret, struct err *e);
