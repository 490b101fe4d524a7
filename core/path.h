/* path: clean absolute paths. "Clean" means: starts with '/', no empty, "." or ".." component, no trailing '/'
 * (but "/" itself), shorter than STR_MAX_PATH. Functions here never look at the file system, but path_resolve. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

bool path_is_clean(const char *path);
/* Makes `text` clean, relative to the clean `base`, ".." taken lexically. ERR_INPUT: empty, or too long. */
MUST_CHECK int path_lexical(const char *base, const char *text, char **ret_path, struct err *e);
/* The same without memory of its own; false when it is empty or too long. `ret` holds STR_MAX_PATH bytes. */
bool path_lexical_into(const char *base, const char *text, char *ret);
/* Opens (O_PATH) a clean path that has no link on it, and is therefore the real one; -1 with errno, EINVAL when it is not clean. The caller closes. */
int path_open_real(const char *path);
/* Opens `text` with O_PATH|O_CLOEXEC, following links, and says where that object really is. The descriptor is what a
 * Landlock rule must be given, so that name and object cannot part. ERR_MISSING, ERR_DENIED, ERR_IO. */
MUST_CHECK int path_resolve(const char *text, int *ret_fd, char **ret_path, struct err *e);
/* What follows `prefix` in `path`, without leading '/', "" when equal; NULL when not within. Points into `path`. Both clean. */
const char *path_below(const char *path, const char *prefix);
/* True when `path` is `prefix` or lies below it; whole components. Both clean. Most pairs of paths part at their first letter. */
static inline bool path_is_within(const char *path, const char *prefix)
{
    return prefix[0] == path[0] && (prefix[1] == path[1] || prefix[1] == '\0') && path_below(path, prefix) != NULL;
}
char *path_join(const char *dir, const char *name); /* caller owns; no check of length */
char *path_parent(const char *path);                /* caller owns; parent of "/" is "/" */
const char *path_base(const char *path);            /* last component; points into `path` */
