/* mem: allocation that does not fail, and the releasers behind AUTO(). */
#include "core/mem.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/heap.h"

enum { MEM_EXIT_STATUS = 125 };

/* _exit, because this may be a child between fork and exec, where buffers and exit handlers are the parent's. */
static _Noreturn void out_of_memory(void)
{
    static const char text[] = "nono: out of memory\n";
    ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    (void)written;
    _exit(MEM_EXIT_STATUS);
}

static void *or_stop(void *ptr)
{
    if (!ptr)
        out_of_memory();
    return ptr;
}

static size_t product(size_t n, size_t size)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(n, size, &bytes))
        out_of_memory();
    return bytes ? bytes : 1;
}

void *mem_alloc(size_t size)
{
    return or_stop(heap_zeroed(product(1, size)));
}

void *mem_array(size_t n, size_t size)
{
    return or_stop(heap_zeroed(product(n, size)));
}

void *mem_resize(void *ptr, size_t n, size_t size)
{
    return or_stop(heap_resize(ptr, product(n, size)));
}

void *mem_dup(const void *data, size_t len)
{
    void *copy = mem_resize(NULL, len, 1);
    if (len)
        memcpy(copy, data, len);
    return copy;
}

char *mem_strdup(const char *text)
{
    return text ? mem_dup(text, strlen(text) + 1) : NULL;
}

char *mem_strndup(const char *text, size_t len)
{
    if (!text)
        return NULL;
    size_t n = strnlen(text, len);
    char *copy = mem_resize(NULL, n + 1, 1); /* n is the size of an object: there is room above it */
    memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}

void mem_reserve(void *ptr_to_array, size_t *cap, size_t need, size_t size)
{
    void *array = NULL;
    size_t grown = 0;
    if (need <= *cap)
        return;
    if (__builtin_add_overflow(*cap, *cap / 2 + 8, &grown) || grown < need)
        grown = need;
    /* Copied, for the caller's pointer has a type of its own. */
    memcpy(&array, ptr_to_array, sizeof array);
    array = mem_resize(array, grown, size);
    memcpy(ptr_to_array, &array, sizeof array);
    *cap = grown;
}

void mem_free(void *ptr)
{
    heap_free(ptr);
}

void mem_free_ptr(void *ptr_to_ptr)
{
    void *ptr = NULL;
    memcpy(&ptr, ptr_to_ptr, sizeof ptr);
    heap_free(ptr);
    ptr = NULL;
    memcpy(ptr_to_ptr, &ptr, sizeof ptr);
}

void mem_close_fd(int *fd)
{
    int keep = errno;
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
    errno = keep;
}
