/* hint: one line for the next prompt of the shell above us.
 *
 * The hook creates runtime_dir/hint.PID when a shell loads it; a wrapped command walks up its ancestors to the first one with such a
 * file. No environment variable takes part. The prompt prints the file and empties it. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "core/err.h"
#include "core/world.h"

enum hint_kind { HINT_LINES, HINT_AGAIN, HINT_N }; /* HINT_AGAIN: hooks/again.h */
enum {
    HINT_NAME_MAX = 32,
    HINT_LINE_MAX = 500,  /* a longer line is cut */
    HINT_FILE_MAX = 4096, /* hints that would make the file longer are dropped: nobody reads twenty of them */
    HINT_ANCESTORS_MAX = 64,
};

/* Makes the directory, 0700, and removes what dead shells left there. */
MUST_CHECK int hint_prepare(const struct world *w, struct err *e);
/* `line` goes through quote_term and gets "nono: " in front and a newline. 0 also when there is no shell that wants it. The result may be ignored: a run does not fail
 * for want of a hint. */
int hint_leave(const struct world *w, const char *line, struct err *e);
/* The name, in runtime_dir, of what belongs to the shell `pid`. */
void hint_name(enum hint_kind kind, pid_t pid, char ret[HINT_NAME_MAX]);
/* A regular file of this user, under one name: whatever else is there is nobody's. */
bool hint_is_own_file(int fd);
