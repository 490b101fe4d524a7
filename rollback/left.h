/* left: what a session left behind at the paths that it touched, as stat(2) says: taken when the command is over, kept in sessions/ID/left, so that
 * a later look can tell what others did since. A directory that is where it was has only its touched entries; any other is there whole. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "core/err.h"
#include "rollback/journal_net.h"
#include "rollback/oid.h"

enum {
    LEFT_MAX = 8 * 1024 * 1024, /* entries */
    LEFT_MAX_DEPTH = 4096,
};

struct left_node {
    struct left_node *parent, **child; /* children sorted by name, bytewise */
    size_t n, cap;
    char *name;
    char *at;       /* of the top: where it lies, NULL for "/" */
    bool is_there;  /* else nothing is, and the rest is zero */
    bool is_closed; /* a directory that could not be listed though it was to be */
    uint64_t device, inode, size, rdev;
    int64_t mtime_ns, ctime_ns;
    uint32_t mode, uid, gid, nlink;
    /* Not kept on disk: what sealing found. */
    bool is_read;
    uint8_t flags; /* enum snapshot_flags */
    struct oid content, xattrs;
};

/* Looks at the file system. Directories that cannot be listed are empty. ERR_LIMIT. */
MUST_CHECK int left_take(const struct journal_net *n, struct left_node **ret, struct err *e);
/* The same of one directory, whole. ERR_MISSING, ERR_LIMIT. */
MUST_CHECK int left_take_tree(const char *path, struct left_node **ret, struct err *e);
/* sessions/ID/left; not flushed. */
MUST_CHECK int left_write(int session_dir, const struct left_node *root, struct err *e);
/* ERR_MISSING, ERR_CORRUPT. */
MUST_CHECK int left_read(int session_dir, struct left_node **ret, struct err *e);
MUST_CHECK int left_parse(const void *data, size_t len, struct left_node **ret, struct err *e);
void left_free(struct left_node *root);
void left_free_ptr(struct left_node **root);
/* Adds a path that was not touched, with what is missing of the directories above it, as they are now. */
MUST_CHECK int left_add(struct left_node *root, const char *path, const struct stat *st, struct err *e);
struct left_node *left_child(const struct left_node *dir, const char *name); /* NULL */
struct left_node *left_find(struct left_node *root, const char *path);       /* NULL */
char *left_path(const struct left_node *x);                                  /* absolute; caller owns */
void left_stat(struct left_node *x, const struct stat *st);
/* Nothing happened to it since. */
bool left_is_still(const struct left_node *x, const struct stat *st);
