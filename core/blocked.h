/* blocked: the files on this machine that are the blocked commands, so that nothing that a command starts can execute them by any path
 * (core/namespaces.h). A guard against accidents and no boundary: a program can carry its own copy. */
#pragma once

#include "core/caps.h"
#include "core/err.h"

/* Fills caps->hidden from caps->blocked: looks every name up in all directories of caps->search and in the standard ones.
 *
 * A file is hidden, and with it every link that leads to it, when its own name is blocked, or when the blocked names are links to it and no other name
 * of these directories is. A program of many names (busybox, `pkill`, which is a link to `pgrep`) stays: the link of the blocked name is hidden, and
 * caps_hidden.also says by what name the program is reached still. Bind mounts that show a file again are hidden as well. What the grants do not let a
 * command execute is left out. ERR_IO, ERR_LIMIT. */
MUST_CHECK int blocked_find(struct caps *c, struct err *e);
/* One line for each blocked command that is reached by another name as well, appended. */
void blocked_describe(const struct caps *c, struct strlist *ret);
/* "; by that name only: the program is reached also as pgrep", for a person, appended; nothing when there is no other name. */
void blocked_describe_other(const struct caps_hidden *h, struct str *out);
