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
bool trace_place_find(const struct notify_call *c, int dirfd, char text[STR_MAX_PATH], bool follow, struct trace_place *ret);
/* Of a descriptor of the caller. */
bool trace_place_of_fd(const struct notify_call *c, int fd, struct trace_place *ret);
