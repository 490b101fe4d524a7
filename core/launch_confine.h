/* launch_confine: the steps that confine this process, in their order. Seam between launch and the mechanisms. */
#pragma once

#include "core/err.h"
#include "core/landlock_rules.h"
#include "core/launch.h"
#include "core/seccomp_filter.h"

/* Closes every descriptor from 3 on but those of l->inherited and `keep_fd` (-1: none) and makes the namespaces that caps want. On failure the process
 * is half changed and must end. ERR_KERNEL, ERR_LEVEL. */
MUST_CHECK int launch_separate(const struct launch *l, int keep_fd, struct err *e);
/* Which filter is the baseline. With l->diagnose its refusals are left to core/notify, which has to follow: nono sees them then. */
struct seccomp_case launch_filter_case(const struct launch *l);
/* After it, in the process that becomes the command. Irrevocable, and on failure the process is half confined: it must end. ERR_KERNEL, ERR_LEVEL, or
 * ERR_IO when `cwd` cannot be entered. */
MUST_CHECK int launch_confine(const struct launch *l, const struct landlock_plan *plan, struct err *e);
/* A path that exists and must not be readable inside, for the test before exec; NULL when all may be read. */
const char *launch_probe_path(const struct caps *caps);
