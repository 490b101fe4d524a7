/* change: what differs between two snapshots. Equal ids are never opened. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "rollback/snapshot.h"

enum change_kind {
    CHANGE_CREATED,
    CHANGE_DELETED,
    CHANGE_MODIFIED, /* content, link target or type */
    CHANGE_METADATA, /* mode, owner, times, xattrs, hard links only */
};

struct change {
    enum change_kind kind;
    char *path; /* relative to the root, "" for the root itself; absolute for what lies outside the tree of a session (session_tree_changes). Bytes
                   from outside: quote_term before printing */
    struct snapshot_node before, after; /* type 0 where it did not exist */
};

enum {
    CHANGE_MAX = 8 * 1024 * 1024,  /* entries of one list */
    CHANGE_MAX_DEPTH = 4100,       /* directories below each other: more than any capture records, so that none is refused here */
    CHANGE_MAX_PATH = 1024 * 1024, /* bytes of one relative path */
};

/* In the order of a walk: an entry is followed by everything below it, names bytewise (so "a/x" stands before "a-b"). */
struct change_list {
    struct change *item;
    size_t n, cap;
    size_t created, modified, deleted; /* files and links; a directory counts when it is all that changed; times of directories do not count */
};

MUST_CHECK int change_between(struct store *s, const struct oid *before, const struct oid *after, struct change_list *ret,
                              struct err *e); /* commits */
void change_list_release(struct change_list *l);
/* Same for two pairs of tree ids; a pair of zero ids is a tree that does not exist. */
MUST_CHECK int change_between_trees(struct store *s, const struct oid before[2], const struct oid after[2], struct change_list *ret, struct err *e);
/* Every field is the same. */
bool change_same_node(const struct snapshot_node *a, const struct snapshot_node *b);
/* True when `path` is `dir` or lies below it; "" is the root, in which no absolute path lies. */
bool change_path_within(const char *path, const char *dir);
/* Where `a` stands to `b` in the order of a walk, absolute paths behind the others: negative, 0, positive. */
int change_path_order(const char *a, const char *b);
enum change_kind change_kind_of(const struct snapshot_node *before, const struct snapshot_node *after);
/* True when a person would call it a change: not a directory whose time alone moved because an entry did. */
bool change_is_visible(const struct change *c);
