/* mounts: what /proc/self/mountinfo (proc(5)) says about where one object can be seen. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

enum { MOUNTS_MAX_TEXT = 4 * 1024 * 1024 }; /* of the file */

/* ERR_IO, ERR_LIMIT. */
MUST_CHECK int mounts_read(struct str *ret, struct err *e);
/* The same as this process read it first: making that text takes the kernel longer than most of what starts a command. *ret lives as long as the
 * process. On the main thread, and for what is decided before a command starts: what is mounted later is not in it. */
MUST_CHECK int mounts_known(const char **ret, struct err *e);

/* True when what is seen at `path`, or at the directory it would be made in, belongs to the mount with this number. */
typedef bool mounts_test(const char *path, uint64_t id);
/* Asks the kernel; true when it does not say. */
mounts_test mounts_is_shown;

/* Appends every other path at which `known` (clean, real), or something below it, is visible through a bind mount. A file system that is mounted
 * twice counts as well. `known` need not exist. */
void mounts_aliases(const char *mountinfo, const char *known, mounts_test *is_shown, struct strlist *ret);
/* True when something is mounted below `path` (clean, real). */
bool mounts_any_below(const char *mountinfo, const char *path);
