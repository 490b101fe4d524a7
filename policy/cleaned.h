/* cleaned: the settings file of a program without the secrets in it, so that a program that may not read the file still knows where it gets its
 * packages from: without it npm and pip would ask the public registry for the packages of a private one. */
#pragma once

#include "core/err.h"
#include "core/str.h"
#include "core/world.h"

/* `text` is lines of KEY = VALUE and [SECTION], as npm and pip read them; appends those whose key names no secret, without the logins in URLs, in proxies, and
 * without queries that name a secret. A value that goes on in deeper lines goes with its key. */
void cleaned_text(struct view text, struct str *out);
/* Below the user's caches. resolve_seal closes it to every command that could write there, but for those that read a copy in it. Caller owns. */
char *cleaned_directory(const struct world *w);
/* Writes the cleaned copy of the file there, unless it is there as it should be; *ret is its path, NULL when there is no such file, nobody may read it, or nothing
 * in it is worth a copy. Caller owns. Fails when a copy is needed and cannot be made: without it the program would ask somebody else for its packages. */
MUST_CHECK int cleaned_publish(const struct world *w, const char *path, char **ret, struct err *e);
