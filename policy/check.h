/* check: everything that is wrong with the profile in one file, found by the loader and the steps of a run themselves. */
#pragma once

#include "core/err.h"
#include "core/world.h"
#include "policy/problem.h"

struct check_request {
    const struct world *world;
    const char *path;    /* of the file, clean */
    const char *name;    /* how it was asked for */
    const char *workdir; /* clean, real; $WORKDIR */
};

/* An error is what a run is refused for; a warning, what it takes and does not do as written: a path that is not there, a grant that a deny
 * cuts into and how that is held, a key without effect, a limit that waits for a version that can hold it. A text that is not JSON has one
 * problem. `ret` is made here, and borrows `path`; what fails is reading the file. */
MUST_CHECK int check_profile(const struct check_request *r, struct problems *ret, struct err *e);
/* Same for a text, which messages and places call `path`. */
MUST_CHECK int check_text(const struct check_request *r, const char *text, size_t len, struct problems *ret, struct err *e);
