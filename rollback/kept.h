/* kept: whose changes are kept, so that they can be taken back: the working directory, and what else a command may write but for scratch. */
#pragma once

#include <stdbool.h>

#include "core/caps.h"
#include "core/str.h"

struct kept { /* borrowed */
    const char *workdir;           /* clean, real; "": nothing is kept; NULL: nothing but the roots */
    const struct strlist *roots;   /* other trees and single files, clean and real; NULL: none */
    const struct strlist *scratch; /* but for what lies in these, unless a root lies further inside; NULL: none */
};

/* Pure; no allocation. */
bool kept_has(const struct kept *k, const char *path);
/* The scratch tree for which the path is not kept: an index, -1 when it is another reason. Pure; no allocation. */
int kept_scratch(const struct kept *k, const char *path);
/* The roots that the caps come to: what they let be written outside `workdir` (NULL: anywhere), none within another that says the same of it. `only_asked`: of those that
 * a person named, by an option or in a profile. */
void kept_roots(const struct caps *c, const char *workdir, bool only_asked, struct strlist *ret);
/* What a person named to be written, where a command makes its changes itself (caps_is_direct): nobody records them. */
void kept_never(const struct caps *c, struct strlist *ret);
