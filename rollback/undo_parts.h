/* undo_parts: what the files of undo share. For them only. */
#pragma once

#include <stdbool.h>

#include "rollback/mutate_look.h"
#include "rollback/undo.h"

enum { UNDO_DIRS = 4 }; /* more than one step needs at a time */

struct undo_dir {
    char path[STR_MAX_PATH]; /* "" when free */
    int fd;
    struct mutate_look look;
    uint64_t used; /* when */
};

struct undo {
    struct mutate *into;
    int64_t unchanged_since_ns;
    int root; /* of the file system */
    struct stash stash[STASH_MAX];
    unsigned n_stash;
    struct undo_dir dir[UNDO_DIRS]; /* those opened last, and directories in stashes */
    uint64_t clock;
    char changed[STR_MAX_PATH];
};

/* A name that a record has, and what is there. `place` is good until UNDO_DIRS more were opened. */
struct undo_place {
    struct mutate_place place; /* dir -1: its directory is not there */
    struct mutate_look look;
    bool is_there;
    char name[STASH_NAME];
    char path[STR_MAX_PATH + STASH_NAME];
};

/* The same without a look at what is there: is_there stays false. */
int undo_place_find(struct undo *u, const char *path, struct undo_place *ret);
int undo_place_find_stash(struct undo *u, unsigned stash, uint64_t id, struct undo_place *ret);
/* Opens the directory of `path` without following a link. Negative errno value; that nothing is there is none. `path` outlives the place. */
int undo_place_open(struct undo *u, const char *path, struct undo_place *ret);
int undo_place_stash(struct undo *u, unsigned stash, uint64_t id, struct undo_place *ret);
/* Directories have moved: paths lead elsewhere. */
void undo_forget(struct undo *u);
bool undo_is(const struct undo_place *p, uint64_t device, uint64_t inode);
/* UNDO_CHANGED, with the path kept. */
int undo_refuse(struct undo *u, const char *path);

/* Takes one record back; one that never happened, or was taken back already, needs nothing. 0, UNDO_CHANGED, or a negative errno value. */
int undo_step(struct undo *u, const struct journal_entry *x);
/* Those of one thing that stays where it is. */
int undo_meta(struct undo *u, const struct journal_entry *x);
int undo_removed(struct undo *u, const struct journal_entry *x);
/* Mode and time of a directory that has come back from the stash. */
int undo_settle_dir(struct undo *u, const struct journal_entry *x, const char *path);
