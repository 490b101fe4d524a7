/* line_readline: not in the static program, which becomes the whole one before it reads lines. */
#include "shell/line_readline.h"

int line_readline_open(const struct line_settings *settings, struct err *e)
{
    (void)settings;
    return err_set(e, ERR_MISSING, "this program edits no lines");
}

int line_readline_read(const char *prompt, char **ret)
{
    (void)prompt;
    (void)ret;
    return 0;
}

void line_readline_close(const char *history)
{
    (void)history;
}
