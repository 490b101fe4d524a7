/* out: the two streams. An answer is on stdout whatever -s says; chatter is on stderr and can be silenced. */
#include "core/out.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

static struct out_settings settings;
static bool is_buffered; /* stderr */

void out_configure(const struct out_settings *wanted)
{
    settings = *wanted;
}

void out_print(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)vprintf(fmt, ap);
    va_end(ap);
}

void out_write(const void *bytes, size_t len)
{
    (void)fwrite(bytes, 1, len, stdout);
}

int out_text(const struct str *text, const char *what, struct err *e)
{
    int r = str_check(text, what, e);
    if (r == 0)
        out_write(text->buf, text->len);
    return r;
}

/* Answers first, where both streams lead to the same place. The line is one write, so that it stays in one piece among
 * those of the command. */
static void chatter(const char *before, const char *fmt, va_list ap, const char *after) __attribute__((format(printf, 2, 0)));
static void chatter(const char *before, const char *fmt, va_list ap, const char *after)
{
    static char buffer[BUFSIZ];
    if (!is_buffered)
        is_buffered = setvbuf(stderr, buffer, _IOFBF, sizeof buffer) == 0;
    (void)fflush(stdout);
    (void)fputs(before, stderr);
    (void)vfprintf(stderr, fmt, ap);
    (void)fputs(after, stderr);
    (void)fflush(stderr);
}

void out_note(const char *fmt, ...)
{
    va_list ap;
    if (settings.silent)
        return;
    va_start(ap, fmt);
    chatter("", fmt, ap, "");
    va_end(ap);
}

void out_verbose(int level, const char *fmt, ...)
{
    va_list ap;
    if (settings.silent || settings.verbosity < level)
        return;
    va_start(ap, fmt);
    chatter("", fmt, ap, "");
    va_end(ap);
}

void out_warn(const char *fmt, ...)
{
    va_list ap;
    if (settings.silent)
        return;
    va_start(ap, fmt);
    chatter("nono: warning: ", fmt, ap, "\n");
    va_end(ap);
}

void out_error(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    chatter("nono: ", fmt, ap, "\n");
    va_end(ap);
}

static bool has_color(bool to_stdout)
{
    return to_stdout ? settings.color_stdout : settings.color_stderr;
}

const char *out_on(enum out_style style, bool to_stdout)
{
    if (!has_color(to_stdout))
        return "";
    switch (style) {
    case OUT_PLAIN:
        break;
    case OUT_BOLD:
        return "\033[1m";
    case OUT_DIM:
        return "\033[2m";
    case OUT_GOOD:
        return "\033[32m";
    case OUT_WARN:
        return "\033[33m";
    case OUT_BAD:
        return "\033[31m";
    case OUT_NAME:
        return "\033[36m";
    }
    return "";
}

const char *out_off(bool to_stdout)
{
    return has_color(to_stdout) ? "\033[0m" : "";
}

struct out_size out_screen(void)
{
    struct winsize size = {0};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
        return (struct out_size){0};
    return (struct out_size){.rows = size.ws_row, .columns = size.ws_col};
}

bool out_is_silent(void)
{
    return settings.silent;
}

int out_verbosity(void)
{
    return settings.verbosity;
}

int out_finish(void)
{
    return fflush(stdout) != 0 || ferror(stdout) != 0 ? -1 : 0;
}
