/* mask: which paths the command's mount namespace must hide or hold in place, so that a deny below a grant holds. Part of overlap and level. */
#pragma once

#include <stdbool.h>

#include "core/caps.h"

/* Adds to c->mask what holds the denied `path`, which lies below `g`, under all its names. NULL, or why masks cannot hold it. */
const char *mask_add(struct caps *c, const struct caps_grant *g, const char *path, const char *mountinfo, bool placeholders);
/* Holds in place the links that lead to denied paths, where they could be replaced. */
void mask_add_links(struct caps *c);
/* Into the order of mounting, each path once, and nothing below what is hidden. */
void mask_order(struct caps *c);
void mask_drop(struct caps *c);
