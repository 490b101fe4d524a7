/* inherited: descriptors of the caller that the command is to find open as well; all others are closed. A descriptor is a grant. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

enum {
    INHERITED_FIRST = 3, /* those below are always the command's */
    INHERITED_MAX = 64,
};

struct inherited {
    int fd[INHERITED_MAX]; /* ascending, each once */
    size_t n;
};

/* Adds `fd` when it leads no further than to what it was opened for: an ordinary file (whose mode and times its owner may change through
 * it), a pipe, or a connected or listening stream socket, which with `blocks_network` is none of the network. ERR_INPUT says why it is
 * refused: a directory opens all that is below it, and a socket that can still be connected reaches whatever it likes. Call before this
 * process opens anything that it means to leave open. */
MUST_CHECK int inherited_add(struct inherited *l, int fd, bool blocks_network, struct err *e);
/* Closes all descriptors from INHERITED_FIRST up but those, and `also` (-1: none). `l` may be NULL. ERR_KERNEL. */
MUST_CHECK int inherited_close_others(const struct inherited *l, int also, struct err *e);
