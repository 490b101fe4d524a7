/* seal: turns what the journal and the stash of a session say into two snapshots in the store, which last, and serve everything that works on
 * sessions: only what was touched is in them, and the directories above it. Needs the store. Can be killed at any instant and begun again. */
#pragma once

#include <stdbool.h>

#include "core/err.h"
#include "rollback/session.h"

/* Seals one; does nothing when there is nothing to seal. ERR_BUSY when another process does it and not `wait`. What the session left and somebody
 * changed since is marked as not covered, with a note in the record. */
MUST_CHECK int seal_session(const char *state_dir, const char *id, bool wait, struct err *e);
/* The same, and reads the record as it is then. */
MUST_CHECK int seal_record(const char *state_dir, struct session_record *r, struct err *e);
/* Closes what was cut off and seals all that is over, the newest first. One that cannot be sealed waits for the next call. */
MUST_CHECK int seal_all(const char *state_dir, struct err *e);
/* The same, where nobody asked for it: session_recover_unasked. */
MUST_CHECK int seal_all_unasked(const char *state_dir, struct err *e);
/* That for a process that nobody waits for: one is enough, which looks again before it ends. Nothing to do while another is at work. */
MUST_CHECK int seal_all_alone(const char *state_dir, struct err *e);
/* One is, and will see every session whose marker is there by now. */
bool seal_is_at_work(const char *state_dir);
