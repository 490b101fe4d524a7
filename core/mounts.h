/* mounts: what /proc/self/mountinfo (proc(5)) says about where one object can be seen. */
#pragma once

#include "core/err.h"
#include "core/str.h"

/* Appends every other path at which `path` (clean, real) is visible through a bind mount. A file system that is mounted twice counts as well.
 * ERR_IO, ERR_LIMIT. */
MUST_CHECK int mounts_aliases(const char *path, struct strlist *ret, struct err *e);
/* The same from the text of a mountinfo file. */
void mounts_aliases_in(const char *mountinfo, const char *path, struct strlist *ret);
