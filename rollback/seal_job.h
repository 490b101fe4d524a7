/* seal_job: one session while its states are written. For the seal files only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"
#include "rollback/restore_tree.h"
#include "rollback/scan_object.h"
#include "rollback/seal_pair.h"
#include "rollback/session_own.h"
#include "rollback/snapshot.h"
#include "rollback/stash.h"
#include "rollback/store.h"

/* How many names an inode had, as far as the session touched them. */
struct seal_inode {
    uint64_t device, inode;
    uint32_t removed, added;
    uint32_t left;   /* names that it has in the state after */
    bool is_counted; /* for seal_names */
};
struct seal_inodes { /* open addressing; inode 0 is an empty slot */
    struct seal_inode *slot;
    size_t n, size;
};
void seal_inodes_release(struct seal_inodes *s);
/* Counts what lies below the path. */
void seal_inodes_count(const struct seal_state *s, const char *path, struct seal_inodes *ret);
struct seal_inode *seal_inodes_find(const struct seal_inodes *s, uint64_t device, uint64_t inode); /* NULL */

/* What a session's directory holds of it. */
struct seal_source {
    int dir;
    struct journal_view view;
    struct journal_net net;
    struct left_node *left;
    struct stash stash[STASH_MAX];
    struct seal_tree *tree;
    size_t n_trees, cap;
    char *sessions; /* where all of them lie; NULL: nothing is out of scope */
    struct seal_scope scope;
};
/* Limits it to what the record is about, which is borrowed. `session_dir`: sessions/ID. */
MUST_CHECK int seal_source_limit(struct seal_source *s, const struct session_record *r, int session_dir, struct err *e);
struct seal_state seal_source_state(const struct seal_source *s);
/* The stashes of the session in s->dir, and what lies whole in them, given s->net. */
MUST_CHECK int seal_source_open_stashes(struct seal_source *s, struct err *e);
unsigned seal_source_stashes(const struct seal_source *s); /* how many are open */
void seal_source_init(struct seal_source *ret);
void seal_source_release(struct seal_source *s);
/* ERR_MISSING, ERR_CORRUPT. */
MUST_CHECK int seal_source_open(const struct session_place *p, const struct session_record *r, struct seal_source *ret, struct err *e);
/* Opens what the stash holds for reading. -1: it does not. */
int seal_source_copy(const struct seal_source *s, unsigned stash, uint64_t id);

/* The sessions after this one, the oldest first: what one of them changed, its own journal, or its state before, still has. */
struct seal_later {
    bool is_read;
    struct session_list list;   /* the newest first */
    struct seal_source *source; /* one per record; .dir -1: not opened, or it has none */
    bool *is_opened;
};

/* Directories whose attributes were read, for a session that still runs may have changed them. */
struct seal_read_dir {
    uint64_t device, inode;
};
struct seal_read_dirs {
    struct seal_read_dir *item;
    size_t n, cap;
    bool misses_any; /* one was not found where it should be */
};

struct seal_job {
    struct seal_state state;
    struct seal_source source;
    struct seal_later later;
    const struct session_place *place;
    const struct session_record *record;
    const char *state_dir;
    struct store *store;
    struct scan_reader reader;
    struct restore_tree tree; /* "/" */
    struct seal_inodes inodes;
    struct seal_read_dirs read_dirs;
    size_t n_elsewhere; /* names of changed files that lie outside the tree */
    size_t n_lost;      /* contents that are gone: somebody changed or removed them since */
    char *lost;         /* the path of the first; NULL */
    const char *path;
};

/* What one side of the pair at job->path is, with its content in the store. What cannot be read any more is marked SNAPSHOT_UNREADABLE. */
MUST_CHECK int seal_object(struct seal_job *j, const struct seal_side *x, bool is_before, struct snapshot_node *ret, struct err *e);

/* Adds the names in the trees of the session that are not touched themselves, of files that were changed by another. Given j->inodes. */
MUST_CHECK int seal_names_find(struct seal_job *j, struct err *e);

/* Looks for the content of `x`, which was left at `path` and is not there any more, in what later sessions know, and fills it in. */
MUST_CHECK int seal_later_find(struct seal_job *j, struct left_node *x, const char *path, bool *ret_found, struct err *e);
/* The same of what is in the stash no more, since a restore that did not come to its end took it back out of there: what it was in the stash. */
MUST_CHECK int seal_later_find_returned(struct seal_job *j, const struct journal_net_node *n, struct left_node *ret, bool *ret_found, struct err *e);
/* A later session has ended since seal_later_find first looked, and may have taken what was not found. */
MUST_CHECK int seal_later_has_news(const struct seal_job *j, bool *ret, struct err *e);
void seal_later_release(struct seal_later *l);
/* A directory was read; afterwards: whether the session `id`, which still runs, has changed the attributes of one. It tells so before it does. */
void seal_running_note(struct seal_job *j, const struct left_node *x, bool is_found);
bool seal_running_changes(struct seal_job *j, const char *id);
void seal_running_release(struct seal_read_dirs *d);
/* For seal_later: the parts of seal_object. */
MUST_CHECK int seal_object_live(struct seal_job *j, struct left_node *x, const char *path, bool *ret_found, struct err *e);
/* The attributes of a directory as they are now: that it is the same one is enough, as its times change with its entries. */
MUST_CHECK int seal_object_live_dir(struct seal_job *j, struct left_node *x, const char *path, bool *ret_found, struct err *e);
MUST_CHECK int seal_object_attributes(struct seal_job *j, const struct journal_net_object *o, struct oid *id, struct err *e);

/* Both states of the tree at `root`, the working directory or "/", as far as the session touched it, in the store, not committed. False in *ret_any
 * when it did not. */
MUST_CHECK int seal_build(struct seal_job *j, const char *root, struct oid ret_before[2], struct oid ret_after[2], bool *ret_any, struct err *e);
