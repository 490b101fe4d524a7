/* skeleton: the text of a new profile, for a person to fill in. */
#pragma once

#include <stdbool.h>

#include "core/str.h"

struct skeleton {
    const char *name;
    const char *description;       /* may be "" */
    const struct strlist *extends; /* names of profiles */
    const struct strlist *groups;
};

/* Plain JSON with what nearly every profile says. */
void skeleton_write(const struct skeleton *s, struct str *out);
/* Every key there is, explained by remarks (JSONC). A key that would change something when it is only written is a remark too. */
void skeleton_write_full(const struct skeleton *s, struct str *out);
