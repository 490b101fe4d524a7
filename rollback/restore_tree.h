/* restore_tree: the live tree, reached only from the descriptor of its root and never through a link. An absolute path is reached the same way from
 * "/". */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "core/err.h"
#include "rollback/change.h"
#include "rollback/store.h"

struct restore_tree {
    struct store *store; /* borrowed */
    int fd, top; /* `top`: "/" */
    int64_t believe_ns; /* what has not changed since then (ctime) is as the capture of the state after saw it; 0: nothing is believed */
    char *parent_path;  /* the parent that was opened last, and its O_PATH descriptor */
    int parent_fd;
};

#define RESTORE_TREE_INIT \
    { \
        .fd = -1, .top = -1, .parent_fd = -1 \
    }

/* ERR_MISSING when there is no such directory, ERR_DENIED when it is another one than `inode` (0: any). */
MUST_CHECK int restore_tree_open(struct restore_tree *t, const char *root, uint64_t inode, struct err *e);
void restore_tree_close(struct restore_tree *t);

/* Opens a directory with openat2(2), beneath the root and without following any link. */
MUST_CHECK int restore_tree_dir(const struct restore_tree *t, const char *path, int flags, int *ret_fd, struct err *e);
/* The directory that holds `path`, and its last component. The descriptor stays the tree's; restore_tree_forget drops it when
 * directories were moved. e->sys tells ENOENT from ENOTDIR and ELOOP. */
MUST_CHECK int restore_tree_parent(struct restore_tree *t, const char *path, int *ret_fd, const char **ret_name, struct err *e);
void restore_tree_forget(struct restore_tree *t);

struct restore_seen {
    struct snapshot_node node; /* type 0: nothing is there */
    struct stat st;
    int parent_sys; /* why the parent could not be opened, 0 when it was */
};
/* What is at the path of a change now. Content is read only where the stat data cannot tell. */
MUST_CHECK int restore_tree_look(struct restore_tree *t, const struct change *c, struct restore_seen *ret, struct err *e);
/* Nothing happened to it between two looks. */
bool restore_seen_same(const struct stat *a, const struct stat *b);
