/* level: which mechanisms hold a run. Landlock and seccomp always; where namespaces can be made, the command also gets a view of the file system
 * in which only what it may write is writable and the blocked commands are hidden (core/blocked.h), and message objects, shared memory and a blocked
 * network of its own. */
#pragma once

#include <stdbool.h>

#include "core/caps.h"
#include "core/err.h"

enum { LEVEL_MAX_WRITABLE = 256 }; /* each is a mount, and a descriptor while it is made */

/* The highest level that works here; tried in a child (core/namespaces.h). On the way to a run nobody needs to ask: plan for CAPS_LEVEL_FULL, and
 * when launch_spawn answers ERR_LEVEL, plan a copy of the same caps for CAPS_LEVEL_LANDLOCK. */
enum caps_level level_here(void);
/* Holds the denies of resolved caps at this level, or refuses, as overlap_mask and overlap_split say, and fills what the level needs. A run that
 * may write in more places than LEVEL_MAX_WRITABLE gets CAPS_LEVEL_LANDLOCK, and a notice. `stays`: nono stays beside the command, removes placeholders and
 * ends a PID namespace; ERR_LEVEL may then mean that only this one cannot be had: clear caps->own_processes before the lower level. */
MUST_CHECK int level_plan(struct caps *c, enum caps_level level, bool stays, struct err *e);
/* The same at the level that works here: what a run would get. */
MUST_CHECK int level_hold(struct caps *c, bool stays, struct err *e);
/* Nothing is granted of /dev/shm: the command has shared memory of its own at the full level, and none below. */
bool level_wants_private_shm(const struct caps *c);
/* "full" or "landlock". */
const char *level_name(enum caps_level level);
/* "full: Landlock V7 + seccomp + namespaces". Appended. */
void level_describe(enum caps_level level, int landlock_abi, struct str *out);
