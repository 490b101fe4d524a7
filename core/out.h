/* out: answers go to stdout, chatter to stderr. The only file that prints. Text from outside passes through
 * core/quote before it comes here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/str.h"

enum out_style { OUT_PLAIN, OUT_BOLD, OUT_DIM, OUT_GOOD, OUT_WARN, OUT_BAD, OUT_NAME };

struct out_settings {
    bool silent;   /* -s: no chatter; errors and answers remain */
    int verbosity; /* -v counts */
    bool color_stdout, color_stderr;
};

void out_configure(const struct out_settings *settings); /* once, from main */

void out_print(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* answer */
void out_write(const void *bytes, size_t len);                              /* answer, as it is */
/* Answer. One that did not fit is not printed at all: then the error of str_check, which names it as `what`. */
MUST_CHECK int out_text(const struct str *text, const char *what, struct err *e);
void out_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));  /* chatter; no newline is added */
void out_verbose(int level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void out_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));  /* "nono: warning: …\n", silenced by -s */
void out_error(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* "nono: …\n", always */
/* Escape sequences, or "" where colour is off. `to_stdout` picks the stream whose setting counts. */
const char *out_on(enum out_style style, bool to_stdout);
const char *out_off(bool to_stdout);
/* Of the terminal that stdout is; 0 when it is none, or does not say. */
struct out_size {
    size_t rows, columns;
};
struct out_size out_screen(void);
bool out_is_silent(void);
int out_verbosity(void);
/* Flushes stdout; non-zero when any write to it failed (a full disk, a closed pipe). main turns it into status 1. */
int out_finish(void);
