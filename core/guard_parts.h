/* guard_parts: what the files of guard share; nobody else includes it. */
#pragma once

#include "core/guard.h"

/* What lies between two '/' of a path. */
struct guard_name {
    const char *at;
    size_t len;
};

enum guard_fit { GUARD_NO_FIT, GUARD_FITS, GUARD_FITS_ABOVE /* something below would */ };

/* How a pattern that is not ".git" fits a path of a directory granted at `root` (its first so many bytes). `ret_base`: the directory in which the
 * pattern begins; 0 for one that is absolute. */
enum guard_fit guard_fit(const char *pattern, const char *path, size_t root, size_t *ret_base);
