/* fs: removal of a tree, with a bounded number of descriptors and without recursion. */
#include "core/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/quote.h"

/* A directory below this depth is moved to the top of the tree and taken from there. */
enum { MAX_DEPTH = 32 };

struct level {
    DIR *dir;
    char *name;   /* in the level above */
    bool removed; /* something, since the reading began: it may have skipped entries */
};

struct removal {
    int dirfd; /* borrowed: where the tree is */
    struct level level[MAX_DEPTH];
    size_t depth;
};

static void removal_release(struct removal *r)
{
    while (r->depth > 0) {
        struct level *l = &r->level[--r->depth];
        (void)closedir(l->dir);
        mem_free(l->name);
    }
}

/* The directory that level `depth` is in. */
static int parent_of(const struct removal *r, size_t depth)
{
    return depth == 0 ? r->dirfd : dirfd(r->level[depth - 1].dir);
}

static int refuse(const struct removal *r, const char *name, int sys, struct err *e)
{
    AUTO(str_release) struct str path = STR_INIT(STR_MAX_LINE);
    for (size_t i = 0; i < r->depth; i++) {
        quote_term(&path, r->level[i].name);
        str_addc(&path, '/');
    }
    quote_term(&path, name);
    if (sys == EXDEV)
        return err_set(e, ERR_DENIED, "cannot remove %s: something is mounted there", path.buf);
    return err_sys(e, err_class_of(sys), sys, "cannot remove %s", path.buf);
}

/* Opens a directory that is no link and no mount point. One of ours that may not be read or written is made so: by
 * descriptor, since a name could become another file between. */
static int open_own(int parent, const char *name)
{
    struct stat st;
    AUTO(mem_close_fd) int fd = fs_open_how(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH);
    if (fd < 0 || fstat(fd, &st) < 0)
        return -1;
    if (st.st_uid == geteuid() && (st.st_mode & S_IRWXU) != S_IRWXU) {
        char link[40];
        (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        if (chmod(link, S_IRWXU) < 0)
            return -1;
    }
    return openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int push(struct removal *r, const char *name)
{
    AUTO(mem_close_fd) int fd = open_own(parent_of(r, r->depth), name);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir)
        return -1;
    (void)take_fd(&fd); /* closedir's now */
    r->level[r->depth++] = (struct level){.dir = dir, .name = mem_strdup(name)};
    return 0;
}

/* Moves the directory `name` of the deepest level to the first one. It must be writable, since its ".." changes. */
static int hoist(struct removal *r, const char *name)
{
    unsigned long long bits = 0;
    char fresh[40];
    int from = parent_of(r, r->depth);
    AUTO(mem_close_fd) int fd = open_own(from, name);
    if (fd < 0 || getrandom(&bits, sizeof bits, 0) != sizeof bits)
        return -1;
    (void)snprintf(fresh, sizeof fresh, ".nono-%016llx", bits);
    return renameat(from, name, dirfd(r->level[0].dir), fresh);
}

/* One entry of the deepest level: gone, or opened as the next level. */
static int take_entry(struct removal *r, const char *name)
{
    struct level *l = &r->level[r->depth - 1];
    if (unlinkat(dirfd(l->dir), name, 0) == 0 || errno == ENOENT) {
        l->removed = true;
        return 0;
    }
    if (errno != EISDIR)
        return -1;
    if (unlinkat(dirfd(l->dir), name, AT_REMOVEDIR) == 0 || errno == ENOENT) {
        l->removed = true;
        return 0;
    }
    if (errno == EBUSY) /* a mount point */
        errno = EXDEV;
    if (errno != ENOTEMPTY)
        return -1;
    l->removed = true;
    int result = r->depth < MAX_DEPTH ? push(r, name) : hoist(r, name);
    return result < 0 && errno == ENOENT ? 0 : result;
}

/* The deepest level has been read to its end: removes it, or reads it again when reading may have missed something. */
static int pop(struct removal *r)
{
    struct level *l = &r->level[r->depth - 1];
    if (unlinkat(parent_of(r, r->depth - 1), l->name, AT_REMOVEDIR) < 0 && errno != ENOENT) {
        if (errno != ENOTEMPTY || !l->removed)
            return -1;
        l->removed = false;
        rewinddir(l->dir);
        return 0;
    }
    (void)closedir(l->dir);
    mem_free(l->name);
    r->depth--;
    return 0;
}

static int step(struct removal *r, struct err *e)
{
    errno = 0;
    const struct dirent *entry = readdir(r->level[r->depth - 1].dir);
    if (entry) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            return 0;
        return take_entry(r, entry->d_name) < 0 ? refuse(r, entry->d_name, errno, e) : 0;
    }
    if (errno != 0 || pop(r) < 0)
        return refuse(r, "", errno, e);
    return 0;
}

int fs_remove_tree(int dirfd, const char *name, struct err *e)
{
    AUTO(removal_release) struct removal r = {.dirfd = dirfd};
    if (strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return refuse(&r, name, EINVAL, e);
    if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR || push(&r, name) < 0)
        return refuse(&r, name, errno, e);
    while (r.depth > 0) {
        if (step(&r, e) < 0)
            return e->class;
    }
    return 0;
}
