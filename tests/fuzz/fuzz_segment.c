/* segment: an index that is taken is what its own content encodes to. The sum is made right first, or nothing would get past it. */
#include <string.h>

#include "core/mem.h"
#include "rollback/index_sum.h"
#include "rollback/segment.h"
#include "tests/fuzz/fuzz.h"

enum { SUM = 8 };
static const char name[] = "000102030405060708090a0b0c0d0e0f";

static void check_same(const struct segment_index *x, const void *data, size_t size)
{
    AUTO(mem_free_ptr) struct segment_object *object = mem_array(x->n_objects + 1, sizeof(*object));
    AUTO(mem_free_ptr) struct segment_frame *frame = mem_array(x->n_frames + 1, sizeof(*frame));
    AUTO(mem_free_ptr) void *again = NULL;
    size_t len = 0;
    for (size_t i = 0; i < x->n_objects; i++) {
        struct segment_object found;
        segment_index_object(x, i, &object[i]);
        FUZZ_CHECK(segment_index_find(x, &object[i].id, &found) && found.offset == object[i].offset);
        FUZZ_CHECK(segment_index_stored(x, &object[i]) <= x->file_size || object[i].coding == SEGMENT_FRAMED);
    }
    for (size_t i = 0; i < x->n_frames; i++)
        segment_index_frame(x, i, &frame[i]);
    const struct segment_content content = {name, x->file_size, object, x->n_objects, frame, x->n_frames};
    segment_index_encode(&content, &again, &len);
    FUZZ_CHECK(len == size && memcmp(again, data, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e = ERR_INIT;
    struct segment_index x;
    AUTO(mem_free_ptr) unsigned char *copy = mem_alloc(size + 1);
    memcpy(copy, data, size);
    for (uint64_t i = 0, sum = size < SUM ? 0 : index_sum(copy, size - SUM, 0); i < SUM && size >= SUM; i++)
        copy[size - SUM + i] = (unsigned char)(sum >> (8 * i));
    if (segment_index_parse(copy, size, name, &x, &e) != 0)
        return 0;
    (void)take_ptr(&copy);
    check_same(&x, x.data, size);
    segment_index_release(&x);
    return 0;
}
