/* snapshot_tree: git trees as bytes. libgit2's own builder refuses names like ".git" and looks every child up. */
#pragma once

#include <stdbool.h>

#include "core/err.h"
#include "core/str.h"
#include "rollback/bytes.h"
#include "rollback/oid.h"

enum snapshot_tree_mode {
    SNAPSHOT_TREE_DIR = 040000,
    SNAPSHOT_TREE_FILE = 0100644,
    SNAPSHOT_TREE_EXECUTABLE = 0100755,
    SNAPSHOT_TREE_LINK = 0120000,
};
enum { SNAPSHOT_NAME_MAX = 255 }; /* NAME_MAX: no file system of Linux has longer ones */

struct snapshot_tree_entry {
    struct view name; /* borrowed */
    unsigned mode;    /* enum snapshot_tree_mode */
    struct oid id;
};

/* git's order: by bytes, a directory as if its name ended in '/'. For qsort over an array of entries. */
int snapshot_tree_order(const void *a, const void *b);
/* Entries in git's order. */
void snapshot_tree_encode(const struct snapshot_tree_entry *entry, size_t n, struct bytes *out);

struct snapshot_tree {
    struct snapshot_tree_entry *entry; /* owned; names point into `data` of decode */
    size_t n, cap;
};
/* ERR_CORRUPT: a mode that is not one of the four, git's order broken, a name that is empty, ".", "..", has a '/' or is longer than SNAPSHOT_NAME_MAX
 * and one, a zero id. `data` must outlive the tree. */
MUST_CHECK int snapshot_tree_decode(const void *data, size_t len, struct snapshot_tree *ret, struct err *e);
void snapshot_tree_release(struct snapshot_tree *t);
