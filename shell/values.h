/* values: candidates for completion that depend on this machine: profiles, groups, sessions. */
#pragma once

#include "completions/complete.h"
#include "core/world.h"

/* A complete_provider; `world` is a const struct world, or NULL when there is none. Silent: what cannot be read gives no candidates. */
void values_provide(const void *world, enum cmd_value kind, const char *prefix, struct complete_values *ret);
