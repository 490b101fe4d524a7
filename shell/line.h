/* line: lines that somebody types: edited, completed and remembered on a terminal, plainly read from anything else. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/str.h"
#include "core/world.h"

enum { LINE_MAX_HISTORY = 500 };

/* What the word under the cursor may become. */
struct line_candidates {
    struct strlist value, description; /* as many of the one as of the other; a description may be "" */
    bool is_path;                      /* some are files or directories */
    bool is_open;                      /* the word goes on behind them */
};
/* `line` is what stands before the cursor. Called in the middle of line_read. */
typedef void line_completer(void *arg, const char *line, struct line_candidates *ret);

struct line_settings {
    const struct world *world;
    line_completer *complete;
    void *arg;
    const char *history; /* file that remembers lines from one time to the next */
};

struct line {
    bool edits; /* with readline; one of these at a time */
    const struct line_settings *settings;
};

/* `settings` must outlive it. Where readline is not there the lines of a terminal are read plainly, and that is said. */
void line_open(const struct line_settings *settings, struct line *ret);
/* 1 with a line (without its end; caller owns), 0 at the end of the input. The prompt is for terminals. ERR_IO; ERR_LIMIT for a line of more
 * than STR_MAX_LINE bytes; ERR_INPUT for one with a NUL in it. */
MUST_CHECK int line_read(struct line *l, const char *prompt, char **ret, struct err *e);
/* Keeps the history. */
void line_close(struct line *l);
