/* path: what path_lexical makes is clean, stays as it is, and comes apart and together again. Input: BASE NUL TEXT. */
#include <string.h>

#include "core/mem.h"
#include "core/path.h"
#include "tests/fuzz/fuzz.h"

static void check_clean(const char *path)
{
    struct err e = ERR_INIT;
    AUTO(mem_free_ptr) char *again = NULL;
    AUTO(mem_free_ptr) char *above = path_parent(path);
    AUTO(mem_free_ptr) char *joined = path_join(above, path_base(path));
    FUZZ_CHECK(path_is_clean(path));
    FUZZ_CHECK(path_lexical("/elsewhere", path, &again, &e) == 0 && strcmp(again, path) == 0);
    FUZZ_CHECK(path_is_clean(above));
    FUZZ_CHECK(strcmp(joined, path) == 0);
    FUZZ_CHECK(path_is_within(path, above) && path_is_within(path, "/") && path_is_within(path, path));
    FUZZ_CHECK(strlen(above) < strlen(path) || strcmp(path, "/") == 0);
    FUZZ_CHECK(strcmp(path_below(path, path), "") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e = ERR_INIT;
    AUTO(mem_free_ptr) char *first = mem_strndup((const char *)data, size);
    size_t used = strlen(first) + 1;
    AUTO(mem_free_ptr) char *second = used < size ? mem_strndup((const char *)data + used, size - used) : mem_strdup("");
    AUTO(mem_free_ptr) char *base = NULL;
    AUTO(mem_free_ptr) char *path = NULL;
    if (path_is_clean(first))
        check_clean(first);
    if (path_lexical("/", first, &base, &e) < 0)
        return 0;
    check_clean(base);
    if (path_lexical(base, second, &path, &e) == 0)
        check_clean(path);
    return 0;
}
