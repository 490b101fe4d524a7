/* hint: one line for the next prompt of the shell above us.
 *
 * The hook creates runtime_dir/hint.PID when a shell loads it; a wrapped command walks up its ancestors to the first one with such a
 * file. No environment variable takes part. The prompt prints the file and empties it. */
#pragma once

#include "core/err.h"
#include "core/world.h"

/* `line` goes through quote_term and gets a newline. 0 also when there is no shell that wants it. */
MUST_CHECK int hint_leave(const struct world *w, const char *line, struct err *e);
