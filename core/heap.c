/* heap: the C library's. */
#include "core/heap.h"

#include <stdlib.h>

void *heap_zeroed(size_t size)
{
    return calloc(1, size);
}

void *heap_resize(void *ptr, size_t size)
{
    return realloc(ptr, size);
}

void heap_free(void *ptr)
{
    free(ptr);
}
