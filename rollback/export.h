/* export: the two states of a session as a git repository that any git reads. */
#pragma once

#include "core/err.h"
#include "rollback/session.h"

struct export_result {
    size_t objects;
};
/* Makes a bare repository in `dir`, a clean absolute path: an empty directory, or one that is not there but for its parents. Its branch "before"
 * is the state before, "after" (HEAD) its child; the names are those of the tree, so that `git diff before after` is what changed. Modes, owners,
 * times and empty directories that git cannot hold are not in it. ERR_EXISTS when `dir` is not empty, ERR_INPUT when the session has no
 * state after. What is left of one that failed has no branches. */
MUST_CHECK int export_git(const char *state_dir, const struct session_record *r, const char *dir, struct export_result *ret, struct err *e);
