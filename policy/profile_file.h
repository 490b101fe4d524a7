/* profile_file: the file of a user's own profile: found, held, and replaced as a whole. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "core/err.h"
#include "core/str.h"
#include "core/world.h"

struct profile_file {
    char *name;      /* of the profile: as asked for, of a path the part before ".json" */
    char *path;      /* as a person knows it; clean */
    char *real;      /* where it is written: links followed */
    bool exists;
    mode_t mode;     /* it is written with */
    int lock;        /* on the directory it is written to: others who change a profile there wait */
    struct str text; /* as read; "" when it does not exist */
};
#define PROFILE_FILE_INIT {.lock = -1, .text = STR_INIT(STR_MAX_PROFILE)}

/* A text that contains '/' or ends in ".json" is a path, anything else the name of a profile in the user's directory. ERR_MISSING when it
 * does not exist, with the way out where a built-in profile has that name; ERR_INPUT for a name that cannot be one. */
MUST_CHECK int profile_file_open(const struct world *w, const char *name_or_path, struct profile_file *ret, struct err *e);
/* Same for one that is to be made: it need not exist, and the user's directory is made. ERR_MISSING when any other directory is missing. */
MUST_CHECK int profile_file_make(const struct world *w, const char *name_or_path, struct profile_file *ret, struct err *e);
/* Same for a path, whatever it looks like: relative to the current directory. */
MUST_CHECK int profile_file_make_at(const struct world *w, const char *path, struct profile_file *ret, struct err *e);
/* Either the old or the new text is there, whatever happens. ERR_DENIED when the file or its directory may not be written; ERR_LIMIT for
 * a text that could not be read again. */
MUST_CHECK int profile_file_write(struct profile_file *f, const char *text, size_t len, struct err *e);
void profile_file_release(struct profile_file *f);
