/* mutate: the operations that change a tree, done such that they can be taken back: what is taken away goes to the stash, the journal says
 * what was, then the operation is done. Everything acts on pinned descriptors and single names; nothing here resolves a path or asks for
 * permission beyond what the kernel does.
 *
 * What holds for all operations:
 * - They run on the notify thread (core/notify.h): no mem, no str. One at a time: a caller with more threads takes turns.
 * - They return 0 or what is named, or a negative errno value, which is the answer for the caller. After a failure nothing has happened,
 *   and nothing is in the journal.
 * - Descriptors of places and objects are of nono's own mounts: through a mount of another namespace nothing can be moved to the stash
 *   (-EXDEV).
 * - umask, file system user and groups are those of the thread: permission is judged by the kernel as for them (see `guise`).
 * - An inode that was born in the session is never captured: it is changed and deleted as without nono. In a directory that was born,
 *   there is no record of what is only as old. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "core/err.h"
#include "core/str.h"
#include "rollback/journal.h"
#include "rollback/stash.h"

enum {
    MUTATE_MAX_INODES = 16 * 1024 * 1024, /* that a session touches: beyond it -ENOMEM */
    MUTATE_MAX_TRIES = 8,                 /* against outsiders who change what was looked at: beyond it -EAGAIN */
};
#define MUTATE_MAX_COPY (UINT64_C(1024) * 1024 * 1024) /* content of one file that is copied before it is written to: default */

struct mutate_look;

/* A name in a directory. */
struct mutate_place {
    int dir;          /* O_PATH is enough */
    const char *name; /* one component: not "", ".", "..", no '/' */
    const char *path; /* of the name, absolute and clean: where it lies now. For the journal only */
    bool is_scratch;  /* in a tree of which nothing is kept (/tmp, a cache) */
    const struct mutate_look *in; /* what `dir` is, for a caller who knows it: it is not looked at again. NULL otherwise */
};
/* A thing that was opened. */
struct mutate_object {
    int fd;           /* O_PATH is enough; a link is opened with O_NOFOLLOW */
    const char *path; /* as above */
    bool is_scratch;
    const struct mutate_look *look; /* what `fd` is, for a caller who has just looked. NULL otherwise */
};

/* Open addressing, grown by mmap. */
struct mutate_inode;
struct mutate_inodes {
    struct mutate_inode *slot;
    size_t cap, used;
};

/* Where nono is root and acts for another user: the stash is closed to that one. own is called before what needs nono's own rights, caller
 * after it. NULL: the rights are the same. */
struct mutate_guise {
    void (*own)(void *arg);
    void (*caller)(void *arg);
    void *arg;
};

struct mutate_setup {
    int session_dir;          /* sessions/ID: has the journal and the stashes */
    const char *journal_name; /* "journal" */
    unsigned n_stash;         /* made before, for 0 … n_stash - 1 */
    struct stash *prepared;   /* these, the first by stash_prepare, still open: taken over. NULL: they are opened */
    uint64_t max_copy;        /* of one file, where it cannot be cloned; 0: MUTATE_MAX_COPY */
    bool skips_large;         /* a larger one is written, and what it held is lost; else that is refused */
    struct mutate_guise guise;
};

struct mutate {
    struct journal journal;
    struct stash stash[STASH_MAX];
    unsigned n_stash;
    struct mutate_inodes inodes;
    struct mutate_guise guise;
    uint64_t max_copy;
    bool skips_large;
    bool keeps_nothing;
    uint64_t step;                   /* into every record: see struct journal_entry */
    size_t large;                  /* files larger than max_copy that were not opened for writing, or with skips_large were */
    uint64_t large_size;           /* bytes of the first of them */
    char large_path[STR_MAX_PATH]; /* where it lies, "" when there is none */
};

/* -- on the main thread -- */

/* ERR_EXISTS when there is a journal, ERR_IO, ERR_MISSING (a stash). */
MUST_CHECK int mutate_begin(const struct mutate_setup *s, struct mutate *ret, struct err *e);
/* Goes on where a session was cut off. */
MUST_CHECK int mutate_resume(const struct mutate_setup *s, struct mutate *ret, struct err *e);
void mutate_end(struct mutate *m);
/* Nothing is kept: no journal, no stash. Every place and thing has to be scratch. */
void mutate_begin_scratch(struct mutate *ret);
/* Whether the thing behind `fd` came to be in the session, whatever was moved into it since. */
bool mutate_is_made(const struct mutate *m, int fd);
/* Whether it came to be in the session, has a name, and no change of mode, owner, times or attributes of it is recorded. */
bool mutate_is_own(const struct mutate *m, const struct mutate_look *l);
bool mutate_has_changes(const struct mutate *m); /* since mutate_begin: whether there is any record */

/* -- operations on places -- */

/* As openat(2) with O_NOFOLLOW and O_CLOEXEC; returns the descriptor. `flags` as the caller gave them. With O_TMPFILE the nameless file is
 * made in place.dir itself, and the name is not looked at. A link: -ELOOP. What exists and is no regular file: -EISDIR for a directory
 * opened for writing, -ENXIO for a socket, -EOPNOTSUPP for a fifo or device: pin it, mutate_will_write, then open the pin (it may block).
 * -EFBIG: larger than max_copy; see `large`. -ENOSPC: no room for the copy. */
MUST_CHECK int mutate_open(struct mutate *m, const struct mutate_place *p, int flags, mode_t mode);
MUST_CHECK int mutate_mkdir(struct mutate *m, const struct mutate_place *p, mode_t mode);
MUST_CHECK int mutate_mknod(struct mutate *m, const struct mutate_place *p, mode_t mode, dev_t device);
MUST_CHECK int mutate_symlink(struct mutate *m, const char *target, const struct mutate_place *p);
/* One more name for a thing that is pinned, O_TMPFILE and links themselves included. */
MUST_CHECK int mutate_link(struct mutate *m, const struct mutate_object *from, const struct mutate_place *to);
MUST_CHECK int mutate_unlink(struct mutate *m, const struct mutate_place *p);
MUST_CHECK int mutate_rmdir(struct mutate *m, const struct mutate_place *p);
/* `flags` as of renameat2(2): 0, RENAME_NOREPLACE, RENAME_EXCHANGE; others: -EINVAL. A directory that is not as old as the session goes
 * between a scratch tree and another: -EXDEV, as between two mounts. */
MUST_CHECK int mutate_rename(struct mutate *m, const struct mutate_place *from, const struct mutate_place *to, unsigned flags);

/* For a name that the caller makes itself, such as a socket by bind(2): will_create, make it, did_create with what came of it (0 or
 * negative). Nothing else in between. -EEXIST when the name is there. */
struct mutate_pending {
    uint64_t mark, at; /* end of the journal before, and its record, 0: none */
    int64_t begun_ns;
};
MUST_CHECK int mutate_will_create(struct mutate *m, const struct mutate_place *p, struct mutate_pending *ret);
void mutate_did_create(struct mutate *m, const struct mutate_place *p, const struct mutate_pending *w, int result);

/* -- for undo -- */

/* A directory with all that is in it, to the stash at once. */
MUST_CHECK int mutate_take_tree(struct mutate *m, const struct mutate_place *p);
/* As mutate_rename without replacement, of a thing that is no directory and that nobody else can have touched: it is not looked at. */
MUST_CHECK int mutate_return(struct mutate *m, const struct mutate_place *from, const struct mutate_place *to, uint64_t device, uint64_t inode);
/* Takes away one of two names of a thing: its number of links goes down, which the stash would keep up. */
MUST_CHECK int mutate_unlink_twin(struct mutate *m, const struct mutate_place *p, const struct mutate_place *twin);

/* -- operations on pinned things -- */

MUST_CHECK int mutate_chmod(struct mutate *m, const struct mutate_object *o, mode_t mode);
MUST_CHECK int mutate_chown(struct mutate *m, const struct mutate_object *o, uid_t uid, gid_t gid); /* -1: stays */
MUST_CHECK int mutate_utimens(struct mutate *m, const struct mutate_object *o, const struct timespec times[2] /* NULL: now */);
MUST_CHECK int mutate_setxattr(struct mutate *m, const struct mutate_object *o, const char *name, const void *value, size_t len, int flags);
MUST_CHECK int mutate_removexattr(struct mutate *m, const struct mutate_object *o, const char *name);
/* truncate(2). The limit of the caller's RLIMIT_FSIZE is the caller's business. */
MUST_CHECK int mutate_truncate(struct mutate *m, const struct mutate_object *o, off_t length);
/* Before a descriptor for writing to it is handed out by other means than mutate_open: secures the content, or of a fifo or device the
 * time. Whether the caller may write at all is not asked. */
MUST_CHECK int mutate_will_write(struct mutate *m, const struct mutate_object *o);
