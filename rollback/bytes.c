#include "rollback/bytes.h"

#include <string.h>

#include "core/mem.h"

void *bytes_grow(struct bytes *b, size_t len)
{
    mem_reserve(&b->ptr, &b->cap, b->len + len, 1);
    void *at = b->ptr + b->len;
    b->len += len;
    return at;
}

void bytes_add(struct bytes *b, const void *data, size_t len)
{
    if (len > 0)
        memcpy(bytes_grow(b, len), data, len);
}

static void add_le(struct bytes *b, uint64_t value, size_t width)
{
    unsigned char *at = bytes_grow(b, width);
    for (size_t i = 0; i < width; i++)
        at[i] = (unsigned char)(value >> (8 * i));
}

void bytes_add_u8(struct bytes *b, uint8_t value)
{
    add_le(b, value, 1);
}

void bytes_add_u16(struct bytes *b, uint16_t value)
{
    add_le(b, value, 2);
}

void bytes_add_u32(struct bytes *b, uint32_t value)
{
    add_le(b, value, 4);
}

void bytes_add_u64(struct bytes *b, uint64_t value)
{
    add_le(b, value, 8);
}

void bytes_release(struct bytes *b)
{
    mem_free(b->ptr);
    *b = (struct bytes){0};
}

static uint64_t read_le(const unsigned char *at, size_t width)
{
    uint64_t value = 0;
    for (size_t i = 0; i < width; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

uint32_t bytes_u32(const void *at)
{
    return (uint32_t)read_le(at, 4);
}

uint64_t bytes_u64(const void *at)
{
    return read_le(at, 8);
}

const void *bytes_take(struct bytes_reader *r, size_t len)
{
    if (r->failed || len > r->left) {
        r->failed = true;
        return NULL;
    }
    const unsigned char *at = r->ptr;
    r->ptr += len;
    r->left -= len;
    return at;
}

static uint64_t take_le(struct bytes_reader *r, size_t width)
{
    const unsigned char *at = bytes_take(r, width);
    return at == NULL ? 0 : read_le(at, width);
}

uint8_t bytes_take_u8(struct bytes_reader *r)
{
    return (uint8_t)take_le(r, 1);
}

uint16_t bytes_take_u16(struct bytes_reader *r)
{
    return (uint16_t)take_le(r, 2);
}

uint32_t bytes_take_u32(struct bytes_reader *r)
{
    return (uint32_t)take_le(r, 4);
}

uint64_t bytes_take_u64(struct bytes_reader *r)
{
    return take_le(r, 8);
}
