/* expand: the variables a profile path may hold, replaced.
 *
 *   ~ $HOME $TMPDIR $WORKDIR $XDG_CONFIG_HOME $XDG_DATA_HOME $XDG_STATE_HOME $XDG_CACHE_HOME
 *         absolute paths: only at the start, and only as a whole component
 *   $UID  a number: anywhere
 *
 * ${NAME} is the same as $NAME; "$$" is a dollar sign. */
#pragma once

#include "core/err.h"
#include "core/world.h"

/* `text` made clean and absolute. `workdir` may be NULL: $WORKDIR is then an error. ERR_INPUT: empty, relative, an unknown
 * variable (the message lists the known ones), too long. */
MUST_CHECK int expand_path(const struct world *w, const char *workdir, const char *text, char **ret_path, struct err *e);
/* A pattern of core/guard.h: one that begins with '/', '~' or '$', behind a '!' or not, is a path and expanded as such. */
MUST_CHECK int expand_pattern(const struct world *w, const char *workdir, const char *text, char **ret, struct err *e);
/* The value of an environment variable in a profile. One that begins with "~/" or with '$', and "~", is a path and expanded as such; "$$" at its
 * beginning is a dollar sign, and everything else is what it is. */
MUST_CHECK int expand_setting(const struct world *w, const char *workdir, const char *text, char **ret, struct err *e);
/* A path typed as an option: relative to the current directory and otherwise taken as it is, since the shell has already expanded it. A
 * leading "~/" that the shell left alone (--allow=~/x) means the home directory. */
MUST_CHECK int expand_option(const struct world *w, const char *text, char **ret_path, struct err *e);
