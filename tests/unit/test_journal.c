#include "rollback/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "rollback/journal_layout.h"
#include "tests/unit/tap.h"

static int open_dir(void)
{
    int dir = open(tap_tmpdir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(dir >= 0);
    return dir;
}

static uint64_t write_one(struct journal *j, const char *path, uint64_t inode)
{
    uint64_t at = 0;
    const struct journal_entry x = {.kind = JOURNAL_TIMES, .device = 1, .inode = inode, .mtime_s = -5, .mtime_ns = 6, .mode = S_IFREG | 0644, .path = path};
    CHECK_INT(journal_write(j, &x, &at), 0);
    return at;
}

/* Closes it, and reads it. */
static struct journal_view read_again(int dir, struct journal *j)
{
    struct journal_view v;
    struct err e = ERR_INIT;
    journal_close(j);
    CHECK_OK(journal_read(dir, "j", &v, &e), &e);
    return v;
}

static struct journal create(int dir)
{
    struct journal j = JOURNAL_INIT;
    struct err e = ERR_INIT;
    CHECK_OK(journal_create(dir, "j", &j, &e), &e);
    return j;
}

TEST(comes_back_from_both_ends)
{
    int dir = open_dir();
    struct journal j = create(dir);
    struct journal_entry x;
    uint64_t at = 0;
    CHECK(!journal_has_records(&j));
    (void)write_one(&j, "/a", 1);
    const struct journal_entry wanted = {.kind = JOURNAL_ATTRIBUTE, .step = 3, .device = 4, .inode = 5, .path = "/b", .other = "user.x", .value = "\0v", .value_len = 2};
    CHECK_INT(journal_write(&j, &wanted, &at), 0);
    AUTO(journal_view_release) struct journal_view v = read_again(dir, &j);
    CHECK_INT(v.n, 2);
    at = 0;
    CHECK(journal_next(&v, &at, &x) && x.kind == JOURNAL_TIMES && strcmp(x.path, "/a") == 0 && x.mtime_s == -5 && x.mtime_ns == 6 && x.other[0] == '\0');
    CHECK(journal_next(&v, &at, &x) && x.kind == JOURNAL_ATTRIBUTE && x.step == 3 && x.value_len == 2 && memcmp(x.value, "\0v", 2) == 0);
    CHECK_STR(x.other, "user.x");
    CHECK(x.time_ns > 0 && !journal_next(&v, &at, &x));
    CHECK(journal_previous(&v, &at, &x) && x.kind == JOURNAL_ATTRIBUTE && journal_previous(&v, &at, &x) && x.inode == 1 && !journal_previous(&v, &at, &x));
    (void)close(dir);
}

TEST(forgets_what_is_cut)
{
    int dir = open_dir();
    struct journal j = create(dir);
    (void)write_one(&j, "/a", 1);
    uint64_t cut = write_one(&j, "/a/very/long/name/that/leaves/its/bytes/behind", 2);
    (void)write_one(&j, "/c", 3);
    journal_cut(&j, cut);
    uint64_t at = write_one(&j, "/d", 4);
    journal_settle(&j, at, 7, 8, true);
    AUTO(journal_view_release) struct journal_view v = read_again(dir, &j);
    struct journal_entry x;
    CHECK_INT(v.n, 2);
    at = v.end;
    CHECK(journal_previous(&v, &at, &x) && x.device == 7 && x.inode == 8 && x.flags == JOURNAL_BORN);
    (void)close(dir);
}

TEST(grows_and_has_a_maximum_of_each)
{
    static char path[STR_MAX_PATH + 1];
    static char value[JOURNAL_MAX_VALUE + 1];
    int dir = open_dir();
    uint64_t at = 0;
    struct journal j = create(dir);
    memset(path, 'x', sizeof path - 1);
    path[0] = '/';
    struct journal_entry x = {.kind = JOURNAL_ATTRIBUTE, .inode = 1, .path = path, .other = "user.x", .value = value, .value_len = JOURNAL_MAX_VALUE};
    CHECK_INT(journal_write(&j, &x, &at), -ENAMETOOLONG);
    path[STR_MAX_PATH - 1] = '\0';
    for (int i = 0; i < 40; i++)
        CHECK_INT(journal_write(&j, &x, &at), 0);
    x.value_len++;
    CHECK_INT(journal_write(&j, &x, &at), -E2BIG);
    AUTO(journal_view_release) struct journal_view v = read_again(dir, &j);
    CHECK_INT(v.n, 40);
    (void)close(dir);
}

/* A kill at any byte of a record: what was whole before is there, and it goes on from there. */
TEST(a_torn_record_is_not_there)
{
    struct err e = ERR_INIT;
    int dir = open_dir();
    struct journal j = create(dir);
    (void)write_one(&j, "/a", 1);
    uint64_t at = write_one(&j, "/torn", 2);
    uint64_t end = j.end;
    journal_close(&j);
    int fd = openat(dir, "j", O_RDWR | O_CLOEXEC);
    CHECK(pwrite(fd, "\0\0\0", 4, (off_t)at) == 4); /* its length comes last */
    for (uint64_t left = end; left > at; left--) {
        AUTO(journal_view_release) struct journal_view v = {0};
        CHECK(ftruncate(fd, (off_t)left) == 0);
        CHECK_OK(journal_read(dir, "j", &v, &e), &e);
        CHECK_INT(v.n, 1);
        CHECK_INT(v.end, at);
    }
    CHECK(ftruncate(fd, (off_t)end) == 0);
    (void)close(fd);
    CHECK_OK(journal_resume(dir, "j", &j, &e), &e);
    CHECK_INT(write_one(&j, "/b", 3), at);
    AUTO(journal_view_release) struct journal_view v = read_again(dir, &j);
    CHECK_INT(v.n, 2);
    (void)close(dir);
}

TEST(every_damaged_byte_is_found)
{
    struct err e = ERR_INIT;
    _Alignas(8) unsigned char data[1024];
    int dir = open_dir();
    struct journal j = create(dir);
    uint64_t first = write_one(&j, "/a", 1);
    (void)write_one(&j, "/b", 2);
    journal_close(&j);
    int fd = openat(dir, "j", O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, data, sizeof data);
    struct journal_view v;
    CHECK_OK(journal_parse(data, (size_t)n, "j", &v, &e), &e);
    for (size_t i = 0; i < (size_t)n; i++) {
        const size_t flags = (size_t)first + offsetof(struct journal_record, flags);
        const size_t settled = (size_t)first + offsetof(struct journal_record, device);
        e = (struct err)ERR_INIT;
        if (i == flags || (i >= settled && i < settled + 16) || i >= first + 120)
            continue; /* what is filled in later, and the second record */
        data[i] ^= 0x40;
        CHECK_ERR(journal_parse(data, (size_t)n, "j", &v, &e), ERR_CORRUPT, &e);
        data[i] ^= 0x40;
    }
    (void)close(fd);
    (void)close(dir);
}

TEST(refuses_what_is_no_journal)
{
    struct err e = ERR_INIT;
    struct journal_view v;
    int dir = open_dir();
    CHECK_ERR(journal_read(dir, "j", &v, &e), ERR_MISSING, &e);
    struct journal j = create(dir);
    journal_close(&j);
    e = (struct err)ERR_INIT;
    CHECK_ERR(journal_create(dir, "j", &j, &e), ERR_EXISTS, &e);
    int fd = openat(dir, "j", O_RDWR | O_CLOEXEC);
    e = (struct err)ERR_INIT;
    CHECK(pwrite(fd, "x", 1, 3) == 1);
    CHECK_ERR(journal_read(dir, "j", &v, &e), ERR_CORRUPT, &e);
    CHECK(ftruncate(fd, 5) == 0);
    e = (struct err)ERR_INIT;
    CHECK_ERR(journal_read(dir, "j", &v, &e), ERR_CORRUPT, &e);
    (void)close(fd);
    (void)close(dir);
}

TEST(a_full_disk_is_an_error_and_no_signal)
{
    struct err e = ERR_INIT;
    struct journal j = JOURNAL_INIT;
    uint64_t at = 0;
    int r = 0;
    tap_own_mounts();
    CHECK(mount("tmpfs", tap_tmpdir(), "tmpfs", 0, "size=128k") == 0);
    int dir = open_dir();
    CHECK_OK(journal_create(dir, "j", &j, &e), &e);
    const struct journal_entry x = {.kind = JOURNAL_TIMES, .inode = 1, .path = "/some/file"};
    for (int i = 0; r == 0 && i < 10000; i++)
        r = journal_write(&j, &x, &at);
    CHECK_INT(r, -ENOSPC);
    size_t end = (size_t)j.end;
    AUTO(journal_view_release) struct journal_view v = read_again(dir, &j);
    CHECK_INT(v.end, end);
    CHECK(v.n > 500);
    journal_view_release(&v);
    (void)close(dir);
    CHECK(umount2(tap_tmpdir(), MNT_DETACH) == 0);
}
