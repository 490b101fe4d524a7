/* shell_mark: lets the prompt of 'nono shell' say that it is inside. */
#pragma once

#include "core/world.h"
#include "shell/sandbox.h"

/* Adds to argv and environment what makes bash, zsh or fish put "(nono)" in front of the prompt the user has; after sandbox_find. Another shell, and one
 * that could not read what it takes, stays as it is. */
void shell_mark(const struct world *w, struct sandbox *s);
