/* seal_count: what a person would count as changed, before anything is read: as change_list counts, but that a file written with the content that it
 * had counts, too. Pure. */
#pragma once

#include <stddef.h>

#include "rollback/seal_pair.h"

struct seal_counts {
    size_t created, modified, deleted;
};
/* Of a pair that has both sides. */
bool seal_is_modified(const struct seal_state *s, const struct seal_pair *p);
/* Of all that lies below `path`. */
void seal_count(const struct seal_state *s, const char *path, struct seal_counts *ret);
