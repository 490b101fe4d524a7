/* segment_set: all segments of a store, as one process sees them. find and read may be called from several threads. */
#pragma once

#include <stdbool.h>

#include "core/err.h"
#include "core/str.h"
#include "rollback/segment.h"

struct segment_set;
struct segment; /* lives as long as its set, even when its file is gone */

/* `dirfd` is borrowed and must outlive the set. */
MUST_CHECK int segment_set_open(int dirfd, struct segment_set **ret, struct err *e);
void segment_set_free_ptr(struct segment_set **set);
/* Looks what came and went since. A segment whose index is damaged is left out, and kept on disk. */
MUST_CHECK int segment_set_refresh(struct segment_set *set, struct err *e);

bool segment_set_find(struct segment_set *set, const struct oid *id, struct segment **ret_segment, struct segment_object *ret);
/* The stored bytes of one piece, which fit their sum. ERR_MISSING when the file has gone meanwhile: refresh, and find again. ERR_CORRUPT, ERR_IO. */
MUST_CHECK int segment_set_read(struct segment_set *set, struct segment *g, const struct segment_frame *piece, void *ret, struct err *e);
const struct segment_index *segment_set_index(const struct segment *g);

/* The segments that are there; the list changes with refresh only. */
size_t segment_set_count(const struct segment_set *set);
struct segment *segment_set_at(const struct segment_set *set, size_t i);
const struct strlist *segment_set_damaged(const struct segment_set *set); /* one line each */
/* Index first: from then on the segment is gone for everybody who looks. */
MUST_CHECK int segment_set_unlink(struct segment_set *set, struct segment *g, struct err *e);
