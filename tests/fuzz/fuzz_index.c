/* index: whatever the stat cache holds, following it stays inside it. Its length and sum are made right first. */
#include <string.h>
#include <sys/stat.h>

#include "core/mem.h"
#include "rollback/index.h"
#include "rollback/index_sum.h"
#include "tests/fuzz/fuzz.h"

enum { LEN_AT = 8, MAX_DEPTH = 4 };

static void follow(const struct index *x, uint64_t link)
{
    uint64_t todo[MAX_DEPTH] = {link};
    for (size_t depth = 0; depth < MAX_DEPTH; depth++) {
        struct index_dir d;
        if (!index_dir_at(x, todo[depth], &d))
            return;
        for (size_t i = 0; i < d.n; i++) {
            struct snapshot_node n;
            FUZZ_CHECK(d.names[d.entry[i].name + d.entry[i].name_len] == '\0');
            FUZZ_CHECK(strlen(d.names + d.entry[i].name) <= d.entry[i].name_len);
            index_entry_node(&d.entry[i], &n);
            (void)index_entry_holds(&d.entry[i], &d.entry[i], x->scanned_ns, 10000000);
            if (S_ISDIR(d.entry[i].mode) && depth + 1 < MAX_DEPTH)
                todo[depth + 1] = d.entry[i].link;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct index x = {0};
    uint64_t len = size, sum;
    if (size < LEN_AT + 2 * sizeof(sum))
        return 0;
    AUTO(mem_free_ptr) unsigned char *copy = mem_dup(data, size);
    memcpy(copy + LEN_AT, &len, sizeof(len));
    sum = index_sum(copy, size - sizeof(sum), 0);
    memcpy(copy + size - sizeof(sum), &sum, sizeof(sum));
    if (!index_parse(copy, size, "/t", &x))
        return 0;
    (void)take_ptr(&copy);
    follow(&x, x.root.link);
    index_release(&x);
    return 0;
}
