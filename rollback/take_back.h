/* take_back: the fast way to take a session back while its journal and stash are there and nobody has touched since what it left: by moving things
 * back to where they were, with their inodes, whether it is sealed or not. */
#pragma once

#include <stdbool.h>

#include "core/err.h"
#include "rollback/restore.h"

/* Before restore_apply, and in its place when *ret_done. False, with nothing changed, when that way does not lead there: several sessions, single
 * paths, no journal, something was changed since; then seal_record and restore_apply do it. The plan in the result lists what was done. ERR_BUSY as
 * restore_apply. Killed, it is gone on with by the next call of nono rollback (take_back_resume). */
MUST_CHECK int take_back(const struct restore_request *q, struct restore_result *ret, bool *ret_done, struct err *e);
/* Goes on with one that was cut off, whose own session is `into` (session_adopt), to its end, and closes that. False when somebody has been at work
 * since in what it is about, or runs there now, or it could not be done: then `into` is as it was, to be closed late. The record of the session that is
 * taken back says `undone`. */
bool take_back_resume(struct session *into);
