/* namespaces: a mount namespace of the command's own, in which denied paths below a grant are hidden. user_namespaces(7), mount_namespaces(7);
 * the mount calls are those of Linux 5.12. */
#pragma once

#include <stdbool.h>

#include "core/caps.h"
#include "core/err.h"

/* True when namespaces_enter works here: tried in a child, since a kernel or a container may let the namespace be made and then refuse the
 * mounts. Costs about a millisecond. */
bool namespaces_work(void);
/* Moves the calling process, which has one thread, into namespaces of its own and mounts what caps->mask says. Before no_new_privs, Landlock and
 * seccomp, which forbid it. As root no user namespace is made. On failure the process is half changed and must end. ERR_KERNEL, naming the
 * path; ERR_MISSING when a path to be hidden has gone. */
MUST_CHECK int namespaces_enter(const struct caps *c, struct err *e);
