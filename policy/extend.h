/* extend: a profile together with everything it extends. */
#pragma once

#include "core/err.h"
#include "core/world.h"
#include "policy/problem.h"
#include "policy/profile.h"

enum {
    EXTEND_MAX_DEPTH = 10,
    EXTEND_MAX_PROFILES = 64, /* read for one run, a base that is met twice counted twice */
    EXTEND_MAX_BYTES = STR_MAX_PROFILE, /* of their texts together */
};

/* The text of a profile that is not saved, or not saved like this. */
struct extend_draft {
    const char *name; /* that it would be asked for by: its bases may not lead back to it */
    const char *text;
    size_t len;
};

/* The bases are folded from left to right, then the profile itself over them. Bases are looked up like any other name: the user's
 * own first. A profile that names neither groups nor a base gets the groups of the built-in `default`, so that one which only adds a path
 * works as its author expects; naming groups is how a profile says that it wants just those.
 *
 * ERR_INPUT "circular dependency detected: a -> b -> a", or a chain that is too deep; ERR_MISSING for a base that is not there, with the place
 * that names it. ERR_LIMIT for too many profiles, or too much text. */
MUST_CHECK int extend_profile(const struct world *w, const char *name_or_path, struct profile *ret, struct err *e);
/* Same for a draft; messages call it "profile NAME". ERR_INPUT for a text that is no profile. */
MUST_CHECK int extend_draft(const struct world *w, const struct extend_draft *d, struct profile *ret, struct err *e);
/* Same for a profile that was read before, out of which is taken what is needed. Each base that cannot be had is an entry of `found`, at the
 * place that names it, and is left out. */
MUST_CHECK int extend_read(const struct world *w, struct profile *own, struct problems *found, struct profile *ret, struct err *e);
