/* restore_touch: the directories a restore works in: made writable for the time being, with their times kept.
 *
 * Each is written to the session's `temps` file before anything is done in it, so that whoever finds the restore killed can
 * take away the temporary names and put mode and time right. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/err.h"
#include "core/str.h"
#include "rollback/restore_tree.h"
#include "rollback/session.h"

enum { RESTORE_NAME_MAX = SESSION_ID_MAX + 24 };
/* The two temporary names in a directory: what is being built, and a directory that is being exchanged for something else. */
void restore_touch_names(const char *id, char ret_new[RESTORE_NAME_MAX], char ret_old[RESTORE_NAME_MAX]);

struct restore_touched {
    char *path;
    const struct snapshot_node *want; /* of a directory that is itself part of the change; NULL: as it was */
    mode_t mode;
    int64_t mtime_ns;
    bool opened_up; /* its mode was widened */
};
struct restore_touches {
    struct restore_touched *item; /* sorted by path */
    size_t n, cap;
    int journal; /* descriptor, -1 until the first */
};

/* Once per directory; later calls for it do nothing. `session_dir` holds the journal. */
MUST_CHECK int restore_touch(struct restore_touches *t, struct restore_tree *tree, int session_dir, const char *path, struct err *e);
/* Journals a directory that is about to appear with wider bits than `want` has. */
MUST_CHECK int restore_touch_note(struct restore_touches *t, int session_dir, const char *path, const struct snapshot_node *want, struct err *e);
/* Notes what the directory must be in the end; it is journalled only when it is touched. */
void restore_touch_want(struct restore_touches *t, const char *path, const struct snapshot_node *want);
/* Puts all of them right, children first. A failure goes to `failed`, "path: reason". */
void restore_touch_settle(struct restore_touches *t, struct restore_tree *tree, struct store *s, struct strlist *failed);
/* Once more takes the temporary names of session `id` out of all of them. What resists goes to `failed`. */
void restore_touch_clean(const struct restore_touches *t, const struct restore_tree *tree, const char *id, struct strlist *failed);
void restore_touches_release(struct restore_touches *t);

/* What a killed restore left: `session_dir` is its directory, `root` its tree. */
void restore_touch_recover(int session_dir, const struct session_record *r);
