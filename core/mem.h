/* mem: memory that does not fail, and owners the compiler knows. No other file asks for memory.
 *
 * Out of memory prints one line and exits 125: every change on disk is journalled, so stopping is safe.
 * Sizes from outside are bounded before they reach here; products are checked for overflow here. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#define AUTO(release) __attribute__((cleanup(release)))

void *mem_alloc(size_t size);                           /* zeroed */
void *mem_array(size_t n, size_t size);                 /* zeroed */
void *mem_resize(void *ptr, size_t n, size_t size);     /* new bytes are not zeroed */
char *mem_strdup(const char *text);                     /* NULL gives NULL */
char *mem_strndup(const char *text, size_t len);        /* always terminated */
void *mem_dup(const void *data, size_t len);
/* Makes room for `need` elements of `size` bytes: grows `*cap` by half, at least. */
void mem_reserve(void *ptr_to_array, size_t *cap, size_t need, size_t size);
void mem_free(void *ptr);

/* For AUTO: AUTO(mem_free_ptr) char *p; AUTO(mem_close_fd) int fd = -1; errno is kept. */
void mem_free_ptr(void *ptr_to_ptr);
void mem_close_fd(int *fd);

/* Hand over: the variable no longer owns what it held. */
#define take_ptr(p)                  \
    __extension__({                  \
        __typeof__(*(p)) taken_ = *(p); \
        *(p) = NULL;                 \
        taken_;                      \
    })
static inline int take_fd(int *fd)
{
    int taken = *fd;
    *fd = -1;
    return taken;
}
