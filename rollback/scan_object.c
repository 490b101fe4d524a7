#include "rollback/scan_object.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/str.h"
#include "rollback/scan.h"
#include "rollback/snapshot.h"

enum {
    SCAN_TRIES = 3,
    SCAN_SMALL = 1024 * 1024, /* bytes; larger files are streamed by the store */
    SCAN_AGAIN = 1,           /* a status: the object changed meanwhile */
};

void scan_reader_release(struct scan_reader *r)
{
    bytes_release(&r->buffer);
}

static int give_blob(struct scan_reader *r, const void *data, size_t len, struct oid *ret, struct err *e)
{
    int status = r->keep ? store_put(r->store, STORE_BLOB, data, len, ret, e) : store_hash(r->store, STORE_BLOB, data, len, ret, e);
    r->store_failed = status != 0;
    return status;
}

int scan_object_xattrs(struct scan_reader *r, int fd, const char *name, struct oid *ret, struct err *e)
{
    AUTO(snapshot_xattrs_release) struct snapshot_xattrs x = {0};
    AUTO(mem_free_ptr) void *data = NULL;
    size_t len = 0;
    if (snapshot_xattrs_of(fd, name, &x, e) != 0)
        return e->class;
    snapshot_xattrs_encode(&x, &data, &len);
    *ret = (struct oid){0};
    return len == 0 ? 0 : give_blob(r, data, len, ret, e);
}

/* Attributes that cannot be read, or are too many, make the object one that is not covered. */
static int attributes(struct scan_reader *r, int fd, const char *name, struct index_entry *x, struct err *e)
{
    int status = scan_object_xattrs(r, fd, name, &x->xattrs, e);
    if (r->store_failed || (status != ERR_LIMIT && status != ERR_DENIED))
        return status;
    x->flags |= SNAPSHOT_UNREADABLE;
    x->content = x->xattrs = (struct oid){0};
    return 0;
}

/* Same object, and nothing was written to it between the two looks. */
static bool is_still(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_mode == b->st_mode && a->st_size == b->st_size &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int read_small(struct scan_reader *r, int fd, size_t size, struct index_entry *x, struct err *e)
{
    size_t done = 0;
    r->buffer.len = 0;
    unsigned char *at = bytes_grow(&r->buffer, size + 1);
    while (done <= size) {
        ssize_t n = read(fd, at + done, size + 1 - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            x->flags |= SNAPSHOT_UNREADABLE;
            return 0;
        }
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return done != size ? SCAN_AGAIN : give_blob(r, at, size, &x->content, e);
}

static int read_large(struct scan_reader *r, int fd, uint64_t size, struct index_entry *x, struct err *e)
{
    int status = r->keep ? store_put_fd(r->store, fd, size, &x->content, e) : store_hash_fd(r->store, fd, size, &x->content, e);
    if (status == ERR_BUSY)
        return SCAN_AGAIN;
    r->store_failed = status != 0;
    return status;
}

static int read_open(struct scan_reader *r, int fd, struct index_entry *x, struct err *e)
{
    struct stat before;
    struct stat after;
    if (fstat(fd, &before) != 0)
        return err_sys(e, ERR_IO, errno, "cannot look at it");
    if (!S_ISREG(before.st_mode))
        return SCAN_AGAIN;
    index_entry_of(&before, x);
    int status = before.st_size <= SCAN_SMALL ? read_small(r, fd, (size_t)before.st_size, x, e) : read_large(r, fd, (uint64_t)before.st_size, x, e);
    if (status != 0)
        return status;
    r->n_read++;
    r->bytes_read += (uint64_t)before.st_size;
    if (attributes(r, fd, "", x, e) != 0)
        return e->class;
    if (fstat(fd, &after) != 0)
        return err_sys(e, ERR_IO, errno, "cannot look at it");
    return is_still(&before, &after) ? 0 : SCAN_AGAIN;
}

/* Out of descriptors or memory is not the file's fault; all else is: it cannot be read. */
static bool is_own_fault(int sys)
{
    return sys == EMFILE || sys == ENFILE || sys == ENOMEM;
}

static int unreadable(struct scan_reader *r, int dirfd, const char *name, struct index_entry *x)
{
    struct err ignored = ERR_INIT;
    x->flags |= SNAPSHOT_UNREADABLE;
    if (scan_object_xattrs(r, dirfd, name, &x->xattrs, &ignored) != 0)
        x->xattrs = (struct oid){0};
    return 0;
}

static int read_file(struct scan_reader *r, int dirfd, const char *name, struct index_entry *x, struct err *e)
{
    AUTO(mem_close_fd) int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0)
        return read_open(r, fd, x, e);
    if (errno == ENOENT || errno == ELOOP || errno == ENXIO || errno == EINTR)
        return SCAN_AGAIN;
    if (is_own_fault(errno))
        return err_sys(e, ERR_IO, errno, "cannot open it");
    return unreadable(r, dirfd, name, x);
}

static int read_link(struct scan_reader *r, int dirfd, const char *name, struct index_entry *x, struct err *e)
{
    char target[STR_MAX_PATH];
    ssize_t n = readlinkat(dirfd, name, target, sizeof(target));
    if (n < 0)
        return errno == ENOENT || errno == EINVAL ? SCAN_AGAIN : unreadable(r, dirfd, name, x);
    if ((size_t)n == sizeof(target))
        return unreadable(r, dirfd, name, x);
    return give_blob(r, target, (size_t)n, &x->content, e);
}

/* One look. For what is not a regular file, by name before and after: there is no descriptor that could hold it. */
static int look(struct scan_reader *r, int dirfd, const char *name, struct index_entry *x, struct err *e)
{
    struct stat before;
    struct stat after;
    if (fstatat(dirfd, name, &before, AT_SYMLINK_NOFOLLOW) != 0)
        return err_sys(e, err_class_of(errno), errno, "cannot look at it");
    index_entry_of(&before, x);
    if (S_ISREG(before.st_mode))
        return read_file(r, dirfd, name, x, e);
    if (S_ISLNK(before.st_mode)) {
        int status = read_link(r, dirfd, name, x, e);
        if (status != 0)
            return status;
    }
    int status = attributes(r, dirfd, name, x, e);
    if (status != 0)
        return status == ERR_MISSING && !r->store_failed ? SCAN_AGAIN : status;
    if (fstatat(dirfd, name, &after, AT_SYMLINK_NOFOLLOW) != 0)
        return SCAN_AGAIN;
    /* A directory changes whenever an entry does; that it is the same one is enough. */
    if (S_ISDIR(before.st_mode) && before.st_ino == after.st_ino && before.st_dev == after.st_dev)
        return 0;
    return is_still(&before, &after) ? 0 : SCAN_AGAIN;
}

int scan_object(struct scan_reader *r, int dirfd, const char *name, struct index_entry *x, struct err *e)
{
    const uint32_t offset = x->name;
    const uint16_t len = x->name_len;
    r->store_failed = false;
    for (int i = 0; i < SCAN_TRIES; i++) {
        int status = look(r, dirfd, name, x, e);
        if (status != SCAN_AGAIN) {
            x->name = offset;
            x->name_len = len;
            return status;
        }
    }
    return err_set(e, ERR_BUSY, "it changes while it is read: try again when nothing writes to it");
}

int scan_one(struct store *s, int dirfd, const char *name, struct snapshot_node *ret, struct err *e)
{
    AUTO(scan_reader_release) struct scan_reader r = {.store = s};
    struct index_entry x = {0};
    if (scan_object(&r, dirfd, name, &x, e) != 0)
        return e->class;
    index_entry_node(&x, ret);
    return 0;
}
