/* index: the stat cache of one tree, as a file. Disposable: whatever is wrong with it, the answer is that there is none.
 *
 * Read into memory, and never trusted: offsets are checked where they are followed. In this machine's byte order. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "core/err.h"
#include "rollback/bytes.h"
#include "rollback/snapshot.h"

struct index_entry {
    uint64_t ino, dev, size;
    int64_t mtime_ns, ctime_ns;
    uint64_t link; /* directory: offset of its block; device: its number */
    uint32_t mode, uid, gid, nlink;
    struct oid content, xattrs;
    uint32_t name; /* offset in the names of its directory */
    uint16_t name_len;
    uint16_t flags; /* enum snapshot_flags */
};

/* One directory: its entries, sorted by name, bytewise. */
struct index_dir {
    const struct index_entry *entry;
    const char *names;
    uint32_t n, names_len;
    struct oid files, meta;
};

struct index {           /* all zero: no cache */
    unsigned char *data; /* owned */
    size_t len;
    uint64_t generation;
    int64_t scanned_ns; /* when the scan began that it is of */
    uint32_t left_out;  /* a sum of the names that this scan left out; 0: none */
    struct index_entry root;
};

/* Yields an empty one when there is no cache of this tree, or none that can be believed. */
void index_read(int dirfd, const char *root_path, struct index *ret);
bool index_parse(void *data, size_t len, const char *root_path, struct index *ret); /* consumes `data` when true */
void index_release(struct index *x);
/* The block at `offset`; false when there is none that is whole. Every name in it is terminated. */
bool index_dir_at(const struct index *x, uint64_t offset, struct index_dir *ret);

void index_entry_of(const struct stat *st, struct index_entry *ret); /* name, ids and link of a directory are left zero */
void index_entry_node(const struct index_entry *x, struct snapshot_node *ret);
/* Same object with the same stat data, which is old enough that a later change would show. */
bool index_entry_holds(const struct index_entry *cached, const struct index_entry *now, int64_t scanned_ns, int64_t settle_ns);

/* Builds a new one: directories in any order that has children before parents. */
struct index_builder {
    struct bytes out;
};
void index_builder_begin(struct index_builder *b, const char *root_path);
uint64_t index_builder_dir(struct index_builder *b, const struct index_dir *d); /* its offset, for the parent's entry; 0 when it does not fit */
/* Replaces the cache of this tree. Not flushed: a torn file has the wrong sum. Skipped when another process just writes it. */
MUST_CHECK int index_builder_write(struct index_builder *b, int dirfd, const char *root_path, const struct index *head, struct err *e);
void index_builder_release(struct index_builder *b);
