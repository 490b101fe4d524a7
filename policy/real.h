/* real: where a path really is, for many paths at once: what was looked at is remembered, so that most paths cost one system call
 * and none that is asked for twice. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct real {
    char *path;  /* clean; links resolved as far as the path exists */
    char *link;  /* when the last component is a link: its own path, its parent resolved; NULL otherwise */
    bool exists; /* what the path leads to, not the link */
    bool is_dir;
    dev_t device; /* of what the path leads to; 0 below /proc/self and for "/" */
    ino_t inode;
    int sys; /* errno value when it does not exist or cannot be reached */
};

struct missing;

struct real_known {
    char *path; /* as it was asked for, not terminated; the same as that of `real` where it is its own answer */
    size_t len;
    uint32_t mark; /* of the path, to find it by */
    uint32_t n_missing; /* names looked for in it in vain */
    struct real real;
};

enum {
    REAL_MAX_LINKS = 40, /* within one another, as in the kernel */
    REAL_MAX_MISSES = 8, /* in one directory, before all of its names are looked at */
};

struct real_cache {
    struct real_known *known;
    size_t n, cap;
    uint32_t *slot; /* number of a known path, from 1; open addressing, less than half full */
    size_t n_slots; /* a power of two */
    size_t depth; /* links being followed */
    struct missing *missing; /* of one directory: the first that was asked in vain often enough */
    size_t listed; /* its number, from 1; 0: none yet */
};

void real_cache_release(struct real_cache *c);
void real_release(struct real *r);
/* `path` is clean. Names that mean something else in every process (/proc/self, /dev/fd, /dev/stdin…) come back as below
 * /proc/self, not as this process: whoever opens them must be the process they are meant for. */
void real_find(struct real_cache *c, const char *path, struct real *ret);
