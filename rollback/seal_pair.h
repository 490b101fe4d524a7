/* seal_pair: the state before and the state after at one path, side by side, as the journal and what was left tell them. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/str.h"
#include "rollback/journal_net.h"
#include "rollback/left.h"

enum seal_from {
    SEAL_NOTHING, /* there was nothing */
    SEAL_LEFT,    /* it is still there, at `left` */
    SEAL_STASHED, /* it is in the stash, as `node` says */
    SEAL_REMOVED, /* a directory that is gone, as `node` says */
    SEAL_LOST,    /* the journal says that it is somewhere, and it is not */
};

struct seal_side {
    enum seal_from from;
    struct left_node *left;              /* LEFT; STASHED: a directory that went with what was in it, else NULL */
    const struct journal_net_node *node; /* state before: what the journal says of the path itself; NULL: nothing */
};

struct seal_pair {
    const char *name; /* borrowed */
    struct seal_side before, after;
};

/* A directory that is in the stash with all that was in it, as a restore puts it there. */
struct seal_tree {
    unsigned stash;
    uint64_t stash_id;
    struct left_node *root;
};

/* What belongs neither to the states of a session nor to its counts: names that the policy leaves out, and nono's own places, in which a restore moves
 * things. */
struct seal_scope {
    const char *workdir;            /* of the session */
    const struct strlist *roots;    /* the same; in these, and in the working directory, names are left out */
    const struct strlist *exclude;  /* the same, "/a/b" from the working directory */
    const char *sessions;           /* where sessions lie */
};
bool seal_scope_has(const struct seal_scope *s, const char *path);
/* By its name. */
bool seal_scope_leaves_out(const struct seal_scope *s, const char *path);

struct seal_state {
    const struct journal_net *net;
    struct left_node *left;       /* "/" */
    const struct seal_tree *tree; /* `n_trees` of them */
    size_t n_trees;
    const struct seal_scope *scope; /* NULL: everything */
};

/* The pair at an absolute path. False when no record touched it or anything below it. */
bool seal_pair_at(const struct seal_state *s, const char *path, struct seal_pair *ret);
/* The pairs below, by name, bytewise: of a directory that is where it was those that were touched, else all, but for what is out of scope. `path`: its
 * own, absolute. Caller frees *ret. */
size_t seal_pair_children(const struct seal_state *s, const char *path, const struct seal_pair *p, struct seal_pair **ret);
/* `path` is absolute. A pair whose sides are no directories has no children. */
typedef int seal_visit(void *arg, const char *path, const struct seal_pair *p, size_t n_children);
/* Calls `visit` for the pair at the path and all below it, a directory before its entries, until it returns something else than 0, which is
 * returned. */
int seal_pair_walk(const struct seal_state *s, const char *path, seal_visit *visit, void *arg);
/* The same thing in the same place: only what is below it or its metadata may differ. */
bool seal_pair_in_place(const struct seal_pair *p);
/* Of the state before: what the journal says of the inode itself; NULL: nothing. */
const struct journal_net_object *seal_side_object(const struct seal_state *s, const struct seal_side *x);
bool seal_side_is_dir(const struct seal_side *x);
