/* snapshot: git trees, directory records and attribute blobs: what is taken is what it encodes to. The first byte says which. */
#include <string.h>

#include "core/mem.h"
#include "rollback/snapshot.h"
#include "rollback/snapshot_meta.h"
#include "rollback/snapshot_tree.h"
#include "tests/fuzz/fuzz.h"

static void check_same(const void *again, size_t len, const void *data, size_t size)
{
    FUZZ_CHECK(len == size && (len == 0 || memcmp(again, data, len) == 0));
}

static void try_tree(const void *data, size_t size)
{
    struct err e = ERR_INIT;
    AUTO(snapshot_tree_release) struct snapshot_tree t = {0};
    AUTO(bytes_release) struct bytes again = {0};
    if (snapshot_tree_decode(data, size, &t, &e) != 0)
        return;
    snapshot_tree_encode(t.entry, t.n, &again);
    check_same(again.ptr, again.len, data, size);
}

static void try_meta(const void *data, size_t size)
{
    struct err e = ERR_INIT;
    AUTO(snapshot_dir_release) struct snapshot_dir d = {0};
    AUTO(bytes_release) struct bytes again = {0};
    if (snapshot_meta_decode(data, size, &d, &e) != 0)
        return;
    for (size_t i = 0; i < d.n; i++)
        FUZZ_CHECK(snapshot_name_is_valid(d.entry[i].name, strlen(d.entry[i].name)));
    snapshot_meta_encode(&d, &again);
    check_same(again.ptr, again.len, data, size);
}

static void try_xattrs(const void *data, size_t size)
{
    struct err e = ERR_INIT;
    AUTO(snapshot_xattrs_release) struct snapshot_xattrs x = {0};
    AUTO(mem_free_ptr) void *again = NULL;
    size_t len = 0;
    if (snapshot_xattrs_decode(data, size, &x, &e) != 0)
        return;
    snapshot_xattrs_encode(&x, &again, &len);
    check_same(again, len, data, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    /* Exactly as long as it says, so that a sanitizer sees a byte too many. */
    AUTO(mem_free_ptr) void *input = mem_dup(data, size);
    const unsigned char *rest = (const unsigned char *)input + 1;
    if (data[0] == 't')
        try_tree(rest, size - 1);
    else if (data[0] == 'm')
        try_meta(rest, size - 1);
    else
        try_xattrs(rest, size - 1);
    return 0;
}
