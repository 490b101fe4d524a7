/* trace_place: where a path of a sandboxed process leads, looked up as that process would. Seam inside trace; nobody else includes it. */
#pragma once

#include <stdbool.h>

#include "core/notify.h"
#include "core/str.h"

struct trace_place {
    char path[STR_MAX_PATH]; /* clean; real as far as it exists */
    int fd;                  /* O_PATH; -1 when it is not there, or below /proc/self */
    int sys;                 /* errno value of the whole path, 0 when it is there */
    bool lacks_last;         /* it is not there, and its directory is */
};
#define TRACE_PLACE_INIT \
    { \
        .fd = -1 \
    }
void trace_place_release(struct trace_place *p);

/* `dirfd` as in openat(2); `text` is the caller's, and used up. False when nothing can be said: the caller is gone, the path leads to what the caller has open
 * (/dev/fd), or is made of more than this knows. */
enum trace_place_how {
    TRACE_PLACE_FOLLOW = 1 << 0,     /* the last name when it is a link */
    TRACE_PLACE_FOUND_ONLY = 1 << 1, /* what is not there has its path as it was written, and lacks_last is not set */
};
bool trace_place_find(const struct notify_call *c, int dirfd, char text[STR_MAX_PATH], unsigned how, struct trace_place *ret);
/* From now on each caller may have a root directory of its own. */
void trace_place_roots_differ(void);
/* Of a descriptor of the caller. */
bool trace_place_of_fd(const struct notify_call *c, int fd, struct trace_place *ret);
