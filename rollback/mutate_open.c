/* mutate: files that are opened, and their content. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "rollback/mutate_parts.h"

static const int settable = O_APPEND | O_ASYNC | O_DIRECT | O_NOATIME | O_NONBLOCK;

static int create_file(struct mutate *m, const struct mutate_place *p, int flags, mode_t mode)
{
    struct work w = work_begin(m);
    struct mutate_look made;
    bool is_kept = false;
    uint64_t at = 0;
    int r = work_touch(&w, p, &is_kept);
    if (r == 0 && is_kept) {
        const struct journal_entry x = work_entry(&w, JOURNAL_CREATED, p->path, NULL);
        r = work_write(&w, &x, &at);
    }
    int fd = r < 0 ? -1 : openat(p->dir, p->name, (flags & ~O_TRUNC) | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0)
        return work_fail(&w, r < 0 ? r : -errno);
    if (mutate_look(fd, "", &made) == 0)
        work_born(&w, &made, at);
    return fd;
}

/* Only a regular file is opened: anything else could wait, and this thread has no time. */
static int refuse_type(const struct mutate_look *l, int flags)
{
    bool writes = (flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC);
    if (S_ISLNK(l->mode))
        return -ELOOP;
    if (is_dir(l))
        return writes ? -EISDIR : 0;
    if (S_ISSOCK(l->mode))
        return -ENXIO;
    return S_ISREG(l->mode) ? 0 : -EOPNOTSUPP;
}

static int truncate_open(int fd, int flags, off_t length)
{
    char link[WORK_LINK];
    int mode = flags & O_ACCMODE;
    if (mode == O_WRONLY || mode == O_RDWR)
        return ftruncate(fd, length) < 0 ? -errno : 0;
    work_link(fd, link);
    return truncate(link, length) < 0 ? -errno : 0;
}

static int open_existing(struct mutate *m, const struct mutate_place *p, int flags, const struct mutate_look *seen)
{
    struct work w = work_begin(m);
    struct mutate_look l;
    bool writes = (flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC;
    int r = refuse_type(seen, flags);
    if (r < 0)
        return r;
    AUTO(mem_close_fd) int fd = openat(p->dir, p->name, (flags & ~(O_CREAT | O_EXCL | O_TRUNC)) | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    r = mutate_look(fd, "", &l);
    if (r == 0 && !is_same(&l, seen))
        r = -EAGAIN;
    const struct mutate_object o = {.fd = fd, .path = p->path, .is_scratch = p->is_scratch};
    if (r == 0 && writes && p->is_scratch && !is_plain_scratch(m, &l, true))
        r = work_need(&w, p);
    if (r == 0 && writes)
        r = work_secure(&w, &o, &l);
    if (r == 0 && flags & O_TRUNC)
        r = truncate_open(fd, flags, 0);
    if (r == 0 && !(flags & O_NONBLOCK) && fcntl(fd, F_SETFL, flags & settable) < 0)
        r = -errno;
    return r < 0 ? work_fail(&w, r) : take_fd(&fd);
}

static int open_once(struct mutate *m, const struct mutate_place *p, int flags, mode_t mode)
{
    struct mutate_look l;
    if (flags & O_CREAT && flags & O_EXCL)
        return create_file(m, p, flags, mode);
    int r = mutate_look(p->dir, p->name, &l);
    if (r == 0)
        return open_existing(m, p, flags, &l);
    if (r != -ENOENT || !(flags & O_CREAT))
        return r;
    r = create_file(m, p, flags, mode);
    return r == -EEXIST ? -EAGAIN : r; /* it came to be meanwhile */
}

int mutate_open(struct mutate *m, const struct mutate_place *p, int flags, mode_t mode)
{
    int r = -EAGAIN;
    if ((flags & O_TMPFILE) == O_TMPFILE) { /* nothing to take back until it has a name */
        r = openat(p->dir, ".", flags | O_CLOEXEC, mode);
        return r < 0 ? -errno : r;
    }
    const struct mutate_place at = work_place(m, p);
    for (int i = 0; r == -EAGAIN && i < MUTATE_MAX_TRIES; i++)
        r = open_once(m, &at, flags, mode);
    return r;
}

int mutate_will_write(struct mutate *m, const struct mutate_object *o)
{
    struct work w = work_begin(m);
    struct mutate_look l;
    int r = mutate_look(o->fd, "", &l);
    if (r == 0)
        r = work_secure(&w, o, &l);
    return r < 0 ? work_fail(&w, r) : 0;
}

int mutate_truncate(struct mutate *m, const struct mutate_object *o, off_t length)
{
    struct work w = work_begin(m);
    struct mutate_look l;
    char link[WORK_LINK];
    int r = mutate_look(o->fd, "", &l);
    if (r < 0)
        return r;
    if (!S_ISREG(l.mode) || length < 0)
        return is_dir(&l) ? -EISDIR : -EINVAL;
    work_link(o->fd, link);
    AUTO(mem_close_fd) int fd = open(link, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    r = work_secure(&w, o, &l);
    if (r == 0 && (uint64_t)length != l.size && ftruncate(fd, length) < 0)
        r = -errno;
    return r < 0 ? work_fail(&w, r) : 0;
}
