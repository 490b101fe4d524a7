/* exclude: names that the states of a session leave out. */
#pragma once

#include <stdbool.h>

#include "core/str.h"

/* One of `l`, an item that does not begin with '/', is the name of this entry of a directory, or a shell pattern for it. NULL: none. */
bool exclude_has_name(const struct strlist *l, const char *name);
/* The same of each component of `below`, which is relative, or that "/" and `below` up to one of them is an item. */
bool exclude_has_path(const struct strlist *l, const char *below);
