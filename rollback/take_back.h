/* take_back: the fast way to take a session back while its journal and stash are there and nobody has touched since what it left: by moving things
 * back to where they were, with their inodes, whether it is sealed or not. */
#pragma once

#include <stdbool.h>

#include "core/err.h"
#include "rollback/restore.h"

/* Before restore_apply, and in its place when *ret_done. False, with nothing changed, when that way does not lead there: several sessions, single
 * paths, no journal, something was changed since; then seal_record and restore_apply do it. The plan in the result lists what was done. ERR_BUSY as
 * restore_apply. A restore that is killed is closed by the next call, and what it had not done is then for restore_apply. */
MUST_CHECK int take_back(const struct restore_request *q, struct restore_result *ret, bool *ret_done, struct err *e);
