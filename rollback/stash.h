/* stash: where what a session took away is kept, whole: a directory on the same file system, so that it goes there and comes back by
 * rename. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/err.h"
#include "core/str.h"

enum {
    STASH_MAX = 8,    /* of one session: one for each file system that its trees are on */
    STASH_FAN = 1024, /* things in one directory of it */
    STASH_NAME = 24,  /* "3f/0a1" and its terminator */
    STASH_MAX_LIST = 256 * 1024, /* bytes of the list of directories */
};

#define STASH_FIRST "stash" /* in sessions/ID; of the others a number follows */

struct stash {
    int dir;                 /* O_PATH; -1: none */
    int fan;                 /* the directory that is being filled, -1: none yet */
    int later;               /* while `dir` is -1: the session's directory, borrowed, where stash_need makes it; -1 */
    uint64_t device, mount;  /* of what can be taken there; mount 0: the kernel does not say */
    uint64_t next;           /* id of the next thing; the first is 1 */
    bool cannot_clone;       /* FICLONE was refused once */
    char path[STR_MAX_PATH]; /* of `dir` */
};
#define STASH_INIT \
    { \
        .dir = -1, .fan = -1, .later = -1, .next = 1 \
    }

/* -- on the main thread, before the command and after it: may allocate -- */

struct stash_request {
    int session_dir;          /* of sessions/ID in the state directory */
    const char *session_path; /* its absolute path */
    const char *id;           /* of the session */
    const char *tree;         /* clean, real: a tree, or a single file, that the session may change */
    unsigned index;           /* 0 is the working directory's */
    bool may_be_inside;       /* where none can be above: in the tree itself, where no sandbox can reach it */
};
/* Makes the stash of the tree: sessions/ID/stash (stash1, stash2, … for the index) when things can be renamed to there, else a link of
 * that name to .nono-UID/ID in the highest directory above the tree, on its file system and not in the tree, where one can be made.
 * ERR_KERNEL when there is none: the tree can then be captured by scan only. */
MUST_CHECK int stash_make(const struct stash_request *r, struct stash *ret, struct err *e);
/* The same for the first (index 0), opened, and what goes to sessions/ID is only made when there is something to keep (stash_need): most commands change
 * nothing. `session_dir` must stay open. */
MUST_CHECK int stash_prepare(const struct stash_request *r, struct stash *ret, struct err *e);
/* Opens one that was made; things are added behind those that are there. ERR_MISSING; ERR_DENIED when it is not ours alone. */
MUST_CHECK int stash_open(int session_dir, unsigned index, struct stash *ret, struct err *e);
void stash_close(struct stash *s);
/* Removes all stashes of a session with everything in them, wherever they lie. */
MUST_CHECK int stash_remove_all(int session_dir, struct err *e);

/* Adds a directory .nono-UID to the list in the state directory. ERR_IO, ERR_LIMIT, ERR_INPUT. */
MUST_CHECK int stash_remember(const char *state_dir, const char *dir, struct err *e);
/* Appends those of the list that are there. ERR_IO, ERR_LIMIT. */
MUST_CHECK int stash_known(const char *state_dir, struct strlist *ret, struct err *e);

/* -- anywhere: no allocation, negative errno values -- */

/* True of a path in a directory in which stashes are made outside the state directory, whoever's: no sandbox may reach it. */
bool stash_is_over(const char *path);
/* Its name below `dir` ("3f/0a1"). */
void stash_name(uint64_t id, char ret[STASH_NAME]);
/* Makes one that stash_prepare has left to be made. */
MUST_CHECK int stash_need(struct stash *s);
/* A free place: *ret_dir (borrowed until the next call) and a name in it. The id is used up by stash_take. -ENOSPC and what mkdir(2) has. */
MUST_CHECK int stash_slot(struct stash *s, int *ret_dir, char ret_name[STASH_NAME]);
uint64_t stash_take(struct stash *s);
/* A copy of the content of `from`, open for reading: clone, else copy of what is not a hole. The id is used up. A full disk leaves nothing
 * behind. */
MUST_CHECK int stash_copy(struct stash *s, int from, uint64_t *ret_id);
/* The same by clone only: -EFBIG where that is not to be had. */
MUST_CHECK int stash_clone(struct stash *s, int from, uint64_t *ret_id);
/* The same between any two files: `to` is empty and open for writing. */
MUST_CHECK int stash_copy_content(int from, int to, bool *cannot_clone);
