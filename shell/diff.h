/* diff: the lines in which two texts differ. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/out.h"
#include "core/str.h"

enum {
    DIFF_CONTEXT = 3,      /* lines shown around a change */
    DIFF_MAX_EDITS = 2000, /* beyond so many changed lines the whole middle counts as replaced */
};

struct diff_line {
    const char *ptr; /* into the text */
    size_t len;      /* its newline included */
    uint64_t hash;
};
struct diff_lines {
    struct diff_line *item;
    size_t n, cap;
};
struct diff_run { /* lines that were replaced by others; either length may be 0 */
    size_t a, b, a_len, b_len;
};
struct diff {
    struct diff_lines a, b; /* all of them; borrow from the texts */
    struct diff_run *run;   /* in order */
    size_t n, cap;
};

void diff_make(struct view before, struct view after, struct diff *ret);
void diff_release(struct diff *d);

/* Runs that stand near each other, and the lines around them. */
struct diff_hunk {
    const struct diff_run *run;
    size_t n;
    size_t a, b, a_len, b_len; /* from line a of the one text and b of the other on, context included */
};
/* The next one; `at` starts at 0. False after the last. */
bool diff_next_hunk(const struct diff *d, size_t *at, struct diff_hunk *ret);

struct diff_look {
    bool safe;      /* for a terminal: control characters are made visible, and styles are on where they may be */
    bool sides;     /* both texts beside each other; always safe */
    size_t columns; /* of the terminal; with `sides` */
};
const char *diff_style(const struct diff_look *look, enum out_style style);
const char *diff_plain(const struct diff_look *look); /* ends a style */
/* Appends the hunks: what patch(1) reads, unless it was made safe. */
void diff_unified(const struct diff *d, const struct diff_look *look, struct str *out);
void diff_sides(const struct diff *d, const struct diff_look *look, struct str *out);
