/* namespaces: those of the command's own. A mount namespace, in which denied paths below a grant are hidden; at CAPS_LEVEL_FULL with a read-only view of
 * the rest (core/view.h), with message objects and shared memory of its own, and with a network of its own when that is blocked.
 * user_namespaces(7), mount_namespaces(7), ipc_namespaces(7); the mount calls are those of Linux 5.12. */
#pragma once

#include <stdbool.h>

#include "core/caps.h"
#include "core/err.h"

#define NAMESPACES_SHM "/dev/shm"
#define NAMESPACES_PROC "/proc"

/* True when namespaces_enter works here: tried in a child, since a kernel or a container may let the namespace be made and then refuse the
 * mounts. Costs about a millisecond. */
bool namespaces_work(void);
/* True when a PID namespace with its own /proc can be had as well, where namespaces_work. Costs as much. */
bool namespaces_processes_work(void);
/* Moves the calling process, which has one thread, into namespaces of its own and makes its view of the file system; with caps->own_processes the processes
 * that it starts are the first of a PID namespace. Before no_new_privs, Landlock and seccomp, which forbid it; descriptors still lead to what is
 * outside. As root no user namespace is made. On failure the process is half changed and must end. ERR_LEVEL when namespaces cannot be made here. */
MUST_CHECK int namespaces_enter(const struct caps *c, struct err *e);
/* The rest, in the process that becomes the command: /proc, and what hides denied paths. The working directory still leads below what is mounted
 * over it, or is "/". ERR_LEVEL; ERR_KERNEL when a denied path cannot be hidden.
 *
 * A mount hides an object, not a name: what a process outside this namespace renames over a hidden file, or puts in its place after removing it,
 * is seen. The command cannot do that, nor make a mount of this namespace go away. */
MUST_CHECK int namespaces_finish(const struct caps *c, struct err *e);
