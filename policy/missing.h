/* missing: which names a directory certainly does not hold, told by one look at all of its names. A home directory is asked for some fifty that it
 * mostly does not have. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { MISSING_BITS = 4096 };
struct missing {
    uint64_t bit[MISSING_BITS / 64]; /* by a mark of each name that is there */
};

/* False where it cannot be told: `directory` is not that object (any more), may not be read, or is long; it is on a file system that finds more names than
 * it lists, such as one of the network; it holds a name beyond ASCII, which may be found by another one where case is folded. */
bool missing_read(const char *directory, dev_t device, ino_t inode, struct missing *ret);
/* Not there, in whatever case. False for a name that cannot be one, and for one beyond ASCII. */
bool missing_has(const struct missing *m, const char *name, size_t len);
