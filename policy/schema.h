/* schema: what the loaders accept, as JSON Schema 2020-12, for editors and other tools. */
#pragma once

#include "core/str.h"

/* Of a profile, made from the table of keys. What JSON Schema cannot say, the loader refuses all the same: a key that stands twice, a NUL
 * in a text, a text of more than STR_MAX_PROFILE bytes, a path longer than STR_MAX_PATH. */
void schema_profile(struct str *out);
/* Of data/groups.json. */
void schema_groups(struct str *out);
