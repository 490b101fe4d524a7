/* retention_journal: is what an unsealed session needs still there? For the retention files only. */
#pragma once

#include <stddef.h>

#include "core/err.h"
#include "rollback/session.h"
#include "rollback/session_place.h"

/* Reads its journal and looks for each thing in the stash that a record names; *ret_things of them. ERR_CORRUPT and ERR_MISSING: something is damaged
 * or gone. Nothing to check, and 0, while it runs or somebody takes things out of the stash, and once those are back where they were. */
MUST_CHECK int retention_journal_check(const struct session_place *p, const struct session_record *r, size_t *ret_things, struct err *e);
