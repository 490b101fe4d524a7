#include "rollback/stash.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"

enum {
    BLOCK = 64 * 1024,        /* of a copy by read and write */
    CLONE_LEAST = 128 * 1024, /* smaller files are copied as fast */
};

void stash_name(uint64_t id, char ret[STASH_NAME])
{
    static const char digit[] = "0123456789abcdef";
    enum { BITS = 4, LAST = 15, IN_FAN = 3 }; /* of a hexadecimal digit; digits */
    uint64_t fan = id / STASH_FAN;
    uint64_t item = id % STASH_FAN;
    size_t len = 1;
    for (uint64_t rest = fan >> BITS; rest > 0; rest >>= BITS)
        len++;
    char *at = ret + len + 1 + IN_FAN;
    *at = '\0';
    for (; at > ret + len + 1; item >>= BITS)
        *--at = digit[item & LAST];
    for (*--at = '/'; at > ret; fan >>= BITS)
        *--at = digit[fan & LAST];
}

bool stash_is_over(const char *path)
{
    static const char prefix[] = "/.nono-";
    for (const char *at = strstr(path, prefix); at; at = strstr(at + 1, prefix)) {
        size_t digits = strspn(at + strlen(prefix), "0123456789");
        char end = at[strlen(prefix) + digits];
        if (digits > 0 && (end == '/' || end == '\0'))
            return true;
    }
    return false;
}

int stash_need(struct stash *s)
{
    if (s->dir >= 0 || s->later < 0)
        return s->dir >= 0 ? 0 : -ENOENT;
    if (fs_mkdir(s->later, STASH_FIRST) < 0)
        return -errno;
    s->dir = openat(s->later, STASH_FIRST, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return s->dir < 0 ? -errno : 0;
}

/* One directory holds a bounded number: a crowded one gets slow. */
static int open_fan(struct stash *s)
{
    char name[STASH_NAME];
    if (s->fan >= 0)
        (void)close(s->fan);
    (void)snprintf(name, sizeof name, "%llx", (unsigned long long)(s->next / STASH_FAN));
    if (fs_mkdir(s->dir, name) < 0 && errno != EEXIST) {
        s->fan = -1;
        return -errno;
    }
    s->fan = openat(s->dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return s->fan < 0 ? -errno : 0;
}

int stash_slot(struct stash *s, int *ret_dir, char ret_name[STASH_NAME])
{
    int r = stash_need(s);
    if (r == 0 && (s->fan < 0 || s->next % STASH_FAN == 0))
        r = open_fan(s);
    if (r < 0)
        return r;
    (void)snprintf(ret_name, STASH_NAME, "%03x", (unsigned)(s->next % STASH_FAN));
    *ret_dir = s->fan;
    return 0;
}

uint64_t stash_take(struct stash *s)
{
    return s->next++;
}

static int copy_block(int from, int to, off_t at, off_t end)
{
    static unsigned char block[BLOCK]; /* one operation at a time */
    while (at < end) {
        size_t len = end - at < BLOCK ? (size_t)(end - at) : BLOCK;
        ssize_t n = pread(from, block, len, at);
        if (n <= 0)
            return n < 0 ? -errno : 0;
        for (ssize_t done = 0; done < n;) {
            ssize_t written = pwrite(to, block + done, (size_t)(n - done), at + done);
            if (written <= 0)
                return written < 0 ? -errno : -ENOSPC;
            done += written;
        }
        at += n;
    }
    return 0;
}

static int copy_range(int from, int to, off_t at, off_t end)
{
    while (end - at > BLOCK) {
        off_t in = at;
        off_t out = at;
        ssize_t n = copy_file_range(from, &in, to, &out, (size_t)(end - at), 0);
        if (n <= 0 && n < 0 && errno != EXDEV && errno != EINVAL && errno != EOPNOTSUPP && errno != ENOSYS && errno != EBADF)
            return -errno;
        if (n <= 0)
            break;
        at += n;
    }
    return copy_block(from, to, at, end);
}

/* What is a hole stays one. */
static int copy_data(int from, int to, off_t size)
{
    int r = 0;
    for (off_t at = 0; r == 0 && at < size;) {
        off_t data = size > BLOCK ? lseek(from, at, SEEK_DATA) : at;
        if (data < 0 && errno == ENXIO)
            break;
        off_t hole = data < 0 || size <= BLOCK ? size : lseek(from, data, SEEK_HOLE);
        if (data < 0)
            data = at;
        if (hole < 0 || hole > size)
            hole = size;
        r = copy_range(from, to, data, hole);
        at = hole;
    }
    return r;
}

/* 0; -EFBIG: it cannot be cloned. */
static int clone_content(int from, int to, bool *cannot_clone)
{
    if (!*cannot_clone && ioctl(to, FICLONE, from) == 0)
        return 0;
    if (!*cannot_clone && (errno == ENOSPC || errno == EDQUOT))
        return -errno;
    *cannot_clone = true;
    return -EFBIG;
}

int stash_copy_content(int from, int to, bool *cannot_clone)
{
    struct stat st;
    if (fstat(from, &st) < 0)
        return -errno;
    int r = st.st_size >= CLONE_LEAST ? clone_content(from, to, cannot_clone) : -EFBIG;
    if (r != -EFBIG)
        return r;
    r = copy_data(from, to, st.st_size);
    struct stat made;
    if (r == 0 && (fstat(to, &made) < 0 || (made.st_size != st.st_size && ftruncate(to, st.st_size) < 0)))
        r = -errno;
    return r;
}

static int add_copy(struct stash *s, int from, bool clone_only, uint64_t *ret_id)
{
    int dir;
    char name[STASH_NAME];
    int r = stash_slot(s, &dir, name);
    if (r < 0)
        return r;
    AUTO(mem_close_fd) int to = fs_open_own(dir, name, O_WRONLY | O_EXCL);
    if (to < 0)
        return -errno;
    r = clone_only ? clone_content(from, to, &s->cannot_clone) : stash_copy_content(from, to, &s->cannot_clone);
    if (r < 0) {
        (void)unlinkat(dir, name, 0);
        return r;
    }
    *ret_id = stash_take(s);
    return 0;
}

int stash_copy(struct stash *s, int from, uint64_t *ret_id)
{
    return add_copy(s, from, false, ret_id);
}

int stash_clone(struct stash *s, int from, uint64_t *ret_id)
{
    return s->cannot_clone ? -EFBIG : add_copy(s, from, true, ret_id);
}
