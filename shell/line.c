/* line: lines that somebody types. */
#include "shell/line.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/out.h"
#include "shell/line_readline.h"

void line_open(const struct line_settings *settings, struct line *ret)
{
    struct err e = ERR_INIT;
    *ret = (struct line){.settings = settings};
    if (!settings->world->stdin_tty || !settings->world->stdout_tty)
        return;
    ret->edits = line_readline_open(settings, &e) == 0;
    if (!ret->edits)
        out_note("nono: no completion here: %s\n", e.text);
}

/* Byte by byte: what follows the line may be for somebody else. */
static int read_plain(char **ret, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_LINE);
    for (;;) {
        char c;
        ssize_t n = read(STDIN_FILENO, &c, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys(e, ERR_IO, errno, "cannot read the standard input");
        if (n == 0 && text.len == 0)
            return 0;
        if (n == 0 || c == '\n')
            break;
        if (c == '\0')
            return err_set(e, ERR_INPUT, "a line holds a NUL byte");
        str_addc(&text, c);
    }
    if (str_check(&text, "a line", e) < 0)
        return e->class;
    *ret = str_take(&text);
    return 1;
}

int line_read(struct line *l, const char *prompt, char **ret, struct err *e)
{
    if (l->edits)
        return line_readline_read(prompt, ret);
    if (l->settings->world->stdin_tty)
        out_note("%s", prompt);
    return read_plain(ret, e);
}

void line_close(struct line *l)
{
    if (l->edits)
        line_readline_close(l->settings->history);
}
