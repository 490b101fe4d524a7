/* problem: everything that is wrong with a profile, where a caller wants all of it and not the first. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/json.h"
#include "policy/profile.h"

enum { PROBLEMS_MAX = 100 }; /* listed; what follows is not looked for */

struct problem {
    bool is_error;   /* a run would be refused; else the profile is less, or other, than it says */
    unsigned line;   /* 1-based, 0 when it cannot be told */
    char *source;    /* file or built-in profile it stands in */
    char *pointer;   /* JSON pointer, "" for the whole */
    char *text;      /* safe to print */
    char *near;      /* the known name nearest to the wrong one, NULL */
};

struct problems {
    struct problem *problem;
    size_t n, cap;
    size_t n_errors;
    const char *source;    /* of the text that `sink` is given to */
    struct json_sink sink; /* for a json_source */
};

void problems_init(struct problems *p, const char *source);
void problems_release(struct problems *p);
bool problems_is_full(const struct problems *p);
/* Formatted. `place` NULL: about the whole of `source`. */
void problems_add(struct problems *p, bool is_error, const struct profile_place *place, const char *near, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* Looks up the lines that are not known yet, and sorts by source, line and pointer. */
void problems_finish(struct problems *p);
