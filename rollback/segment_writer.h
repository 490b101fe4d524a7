/* segment_writer: makes one new segment. Invisible until commit; gone when the writer is freed or its process dies before.
 * All functions but commit and free may be called from several threads. */
#pragma once

#include <stdbool.h>

#include "core/err.h"
#include "rollback/segment.h"

struct segment_writer;

/* `dirfd` is borrowed and must outlive the writer. */
MUST_CHECK int segment_writer_open(int dirfd, struct segment_writer **ret, struct err *e);
void segment_writer_free_ptr(struct segment_writer **w);

/* Appends an object that is `stored` in one piece; nothing when its id is there already. Only id, kind, coding, stored and size of `o` count; the sum is made here. */
MUST_CHECK int segment_writer_add(struct segment_writer *w, const struct segment_object *o, const void *stored, struct err *e);
/* Appends one frame and says where it went; frames that no segment_writer_add_framed claims are dead bytes. */
MUST_CHECK int segment_writer_frame(struct segment_writer *w, const void *stored, struct segment_frame *frame, struct err *e);
MUST_CHECK int segment_writer_add_framed(struct segment_writer *w, const struct segment_object *o, const struct segment_frame *frame, size_t n,
                                         struct err *e);
/* Takes unclaimed frames back, when nothing was written after them. */
void segment_writer_drop(struct segment_writer *w, const struct segment_frame *frame, size_t n);

bool segment_writer_find(struct segment_writer *w, const struct oid *id, struct segment_object *ret);
/* A frame of an object that find yielded. */
struct segment_frame segment_writer_frame_of(struct segment_writer *w, const struct segment_object *o, size_t i);
MUST_CHECK int segment_writer_read(struct segment_writer *w, uint64_t offset, void *ret, size_t len, struct err *e);

size_t segment_writer_count(const struct segment_writer *w);
/* Data, then index, each on disk before the next step; the second rename makes it visible. ERR_IO. The name it has now is put into `ret_name`. */
MUST_CHECK int segment_writer_commit(struct segment_writer *w, char ret_name[SEGMENT_NAME + 1], struct err *e);
