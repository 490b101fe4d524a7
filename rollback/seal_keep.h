/* seal_keep: how long journal and stash stay once the store has the states: they make taking back fast and exact to the inode, and cost room. */
#pragma once

#include <stdbool.h>

#include "core/err.h"
#include "rollback/session_place.h"

enum {
    SEAL_KEEP_JOURNALS = 32, /* of the newest sessions */
    SEAL_KEEP_DAYS = 7,
};

/* Drops what is beyond that. Sessions that are not sealed are not touched. */
MUST_CHECK int seal_keep_newest(const struct session_place *p, struct err *e);
/* Held by whoever moves things out of the stash of a session, or drops it. ERR_BUSY without `wait`. */
MUST_CHECK int seal_keep_lock(int session_dir, bool wait, int *ret_fd, struct err *e);
