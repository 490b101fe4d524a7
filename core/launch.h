/* launch: fork, confine, exec. Between fork and exec every failure ends in _exit(125), with its message over a pipe. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "core/caps.h"
#include "core/err.h"
#include "core/inherited.h"
#include "core/kernel.h"
#include "core/launch_init.h"
#include "core/notify.h"
#include "core/trace.h"

struct launch {
    const struct notify *notify; /* system calls that nono answers, NULL; what sockets, terminals and ports of the caps need is added. launch_spawn only */
    const struct caps *caps; /* after overlap_split */
    const struct kernel *kernel;
    char **argv; /* argv[0] is what the program sees */
    char **env;
    const char *exe; /* what is executed: a path */
    const struct inherited *inherited; /* descriptors that stay open beside the standard ones; NULL: none */
    bool diagnose;   /* watch, so that what the kernel denies is in core/denials afterwards; launch_spawn only */
    bool unconfined; /* with diagnose: only watched. Nothing is held but no_new_privs, without which nobody may watch */
    const struct trace *trace; /* with diagnose: is told of what it sees instead, if need be by core/tracer.h; outlives the command; NULL: none */
    const char *cwd; /* entered again after confinement was prepared; NULL: stay */
};

/* Finds `name` like execvp(3) does on `search_path`, leaving out this program itself (by device and inode; `self` is its path) so that a shim never
 * finds a shim; by its own name it is found. ERR_MISSING (status 127), ERR_DENIED (126). */
MUST_CHECK int launch_find(const char *name, const char *search_path, const char *self, char **ret_path, struct err *e);

/* Confines the calling process and becomes the command; returns only on failure, and then half confined: the caller
 * prints the error and exits. */
int launch_exec(const struct launch *l, struct err *e);
/* Forks, confines the child and executes. Returns when the exec has succeeded or failed; `e` then holds the child's own
 * message. The command is a child in the caller's process group and session, and is killed when the caller dies. ERR_MISSING and ERR_DENIED
 * come from exec itself and from nothing else; ERR_LEVEL when its namespaces cannot be made, and then nothing of it ran. Call launch_end when
 * the command has ended. */
MUST_CHECK int launch_spawn(const struct launch *l, struct launched *ret, struct err *e);
/* Exit status (enum cmd_status) for an error of launch_find, launch_exec or launch_spawn: 127, 126 or 125. */
int launch_status(const struct err *e);
