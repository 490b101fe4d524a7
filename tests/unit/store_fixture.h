/* store_fixture: what the tests of the object store, of snapshots and of the scan share. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "rollback/store.h"

/* "tmpdir/NAME"; static storage, two at a time. */
const char *fixture_path(const char *name);
struct store *fixture_store(void); /* of tmpdir/state; fails the test when it cannot */
/* `len` bytes that are the same for the same seed; text-like when `packs`, else random. Caller owns. */
unsigned char *fixture_bytes(size_t len, uint64_t seed, bool packs);
void fixture_write(const char *path, const void *data, size_t len);
unsigned char *fixture_read(const char *path, size_t *ret_len); /* caller owns */
/* First line that a shell command prints; "" when none. Static storage. */
const char *fixture_shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
bool fixture_has_git(void);
struct oid fixture_put(struct store *s, const void *data, size_t len);
/* True when `id` is there and is exactly this; false when it is missing or damaged; fails the test when it is something else. */
bool fixture_holds(struct store *s, const struct oid *id, const void *data, size_t len);
size_t fixture_count(const char *suffix); /* files of the store */

struct fixture_sample { /* four committed objects */
    struct oid id[4];
    unsigned char *data[4];
    size_t len[4];
};
struct fixture_sample fixture_put_sample(void);
void fixture_free_sample(struct fixture_sample *x);
size_t fixture_sound_objects(const struct fixture_sample *x); /* how many come back */
