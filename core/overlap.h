/* overlap: deny always wins, or nono refuses to start. Landlock rules only add; a denied path below a granted one is
 * held by granting its siblings instead. */
#pragma once

#include "core/caps.h"
#include "core/err.h"

enum { OVERLAP_MAX_RULES = 4000 };

/* Rewrites the grants of `caps` so that no grant covers a deny that is not overridden: a grant equal to or below a deny goes (its
 * source decides: one a person asked for by name is an error, one from a group goes silently); a grant above one is split into its
 * entries, each opened without following links and compared by (device, inode). A directory that was split loses
 * "list" and "create here"; one line per such directory is added to caps->warnings.
 * ERR_DENIED, naming both rules and the way out: the workdir itself would have to be split; the split needs more than OVERLAP_MAX_RULES
 * rules; the directory to be split can be written by others (sticky). */
MUST_CHECK int overlap_split(struct caps *caps, struct err *e);
