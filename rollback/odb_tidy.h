/* odb_tidy: fewer segments, and none that nobody needs. */
#pragma once

#include "core/err.h"
#include "rollback/odb.h"
#include "rollback/segment_set.h"

/* Makes one segment of many small ones, when there are many. Loses nothing; other users may be at work. */
MUST_CHECK int odb_tidy_merge(int dirfd, struct segment_set *set, struct err *e);
/* Nobody else may use the store. */
MUST_CHECK int odb_tidy_sweep(int dirfd, struct segment_set *set, const struct odb_sweep *how, uint64_t *ret_freed, struct err *e);
