/* hint: one line for the next prompt of the shell above us.
 *
 * The hook creates runtime_dir/hint.PID when a shell loads it; a wrapped command walks up its ancestors to the first one with such a
 * file. No environment variable takes part. The prompt prints the file and empties it. */
#pragma once

#include "core/err.h"
#include "core/world.h"

enum {
    HINT_LINE_MAX = 500,  /* a longer line is cut */
    HINT_FILE_MAX = 4096, /* hints that would make the file longer are dropped: nobody reads twenty of them */
    HINT_ANCESTORS_MAX = 64,
};

/* Makes the directory, 0700, and removes what dead shells left there. */
MUST_CHECK int hint_prepare(const struct world *w, struct err *e);
/* `line` goes through quote_term and gets "nono: " in front and a newline. 0 also when there is no shell that wants it. The result may be ignored: a run does not fail
 * for want of a hint. */
int hint_leave(const struct world *w, const char *line, struct err *e);
