/* autorun: changes by which something is executed later, when somebody does what is usual: enters a directory, opens an editor, commits, builds.
 * Pure: one table of names, and what the content says where the name alone does not tell. autorun_find (below) walks a list of changes with it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/str.h"
#include "rollback/change.h"
#include "rollback/store.h"

enum autorun_kind {
    AUTORUN_NONE,
    AUTORUN_GIT_HOOK,
    AUTORUN_GIT_CONFIG,  /* content: by which git executes something new */
    AUTORUN_GIT_POINTER, /* to another repository */
    AUTORUN_DIRENV,
    AUTORUN_EDITOR,
    AUTORUN_AGENT,
    AUTORUN_SHELL,
    AUTORUN_PACKAGE, /* content: the scripts of package.json */
    AUTORUN_MAKE,
    AUTORUN_CI,
    AUTORUN_VENV,
    AUTORUN_PYTHON,   /* code that every start of Python executes */
    AUTORUN_COMPILED, /* a .pyc whose source did not change */
    AUTORUN_SERVICE,
    AUTORUN_PROGRAM,  /* an executable in a directory of PATH */
    AUTORUN_KINDS,
};
extern const char *const autorun_names[AUTORUN_KINDS]; /* "git hook"… */

enum { AUTORUN_MAX_CONTENT = 1024 * 1024 }; /* of a file that is looked into; a larger one counts as if it said the worst */

struct autorun_place {
    const char *root;   /* clean path of the tree */
    const char *search; /* PATH as it is; NULL: not known */
};
/* What a change is by its name, and by its mode; AUTORUN_NONE for what is gone. `is_new_dir`: the directory of it is as new as it. */
enum autorun_kind autorun_judge(const struct change *c, const struct autorun_place *p, bool is_new_dir);
/* Whether it comes to more than that: only with content, or a source, can AUTORUN_GIT_CONFIG, AUTORUN_PACKAGE and AUTORUN_COMPILED be told from
 * what is harmless. Empty: there is none. */
bool autorun_content_matters(enum autorun_kind kind, const char *path, struct view before, struct view after);
/* The source that a .pyc was made from, relative as its own path; false when it has none. */
bool autorun_source_of(const char *path, struct str *ret);

struct autorun_item {
    enum autorun_kind kind;
    char *path; /* relative to the root; of something new as a whole, its uppermost directory */
};
struct autorun {
    struct autorun_item *item; /* in the order of the changes */
    size_t n, cap;
};
void autorun_release(struct autorun *a);
void autorun_add(struct autorun *a, enum autorun_kind kind, const char *path);
/* Where content is read: 1 with it (the caller owns *ret; NULL and 0 bytes for what was not there), 0 when it is not known, or an error class. */
struct autorun_reader {
    int (*read)(void *data, const struct change *c, bool after, void **ret, size_t *ret_len, struct err *e);
    void *data;
};
/* By the ids of the changes. */
struct autorun_reader autorun_reader_of(struct store *s);
/* Those of a list. What is not known counts as if it said the worst. Errors of the reader. */
MUST_CHECK int autorun_find(const struct autorun_reader *r, const struct change_list *l, const struct autorun_place *p, struct autorun *ret, struct err *e);
/* "2 git hooks (.git/hooks/pre-commit), 1 package script (package.json)": safe for a terminal, appended. */
void autorun_describe(const struct autorun *a, struct str *out);
