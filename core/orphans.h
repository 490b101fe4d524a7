/* orphans: what a command leaves running where it has no PID namespace (core/launch_init.h) that ends with it. */
#pragma once

#include "core/err.h"

/* From here on, processes whose parents end become children of this one. Before launch_spawn. ERR_KERNEL. */
MUST_CHECK int orphans_adopt(struct err *e);
/* After the command: ends all children and what they leave in turn, and waits until they are gone. This process must have no child that is to live. Nothing
 * when they were not adopted. */
void orphans_end(void);
