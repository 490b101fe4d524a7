/* stashes: what earlier commands took away, kept beside their trees where the state directory is on another file system (rollback/stash.h), is closed to every
 * command: by a mount at the full level. Landlock takes nothing out of a grant; below that level it is said. */
#pragma once

#include "core/caps.h"
#include "core/err.h"
#include "core/world.h"
#include "rollback/session.h"

/* After the level was planned: adds a notice for each that the command can read, and that no mount will hide. */
MUST_CHECK int stashes_tell(const struct world *w, struct caps *c, struct err *e);
/* Before each start: notes those of the session (NULL: none), and hides all that a grant reaches. ERR_KERNEL when the session's own cannot be hidden, with the way
 * out. */
MUST_CHECK int stashes_hide(const struct world *w, struct session *session, struct caps *c, struct err *e);
