/* group_builtin: data/groups.json as static data, made by group_gen.c at build time: every command would parse it. */
#pragma once

#include "policy/group.h"

extern struct group group_builtin[];
extern const size_t group_builtin_n;
