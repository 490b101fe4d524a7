/* placeholder: made, journalled, held, removed. */
#include "core/placeholder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/hash.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"

#define LOCK "lock" /* held while journal entries come and go */

enum { NAME_LEN = 16, MAX_ENTRY = STR_MAX_PATH + 100 };

struct entry {
    const char *name; /* of its file in the journal; only reap() uses it */
    char *path;
    bool is_dir;
    uint64_t device, inode; /* 0 when nono was stopped between the entry and the object */
};

static void entry_release(struct entry *n)
{
    mem_free(n->path);
    *n = (struct entry){0};
}

/* The entry is compared by its path as well. */
static char *name_of(const char *path)
{
    char name[NAME_LEN + 1];
    (void)snprintf(name, sizeof name, "%016" PRIx64, hash_text(path));
    return mem_strdup(name);
}

/* "f 2049 1234 /path": the path is last and may hold anything. False for an entry that was not finished. Numbers have the same length always:
 * when the object has been made the entry is written over, and is never without its path. */
static bool read_entry(int fd, struct entry *ret)
{
    char text[MAX_ENTRY];
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    char *at = text + 2;
    if (n < 2)
        return false;
    text[n] = '\0';
    *ret = (struct entry){.is_dir = text[0] == 'd'};
    ret->device = strtoull(at, &at, 10);
    ret->inode = strtoull(at, &at, 10);
    if (at[0] != ' ' || !path_is_clean(at + 1))
        return false;
    ret->path = mem_strdup(at + 1);
    return true;
}

static int write_entry(int fd, const struct entry *n, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(MAX_ENTRY);
    str_addf(&text, "%c %020" PRIu64 " %020" PRIu64 " %s", n->is_dir ? 'd' : 'f', n->device, n->inode, n->path);
    if ((n->inode == 0 && ftruncate(fd, 0) < 0) || lseek(fd, 0, SEEK_SET) < 0)
        return err_sys(e, ERR_IO, errno, "cannot write the journal of placeholders");
    return fs_write_all(fd, text.buf, text.len, e) < 0 ? err_add(e, "the journal of placeholders") : 0;
}

/* Only what is still the object that was made, and empty. */
static void remove_object(const struct entry *n)
{
    struct stat st;
    const char *name = path_base(n->path);
    AUTO(mem_free_ptr) char *parent = path_parent(n->path);
    AUTO(mem_close_fd) int dirfd = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dirfd < 0 || fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_uid != geteuid())
        return;
    if (n->inode != 0 && ((uint64_t)st.st_ino != n->inode || (uint64_t)st.st_dev != n->device))
        return;
    if (n->is_dir && S_ISDIR(st.st_mode))
        (void)unlinkat(dirfd, name, AT_REMOVEDIR);
    else if (!n->is_dir && S_ISREG(st.st_mode) && st.st_size == 0 && (st.st_mode & 0777) == 0 && st.st_nlink == 1)
        (void)unlinkat(dirfd, name, 0);
}

/* With the lock of the journal: unless another command relies on it. */
static void drop(int dirfd, const char *name, int fd)
{
    AUTO(entry_release) struct entry n = {0};
    if (flock(fd, LOCK_EX | LOCK_NB) < 0)
        return;
    if (read_entry(fd, &n))
        remove_object(&n);
    (void)unlinkat(dirfd, name, 0);
}

static int make_object(struct entry *n)
{
    struct stat st;
    AUTO(mem_close_fd) int fd = -1;
    if (n->is_dir) {
        if (mkdir(n->path, 0700) < 0 || lstat(n->path, &st) < 0)
            return -1;
        n->device = st.st_dev;
        n->inode = st.st_ino;
        return 0;
    }
    fd = open(n->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0);
    if (fd < 0 || fstat(fd, &st) < 0)
        return -1;
    n->device = st.st_dev;
    n->inode = st.st_ino;
    return 0;
}

/* Takes over both. NOLINTNEXTLINE(readability-non-const-parameter) */
static void keep(struct placeholders *p, char *name, int fd)
{
    mem_reserve(&p->claim, &p->cap, p->n + 1, sizeof *p->claim);
    p->claim[p->n++] = (struct placeholder_claim){.name = name, .fd = fd};
}

static int open_entry(const struct placeholders *p, const char *name, int flags)
{
    AUTO(mem_close_fd) int fd = openat(p->dirfd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
    return fd < 0 || flock(fd, LOCK_SH | LOCK_NB) < 0 ? -1 : take_fd(&fd);
}

static bool is_held(const struct placeholders *p, const char *name)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->claim[i].name, name) == 0)
            return true;
    return false;
}

/* A path that exists may be the placeholder of another command, which must not remove it first. */
static void share(struct placeholders *p, const char *path)
{
    AUTO(mem_free_ptr) char *name = name_of(path);
    AUTO(mem_close_fd) int fd = is_held(p, name) ? -1 : open_entry(p, name, 0);
    if (fd >= 0)
        keep(p, take_ptr(&name), take_fd(&fd));
}

static void share_all(struct placeholders *p, const char *path)
{
    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        AUTO(mem_free_ptr) char *directory = mem_strndup(path, (size_t)(slash - path));
        share(p, directory);
    }
    share(p, path);
}

/* Whoever owns a directory may make it writable. */
static bool is_owned(const char *directory)
{
    struct stat st;
    return stat(directory, &st) < 0 || st.st_uid == geteuid();
}

/* 1 when made, 0 when this user cannot make it. */
static int make(struct placeholders *p, const char *path, bool is_dir, struct err *e)
{
    AUTO(mem_free_ptr) char *name = name_of(path);
    AUTO(mem_free_ptr) char *shown = quote_term_dup(path);
    AUTO(mem_close_fd) int fd = open_entry(p, name, O_CREAT);
    AUTO(mem_free_ptr) char *owned = mem_strdup(path);
    struct entry n = {.path = owned, .is_dir = is_dir};
    if (fd < 0)
        return err_sys(e, ERR_IO, errno, "cannot write the journal of placeholders");
    if (write_entry(fd, &n, e) < 0)
        return e->class;
    if (make_object(&n) < 0) {
        int sys = errno;
        AUTO(mem_free_ptr) char *parent = path_parent(path);
        (void)unlinkat(p->dirfd, name, 0);
        if (sys == EPERM || sys == EROFS || (sys == EACCES && !is_owned(parent)))
            return 0;
        if (sys == EACCES)
            return err_set(e, ERR_IO, "cannot keep the denied %s from being created: its directory is closed, run chmod u+wx on that", shown);
        return err_sys(e, ERR_IO, sys, "cannot keep the denied %s from being created", shown);
    }
    int r = write_entry(fd, &n, e);
    keep(p, take_ptr(&name), take_fd(&fd));
    return r < 0 ? r : 1;
}

/* The path with the missing directories above it. */
static int make_all(struct placeholders *p, const char *path, bool is_dir, struct err *e)
{
    struct stat st;
    int r = 1;
    for (const char *slash = strchr(path + 1, '/'); slash && r > 0; slash = strchr(slash + 1, '/')) {
        AUTO(mem_free_ptr) char *directory = mem_strndup(path, (size_t)(slash - path));
        if (lstat(directory, &st) < 0 && errno == ENOENT)
            r = make(p, directory, true, e);
        else
            share(p, directory);
    }
    return r > 0 ? make(p, path, is_dir, e) : r;
}

static int compare_downwards(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;
    return strcmp(y->path, x->path);
}

/* What nobody holds any more, the deepest first. */
static int reap(int dirfd, struct err *e)
{
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    if (fs_list(dirfd, ".", &names, e) < 0)
        return e->class;
    AUTO(mem_free_ptr) struct entry *found = mem_array(names.n, sizeof *found);
    size_t n = 0;
    for (size_t i = 0; i < names.n; i++) {
        AUTO(mem_close_fd) int fd = openat(dirfd, names.item[i], O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0 || strcmp(names.item[i], LOCK) == 0)
            continue;
        if (read_entry(fd, &found[n]))
            found[n++].name = names.item[i];
        else
            (void)unlinkat(dirfd, names.item[i], 0); /* nothing was made yet */
    }
    if (n > 1)
        qsort(found, n, sizeof *found, compare_downwards);
    for (size_t i = 0; i < n; i++) {
        AUTO(mem_close_fd) int fd = openat(dirfd, found[i].name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd >= 0)
            drop(dirfd, found[i].name, fd);
        entry_release(&found[i]);
    }
    return 0;
}

/* Things come and go since the policy was decided: nono's own directories, the placeholders of other commands. */
static bool is_missing(struct caps_mask *m)
{
    struct stat st;
    if (lstat(m->path, &st) < 0) {
        if (m->kind != CAPS_MASK_PIN)
            m->kind = CAPS_MASK_PLACEHOLDER;
        return true;
    }
    if (m->kind != CAPS_MASK_PLACEHOLDER)
        return false;
    if (!S_ISDIR(st.st_mode) && (!S_ISREG(st.st_mode) || st.st_nlink > 1))
        return true; /* cannot be hidden, and making it fails */
    m->kind = S_ISDIR(st.st_mode) ? CAPS_MASK_DIR : CAPS_MASK_FILE;
    return false;
}

static int hold_all(struct placeholders *p, struct caps *c, struct err *e)
{
    size_t kept = 0;
    int r = 0;
    for (size_t i = 0; i < c->n_masks; i++) {
        struct caps_mask *m = &c->mask[i];
        int made = 1;
        if (r == 0 && is_missing(m))
            made = make_all(p, m->path, m->kind == CAPS_MASK_PIN, e);
        else if (r == 0)
            share_all(p, m->path);
        r = made < 0 ? made : r;
        if (made == 0)
            mem_free(m->path);
        else
            c->mask[kept++] = *m;
    }
    c->n_masks = kept;
    return r;
}

int placeholder_hold(const char *dir, struct caps *c, struct placeholders *ret, struct err *e)
{
    AUTO(placeholder_release) struct placeholders p = PLACEHOLDERS_INIT;
    AUTO(mem_close_fd) int lock = -1;
    *ret = (struct placeholders)PLACEHOLDERS_INIT;
    if (c->n_masks == 0 && access(dir, F_OK) < 0)
        return 0;
    if (fs_open_private(dir, true, &p.dirfd, e) < 0 || fs_lock(p.dirfd, LOCK, true, true, &lock, e) < 0 || reap(p.dirfd, e) < 0)
        return c->n_masks == 0 ? 0 : e->class; /* then it is about what others left behind */
    int r = hold_all(&p, c, e);
    mem_close_fd(&lock); /* placeholder_release takes it again */
    if (r < 0)
        return r;
    *ret = p;
    p = (struct placeholders)PLACEHOLDERS_INIT;
    return 0;
}

void placeholder_release(struct placeholders *p)
{
    AUTO(mem_close_fd) int lock = -1;
    struct err ignored = ERR_INIT;
    bool locked = p->dirfd >= 0 && fs_lock(p->dirfd, LOCK, true, true, &lock, &ignored) == 0;
    while (p->n > 0) {
        struct placeholder_claim *claim = &p->claim[--p->n];
        if (locked)
            drop(p->dirfd, claim->name, claim->fd);
        (void)close(claim->fd);
        mem_free(claim->name);
    }
    mem_free(p->claim);
    mem_close_fd(&p->dirfd);
    *p = (struct placeholders)PLACEHOLDERS_INIT;
}
