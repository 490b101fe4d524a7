/* program: what a program needs to run at all when the shell hook wraps it by name (data/programs.json). The "read" at its top
 * is for every program it knows. */
#pragma once

#include <stdbool.h>

#include "core/caps.h"
#include "core/err.h"
#include "core/str.h"
#include "core/world.h"

/* In names and in the last component of a path, '#' stands for a version: one or more digits and dots. */
struct program {
    struct strlist groups; /* names of groups */
    struct strlist read;   /* paths with variables, as in the file */
    struct strlist create; /* the same: granted read and write, and made when they are not there */
    char *profile;         /* the built-in profile that suits it; NULL: none in particular */
    unsigned venv;         /* what is granted of the virtual environment it is started from: CAPS_READ, CAPS_READWRITE; 0: nothing */
    char *variable;        /* of the environment, that names the file of its settings; NULL: none */
    struct strlist settings; /* those files; the first that is there counts */
};

/* Empty when nothing is known about `name`. */
MUST_CHECK int program_find(const char *name, struct program *ret, struct err *e);
MUST_CHECK int program_parse(const char *text, size_t len, const char *source, const char *name, struct program *ret,
                             struct err *e);
void program_release(struct program *p);
/* The name of the program that a command line means: "pip" for python3 -m pip, else the last component of its first word. Points into a word, or static. */
const char *program_meant(char *const *command);
bool program_matches(const char *pattern, const char *name);
/* `path` is clean and expanded. Adds the paths it stands for to `ret`; itself when it has no '#'. */
void program_paths(const char *path, struct strlist *ret);
/* Makes a cache directory (0700) that is not there. Only below a directory that is ours and that nobody else can write to, and never below
 * a deny of `c`; parents are made only inside the home directory. False when it was not made. */
bool program_make_directory(const struct world *w, const struct caps *c, const char *path);
