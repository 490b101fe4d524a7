#include "rollback/segment.h"

#include <string.h>

#include "core/mem.h"
#include "rollback/bytes.h"
#include "rollback/index_sum.h"
#include "rollback/store.h"

/* Index: header, fan-out, ids, object records, frame records, sum. All little endian; FORMAT.md has the table. */
enum {
    INDEX_HEADER = 48, /* magic, counts, size of the segment, name in binary */
    INDEX_FANOUT = 256 * 4,
    INDEX_OBJECT = 24,
    INDEX_FRAME = 24,
    INDEX_SUM = 8,
    FRAME_RAW = 1 << 31, /* in a frame's `stored` */
};
static const unsigned char segment_magic[8] = {'n', 'o', 'n', 'o', 's', 'e', 'g', 1};
static const unsigned char index_magic[8] = {'n', 'o', 'n', 'o', 'i', 'd', 'x', 1};

uint32_t segment_sum(const void *stored, size_t len)
{
    uint64_t sum = index_sum(stored, len, 0);
    return (uint32_t)(sum ^ sum >> 32);
}

struct segment_frame segment_object_piece(const struct segment_object *o)
{
    return (struct segment_frame){.offset = o->offset, .stored = o->stored, .size = (uint32_t)o->size, .sum = o->sum, .coding = o->coding};
}

bool segment_name_is_valid(const char *name)
{
    return strspn(name, "0123456789abcdef") == SEGMENT_NAME && name[SEGMENT_NAME] == '\0';
}

static void name_to_binary(const char *name, unsigned char ret[SEGMENT_NAME / 2])
{
    static const char digit[] = "0123456789abcdef";
    for (size_t i = 0; i < SEGMENT_NAME / 2; i++) {
        size_t high = (size_t)(strchr(digit, name[2 * i]) - digit);
        size_t low = (size_t)(strchr(digit, name[2 * i + 1]) - digit);
        ret[i] = (unsigned char)(high * 16 + low);
    }
}

void segment_header(const char name[SEGMENT_NAME + 1], unsigned char ret[SEGMENT_HEADER])
{
    memset(ret, 0, SEGMENT_HEADER);
    memcpy(ret, segment_magic, sizeof(segment_magic));
    name_to_binary(name, ret + 8);
}

bool segment_header_is(const unsigned char header[SEGMENT_HEADER], const char *name)
{
    unsigned char expected[SEGMENT_HEADER];
    segment_header(name, expected);
    return memcmp(header, expected, sizeof(expected)) == 0;
}

static void encode_object(struct bytes *b, const struct segment_object *o)
{
    bytes_add_u64(b, o->offset);
    bytes_add_u64(b, o->size | (uint64_t)o->kind << 56 | (uint64_t)o->coding << 60);
    bytes_add_u32(b, o->stored);
    bytes_add_u32(b, o->sum);
}

void segment_index_encode(const struct segment_content *c, void **ret, size_t *ret_len)
{
    struct bytes b = {0};
    bytes_add(&b, index_magic, sizeof(index_magic));
    bytes_add_u32(&b, (uint32_t)c->n_objects);
    bytes_add_u32(&b, (uint32_t)c->n_frames);
    bytes_add_u64(&b, c->file_size);
    name_to_binary(c->name, bytes_grow(&b, SEGMENT_NAME / 2));
    bytes_add_u64(&b, 0);
    for (size_t first = 0, i = 0; first < 256; first++) {
        while (i < c->n_objects && c->object[i].id.byte[0] <= first)
            i++;
        bytes_add_u32(&b, (uint32_t)i);
    }
    for (size_t i = 0; i < c->n_objects; i++)
        bytes_add(&b, c->object[i].id.byte, OID_SIZE);
    for (size_t i = 0; i < c->n_objects; i++)
        encode_object(&b, &c->object[i]);
    for (size_t i = 0; i < c->n_frames; i++) {
        bytes_add_u64(&b, c->frame[i].offset);
        bytes_add_u32(&b, c->frame[i].stored | (c->frame[i].coding == SEGMENT_RAW ? (uint32_t)FRAME_RAW : 0));
        bytes_add_u32(&b, c->frame[i].size);
        bytes_add_u32(&b, c->frame[i].sum);
        bytes_add_u32(&b, 0);
    }
    bytes_add_u64(&b, index_sum(b.ptr, b.len, 0));
    *ret = b.ptr;
    *ret_len = b.len;
}

static const unsigned char *ids_of(const struct segment_index *x)
{
    return x->data + INDEX_HEADER + INDEX_FANOUT;
}

void segment_index_object(const struct segment_index *x, size_t i, struct segment_object *ret)
{
    const unsigned char *at = ids_of(x) + x->n_objects * OID_SIZE + i * INDEX_OBJECT;
    uint64_t packed = bytes_u64(at + 8);
    memcpy(ret->id.byte, ids_of(x) + i * OID_SIZE, OID_SIZE);
    ret->offset = bytes_u64(at);
    ret->size = packed & ((UINT64_C(1) << 56) - 1);
    ret->kind = (packed >> 56) & 15;
    ret->coding = (uint8_t)(packed >> 60);
    ret->stored = bytes_u32(at + 16);
    ret->sum = bytes_u32(at + 20);
}

void segment_index_frame(const struct segment_index *x, size_t i, struct segment_frame *ret)
{
    const unsigned char *at = ids_of(x) + x->n_objects * (OID_SIZE + INDEX_OBJECT) + i * INDEX_FRAME;
    uint32_t stored = bytes_u32(at + 8);
    ret->offset = bytes_u64(at);
    ret->stored = stored & ~(uint32_t)FRAME_RAW;
    ret->coding = stored & (uint32_t)FRAME_RAW ? SEGMENT_RAW : SEGMENT_ZSTD;
    ret->size = bytes_u32(at + 12);
    ret->sum = bytes_u32(at + 16);
}

static size_t index_len(size_t n_objects, size_t n_frames)
{
    return INDEX_HEADER + INDEX_FANOUT + n_objects * (OID_SIZE + INDEX_OBJECT) + n_frames * INDEX_FRAME + INDEX_SUM;
}

size_t segment_index_len(const struct segment_index *x)
{
    return index_len(x->n_objects, x->n_frames);
}

uint64_t segment_index_stored(const struct segment_index *x, const struct segment_object *o)
{
    if (o->coding != SEGMENT_FRAMED)
        return o->stored;
    uint64_t total = 0;
    for (size_t i = 0; i < o->stored; i++) {
        struct segment_frame f;
        segment_index_frame(x, (size_t)o->offset + i, &f);
        total += f.stored;
    }
    return total;
}

static bool piece_is_valid(const struct segment_index *x, uint64_t offset, uint64_t stored, uint64_t size, uint8_t coding)
{
    if (offset < SEGMENT_HEADER || offset > x->file_size || stored > x->file_size - offset)
        return false;
    return coding == SEGMENT_RAW ? stored == size : coding == SEGMENT_ZSTD && stored > 0 && stored < size;
}

static bool framed_is_valid(const struct segment_index *x, const struct segment_object *o)
{
    if (o->stored == 0 || o->offset > x->n_frames || o->stored > x->n_frames - o->offset)
        return false;
    uint64_t total = 0;
    for (size_t i = 0; i < o->stored; i++) {
        struct segment_frame f;
        segment_index_frame(x, (size_t)o->offset + i, &f);
        bool last = i + 1 == o->stored;
        if (f.size == 0 || f.size > SEGMENT_FRAME || (!last && f.size != SEGMENT_FRAME) || !piece_is_valid(x, f.offset, f.stored, f.size, f.coding))
            return false;
        total += f.size;
    }
    return total == o->size;
}

static bool objects_are_valid(const struct segment_index *x)
{
    uint64_t frames = 0;
    for (size_t i = 0; i < x->n_objects; i++) {
        struct segment_object o;
        segment_index_object(x, i, &o);
        if (i > 0 && memcmp(ids_of(x) + (i - 1) * OID_SIZE, o.id.byte, OID_SIZE) >= 0)
            return false;
        if (o.kind < STORE_COMMIT || o.kind > STORE_BLOB)
            return false;
        if (o.coding == SEGMENT_FRAMED) {
            frames += o.stored;
            if (frames > x->n_frames || !framed_is_valid(x, &o))
                return false;
        } else if (o.size > SEGMENT_WHOLE_MAX || !piece_is_valid(x, o.offset, o.stored, o.size, o.coding)) {
            return false;
        }
    }
    return true;
}

/* Fields that have no meaning yet are zero. */
static bool spare_is_zero(const struct segment_index *x)
{
    const unsigned char *frame = ids_of(x) + x->n_objects * (OID_SIZE + INDEX_OBJECT);
    for (size_t i = 0; i < x->n_frames; i++) {
        if (bytes_u32(frame + i * INDEX_FRAME + 20) != 0)
            return false;
    }
    return bytes_u64(x->data + 40) == 0;
}

static bool fanout_is_valid(const struct segment_index *x)
{
    const unsigned char *fanout = x->data + INDEX_HEADER;
    size_t i = 0;
    for (size_t first = 0; first < 256; first++) {
        while (i < x->n_objects && ids_of(x)[i * OID_SIZE] <= first)
            i++;
        if (bytes_u32(fanout + 4 * first) != i)
            return false;
    }
    return i == x->n_objects;
}

int segment_index_parse(void *data, size_t len, const char *name, struct segment_index *ret, struct err *e)
{
    struct segment_index x = {.data = data};
    unsigned char binary[SEGMENT_NAME / 2];
    if (len < index_len(0, 0) || memcmp(x.data, index_magic, sizeof(index_magic)) != 0)
        return err_set(e, ERR_CORRUPT, "the index of segment %s is not one", name);
    x.n_objects = bytes_u32(x.data + 8);
    x.n_frames = bytes_u32(x.data + 12);
    x.file_size = bytes_u64(x.data + 16);
    if (x.n_objects > SEGMENT_MAX_OBJECTS || x.n_frames > SEGMENT_MAX_FRAMES || len != index_len(x.n_objects, x.n_frames))
        return err_set(e, ERR_CORRUPT, "the index of segment %s has the wrong length", name);
    if (bytes_u64(x.data + len - INDEX_SUM) != index_sum(x.data, len - INDEX_SUM, 0))
        return err_set(e, ERR_CORRUPT, "the index of segment %s is damaged: its sum is wrong", name);
    name_to_binary(name, binary);
    if (memcmp(x.data + 24, binary, sizeof(binary)) != 0)
        return err_set(e, ERR_CORRUPT, "the index of segment %s belongs to another segment", name);
    if (!spare_is_zero(&x) || !fanout_is_valid(&x) || !objects_are_valid(&x))
        return err_set(e, ERR_CORRUPT, "the index of segment %s contradicts itself", name);
    *ret = x;
    return 0;
}

void segment_index_release(struct segment_index *x)
{
    mem_free(x->data);
    *x = (struct segment_index){0};
}

bool segment_index_find(const struct segment_index *x, const struct oid *id, struct segment_object *ret)
{
    const unsigned char *fanout = x->data + INDEX_HEADER;
    size_t first = id->byte[0];
    size_t low = first == 0 ? 0 : bytes_u32(fanout + 4 * (first - 1));
    size_t high = bytes_u32(fanout + 4 * first);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(ids_of(x) + middle * OID_SIZE, id->byte, OID_SIZE);
        if (order == 0) {
            segment_index_object(x, middle, ret);
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}
