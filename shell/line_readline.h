/* line_readline: GNU readline, loaded when a person is at a terminal: linking it would slow down every start. Private to line*.c. */
#pragma once

#include "shell/line.h"

/* ERR_MISSING when it is not installed. Once in a process. */
MUST_CHECK int line_readline_open(const struct line_settings *settings, struct err *e);
/* As line_read. */
MUST_CHECK int line_readline_read(const char *prompt, char **ret);
void line_readline_close(const char *history);
