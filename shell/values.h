/* values: candidates for completion that depend on this machine: profiles and what may stand in them, groups, sessions. */
#pragma once

#include "completions/complete.h"
#include "core/world.h"
#include "shell/rollback_changes.h"

/* A complete_provider; `world` is a const struct world, or NULL when there is none. Silent: what cannot be read gives no candidates. */
void values_provide(const void *world, const struct complete_request *r, struct complete_values *ret);
/* Unless the line has it already. */
void values_add(const struct complete_request *r, struct complete_values *ret, const char *value, const char *description);
void values_add_groups(const struct complete_request *r, struct complete_values *ret);

/* values_key: keys of profiles and what they hold. */
void values_add_keys(const struct world *w /* or NULL */, const struct complete_request *r, struct complete_values *ret);
void values_add_key_values(const struct complete_request *r, struct complete_values *ret);
void values_add_key_items(const struct world *w, const struct complete_request *r, struct complete_values *ret);

/* values_path: directories end in '/'. `w` knows what "~/" is, or is NULL. */
void values_add_paths(const struct world *w, const struct complete_request *r, struct complete_values *ret);

/* values_changed: paths that a session changed, relative to `base` where they are below it. */
void values_add_changed(const struct complete_request *r, struct complete_values *ret, const struct rollback_changes *c, const char *base);
/* The same of the session that the line names, relative to the current directory. */
void values_add_changed_of(const struct world *w, const struct complete_request *r, struct complete_values *ret);
