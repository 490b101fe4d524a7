/* fs: read, replace, list and lock by descriptor. */
#include "core/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"

enum {
    READ_CHUNK = 64 * 1024,
    READ_SMALL = 4096,
    LIST_CHUNK = 8192,
    MAX_NAMES = 1 << 20, /* in one directory */
    MAX_LOCK_TRIES = 100,
};

/* "cannot VERB NAME: why", with the class of `sys`. */
static int refuse(const char *verb, const char *path, int sys, struct err *e)
{
    AUTO(mem_free_ptr) char *name = quote_term_dup(path);
    if (sys == ELOOP)
        return err_sys(e, ERR_DENIED, sys, "cannot %s %s, a symbolic link", verb, name);
    return err_sys(e, err_class_of(sys), sys, "cannot %s %s", verb, name);
}

static int read_open(int fd, const char *path, struct str *ret, struct err *e)
{
    char small[READ_SMALL]; /* the static program does not take memory back */
    struct stat st;
    if (fstat(fd, &st) < 0)
        return refuse("read", path, errno, e);
    bool is_small = st.st_size < READ_SMALL;
    AUTO(mem_free_ptr) char *large = is_small ? NULL : mem_resize(NULL, READ_CHUNK, 1);
    char *chunk = is_small ? small : large;
    AUTO(mem_free_ptr) char *name = quote_term_dup(path);
    if (!S_ISREG(st.st_mode))
        return err_set(e, ERR_INPUT, "%s is not a regular file", name);
    for (;;) {
        ssize_t n = read(fd, chunk, is_small ? READ_SMALL : READ_CHUNK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return refuse("read", path, errno, e);
        if (n == 0)
            return 0;
        str_addn(ret, chunk, (size_t)n);
        if (ret->failed)
            return str_check(ret, name, e);
    }
}

/* O_NONBLOCK, for a pipe of that name would keep us waiting; it means nothing to a regular file. */
static int read_path(int dirfd, const char *path, int flags, struct str *ret, struct err *e)
{
    AUTO(mem_close_fd) int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | flags);
    if (fd < 0)
        return refuse("read", path, errno, e);
    return read_open(fd, path, ret, e);
}

int fs_read(int dirfd, const char *path, struct str *ret, struct err *e)
{
    return read_path(dirfd, path, O_NOFOLLOW, ret, e);
}

int fs_read_named(const char *path, struct str *ret, struct err *e)
{
    return read_path(AT_FDCWD, path, 0, ret, e);
}

int fs_write_all(int fd, const void *data, size_t len, struct err *e)
{
    const char *p = data;
    while (len > 0) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            int sys = n < 0 ? errno : EIO;
            return err_sys(e, err_class_of(sys), sys, "cannot write");
        }
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

/* A slash behind a link would follow it, and ".." lead elsewhere. */
static int want_clean(const char *path, struct err *e)
{
    AUTO(mem_free_ptr) char *name = quote_term_dup(path);
    return path_is_clean(path) ? 0 : err_set(e, ERR_INPUT, "%s is not a clean absolute path", name);
}

/* A file under a name nobody else has; removed by release unless it was renamed. */
struct temp {
    int dirfd; /* borrowed */
    int fd;
    char name[40]; /* "" when there is none */
};

static void temp_release(struct temp *t)
{
    mem_close_fd(&t->fd);
    if (t->name[0])
        (void)unlinkat(t->dirfd, t->name, 0);
}

static int temp_open(struct temp *t)
{
    unsigned long long bits = 0;
    if (getrandom(&bits, sizeof bits, 0) != sizeof bits)
        return -1;
    (void)snprintf(t->name, sizeof t->name, ".nono-%016llx", bits);
    t->fd = openat(t->dirfd, t->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (t->fd < 0)
        t->name[0] = '\0';
    return t->fd < 0 ? -1 : 0;
}

/* A directory of some file systems cannot be synced, and need not be. */
static int sync_directory(int dirfd)
{
    return fsync(dirfd) < 0 && errno != EINVAL ? -1 : 0;
}

/* Splits `path` into its directory, opened, and the name in it. */
static int open_directory_of(int dirfd, const char *path, int *ret_fd, const char **ret_name)
{
    const char *name = path_base(path);
    AUTO(mem_free_ptr) char *dir = name == path ? mem_strdup(".") : mem_strndup(path, (size_t)(name - path));
    int fd = openat(dirfd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    *ret_fd = fd;
    *ret_name = name;
    return 0;
}

struct content {
    const void *data;
    size_t len;
    mode_t mode;
    bool durable;
};

static int put(int dirfd, const char *path, const struct content *c, struct err *e)
{
    AUTO(mem_close_fd) int parent = -1;
    const char *name = NULL;
    if (open_directory_of(dirfd, path, &parent, &name) < 0)
        return refuse("write", path, errno, e);
    AUTO(temp_release) struct temp temp = {.dirfd = parent, .fd = -1};
    if (temp_open(&temp) < 0)
        return refuse("write", path, errno, e);
    if (fs_write_all(temp.fd, c->data, c->len, e) < 0)
        return refuse("write", path, e->sys, e);
    /* The mode by fchmod, which no umask changes; the content on disk before the name that shows it. */
    if (fchmod(temp.fd, c->mode) < 0 || (c->durable && fsync(temp.fd) < 0) || renameat(parent, temp.name, parent, name) < 0)
        return refuse("write", path, errno, e);
    temp.name[0] = '\0';
    if (c->durable && sync_directory(parent) < 0)
        return refuse("write", path, errno, e);
    return 0;
}

int fs_replace(int dirfd, const char *path, const void *data, size_t len, mode_t mode, struct err *e)
{
    return put(dirfd, path, &(struct content){.data = data, .len = len, .mode = mode, .durable = true}, e);
}

int fs_publish(int dirfd, const char *path, const void *data, size_t len, mode_t mode, struct err *e)
{
    return put(dirfd, path, &(struct content){.data = data, .len = len, .mode = mode}, e);
}

int fs_publish_as(int dirfd, const char *spare, const char *name, const void *data, size_t len, struct err *e)
{
    struct stat st;
    AUTO(mem_close_fd) int fd = openat(dirfd, spare, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &st) < 0)
        return refuse("write", name, errno, e);
    if (fs_write_all(fd, data, len, e) < 0)
        return refuse("write", name, e->sys, e);
    bool is_longer = st.st_size > (off_t)len;
    if ((is_longer && ftruncate(fd, (off_t)len) < 0) || renameat(dirfd, spare, dirfd, name) < 0)
        return refuse("write", name, errno, e);
    return 0;
}

/* Opens the component `name` of `parent`, makes it first when it is missing. */
static int enter(int parent, const char *name, int *ret_fd)
{
    int fd = openat(parent, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        /* Somebody else may make it at the same time; a dangling link stays ENOENT below. */
        if (fs_mkdir(parent, name) < 0 && errno != EEXIST)
            return -1;
        fd = openat(parent, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    }
    if (fd < 0)
        return -1;
    *ret_fd = fd;
    return 0;
}

int fs_make_dirs(const char *path, struct err *e)
{
    if (want_clean(path, e) < 0)
        return e->class;
    AUTO(mem_close_fd) int at = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (at >= 0)
        return 0;
    if (errno != ENOENT)
        return refuse("make directory", path, errno, e);
    at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (const char *p = path + 1; at >= 0 && *p;) {
        size_t len = strcspn(p, "/");
        AUTO(mem_free_ptr) char *name = mem_strndup(p, len);
        int next = -1;
        if (enter(at, name, &next) < 0)
            return refuse("make directory", path, errno, e);
        mem_close_fd(&at);
        at = next;
        p += len + (p[len] == '/');
    }
    return at < 0 ? refuse("make directory", path, errno, e) : 0;
}

int fs_open_private(const char *path, bool create, int *ret_fd, struct err *e)
{
    struct stat st;
    if (want_clean(path, e) < 0)
        return e->class;
    AUTO(mem_close_fd) int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT && create) {
        if (fs_make_dirs(path, e) < 0)
            return e->class;
        fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    if (fd < 0 || fstat(fd, &st) < 0)
        return refuse("open directory", path, errno, e);
    AUTO(mem_free_ptr) char *name = quote_term_dup(path);
    if (st.st_uid != geteuid())
        return err_set(e, ERR_DENIED, "%s belongs to user %u, not to you", name, st.st_uid);
    if (st.st_mode & (S_IWGRP | S_IWOTH))
        return err_set(e, ERR_DENIED, "others may write in %s: run chmod go-w on it", name);
    *ret_fd = take_fd(&fd);
    return 0;
}

/* True when `name` still is the file that is open: a lock on a removed file holds nobody off. */
static bool is_current(int dirfd, const char *name, int fd)
{
    struct stat opened;
    struct stat named;
    return fstat(fd, &opened) == 0 && fstatat(dirfd, name, &named, AT_SYMLINK_NOFOLLOW) == 0 && opened.st_dev == named.st_dev &&
           opened.st_ino == named.st_ino;
}

static int take_lock(int fd, int how)
{
    int result = 0;
    do {
        result = flock(fd, how);
    } while (result < 0 && errno == EINTR);
    return result;
}

int fs_lock(int dirfd, const char *name, bool exclusive, bool wait, int *ret_fd, struct err *e)
{
    int how = (exclusive ? LOCK_EX : LOCK_SH) | (wait ? 0 : LOCK_NB);
    AUTO(mem_free_ptr) char *shown = quote_term_dup(name);
    for (int i = 0; i < MAX_LOCK_TRIES; i++) {
        struct stat st;
        AUTO(mem_close_fd) int fd = fs_open_own(dirfd, name, O_RDWR | O_NONBLOCK);
        if (fd < 0 || fstat(fd, &st) < 0)
            return refuse("lock", name, errno, e);
        if (!S_ISREG(st.st_mode))
            return err_set(e, ERR_INPUT, "%s is not a regular file", shown);
        if (take_lock(fd, how) < 0)
            return errno == EWOULDBLOCK ? err_set(e, ERR_BUSY, "%s is locked by another nono", shown) : refuse("lock", name, errno, e);
        if (is_current(dirfd, name, fd)) {
            *ret_fd = take_fd(&fd);
            return 0;
        }
    }
    return err_set(e, ERR_BUSY, "%s is removed each time it is locked", shown);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_dots(const char *name)
{
    return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

static int add_names(const char *chunk, size_t len, const char *path, struct strlist *names, struct err *e)
{
    for (size_t at = 0; at < len;) {
        const struct fs_listed *entry = (const void *)(chunk + at);
        at += entry->length;
        if (is_dots(entry->name))
            continue;
        if (names->n == MAX_NAMES) {
            AUTO(mem_free_ptr) char *name = quote_term_dup(path);
            return err_set(e, ERR_LIMIT, "%s has more than %d entries", name, MAX_NAMES);
        }
        strlist_add(names, entry->name);
    }
    return 0;
}

int fs_list(int dirfd, const char *path, struct strlist *ret, struct err *e)
{
    _Alignas(struct fs_listed) char chunk[LIST_CHUNK]; /* opendir(3) would ask for memory of its own */
    AUTO(mem_close_fd) int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return refuse("list", path, errno, e);
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    for (;;) {
        long len = syscall(SYS_getdents64, fd, chunk, sizeof chunk);
        if (len < 0)
            return refuse("list", path, errno, e);
        if (len == 0)
            break;
        if (add_names(chunk, (size_t)len, path, &names, e) < 0)
            return e->class;
    }
    if (names.n)
        qsort(names.item, names.n, sizeof *names.item, compare_names);
    for (size_t i = 0; i < names.n; i++)
        strlist_add_take(ret, take_ptr(&names.item[i]));
    return 0;
}

int fs_is_empty(int dir)
{
    enum { DOTS = 2 };
    _Alignas(struct fs_listed) char chunk[DOTS * (sizeof(struct fs_listed) + sizeof ".." + NAME_MAX)];
    for (;;) {
        long len = syscall(SYS_getdents64, dir, chunk, sizeof chunk);
        if (len <= 0)
            return len < 0 ? -errno : 1;
        for (long at = 0; at < len; at += ((const struct fs_listed *)(const void *)(chunk + at))->length) {
            if (!is_dots(((const struct fs_listed *)(const void *)(chunk + at))->name))
                return 0;
        }
    }
}

int fs_rename(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}
