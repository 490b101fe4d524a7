/* find: profiles by name or by file: the user's own first, then the built-in ones. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/str.h"
#include "core/world.h"
#include "policy/profile.h"

/* The one profile, without its bases. A text that contains '/' or ends in ".json" is a path, anything else a name.
 * ERR_MISSING "Profile not found: X", with the nearest name; ERR_INPUT for a name that cannot be one, or a bad profile. */
MUST_CHECK int find_profile(const struct world *w, const char *name_or_path, struct profile *ret, struct err *e);
/* A built-in profile, whatever the user has under that name. */
MUST_CHECK int find_builtin(const char *name, struct profile *ret, struct err *e);
char *find_nearest(const struct world *w, const char *name); /* the known name nearest to `name`, NULL; caller owns */
bool find_is_path(const char *name_or_path);
/* Every name find_profile knows, built-in first. */
MUST_CHECK int find_names(const struct world *w, struct strlist *ret, struct err *e);

struct find_entry {
    char *name;
    bool builtin; /* compiled in; a user profile of the same name is an entry of its own */
    bool listed;  /* false: shown only to those who know its name */
    bool shadows; /* a user profile with the name of a built-in one */
    char *path;   /* NULL for a built-in */
    char *description;
    struct strlist extends;
    char *error; /* why the profile cannot be read, NULL when it can */
};

struct find_list {
    struct find_entry *entry; /* built-in ones by name, then the user's by name */
    size_t n, cap;
};

/* A broken profile is an entry with its error, not a failure of the list. */
MUST_CHECK int find_list(const struct world *w, struct find_list *ret, struct err *e);
/* Those whose names begin with `begun`; the files of the others are not read. */
MUST_CHECK int find_list_begun(const struct world *w, const char *begun, struct find_list *ret, struct err *e);
void find_list_release(struct find_list *l);
char *find_directory(const struct world *w); /* of the user's profiles; caller owns */
char *find_user_path(const struct world *w, const char *name); /* of the file that holds, or would hold, the user's profile of that name */
