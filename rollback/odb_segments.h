/* odb_segments: objects in and out of segments: compressed, cut into frames, found in the segment being made or in an older one.
 * Knows nothing of libgit2; ids are given to it. May be called from several threads, but for commit, drop, refresh and the tidying. */
#pragma once

#include <stdbool.h>

#include "core/err.h"
#include "rollback/odb.h"
#include "rollback/segment.h"
#include "rollback/segment_set.h"

struct odb_segments;

MUST_CHECK int odb_segments_open(int dirfd, struct odb_segments **ret, struct err *e);
void odb_segments_free_ptr(struct odb_segments **s);
MUST_CHECK int odb_segments_refresh(struct odb_segments *s, struct err *e);

bool odb_segments_find(struct odb_segments *s, const struct oid *id, struct segment_object *ret);
/* Of any size; does nothing when the id is there. */
MUST_CHECK int odb_segments_put(struct odb_segments *s, const struct oid *id, enum store_kind kind, const void *data, size_t len, struct err *e);
/* The content, followed by a NUL; not checked against the id. Caller owns *ret. ERR_LIMIT above STORE_MAX_OBJECT. */
MUST_CHECK int odb_segments_get(struct odb_segments *s, const struct oid *id, struct segment_object *ret_object, void **ret, struct err *e);
/* The content in pieces of at most SEGMENT_WHOLE_MAX. */
MUST_CHECK int odb_segments_each_piece(struct odb_segments *s, const struct oid *id,
                                       int (*take)(void *arg, const void *data, size_t len, struct err *e), void *arg, struct err *e);

/* A blob that comes in pieces; its id is known at the end. */
struct odb_writing;
struct odb_writing *odb_writing_new(struct odb_segments *s, enum store_kind kind, uint64_t size);
MUST_CHECK int odb_writing_add(struct odb_writing *w, const void *data, size_t len, struct err *e);
MUST_CHECK int odb_writing_finish(struct odb_writing *w, const struct oid *id, struct err *e);
void odb_writing_free(struct odb_writing *w); /* what was not finished is dropped */

MUST_CHECK int odb_segments_commit(struct odb_segments *s, struct err *e);
void odb_segments_drop(struct odb_segments *s);
struct segment_set *odb_segments_set(struct odb_segments *s);
int odb_segments_dirfd(const struct odb_segments *s);
