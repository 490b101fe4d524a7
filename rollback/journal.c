#include "rollback/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "rollback/index_sum.h"
#include "rollback/journal_layout.h"

uint32_t journal_sum(const struct journal_record *r, size_t length)
{
    const size_t begin = offsetof(struct journal_record, step);
    uint64_t sum = index_sum((const unsigned char *)r + begin, length - begin - sizeof(struct journal_tail), r->kind);
    return (uint32_t)(sum ^ (sum >> 32));
}

/* The blocks are there before anything is written to them: a full disk is an error here, and a signal that kills in mapped memory. */
static int secure_blocks(int fd, uint64_t from, uint64_t to)
{
    static const unsigned char zeroes[4096];
    if (fallocate(fd, 0, (off_t)from, (off_t)(to - from)) == 0)
        return 0;
    if (errno != EOPNOTSUPP && errno != ENOSYS)
        return -errno;
    for (uint64_t at = from; at < to;) {
        size_t len = to - at < sizeof zeroes ? (size_t)(to - at) : sizeof zeroes;
        ssize_t n = pwrite(fd, zeroes, len, (off_t)at);
        if (n <= 0)
            return n < 0 ? -errno : -ENOSPC;
        at += (uint64_t)n;
    }
    return 0;
}

static int grow(struct journal *j, uint64_t need)
{
    uint64_t more = j->mapped < JOURNAL_GROWTH ? j->mapped : JOURNAL_GROWTH;
    uint64_t size = j->mapped + more;
    while (size < need)
        size += JOURNAL_FIRST;
    size = (size + JOURNAL_FIRST - 1) / JOURNAL_FIRST * JOURNAL_FIRST;
    if (size > JOURNAL_MAX)
        return -ENOSPC;
    int r = secure_blocks(j->fd, j->mapped, size);
    if (r < 0) {
        (void)!ftruncate(j->fd, (off_t)j->mapped);
        return r;
    }
    void *map = j->map ? mremap(j->map, j->mapped, size, MREMAP_MAYMOVE) : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, j->fd, 0);
    if (map == MAP_FAILED)
        return -ENOMEM;
    j->map = map;
    j->mapped = size;
    return 0;
}

int journal_create(int dir, const char *name, struct journal *ret, struct err *e)
{
    struct journal j = JOURNAL_INIT;
    j.fd = fs_open_own(dir, name, O_RDWR | O_EXCL);
    if (j.fd < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot make the journal of the session");
    int r = grow(&j, JOURNAL_FIRST);
    if (r < 0) {
        (void)close(j.fd);
        (void)unlinkat(dir, name, 0);
        return err_sys(e, ERR_IO, -r, "cannot make the journal of the session");
    }
    memcpy(j.map, JOURNAL_MAGIC, sizeof JOURNAL_MAGIC - 1);
    j.end = JOURNAL_HEADER;
    *ret = j;
    return 0;
}

int journal_resume(int dir, const char *name, struct journal *ret, struct err *e)
{
    AUTO(journal_view_release) struct journal_view v = {0};
    struct journal j = JOURNAL_INIT;
    struct stat st;
    int r = journal_read(dir, name, &v, e);
    if (r < 0)
        return r;
    AUTO(mem_close_fd) int fd = openat(dir, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        return err_sys(e, ERR_IO, errno, "cannot open the journal of the session");
    /* What stands behind the last whole record was being written. */
    if (ftruncate(fd, (off_t)v.end) < 0)
        return err_sys(e, ERR_IO, errno, "cannot cut the journal of the session");
    uint64_t size = (v.end + JOURNAL_FIRST) / JOURNAL_FIRST * JOURNAL_FIRST;
    r = secure_blocks(fd, v.end, size);
    if (r < 0)
        return err_sys(e, ERR_IO, -r, "cannot go on with the journal of the session");
    j.map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (j.map == MAP_FAILED)
        return err_sys(e, ERR_IO, errno, "cannot map the journal of the session");
    j.mapped = size;
    j.end = v.end;
    j.fd = take_fd(&fd);
    *ret = j;
    return 0;
}

void journal_close(struct journal *j)
{
    if (j->map)
        (void)munmap(j->map, j->mapped);
    if (j->fd >= 0) {
        (void)!ftruncate(j->fd, (off_t)j->end);
        (void)close(j->fd);
    }
    *j = (struct journal)JOURNAL_INIT;
}

static int64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME_COARSE, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void fill(struct journal_record *r, const struct journal_entry *x, size_t path_len, size_t other_len)
{
    *r = (struct journal_record){
        .kind = (uint8_t)x->kind,
        .flags = (uint8_t)x->flags,
        .device = x->device,
        .inode = x->inode,
        .step = x->step,
        .time_ns = x->time_ns ? x->time_ns : now_ns(),
        .other_inode = x->other_inode,
        .mtime_s = x->mtime_s,
        .mtime_ns = x->mtime_ns,
        .mode = x->mode,
        .uid = x->uid,
        .gid = x->gid,
        .stash = x->stash,
        .path_len = (uint32_t)path_len,
        .other_len = (uint32_t)other_len,
        .value_len = (uint32_t)x->value_len,
        .stash_id = x->stash_id,
        .size = x->size,
    };
}

int journal_write(struct journal *j, const struct journal_entry *x, uint64_t *ret_at)
{
    const char *other = x->other ? x->other : "";
    size_t path_len = strlen(x->path) + 1;
    size_t other_len = strlen(other) + 1;
    if (path_len > STR_MAX_PATH || other_len > STR_MAX_PATH)
        return -ENAMETOOLONG;
    if (x->value_len > JOURNAL_MAX_VALUE)
        return -E2BIG;
    size_t texts = (path_len + other_len + x->value_len + JOURNAL_ALIGN - 1) / JOURNAL_ALIGN * JOURNAL_ALIGN;
    size_t length = sizeof(struct journal_record) + texts + sizeof(struct journal_tail);
    int r = j->end + length > j->mapped ? grow(j, j->end + length) : 0;
    if (r < 0)
        return r;
    struct journal_record *record = (void *)(j->map + j->end);
    unsigned char *text = (unsigned char *)(record + 1);
    fill(record, x, path_len, other_len);
    memcpy(text, x->path, path_len);
    memcpy(text + path_len, other, other_len);
    if (x->value_len > 0)
        memcpy(text + path_len + other_len, x->value, x->value_len);
    struct journal_tail *tail = (void *)(text + texts);
    *tail = (struct journal_tail){.sum = journal_sum(record, length), .length = (uint32_t)length};
    __atomic_store_n(&record->length, (uint32_t)length, __ATOMIC_RELEASE);
    *ret_at = j->last = j->end;
    j->end += length;
    return 0;
}

bool journal_has_records(const struct journal *j)
{
    return j->end > JOURNAL_HEADER;
}

void journal_cut(struct journal *j, uint64_t at)
{
    if (at >= j->end || at < JOURNAL_HEADER)
        return;
    __atomic_store_n((uint32_t *)(void *)(j->map + at), 0, __ATOMIC_RELEASE);
    memset(j->map + at, 0, j->end - at);
    j->end = at;
    j->last = 0;
}

void journal_settle(struct journal *j, uint64_t at, uint64_t device, uint64_t inode, bool is_born)
{
    struct journal_record *r = (void *)(j->map + at);
    r->flags = (uint8_t)((r->flags & ~(unsigned)JOURNAL_BORN) | (is_born ? JOURNAL_BORN : 0));
    r->device = device;
    __atomic_store_n(&r->inode, inode, __ATOMIC_RELEASE);
}
