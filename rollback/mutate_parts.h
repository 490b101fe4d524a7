/* mutate_parts: what the files of mutate share. For them only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "rollback/mutate.h"
#include "rollback/mutate_look.h"

/* What is known of an inode. */
enum {
    INODE_BORN = 1,    /* in this session; a directory: with all that is in it. One that something older was moved into counts as older */
    INODE_SECURED = 2, /* its content is in the stash, or never needs to be */
    INODE_TIMES = 4,   /* its modification time is in the journal */
    INODE_MADE = 16,   /* in this session, whatever was moved into it since */
    INODE_TRACKED = 8, /* in a scratch tree: it came from one that is kept, or is a directory that the journal names */
};
unsigned mutate_inodes_flags(const struct mutate_inodes *t, const struct mutate_look *l); /* 0: nothing is known */
int mutate_inodes_add(struct mutate_inodes *t, const struct mutate_look *l, unsigned flags);
void mutate_inodes_drop(struct mutate_inodes *t, const struct mutate_look *l, unsigned flags);
void mutate_inodes_release(struct mutate_inodes *t);

/* One operation: what it has written to the journal goes again when it fails. */
struct work {
    struct mutate *m;
    uint64_t mark; /* end of the journal when it began */
    int64_t begun_ns;
    struct mutate_look touched[4]; /* whose times it recorded */
    size_t n_touched;
    struct mutate_look secured; /* whose content it recorded */
    bool has_secured;
};
struct work work_begin(struct mutate *m);
/* Returns `error`. */
int work_fail(struct work *w, int error);

static inline bool is_dir(const struct mutate_look *l)
{
    return S_ISDIR(l->mode);
}
static inline bool is_same(const struct mutate_look *a, const struct mutate_look *b)
{
    return a->device == b->device && a->inode == b->inode;
}
static inline bool is_born(const struct mutate *m, const struct mutate_look *l)
{
    return mutate_inodes_flags(&m->inodes, l) & INODE_BORN;
}
/* Nothing is recorded of it: it lies in a scratch tree, and nowhere else. */
bool is_plain_scratch(const struct mutate *m, const struct mutate_look *l, bool is_scratch);

/* Nono's own rights, and the caller's again. */
void work_as_own(const struct mutate *m);
void work_as_caller(const struct mutate *m);

/* The place, as one of a tree that is kept when the journal names something in its directory. */
struct mutate_place work_place(const struct mutate *m, const struct mutate_place *p);

/* A record with what `l` says. The caller adds the rest before journal_write. */
struct journal_entry work_entry(const struct work *w, enum journal_kind kind, const char *path, const struct mutate_look *l);
int work_write(struct work *w, const struct journal_entry *x, uint64_t *ret_at);

/* The directory of the place is about to change: records its time when that was not done. *ret_is_kept (may be NULL): names in it need
 * records. */
int work_touch(struct work *w, const struct mutate_place *p, bool *ret_is_kept);
/* The same for a record that names a path in it: a directory that was born, or of a scratch tree, is kept from now on, and so are those it lies in. */
int work_need(struct work *w, const struct mutate_place *p);
/* Records the time of `l`, once. */
int work_times(struct work *w, const char *path, const struct mutate_look *l);

/* A name was made: the inode is known as born, and the record at `at` (0: none) is settled. */
void work_born(struct work *w, const struct mutate_look *made, uint64_t at);
/* The stash that a thing can be renamed to: NULL when there is none. */
struct stash *work_stash(struct mutate *m, const struct mutate_look *l, unsigned *ret_index);
/* Asks in the caller's name whether `l` may go from the directory: what rename(2) by nono itself would not ask. */
int work_may_remove(const struct mutate *m, int dir, const struct mutate_look *l);

/* "/proc/self/fd/N" */
enum { WORK_LINK = 32 };
void work_link(int fd, char ret[WORK_LINK]);
/* Opens a pinned file or directory for reading, with nono's own rights; one of ours that is closed to us is opened for the moment. */
int work_open_for_reading(struct work *w, int fd, const char *path, const struct mutate_look *l);
/* 1 when the directory is empty, 0 when it is not. */
int work_is_empty(struct work *w, int fd, const char *path, const struct mutate_look *l);
/* Before the content of a file changes, or of a fifo or device the time. */
int work_secure(struct work *w, const struct mutate_object *o, const struct mutate_look *l);
/* The value of an attribute goes into the journal, or that there is none. With `only_present` nothing is recorded when there is none. */
int work_attribute(struct work *w, const struct mutate_object *o, const struct mutate_look *l, const char *name, bool only_present);
/* Moves an older thing from its place to the stash. `pin`: a directory's own descriptor, else -1; it must be empty unless `is_tree`.
 * -EAGAIN: it was another one. */
int work_stash_away(struct work *w, const struct mutate_place *p, const struct mutate_look *l, int pin, bool is_tree);
/* A directory that changes its parent must be writable itself; one of ours is made so for the moment. True when it was changed. */
bool work_unlock(const struct mutate_look *l, int pin);
void work_lock(const struct mutate_look *l, int pin);
