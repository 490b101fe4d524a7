/* session_tree: where a session changed something, and how its changes are called: by their path in the working directory, and by their absolute
 * path when they lie outside. */
#pragma once

#include <stdbool.h>

#include "core/err.h"
#include "core/str.h"
#include "rollback/change.h"
#include "rollback/session.h"

/* The directory that its states are of: "/" when it changed something outside the working directory. */
const char *session_tree_top(const struct session_record *r);
/* The absolute path lies in one of its trees. */
bool session_tree_has(const struct session_record *r, const char *path);
/* A tree of one lies in a tree of the other, or is it. */
bool session_tree_meet(const struct session_record *a, const struct session_record *b);
/* How changes call an absolute path; it points into `path`, or is a literal. NULL: it and what is below it lie outside all trees. */
const char *session_tree_below(const struct session_record *r, const char *path);
/* The absolute path of a change; caller owns. */
char *session_tree_path(const struct session_record *r, const char *path);
/* What differs between its states. As change_between. */
MUST_CHECK int session_tree_changes(struct store *s, const struct session_record *r, struct change_list *ret, struct err *e);
/* Calls the paths of a list that is of the states' own directory as above, and puts them in order. */
void session_tree_name(const struct session_record *r, struct change_list *l);
