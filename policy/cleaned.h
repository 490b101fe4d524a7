/* cleaned: the settings file of a program without the secrets in it, so that a program that may not read the file still knows where it gets its
 * packages from: without it npm and pip would ask the public registry for the packages of a private one. */
#pragma once

#include "core/err.h"
#include "core/str.h"
#include "core/world.h"

/* `text` is lines of KEY = VALUE and [SECTION], as npm and pip read them; appends those whose key names no secret, without the logins in URLs. A value that goes
 * on in indented lines goes with its key. */
void cleaned_text(struct view text, struct str *out);
/* Writes the cleaned copy of the file, unless it is there as it should be, into `nono` below the user's caches, which no sandbox needs to write; *ret is its
 * path, NULL when there is no such file, it cannot be read, or nothing in it is worth a copy. Caller owns. */
MUST_CHECK int cleaned_publish(const struct world *w, const char *path, char **ret, struct err *e);
