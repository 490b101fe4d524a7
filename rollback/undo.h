/* undo: takes a session back by its journal, from the last record to the first, through mutate: what it does is journalled in a session of
 * its own and can be undone itself. Directories that were removed come back by rename, with what was in them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "rollback/mutate.h"

#define UNDO_GOES_BACK (UINT64_C(1) << 63) /* in `step` of a record: it belongs to giving up */

struct undo_request {
    int session_dir;          /* of the session that is taken back: has the journal and the stashes, `n_stash` of them */
    const char *journal_name; /* "journal" */
    unsigned n_stash;
    struct mutate *into; /* the session that takes back: begun, or resumed after it was cut off, which then goes on where it was */
    int into_dir;        /* its directory, and its journal there */
    const char *into_name;
    int64_t unchanged_since_ns; /* what has a later change time (ctime) was changed by others; INT64_MAX: do not ask */
};

struct undo_result {
    size_t records;             /* that were taken back */
    char changed[STR_MAX_PATH]; /* what stood in the way; "" when nothing did */
};

enum { UNDO_DONE = 0, UNDO_CHANGED = 1 };

/* UNDO_DONE; UNDO_CHANGED when something that the session touched is not as it left it: then nothing is changed, or everything was put
 * back as it was, and the store knows a way. On an error, too, everything is put back when that can be; `into` says what was done. Killed
 * at any time, it can be gone on with: the same request with the session resumed. */
MUST_CHECK int undo_run(const struct undo_request *r, struct undo_result *ret, struct err *e);
