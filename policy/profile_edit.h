/* profile_edit: one change to the text of a profile, by the name of a key. What is not changed stays as it is, remarks included. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/str.h"
#include "core/world.h"

enum profile_edit_verb {
    PROFILE_EDIT_SET,    /* the value; of a list all its items; of a record of a map its fields (FIELD=VALUE) */
    PROFILE_EDIT_ADD,    /* items to a list; what is there already stays as it is */
    PROFILE_EDIT_REMOVE, /* items of a list; without values the whole key */
};

struct profile_edit {
    const struct world *world;
    enum profile_edit_verb verb;
    const char *key;              /* dotted: "filesystem.allow", "hooks.APP", "hooks.APP.event"; older names too */
    const struct strlist *values; /* as typed: "true", "null" (where the key takes it), "8080", "~/x" */
};

/* Appends the new text to `out`; the same text when there was nothing to do. `text` ends in a NUL that `len` does not count.
 *
 * A path below the home directory is written with "~", since the shell has expanded the one that was typed, and paths are the same when
 * they mean the same. Whether the result is a profile is not looked at here (policy/draft.h).
 *
 * ERR_USAGE: an unknown key, with the nearest; values that do not fit the verb. ERR_INPUT: the text is not JSON, a value is not of the key's
 * type. ERR_MISSING: what is to be removed is not there, with the nearest. */
MUST_CHECK int profile_edit_apply(const struct profile_edit *edit, const char *text, size_t len, struct str *out, struct err *e);
