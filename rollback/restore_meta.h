/* restore_meta: owner, attributes, mode and time of one object, put as a snapshot has them. */
#pragma once

#include "core/err.h"
#include "rollback/snapshot.h"

/* `fd` may be O_PATH. What is right already is not touched. Order matters: a change of owner drops set-id bits and capabilities, everything
 * before the time moves ctime only. An owner that may not be put back (ordinary user) leaves the set-id bits off and fails with ERR_DENIED
 * after all else was done. */
MUST_CHECK int restore_meta_put(struct store *s, int fd, const struct snapshot_node *want, struct err *e);
MUST_CHECK int restore_meta_time(int fd, int64_t mtime_ns, struct err *e);
MUST_CHECK int restore_meta_mode(int fd, mode_t mode, struct err *e);
