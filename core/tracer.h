/* tracer: system calls of sandboxed processes seen by ptrace(2), where core/notify.h cannot be had: the kernel lets one program answer the system calls of a
 * process, and a container runtime or another nono may be that one already. It only sees, and answers nothing; the caller of a watched call is stopped while
 * the watcher looks, and the functions for handlers in core/notify.h work on it. Costs more, and nobody else can trace the command.
 *
 * A call is seen by a filter of its own (SECCOMP_RET_TRACE), unless the other program answers one of those that are watched: that goes before. Whether it does
 * is tried, before the command begins, with arguments that lead nowhere; then each call of the command stops twice (PTRACE_SYSCALL).
 * What the sandbox refuses whatever the arguments (chroot) need not be seen for that. Where a filter of the command's own asks for a tracer, there is none: the
 * call fails as it would without nono. All that have stopped are taken in turn. A process made with CLONE_UNTRACED is not traced, and the filter refuses it
 * what is watched (ENOSYS). */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "core/err.h"
#include "core/notify.h"

enum { TRACER_MESSAGE = 't' };
/* In the child, as its last confinement: says TRACER_MESSAGE over `channel`, a socket, and waits until it is traced. `n` has watchers and entries
 * without handlers; its baseline is in force already. ERR_KERNEL, ERR_IO. */
MUST_CHECK int tracer_install(const struct notify *n, int channel, struct err *e);
/* In nono, when that message came: traces `pid`, a child, and all it will start, until all have ended or tracer_stop. Copies `n`. The processes die with nono.
 * Once in the life of a process, unless tracer_stop came between. ERR_KERNEL: ptrace(2) is refused; ERR_IO. */
MUST_CHECK int tracer_start(const struct notify *n, pid_t pid, int channel, struct err *e);
/* Kills what is traced still. Not needed before the end of the process. */
void tracer_stop(void);
/* Whether there was a tracer, even when it has ended. */
bool tracer_was_used(void);
/* waitpid(2) with WNOHANG and WUNTRACED, for whoever waits for a command: stops and the end of one that is traced are told to the tracer alone, and kept
 * here. SIGCHLD comes for each of them. */
pid_t tracer_wait(pid_t pid, int *ret_status);
