/* store: the object store: content under git object ids, zstd-compressed segments below libgit2's odb.
 *
 * Opening is free: libgit2 lives in a module of its own (rollback/odb*.c, built as nono-odb.so) that is loaded by the first call that
 * needs an object, never on the way to starting a command. FORMAT.md is the promise about what is on disk. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "rollback/oid.h"

enum store_kind { STORE_COMMIT = 1, STORE_TREE = 2, STORE_BLOB = 3 }; /* git's own numbers */
enum { STORE_MAX_OBJECT = 64 * 1024 * 1024 };                         /* of what store_get returns whole; larger blobs are streamed */

struct store;

MUST_CHECK int store_open(const char *state_dir, struct store **ret, struct err *e);
void store_close(struct store *s); /* what was put and not committed is dropped */
void store_close_ptr(struct store **s);

/* From the first call that needs the store until store_close, this handle shares its lock, so that no sweep drops what put or has
 * promised before a record on disk names it. store_unlock says that the record is written: sweeps may run while this handle
 * stays open (a command runs for hours); the next call takes the lock again. What was not committed is dropped. */
void store_unlock(struct store *s);

/* put, put_fd, hash, has and get may be called from several threads at once; all else may not. */
MUST_CHECK int store_put(struct store *s, enum store_kind kind, const void *data, size_t len, struct oid *ret, struct err *e);
/* Streams exactly `size` bytes from `fd` into a blob. ERR_BUSY when the file was shorter or longer: it changed while it was read. */
MUST_CHECK int store_put_fd(struct store *s, int fd, uint64_t size, struct oid *ret, struct err *e);
/* Id of the blob without storing it. Loads the module. */
MUST_CHECK int store_hash_fd(struct store *s, int fd, uint64_t size, struct oid *ret, struct err *e);
MUST_CHECK int store_hash(struct store *s, enum store_kind kind, const void *data, size_t len, struct oid *ret, struct err *e);
bool store_has(struct store *s, const struct oid *id);
/* Checked against its id. Caller owns *ret (mem_free); it is followed by a NUL. ERR_MISSING, ERR_CORRUPT, ERR_LIMIT. */
MUST_CHECK int store_get(struct store *s, const struct oid *id, enum store_kind kind, void **ret, size_t *ret_len, struct err *e);
/* Writes a blob to `fd` at its current offset, checked against its id (ERR_CORRUPT after writing: the caller must not publish the file before). */
MUST_CHECK int store_get_fd(struct store *s, const struct oid *id, int fd, struct err *e);
/* Makes all that was put durable and visible to others: data, then index, fsync, rename. ERR_IO names a full disk. Nothing
 * put since is lost by a crash after it; nothing before it is visible after a crash. */
MUST_CHECK int store_commit(struct store *s, struct err *e);

/* Changes whenever objects were removed from the store: a stat cache written under another generation is not believed. Needs no module. */
MUST_CHECK int store_generation(struct store *s, uint64_t *ret, struct err *e);

struct store_usage {
    uint64_t bytes, objects, segments;
};
MUST_CHECK int store_usage(struct store *s, struct store_usage *ret, struct err *e);
/* Bytes that an object takes on disk; 0 when it is not there. */
uint64_t store_stored(struct store *s, const struct oid *id);
/* Every object, for verify. */
MUST_CHECK int store_each(struct store *s, int (*visit)(void *arg, const struct oid *id, struct err *e), void *arg, struct err *e);

/* Objects written into a git repository, as loose files. */
struct store_export;
/* `objects_dir` must exist. */
MUST_CHECK int store_export_open(struct store *s, const char *objects_dir, struct store_export **ret, struct err *e);
/* An object of the store, of any size, checked against its id. ERR_MISSING, ERR_CORRUPT. */
MUST_CHECK int store_export_add(struct store_export *x, const struct oid *id, struct err *e);
/* One that is not in the store. */
MUST_CHECK int store_export_put(struct store_export *x, enum store_kind kind, const void *data, size_t len, struct oid *ret, struct err *e);
void store_export_close_ptr(struct store_export **x);

struct store_sweep {
    void *arg;
    /* Called first, with every other user of the store shut out: decides what stays, from the records as they are then. */
    int (*mark)(void *arg, struct store *s, struct err *e);
    bool (*is_live)(void *arg, const struct oid *id);
    bool thorough; /* also what is a sixteenth of a segment, at the cost of writing the rest again; else from a half on */
};
/* Drops every object that `is_live` does not claim: unlinks dead segments, rewrites half-dead ones. Safe at any instant.
 * ERR_BUSY when another handle (of this process, too) uses the store: nothing was done, try later. */
MUST_CHECK int store_sweep(struct store *s, const struct store_sweep *how, uint64_t *ret_freed, struct err *e);
