/* journal: what the reader takes is read the same from both ends, and is written again to the same bytes. The sums are made right first, or nothing
 * would get past them. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/path.h"
#include "rollback/journal.h"
#include "rollback/journal_layout.h"
#include "tests/fuzz/fuzz.h"

static void make_sums(unsigned char *data, size_t size)
{
    size_t at = JOURNAL_HEADER;
    while (size > at && size - at >= sizeof(struct journal_record) + sizeof(struct journal_tail)) {
        struct journal_record *r = (void *)(data + at);
        if (r->length % JOURNAL_ALIGN != 0 || r->length > size - at || r->length < sizeof *r + sizeof(struct journal_tail))
            return;
        struct journal_tail *tail = (void *)(data + at + r->length - sizeof *tail);
        *tail = (struct journal_tail){.sum = journal_sum(r, r->length), .length = r->length};
        at += r->length;
    }
}

static void check_entry(const struct journal_entry *x)
{
    FUZZ_CHECK(x->kind > 0 && x->kind < JOURNAL_KINDS && path_is_clean(x->path) && strlen(x->path) < STR_MAX_PATH);
    FUZZ_CHECK(x->kind == JOURNAL_ATTRIBUTE ? strlen(x->other) <= JOURNAL_MAX_NAME : x->other[0] == '\0' || path_is_clean(x->other));
    FUZZ_CHECK(x->value_len <= JOURNAL_MAX_VALUE);
}

/* In a file that is gone at once: the fuzzer runs in many processes. */
static void begin(struct journal *j)
{
    struct err e = ERR_INIT;
    char dir[] = "/tmp/nono-fuzz.XXXXXX";
    FUZZ_CHECK(mkdtemp(dir) != NULL);
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    FUZZ_CHECK(journal_create(fd, "journal", j, &e) == 0);
    (void)unlinkat(fd, "journal", 0);
    (void)close(fd);
    (void)rmdir(dir);
}

static void check_written(const struct journal_view *v)
{
    static struct journal j = JOURNAL_INIT;
    struct journal_entry x;
    if (j.fd < 0)
        begin(&j);
    for (uint64_t at = 0; journal_next(v, &at, &x);) {
        uint64_t where = 0;
        if (x.time_ns == 0)
            continue; /* it would be now */
        FUZZ_CHECK(journal_write(&j, &x, &where) == 0);
        FUZZ_CHECK(at - x.at == j.end - where && memcmp(j.map + where, v->data + x.at, at - x.at) == 0);
        journal_cut(&j, where);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e = ERR_INIT;
    struct journal_view v;
    struct journal_entry x;
    size_t n = 0;
    AUTO(mem_free_ptr) unsigned char *copy = mem_alloc(size + 1);
    memcpy(copy, data, size);
    make_sums(copy, size);
    if (journal_parse(copy, size, "journal", &v, &e) != 0)
        return 0;
    for (uint64_t at = 0; journal_next(&v, &at, &x); n++)
        check_entry(&x);
    FUZZ_CHECK(n == v.n && v.end <= size);
    for (uint64_t at = v.end; journal_previous(&v, &at, &x); n--)
        check_entry(&x);
    FUZZ_CHECK(n == 0);
    check_written(&v);
    return 0;
}
