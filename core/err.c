/* err: text of an error in a fixed buffer; nothing here allocates. */
#include "core/err.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

_Static_assert(sizeof(struct err) <= 512, "an error crosses a pipe in one atomic write");

/* The new text is made aside: an argument may be the old one. */
struct line {
    char buf[ERR_TEXT_MAX];
    size_t len;
    bool cut;
};

static void line_addv(struct line *l, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
static void line_addv(struct line *l, const char *fmt, va_list ap)
{
    size_t room = sizeof l->buf - l->len;
    int n = vsnprintf(l->buf + l->len, room, fmt, ap);
    if (n < 0) {
        l->buf[l->len] = '\0';
    } else if ((size_t)n >= room) {
        l->len = sizeof l->buf - 1;
        l->cut = true;
    } else {
        l->len += (size_t)n;
    }
}

static void line_add(struct line *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void line_add(struct line *l, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    line_addv(l, fmt, ap);
    va_end(ap);
}

static void line_store(struct line *l, struct err *e)
{
    static const char mark[] = "...";
    if (l->cut) {
        size_t at = sizeof l->buf - sizeof mark;
        /* Not in the middle of a UTF-8 sequence. */
        while (at > 0 && ((unsigned char)l->buf[at] & 0xc0) == 0x80)
            at--;
        memcpy(l->buf + at, mark, sizeof mark);
    }
    memcpy(e->text, l->buf, sizeof e->text);
}

int err_set(struct err *e, int class, const char *fmt, ...)
{
    struct line l = {0};
    va_list ap;
    va_start(ap, fmt);
    line_addv(&l, fmt, ap);
    va_end(ap);
    line_store(&l, e);
    e->class = class;
    e->sys = 0;
    return class;
}

/* glibc's strerror() allocates for a number it does not know; others have no strerrordesc_np(3), and do not allocate. */
static const char *describe(int sys)
{
#ifdef __GLIBC__
    return strerrordesc_np(sys);
#else
    return strerror(sys);
#endif
}

int err_sys(struct err *e, int class, int sys, const char *fmt, ...)
{
    struct line l = {0};
    va_list ap;
    va_start(ap, fmt);
    line_addv(&l, fmt, ap);
    va_end(ap);
    const char *what = describe(sys);
    if (what)
        line_add(&l, ": %s", what);
    else
        line_add(&l, ": error %d", sys);
    line_store(&l, e);
    e->class = class;
    e->sys = sys;
    return class;
}

int err_add(struct err *e, const char *fmt, ...)
{
    struct line l = {0};
    va_list ap;
    va_start(ap, fmt);
    line_addv(&l, fmt, ap);
    va_end(ap);
    line_add(&l, ": %s", e->text);
    line_store(&l, e);
    return e->class;
}

int err_class_of(int sys)
{
    switch (sys) {
    case ENOENT:
    case ENOTDIR:
        return ERR_MISSING;
    case EACCES:
    case EPERM:
    case EROFS:
        return ERR_DENIED;
    case EEXIST:
        return ERR_EXISTS;
    default:
        return ERR_IO;
    }
}
