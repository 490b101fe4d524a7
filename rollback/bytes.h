/* bytes: little-endian fields into a growing buffer, and out of one that is not trusted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
    unsigned char *ptr; /* NULL while cap is 0 */
    size_t len, cap;
};

void bytes_add(struct bytes *b, const void *data, size_t len);
void bytes_add_u8(struct bytes *b, uint8_t value);
void bytes_add_u16(struct bytes *b, uint16_t value);
void bytes_add_u32(struct bytes *b, uint32_t value);
void bytes_add_u64(struct bytes *b, uint64_t value);
void *bytes_grow(struct bytes *b, size_t len); /* `len` more bytes, unset; valid until the next call */
void bytes_release(struct bytes *b);

uint32_t bytes_u32(const void *at);
uint64_t bytes_u64(const void *at);

/* Reads past the end give zeroes and set `failed`, so that a run of reads is checked once. */
struct bytes_reader {
    const unsigned char *ptr;
    size_t left;
    bool failed;
};

const void *bytes_take(struct bytes_reader *r, size_t len); /* NULL when there is less; points into the input */
uint8_t bytes_take_u8(struct bytes_reader *r);
uint16_t bytes_take_u16(struct bytes_reader *r);
uint32_t bytes_take_u32(struct bytes_reader *r);
uint64_t bytes_take_u64(struct bytes_reader *r);
