/* supervise: the parent that stays while a command runs, unnoticed at the terminal. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "core/err.h"

struct supervise_result {
    bool signaled;
    int code; /* exit status, or the signal's number */
    bool core_dumped;
};

/* Call before launch_spawn: SIGINT and SIGQUIT are ignored here (the terminal sends them to the command itself) and restored in the child by launch_spawn; TERM, HUP, USR1, USR2 are forwarded. */
MUST_CHECK int supervise_begin(struct err *e);
/* Waits for `pid`. When it stops, this process stops the same way, so that the shell's job control sees one job; it
 * continues with it. */
MUST_CHECK int supervise_wait(pid_t pid, struct supervise_result *ret, struct err *e);
/* Restores the signal dispositions. */
void supervise_end(void);
/* Ends this process as the command ended: the same exit status, or death by the same signal (so that a shell loop stops on Ctrl-C). */
_Noreturn void supervise_exit_like(const struct supervise_result *r);
