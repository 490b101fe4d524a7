/* consent: whether the command gets the working directory, and how much of it. */
#pragma once

#include <stdbool.h>

#include "core/caps.h"
#include "core/err.h"
#include "core/world.h"

struct consent_request {
    const struct world *world;
    const char *workdir;
    const struct caps *caps; /* from resolve_caps: what the profile says */
    bool allow_cwd;
};

/* What a profile states is granted: the person who wrote it said so. Where it says nothing, read is granted with --allow-cwd or after
 * a question on the terminal, unless another grant lets it be read already; without a terminal it is left out, with a note. ERR_USAGE where nono may not speak (-s). `ret_asked_by` is
 * static. */
MUST_CHECK int consent_workdir(const struct consent_request *r, unsigned *ret_access, const char **ret_asked_by, struct err *e);
/* Whether that was a question to a person, who may take any time. */
bool consent_took_time(const char *asked_by);
/* Reads a line from standard input: true for "y" or "yes". */
bool consent_is_given(void);
