/* err: the one error type. An error is data that gains context on its way up; only shell/main.c prints it. */
#pragma once

#include <stdarg.h>

/* Every fallible function returns 0 (or a documented non-negative value) or one of these. */
enum err_class {
    ERR_USAGE = -1,    /* the command line is wrong */
    ERR_INPUT = -2,    /* text from outside (profile, settings, record) is wrong */
    ERR_MISSING = -3,  /* a thing that was named does not exist */
    ERR_EXISTS = -4,   /* a thing that must not exist does */
    ERR_DENIED = -5,   /* not permitted, by the kernel or by policy */
    ERR_IO = -6,       /* reading or writing failed */
    ERR_KERNEL = -7,   /* the kernel lacks or refuses a mechanism that is needed */
    ERR_CORRUPT = -8,  /* our own stored data does not check out */
    ERR_BUSY = -9,     /* somebody else holds it */
    ERR_LIMIT = -10,   /* a named maximum was reached */
    ERR_LEVEL = -11,   /* no namespaces of the command's own here; a lower level may do (core/level.h) */
};

#define ERR_TEXT_MAX 500

/* Plain bytes and at most 512 of them: setting one allocates nothing, so it works between fork and exec,
 * and it crosses a pipe in one atomic write (PIPE_BUF, pipe(7)). */
struct err {
    int class; /* enum err_class, 0 when unset */
    int sys;   /* errno value behind it, 0 when none */
    char text[ERR_TEXT_MAX];
};

#define ERR_INIT {0}
#define MUST_CHECK __attribute__((warn_unused_result))

/* All three return e->class, so that `return err_set(e, …)` reads well. `e` may not be NULL. Text that does not
 * fit is cut and ends in "...". The text is one line, names the thing and, where there is one, the way out. */
int err_set(struct err *e, int class, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Same, and appends ": " and the description of `sys`. */
int err_sys(struct err *e, int class, int sys, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Puts "context: " before the text that is there. */
int err_add(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Class for an errno: ENOENT and ENOTDIR are MISSING, EACCES, EPERM and EROFS are DENIED, EEXIST is EXISTS,
 * the rest is IO. */
int err_class_of(int sys);
