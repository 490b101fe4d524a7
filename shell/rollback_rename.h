/* rollback_rename: which of a session's created files are deleted ones under another name. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "rollback/change.h"

struct rollback_rename {
    ptrdiff_t other; /* index of the other half; -1: it was not renamed */
    bool is_told;    /* another line speaks for it: it is the deleted half, or in a directory that was renamed as a whole */
};
/* One for each change. Only what kept its content counts: a file that is not empty, and a directory in which nothing came, went or changed,
 * together with all that is in it. Caller owns. */
struct rollback_rename *rollback_renames(const struct change_list *l);
/* Files, links and empty directories that were renamed. */
size_t rollback_rename_count(const struct change_list *l, const struct rollback_rename *renames);
