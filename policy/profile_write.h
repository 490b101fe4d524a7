/* profile_write: a profile with its bases as one text that needs none of them. */
#pragma once

#include "core/err.h"
#include "core/str.h"
#include "core/world.h"
#include "policy/profile.h"

struct profile_write {
    struct profile *profile;      /* with its bases */
    const struct strlist *groups; /* in effect (resolve_groups): they replace groups and exclude_groups */
    const struct world *world;    /* what paths are expanded with; NULL: they stay as they were written */
    const char *workdir;          /* $WORKDIR */
};

/* Appends the profile as JSON, without `extends` and "$schema", which belong to the one file they were written in. The text is a profile
 * again, and the same one: what it resolves to is what the profile resolves to, and written again it is the same text.
 * ERR_LIMIT when that cannot be kept, since several profiles together hold more than one may. */
MUST_CHECK int profile_write(const struct profile_write *w, struct str *out, struct err *e);
