/* journal_net: what a journal amounts to: the state before, in terms of the state that the session left. Pure: it knows the records alone.
 *
 * The records are undone from the last to the first in a tree that begins as the state after. Only what some record names has a node; what
 * came and went again ends as ABSENT where nothing is now either. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "rollback/journal.h"
#include "rollback/journal_net_table.h"
#include "rollback/stash.h"

enum journal_net_kind {
    JOURNAL_NET_SAME,    /* what the session left at `now`, which may be another path; of a directory, but for its children here */
    JOURNAL_NET_ABSENT,  /* nothing was there */
    JOURNAL_NET_STASHED, /* what is in the stash; a directory has only its children here */
    JOURNAL_NET_REMOVED, /* a directory that is gone, with its children here */
};

struct journal_net_node {
    struct journal_net_link link;                     /* first */
    struct journal_net_node *parent;                  /* NULL: "/" */
    struct journal_net_node *child, *next, *previous; /* unordered siblings */
    char *name;
    enum journal_net_kind kind;
    char *now;              /* SAME: absolute */
    uint64_t device, inode; /* STASHED and REMOVED */
    unsigned stash;         /* STASHED: which, and its place in it */
    uint64_t stash_id;
    bool is_twin;            /* STASHED: a second name of a thing that is there once */
    uint32_t mode, uid, gid; /* STASHED and REMOVED: when it went; mode 0 otherwise */
    int64_t mtime_ns;
    uint64_t size; /* STASHED: of a file; 0 in journals of versions before it */
};

struct journal_net_attribute {
    char *name;
    void *value; /* NULL: there was none */
    size_t len;
};

/* What an inode was in other respects than its names before. Fields count only where `has_` says so. */
struct journal_net_object {
    struct journal_net_link link; /* first */
    uint64_t device, inode;
    uint32_t stashed; /* names in the stash, also of what is nothing before or after */
    bool has_time, has_mode, has_content;
    bool is_unkept; /* the content is nowhere */
    int64_t mtime_ns;
    uint32_t mode, uid, gid;
    unsigned stash;
    uint64_t stash_id; /* 0: it was empty */
    uint64_t size;
    struct journal_net_attribute *attribute;
    size_t n_attributes, cap;
};

/* A directory that was reached: most records are of the same ones as those before. */
enum { JOURNAL_NET_LAST = 2 }; /* a rename has two */
struct journal_net_place {
    struct journal_net_node *node; /* NULL: none */
    char *path;                    /* without terminator */
    size_t len, cap;
};

struct journal_net {
    struct journal_net_node *root; /* "/" */
    struct journal_net_table names; /* nodes but for the root, by parent and name */
    size_t n_nodes;
    struct journal_net_place last[JOURNAL_NET_LAST];
    size_t next_last;
    struct journal_net_table objects; /* by device and inode */
    char *stash[STASH_MAX]; /* owned; where the session's stashes lie, NULL: no record moves anything out of them */
};

void journal_net_init(struct journal_net *ret);
void journal_net_release(struct journal_net *n);
/* Undoes one record; called from the last to the first. */
void journal_net_undo(struct journal_net *n, const struct journal_entry *x);
/* Makes a node for a path that no record names, so that it counts as touched. */
void journal_net_touch(struct journal_net *n, const char *path);
/* The node of a path of the state before; NULL: no record names it or what it went with. */
const struct journal_net_node *journal_net_find(const struct journal_net *n, const char *path);
const struct journal_net_node *journal_net_child(const struct journal_net *n, const struct journal_net_node *parent, const char *name);
/* NULL: it was no other than it is, and is not in the stash. */
const struct journal_net_object *journal_net_object(const struct journal_net *n, uint64_t device, uint64_t inode);
/* True when the node lies where it is now. */
bool journal_net_in_place(const struct journal_net_node *x);
