/* draft: whether the text of a profile would work, before it is saved. */
#pragma once

#include "core/err.h"
#include "core/world.h"
#include "policy/extend.h"

/* 0 when the draft is a profile that a run could be started with in the current directory, or one that waits for a later version: where this one cannot
 * hold what the draft asks of the network, `ret_refused` (may be NULL) says so and the rest is resolved all the same; caller owns it, NULL otherwise.
 * Fails as resolve_caps and resolve_seal do. */
MUST_CHECK int draft_check(const struct world *w, const struct extend_draft *d, char **ret_refused, struct err *e);
