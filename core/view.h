/* view: the file system as the command sees it in its own mount namespace: read-only but for what it may write, so that mode, owner, times and
 * attributes hold as well, for which Landlock has no right. mount_setattr(2). */
#pragma once

#include "core/caps.h"
#include "core/err.h"

/* In a new mount namespace whose mounts propagate nowhere: makes every mount read-only but those below caps->writable, which keep what they were, and
 * mounts an empty /dev/shm where caps->private_shm says so, and a /dev/pts where caps->private_terminals does. With caps->stage
 * caps->workdir is a layer over the real one, which stays as it is (core/layer.h). A path of caps->writable that has gone, or become a link, is left out. What was
 * opened before, the working directory too, is still seen as it was. ERR_LEVEL. */
MUST_CHECK int view_make(const struct caps *c, struct err *e);
/* In the new PID namespace: mounts a /proc that shows its processes alone. ERR_LEVEL, as where a container hides parts of its own /proc. */
MUST_CHECK int view_mount_proc(const struct caps *c, struct err *e);
/* ERR_KERNEL when the view is not what view_make made. */
MUST_CHECK int view_test(const struct caps *c, struct err *e);
