/* overlap: deny always wins, or nono refuses to start. Landlock rules only add; a denied path below a granted one is
 * held by granting its siblings instead. */
#pragma once

#include <stdbool.h>

#include "core/caps.h"
#include "core/err.h"

enum { OVERLAP_MAX_RULES = 4000 };

/* Rewrites the grants of `caps` so that no grant covers a deny that is not overridden. Looks at no file when nothing overlaps.
 * A grant equal to or below a deny goes: one that came with a group or a program silently, one that a person asked for by name is an error.
 * A grant above one is split into its entries, each opened without following links and compared by (device, inode); a link gets no
 * grant of its own, since what it leads to is judged by its own path. A directory that was split loses "list", "create here"
 * and "remove here"; one line per such directory is added to caps->warnings (of one that a person asked for to caps->notices), and the denied objects to
 * caps->barred.
 * A deny that does not exist splits only what may be written: below the rest nothing can make it exist.
 * ERR_DENIED, naming both rules and the way out: the workdir itself would have to be split; the split needs more than
 * OVERLAP_MAX_RULES rules; the directory to be split can be written by others. */
MUST_CHECK int overlap_split(struct caps *caps, struct err *e);

/* True when a grant that a person asked for lies above a deny. Looks at no file. */
bool overlap_is_asked(const struct caps *caps);
/* The other way, which takes nothing from the grants: fills caps->mask with what the command's mount namespace must hide or hold in place, and treats a grant
 * equal to or below a deny as overlap_split does. `placeholders`: somebody stays who removes them at the end; without, a deny of an absent
 * path below what may be written cannot be held. ERR_DENIED when masks cannot hold a deny (a link that could be replaced, a file with a second name),
 * and then `caps` is unchanged: overlap_split may still hold it.
 *
 * Neither finds a bind mount of a denied path below a grant when the denied path itself lies below none. */
MUST_CHECK int overlap_mask(struct caps *caps, bool placeholders, struct err *e);
