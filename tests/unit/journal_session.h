/* journal_session: a session captured by a journal, whose command is a list of words that mutate does. For the tests of sealing. */
#pragma once

#include "rollback/session.h"

/* A session around the operations, one per line: "mkdir P", "write P TEXT" (make or empty, then write), "append P TEXT", "rm P", "rmdir P", "mv P Q",
 * "swap P Q", "ln P Q", "sym TEXT P", "fifo P", "chmod P MODE", "touch P SECONDS", "attr P TEXT" (user.t), "noattr P", "trunc P SIZE". Paths are
 * relative to fixture_tree. One that fails is left out. The record as it is on disk, not sealed. */
struct session_record journal_session(const char *operations);
/* The same with the directory `workdir` of the fixture tree as its own, `root` there as another one to be kept, and a name that is left out; NULL: the
 * tree, none. */
struct journal_trees {
    const char *workdir, *root, *exclude;
};
struct session_record journal_session_trees(const struct journal_trees *t, const char *operations);
/* The same, killed before it is closed. */
struct session_record journal_session_cut(const char *operations);
/* The same left open, for what happens while it runs; journal_session_end ends it. */
struct session *journal_session_begin(const char *operations);
struct session_record journal_session_end(struct session *s, const char *operations);
