/* compare: two resolved policies, by what they grant and deny and not by how they say it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/caps.h"
#include "policy/outcome.h"

enum compare_kind {
    COMPARE_PATH,
    COMPARE_COMMAND,
    COMPARE_GUARD, /* patterns, and a path that is not guarded all the same */
    COMPARE_NETWORK, /* as a whole; a host, a port or a key where one of them limits the network */
    COMPARE_WORKDIR,
    COMPARE_ENVIRONMENT, /* rules; the subject of one that sets is NAME=VALUE */
    COMPARE_ROLLBACK,
    COMPARE_START,   /* one of them is refused */
};

struct compare_row {
    enum compare_kind kind;
    char *subject;             /* a path, a name, a pattern; "" where the kind says it all */
    const char *first, *second; /* what each says: "none", "read"…, "denied"; static */
    const struct caps_origin *first_rule, *second_rule; /* the rule that says so, NULL where none does */
};

struct compare {
    struct compare_row *row; /* in the order of the kinds, then of the subjects */
    size_t n, cap;
    struct caps caps[2]; /* what the rules are borrowed from */
};

/* What differs between the two; no row when they are the same policy. A path that differs just as the directory above it does has no row of
 * its own. Grants of what does not exist count: it may exist tomorrow. What has no effect on a run is not compared. */
void compare_outcomes(struct outcome *first, struct outcome *second, struct compare *ret);
void compare_release(struct compare *c);
