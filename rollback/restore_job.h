/* restore_job: one restore while it is worked on. For the restore files only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"
#include "rollback/restore.h"
#include "rollback/restore_range.h"
#include "rollback/restore_touch.h"
#include "rollback/restore_tree.h"
#include "rollback/session_own.h"
#include "rollback/store.h"

/* Names of one inode in the state before. */
struct restore_group {
    uint64_t id;
    struct snapshot_node node; /* what they all are */
    size_t session;            /* before which */
    struct strlist paths;
    char *leader; /* the name that was last found to be that file; NULL */
};
struct restore_links {
    struct restore_group *item; /* sorted by id */
    size_t n, cap;
};

enum {
    RESTORE_NO_PARENT = -1,
    RESTORE_SETTLE_NS = 10 * 1000 * 1000, /* as in the capture: ticks of the clock that stamps files */
};

struct restore_job {
    const struct restore_request *request;
    struct store *store;
    struct restore_tree tree;
    struct restore_plan plan;
    struct restore_seen *seen; /* per change: what the plan found */
    ptrdiff_t *parent;         /* per change: index of the change of its directory, or RESTORE_NO_PARENT */
    struct restore_links links;

    /* While it is applied. */
    struct session *undo;
    char new_name[RESTORE_NAME_MAX], old_name[RESTORE_NAME_MAX];
    struct restore_touches touches;
    struct restore_tree stage; /* a subtree that is being built aside */
    const char *stage_root;    /* where it will be; NULL when there is none */
    struct strlist failed;
    bool *handled;   /* per change: its task is done, or will not be */
    bool needs_room; /* something waits until removals have made room */
    bool last_try;
    bool temps_left; /* a temporary name could not be removed when it was to go */
};

#define RESTORE_JOB_INIT \
    { \
        .tree = RESTORE_TREE_INIT, .stage = RESTORE_TREE_INIT, .touches = {.journal = -1 } \
    }

MUST_CHECK int restore_job_make(const struct restore_request *q, struct restore_job *ret, struct err *e);
void restore_job_release(struct restore_job *j);
/* Counts the verdicts, once those of paths that somebody changed between two sessions are what they are called. */
void restore_plan_settle(struct restore_plan *p);
/* The verdict on change `i` as its seen[i] is. */
enum restore_verdict restore_plan_decide(struct restore_job *j, size_t i);

/* The state after, as change `i` has it, holds for what has not changed since this time. */
int64_t restore_plan_believe_ns(const struct restore_job *j, size_t i);
MUST_CHECK int restore_plan_look(struct restore_job *j, size_t i, struct restore_seen *ret, struct err *e);

/* links */
MUST_CHECK int restore_links_make(struct store *s, const struct restore_request *q, const struct restore_plan *p, struct restore_links *ret,
                                  struct err *e);
void restore_links_release(struct restore_links *l);
struct restore_group *restore_links_find(const struct restore_links *l, uint64_t id);
/* Another name of the group that is the file of the state before; NULL when there is none. *ret_st is its stat. */
const char *restore_links_leader(struct restore_job *j, struct restore_group *g, const char *self, struct stat *ret_st);

/* Where a path is at this moment: in the tree, or in the subtree that is being built. *ret_rel points into `path`. */
struct restore_tree *restore_where(struct restore_job *j, const char *path, const char **ret_rel);

/* put: makes a new object of the state before, complete with its metadata. `name` must not exist. */
MUST_CHECK int restore_put_new(struct restore_job *j, int dir, const char *name, const struct change *c, struct err *e);
/* Puts a file, link or special file in the place of what is there. ERR_EXISTS: something else is there by now. */
MUST_CHECK int restore_put_replace(struct restore_job *j, size_t i, struct err *e);
/* Same where a directory is to go, whose entries have gone already. ERR_EXISTS: it is not empty. */
MUST_CHECK int restore_put_over_dir(struct restore_job *j, size_t i, struct err *e);
/* What is there has the right content: metadata and hard links only. */
MUST_CHECK int restore_put_meta(struct restore_job *j, size_t i, struct err *e);
/* Nothing happened to the object of change `i` since the plan, or what happened does not matter. ERR_EXISTS otherwise. */
MUST_CHECK int restore_put_recheck(struct restore_job *j, size_t i, struct err *e);

/* stage: builds the missing directory of change `first` and all below it aside, then moves it into its place. *ret_next: the first
 * change behind it. ERR_EXISTS as above. */
MUST_CHECK int restore_stage(struct restore_job *j, size_t first, size_t *ret_next, struct err *e);

/* beside: the state before under another name. Plans the names; then writes, each complete at once and over nothing. */
void restore_beside_plan(struct restore_job *j);
void restore_beside_put(struct restore_job *j);

/* paths: where the sessions changed something beside their tree, and then which paths the restore may change; none when they stayed in it. */
MUST_CHECK int restore_paths_list(const struct restore_job *j, struct strlist *ret_roots, struct strlist *ret_paths, struct err *e);

/* undo: the restore's own session, and what the records of the sessions say afterwards. */
MUST_CHECK int restore_undo_check_busy(const struct restore_request *q, struct err *e);
/* No other session began in the tree between that and the opening of `undo`. ERR_BUSY, with `undo` closed. */
MUST_CHECK int restore_undo_check_alone(const struct restore_request *q, struct session *undo, struct err *e);
MUST_CHECK int restore_undo_open(struct restore_job *j, struct err *e);
/* Closes it. *ret is its record as it is on disk. */
MUST_CHECK int restore_undo_close(struct restore_job *j, struct session_record *ret, struct err *e);
/* Marks those sessions that are wholly taken back. */
MUST_CHECK int restore_undo_mark(struct restore_job *j, struct err *e);

/* Takes away what may be there under a temporary name; what resists is tried again when all is done. */
void restore_put_drop(struct restore_job *j, int dir, const char *name);

/* The directory that holds the path of a change, "" is the root. Caller owns. */
char *restore_dir_of(const char *path);
void restore_fail(struct restore_job *j, size_t i, const struct err *why);
