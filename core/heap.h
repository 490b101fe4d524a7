/* heap: where mem.c gets memory. Only core/mem.c includes this. NULL when there is none. */
#pragma once

#include <stddef.h>

void *heap_zeroed(size_t size); /* size > 0 */
void *heap_resize(void *ptr, size_t size); /* size > 0; new bytes are not zeroed */
void heap_free(void *ptr);
