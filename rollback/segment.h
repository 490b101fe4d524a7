/* segment: one file of stored objects and its index. This file knows the layout and checks it; it opens nothing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "rollback/oid.h"

enum {
    SEGMENT_NAME = 32,                    /* hex digits */
    SEGMENT_FILE_NAME = SEGMENT_NAME + 8, /* with '.', suffix and NUL */
    SEGMENT_HEADER = 32,                  /* bytes before the first object */
    SEGMENT_OVERHEAD = 44,                /* bytes of an object in the index */
    SEGMENT_WHOLE_MAX = 4 * 1024 * 1024,  /* larger objects are cut into frames */
    SEGMENT_FRAME = 1024 * 1024,          /* of content; the last may be shorter */
    SEGMENT_MAX_OBJECTS = 16 * 1024 * 1024,
    SEGMENT_MAX_FRAMES = 16 * 1024 * 1024, /* 16 TiB of content */
};

enum segment_coding { SEGMENT_RAW, SEGMENT_ZSTD, SEGMENT_FRAMED };

struct segment_object {
    struct oid id;
    uint8_t kind;    /* enum store_kind */
    uint8_t coding;  /* enum segment_coding */
    uint32_t stored; /* bytes in the file; FRAMED: number of frames */
    uint64_t offset; /* in the file; FRAMED: of the first frame in the frame table */
    uint64_t size;   /* of the content */
    uint32_t sum;    /* of the bytes in the file, not for FRAMED: segment_sum */
};

struct segment_frame {
    uint64_t offset;
    uint32_t stored, size;
    uint32_t sum;
    uint8_t coding; /* SEGMENT_RAW or SEGMENT_ZSTD */
};

/* The one piece of an object that is not FRAMED. */
struct segment_frame segment_object_piece(const struct segment_object *o);

/* The name of a segment is in both of its files, so that they cannot be mistaken for another's. */
void segment_header(const char name[SEGMENT_NAME + 1], unsigned char ret[SEGMENT_HEADER]);
bool segment_header_is(const unsigned char header[SEGMENT_HEADER], const char *name);
/* Of stored bytes: they can be checked and copied without knowing what they hold. */
uint32_t segment_sum(const void *stored, size_t len);
bool segment_name_is_valid(const char *name);

struct segment_index {
    unsigned char *data; /* owned */
    size_t n_objects, n_frames;
    uint64_t file_size; /* of the segment */
};

struct segment_content { /* all borrowed */
    const char *name;
    uint64_t file_size;
    const struct segment_object *object; /* sorted by id, no duplicates */
    size_t n_objects;
    const struct segment_frame *frame;
    size_t n_frames;
};
/* The bytes of its index. Caller owns *ret (mem_free). */
void segment_index_encode(const struct segment_content *c, void **ret, size_t *ret_len);
/* Consumes `data` on success. ERR_CORRUPT on anything that is not exactly what encode writes. */
MUST_CHECK int segment_index_parse(void *data, size_t len, const char *name, struct segment_index *ret, struct err *e);
void segment_index_release(struct segment_index *x);
bool segment_index_find(const struct segment_index *x, const struct oid *id, struct segment_object *ret);
void segment_index_object(const struct segment_index *x, size_t i, struct segment_object *ret);
void segment_index_frame(const struct segment_index *x, size_t i, struct segment_frame *ret);
size_t segment_index_len(const struct segment_index *x); /* bytes of the index itself */
/* Bytes an object takes in its segment. */
uint64_t segment_index_stored(const struct segment_index *x, const struct segment_object *o);
