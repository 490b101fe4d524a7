/* placeholder: something to mount over where a denied path does not exist, so that the command cannot make it exist. An empty file without any
 * permission, and the missing directories above it.
 *
 * Each is journalled in a private directory before it is made and removed when the last command that needs it has ended, unless somebody put something
 * else in its place or into it meanwhile. What a killed nono left behind is removed by the next placeholder_hold. */
#pragma once

#include "core/caps.h"
#include "core/err.h"

struct placeholder_claim {
    char *name; /* of the journal entry */
    int fd;     /* on it, with a shared lock for as long as the command runs */
};

struct placeholders {
    int dirfd; /* -1: none are held */
    struct placeholder_claim *claim;
    size_t n, cap;
};
#define PLACEHOLDERS_INIT {.dirfd = -1}

/* Makes what caps->mask wants and holds what other commands made and this one relies on. `dir` is the journal, created when it is needed. An absent path that
 * this user could not create is taken from the masks: the command cannot either. What was there when the masks were decided and has gone since is made
 * as well. ERR_IO, also when the directory above belongs to this user and is not writable: the command could change that. */
MUST_CHECK int placeholder_hold(const char *dir, struct caps *c, struct placeholders *ret, struct err *e);
void placeholder_release(struct placeholders *p);
