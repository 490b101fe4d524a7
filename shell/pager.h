/* pager: a long answer, a screen at a time. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/cmd.h"
#include "core/err.h"

struct pager {
    pid_t child; /* 0: the standard output takes the text */
    int fd;
    bool left;                              /* it was left before the end: the rest need not be made */
    struct sigaction pipe, interrupt, quit; /* as they were */
};
/* Starts $PAGER, else less or more; for a diff $GIT_PAGER before them. None where the standard output is no terminal, or the variable is empty or
 * "cat". Text from outside was made safe before. */
MUST_CHECK int pager_open(const struct cmd_context *ctx, bool is_diff, struct pager *ret, struct err *e);
void pager_write(struct pager *p, const char *text, size_t len);
/* Waits until it is left. */
void pager_close(struct pager *p);

/* All of that for one text; one that fits on the screen needs no pager. */
MUST_CHECK int pager_show(const struct cmd_context *ctx, const char *text, size_t len, struct err *e);
