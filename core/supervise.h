/* supervise: the parent that stays while a command runs, unnoticed at the terminal. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "core/err.h"

struct supervise_result {
    bool signaled;
    int code; /* exit status, or the signal's number */
    bool core_dumped;
    bool timed_out; /* supervise_limit was reached: it was killed */
};

/* One at a time: the dispositions that were found are kept in this module, as they belong to the process.
 * Call before launch_spawn. SIGINT and SIGQUIT are ignored here (the terminal sends them to the command itself); TERM, HUP, USR1, USR2, TSTP
 * and CONT wait until supervise_wait takes them, so that what is written after the command ended is not torn. */
MUST_CHECK int supervise_begin(struct err *e);
/* In the child of launch_spawn: what supervise_begin found, so that the command starts with what nono was started with. */
void supervise_child(void);
/* The command is killed when it has not ended `seconds` from now; 0: no limit. After supervise_begin, until supervise_end. */
void supervise_limit(unsigned seconds);
/* Waits for `pid` and forwards TERM, HUP, USR1 and USR2. When the command stops, this process stops the same way, and only then, so that
 * the shell's job control sees one job; it continues with it. */
MUST_CHECK int supervise_wait(pid_t pid, struct supervise_result *ret, struct err *e);
/* Restores the signal dispositions, and takes the terminal from a process group that has ended with it. What came in after the command ended takes effect here: call it last. */
void supervise_end(void);
/* Ends this process as the command ended: the same exit status, or death by the same signal (so that a shell loop stops on Ctrl-C). */
_Noreturn void supervise_exit_like(const struct supervise_result *r);
