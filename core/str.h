/* str: a bounded string builder, views, and lists of strings. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

/* The maxima of everything that is built or read as text, in bytes. */
enum {
    STR_MAX_PATH = 4096,           /* PATH_MAX, terminator included */
    STR_MAX_LINE = 16 * 1024,      /* one line for a person */
    STR_MAX_PROFILE = 1024 * 1024, /* a profile, hook.json, any other settings file */
    STR_MAX_RECORD = 4096 * 1024,  /* a session record */
    STR_MAX_SCRIPT = 512 * 1024,   /* generated shell text or manual page */
    STR_MAX_REPORT = 64 * 1024 * 1024, /* output made in memory before it is printed */
};

struct view {
    const char *ptr; /* not terminated */
    size_t len;
};

/* `buf` is never NULL and always terminated. A run of appends is checked once, with str_check: after the first
 * append that would pass `max` the builder is `failed` and ignores the rest. */
struct str {
    char *buf;
    size_t len, cap, max; /* len and max count without the terminator */
    bool failed;
};

extern char str_empty[1]; /* what `buf` points to before the first append; never written */
#define STR_INIT(limit) {.buf = str_empty, .max = (limit)}

void str_add(struct str *s, const char *text);
void str_addn(struct str *s, const void *bytes, size_t len);
void str_addc(struct str *s, char c);
void str_addf(struct str *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void str_clear(struct str *s);   /* empty and usable again */
void str_release(struct str *s); /* back to STR_INIT */
char *str_take(struct str *s);   /* caller owns (mem_free); the builder is empty afterwards */
/* ERR_LIMIT, "WHAT is longer than MAX bytes", when an append was refused. */
MUST_CHECK int str_check(const struct str *s, const char *what, struct err *e);

/* A list of owned strings. `item` is NULL-terminated whenever n > 0, so that it serves as an argv. */
struct strlist {
    char **item;
    size_t n, cap;
};

#define STRLIST_INIT {0}
void strlist_add(struct strlist *l, const char *text);      /* copies */
void strlist_add_take(struct strlist *l, char *text);       /* consumes */
bool strlist_add_once(struct strlist *l, const char *text); /* false when it was there */
bool strlist_has(const struct strlist *l, const char *text);
void strlist_release(struct strlist *l);

bool str_starts(const char *text, const char *prefix);
bool str_ends(const char *text, const char *suffix);
/* Candidate nearest to `text` by edit distance (a swap of neighbours is one edit), the first of equals; NULL when none is
 * near: distance > 2 and > len/3, or nothing in common, or longer than 64 bytes. */
const char *str_nearest(const char *text, const char *const *candidates, size_t n);
