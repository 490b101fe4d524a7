/* left: whatever is read back is a tree, and written again is the same bytes. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "rollback/index_sum.h"
#include "rollback/left.h"
#include "tests/fuzz/fuzz.h"

static void check_same(const struct left_node *root, const uint8_t *data, size_t size)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    struct err e = ERR_INIT;
    char dir[] = "/tmp/fuzz-left-XXXXXX";
    FUZZ_CHECK(mkdtemp(dir) != NULL);
    AUTO(mem_close_fd) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    FUZZ_CHECK(left_write(fd, root, &e) == 0 && fs_read(fd, "left", &text, &e) == 0);
    FUZZ_CHECK(text.len == size && memcmp(text.buf, data, size) == 0);
    (void)unlinkat(fd, "left", 0);
    (void)rmdir(dir);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(left_free_ptr) struct left_node *root = NULL;
    AUTO(mem_free_ptr) uint8_t *summed = mem_alloc(size + 1);
    struct err e = ERR_INIT;
    if (size < sizeof(uint64_t))
        return 0;
    /* A fuzzer does not find the sum. */
    memcpy(summed, data, size);
    uint64_t sum = index_sum(data, size - sizeof(uint64_t), 1);
    for (size_t i = 0; i < sizeof(sum); i++)
        summed[size - sizeof(uint64_t) + i] = (uint8_t)(sum >> 8 * i);
    if (left_parse(summed, size, &root, &e) < 0)
        return 0;
    check_same(root, summed, size);
    AUTO(mem_free_ptr) char *path = left_path(root);
    FUZZ_CHECK(path[0] == '/');
    FUZZ_CHECK(left_find(root, "/a/b/c") == NULL || left_find(root, "/a") != NULL);
    return 0;
}
