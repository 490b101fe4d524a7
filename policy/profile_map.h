/* profile_map: the maps of a profile: env_credentials, custom_credentials, hooks. */
#pragma once

#include "core/err.h"
#include "core/json.h"
#include "policy/profile.h"

/* Adds one record to `map` per member of `v`, which must be an object of the kind `k` says. `place` is that of `v`. */
MUST_CHECK int profile_map_parse(const struct json_doc *doc, const struct json_value *v, const struct profile_key *k,
                                 const struct profile_place *place, struct profile_map *map, struct err *e);
