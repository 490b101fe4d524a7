/* blocked_parts: what the files of blocked share; nobody else includes it. */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "core/caps.h"
#include "core/err.h"

/* A blocked name in one of the directories. */
struct blocked_name {
    size_t command; /* index in caps->blocked */
    char *path;     /* its directory real */
    char *real;     /* the file; another path than `path` when that is a link */
    char *other;    /* a name of the file that is not blocked, NULL */
    uint64_t device, inode, n_links; /* of the file */
};

struct blocked_names {
    struct blocked_name *item;
    size_t n, cap;
};

void blocked_names_release(struct blocked_names *l);
/* Consumes what `name` owns. */
void blocked_names_add(struct blocked_names *l, struct blocked_name name);

/* The directories in which a command may be found, in order, as they are written: those of caps->search, of a PATH that the policy sets, and the
 * standard ones. */
void blocked_directories(const struct caps *c, struct strlist *ret);
/* blocked_search.c: looks at the file system, whatever the grants say. ERR_IO, ERR_LIMIT. */
MUST_CHECK int blocked_search(const struct caps *c, const struct strlist *directories, struct blocked_names *ret, struct err *e);

/* blocked_memory.c: what the last search for the same names in the same directories found, as long as these have not changed and every name is the
 * same file still. False when there is none. */
bool blocked_recall(const struct caps *c, const struct strlist *directories, struct blocked_names *ret);
/* Failures are left alone: the next run searches again. */
void blocked_remember(const struct caps *c, const struct strlist *directories, const struct blocked_names *names);
