/* heap: memory that is given out and not taken back: the static program becomes another one or ends soon (core/whole.h). Giving back
 * costs more than a tenth of its time there, and memory that was never used needs no zeroing. */
#include <stdalign.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "core/heap.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

enum {
    UNIT = alignof(max_align_t),
    PAGE = 4096, /* elsewhere it may be larger, and then the call is refused */
    FIRST = 512 * 1024, /* for most commands all there is */
    STEP = 48 * 1024,   /* for which pages are asked at once */
    LARGE = 20 * 1024,  /* what is not used to its end, as a rule */
    CHUNK = 1024 * 1024,
};

struct block {
    alignas(max_align_t) size_t size; /* of what follows */
};

static alignas(PAGE) unsigned char first[FIRST];
static unsigned char *next = first, *end = first + FIRST;
static unsigned char *there = first; /* up to here its pages are there */
static struct block *last; /* may grow where it stands */

static int add_chunk(size_t need)
{
    size_t size = need > CHUNK ? need : CHUNK;
    void *chunk = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (chunk == MAP_FAILED)
        return -1;
    next = there = chunk;
    end = next + size;
    last = NULL;
    return 0;
}

static size_t rounded(size_t size)
{
    return size > SIZE_MAX / 2 ? 0 : (size + UNIT - 1) / UNIT * UNIT;
}

/* One call instead of a fault for each page; a kernel without it has the faults. */
static void populate(size_t need)
{
    if (need > LARGE || next + need <= there)
        return;
    if (there < next) /* behind something large */
        there = next - (uintptr_t)next % PAGE;
    size_t size = (size_t)(end - there) < STEP ? (size_t)(end - there) : STEP;
    (void)madvise(there, size, MADV_POPULATE_WRITE);
    there += size;
}

void *heap_zeroed(size_t size)
{
    size_t need = rounded(size) + sizeof(struct block);
    if (rounded(size) == 0 || ((size_t)(end - next) < need && add_chunk(need) < 0))
        return NULL;
    populate(need);
    last = (void *)next;
    last->size = need - sizeof *last;
    next += need;
    return last + 1;
}

void *heap_resize(void *ptr, size_t size)
{
    if (!ptr)
        return heap_zeroed(size);
    struct block *block = (struct block *)ptr - 1;
    size_t need = rounded(size);
    if (need == 0 || need <= block->size)
        return need ? ptr : NULL;
    if (block == last && (size_t)(end - (unsigned char *)ptr) >= need) {
        block->size = need;
        next = (unsigned char *)ptr + need;
        return ptr;
    }
    void *moved = heap_zeroed(size);
    if (moved)
        memcpy(moved, ptr, block->size);
    return moved;
}

void heap_free(void *ptr)
{
    (void)ptr;
}
