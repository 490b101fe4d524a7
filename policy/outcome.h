/* outcome: what a run with a profile would get, made by the same steps as the run itself, and kept where the run would be refused. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/caps.h"
#include "core/err.h"
#include "core/kernel.h"
#include "core/str.h"
#include "policy/profile.h"
#include "policy/resolve.h"

struct outcome {
    struct profile profile; /* with its bases */
    struct strlist groups;  /* in effect */
    struct caps asked;      /* resolved and sealed */
    struct caps held;       /* the same after level_hold; what was asked for when the run is refused */
    struct err refused;     /* why a run would not start; class 0 when it would */
    bool limits_network;    /* it is refused because it limits the network to some hosts or ports; `asked` has it open then */
};

/* The working directory is granted as the profile says. Errors as resolve_caps, for a profile from which nothing can be resolved. */
MUST_CHECK int outcome_of(const struct resolve_request *r, struct outcome *ret, struct err *e);
void outcome_release(struct outcome *o);

/* What becomes of one grant of `asked`. */
enum outcome_state {
    OUTCOME_GRANTED,
    OUTCOME_MASKED, /* granted, and what is denied in it hidden by mounts */
    OUTCOME_SPLIT,  /* without what is denied in it: its other entries are granted one by one */
    OUTCOME_DENIED, /* it lies inside a deny */
    OUTCOME_ABSENT, /* there is nothing, or a directory where a file was asked for */
};
struct outcome_grant {
    enum outcome_state state;
    size_t n_parts;              /* with OUTCOME_SPLIT: entries granted */
    const struct caps_deny *deny; /* with OUTCOME_SPLIT and OUTCOME_MASKED the first one below it, with OUTCOME_DENIED the one above it; else NULL */
};
void outcome_of_grant(const struct outcome *o, const struct caps_grant *g, struct outcome_grant *ret);

/* What is not held, or held more widely or more narrowly than asked for, on this kernel: one line each, appended. */
void outcome_limits(const struct kernel *k, const struct caps *held, struct strlist *ret);
