/* profile_edit_value: what a person types for a value of a key, and what the text of a profile holds for it. Private to profile_edit. */
#pragma once

#include <stdbool.h>

#include "core/err.h"
#include "core/json.h"
#include "core/str.h"
#include "core/world.h"
#include "policy/profile.h"

/* Appends the JSON of a single value, or of one item of a list. ERR_INPUT: `typed` is not of the type. */
MUST_CHECK int profile_edit_value(const struct world *w, const struct profile_key *k, const char *typed, struct str *out, struct err *e);
/* One item of a list as the text has it. */
struct profile_edit_item {
    const struct world *world;
    const struct profile_key *key;
    const struct json_doc *doc;
    const struct json_value *value;
};
/* Whether `typed` means the same. */
bool profile_edit_same(const struct profile_edit_item *item, const char *typed);
/* As a person would type it, appended. */
void profile_edit_shown(const struct profile_edit_item *item, struct str *out);
