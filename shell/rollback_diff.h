/* rollback_diff: what changed inside a file, as a unified diff. */
#pragma once

#include <stdbool.h>

#include "core/err.h"
#include "core/str.h"
#include "rollback/change.h"

enum {
    ROLLBACK_DIFF_MAX = 4 * 1024 * 1024, /* bytes of a file that is compared */
    ROLLBACK_DIFF_CONTEXT = 3,
    ROLLBACK_DIFF_EDITS = 2000, /* beyond so many changed lines the whole middle is shown as replaced */
};

/* Appends the diff of one change; nothing for one that has no content. `safe`: control characters are made visible. */
MUST_CHECK int rollback_diff_change(struct store *s, const struct change *c, bool safe, struct str *out, struct err *e);
/* Appends the hunks between two texts. */
void rollback_diff_text(struct view before, struct view after, bool safe, struct str *out);
