/* snapshot: a tree of the file system at one moment, as objects.
 *
 * A commit whose tree holds two trees: `files`, a plain git tree that any git tool reads (canonical modes, content), and `meta`, which
 * mirrors its directories and holds what git trees cannot: full mode, owner, times, extended attributes, empty
 * directories, hard links, special files. A directory in which nothing changed keeps both ids. FORMAT.md has the layout. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "core/err.h"
#include "rollback/oid.h"
#include "rollback/store.h"

enum snapshot_type { SNAPSHOT_FILE = 1, SNAPSHOT_DIR, SNAPSHOT_LINK, SNAPSHOT_FIFO, SNAPSHOT_SOCKET, SNAPSHOT_CHAR, SNAPSHOT_BLOCK };
enum snapshot_flags { SNAPSHOT_UNREADABLE = 1 << 0 /* content could not be read: only metadata is known */ };

/* One object of the file system. Two nodes are equal when every field is. */
struct snapshot_node {
    uint8_t type;
    uint8_t flags;
    uint16_t mode; /* & 07777 */
    uint32_t uid, gid;
    int64_t mtime_ns;
    uint64_t size;       /* FILE */
    struct oid content;  /* FILE: blob; LINK: blob of the target; zero otherwise */
    struct oid xattrs;   /* blob; zero when none */
    uint64_t link_group; /* non-zero: names with the same number were one inode (nlink > 1) */
    uint64_t rdev;       /* CHAR, BLOCK */
};

struct snapshot_entry {
    char *name; /* bytes; not "", ".", "..", no '/' */
    struct snapshot_node node;
    struct oid files, meta; /* DIR: its two trees */
};

struct snapshot_dir {
    struct snapshot_node self;    /* type DIR */
    struct snapshot_entry *entry; /* sorted by name, bytewise, no duplicates */
    size_t n, cap;
};

void snapshot_dir_release(struct snapshot_dir *d);
/* Both may be called from several threads. read checks everything it is given: order, names, lengths, types (ERR_CORRUPT). */
MUST_CHECK int snapshot_dir_write(struct store *s, const struct snapshot_dir *d, struct oid *ret_files, struct oid *ret_meta, struct err *e);
MUST_CHECK int snapshot_dir_read(struct store *s, const struct oid *files, const struct oid *meta, struct snapshot_dir *ret, struct err *e);
/* `parent` may be NULL. The commit's message is the session id; author is "nono", time is `when_ns`. */
MUST_CHECK int snapshot_write(struct store *s, const struct oid *files, const struct oid *meta, const struct oid *parent, const char *message,
                              int64_t when_ns, struct oid *ret_commit, struct err *e);
MUST_CHECK int snapshot_read(struct store *s, const struct oid *commit, struct oid *ret_files, struct oid *ret_meta, struct err *e);
/* The node of an absolute path in the snapshot of the tree at `root`. ERR_MISSING: it is not in it. */
MUST_CHECK int snapshot_find(struct store *s, const struct oid *commit, const char *root, const char *path, struct snapshot_node *ret, struct err *e);
/* What a stat buffer says: everything but content and xattrs. */
void snapshot_node_of(const struct stat *st, struct snapshot_node *ret);
/* Marks `commit` and everything it reaches, its parents included, through `mark`: 1 when the object is new to it, 0 when it knew it
 * (what it reaches is then left out), or an error. Blobs are named, not read. For store_sweep and verify. */
MUST_CHECK int snapshot_walk(struct store *s, const struct oid *commit,
                             int (*mark)(void *arg, const struct oid *id, enum store_kind kind, struct err *e), void *arg, struct err *e);
/* Same from a tree on. */
MUST_CHECK int snapshot_walk_tree(struct store *s, const struct oid *tree,
                                  int (*mark)(void *arg, const struct oid *id, enum store_kind kind, struct err *e), void *arg, struct err *e);

/* The extended attributes of one object, as a blob holds them. Only names that snapshot_xattr_is_kept are looked at, everywhere. */
struct snapshot_xattr {
    char *name;
    void *value;
    size_t len;
};
struct snapshot_xattrs { /* sorted by name, no duplicates */
    struct snapshot_xattr *item;
    size_t n, cap;
};
void snapshot_xattrs_release(struct snapshot_xattrs *x);
/* user.*, trusted.*, POSIX ACLs and file capabilities; labels that the system itself maintains (SELinux, IMA) are not. */
bool snapshot_xattr_is_kept(const char *name);
/* Of `name` in the directory `fd` (a link is not followed), or of the object `fd` itself, of any type, when `name` is "". ERR_LIMIT, ERR_DENIED,
 * ERR_MISSING. A file system without attributes has none. */
MUST_CHECK int snapshot_xattrs_of(int fd, const char *name, struct snapshot_xattrs *ret, struct err *e);
/* The blob; *ret_len 0 when there are none (its id is then zero). Caller owns *ret. */
void snapshot_xattrs_encode(const struct snapshot_xattrs *x, void **ret, size_t *ret_len);
MUST_CHECK int snapshot_xattrs_decode(const void *data, size_t len, struct snapshot_xattrs *ret, struct err *e);
MUST_CHECK int snapshot_xattrs_read(struct store *s, const struct oid *id, struct snapshot_xattrs *ret, struct err *e);
