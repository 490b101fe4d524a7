/* mutate: what is said about a thing: mode, owner, times, attributes. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "rollback/mutate_parts.h"

/* Newer than the headers of Debian 12; AT_EMPTY_PATH. */
enum { SYS_FCHMODAT2 = 452, AT_FD_ITSELF = 0x1000 };

/* One change of a pinned thing. */
struct meta {
    struct work work;
    struct mutate_look look;
    bool is_kept; /* it must be recorded */
};

static int begin(struct mutate *m, const struct mutate_object *o, struct meta *ret)
{
    ret->work = work_begin(m);
    int r = o->look ? 0 : mutate_look(o->fd, "", &ret->look);
    if (o->look)
        ret->look = *o->look;
    if (r == 0)
        ret->is_kept = ret->look.nlink > 0 && !is_born(m, &ret->look) && !is_plain_scratch(m, &ret->look, o->is_scratch);
    return r;
}

static int end(struct meta *x, int r)
{
    return r < 0 ? work_fail(&x->work, r) : 0;
}

static int record_mode(struct meta *x, const struct mutate_object *o)
{
    const struct journal_entry entry = work_entry(&x->work, JOURNAL_MODE, o->path, &x->look);
    return x->is_kept ? work_write(&x->work, &entry, NULL) : 0;
}

/* Whether Linux 6.6 is there, and nobody forbids what it brought, shows only so; and chmod(2) then says what is wrong. */
static int change_mode(int fd, mode_t mode)
{
    char link[WORK_LINK];
    if (syscall(SYS_FCHMODAT2, fd, "", mode, AT_FD_ITSELF) == 0)
        return 0;
    work_link(fd, link);
    return chmod(link, mode) < 0 ? -errno : 0;
}

int mutate_chmod(struct mutate *m, const struct mutate_object *o, mode_t mode)
{
    struct meta x;
    int r = begin(m, o, &x);
    if (r < 0)
        return r;
    if (S_ISLNK(x.look.mode))
        return -EOPNOTSUPP;
    r = record_mode(&x, o);
    if (r == 0)
        r = change_mode(o->fd, mode & 07777);
    return end(&x, r);
}

int mutate_chown(struct mutate *m, const struct mutate_object *o, uid_t uid, gid_t gid)
{
    struct meta x;
    int r = begin(m, o, &x);
    if (r < 0)
        return r;
    /* A new owner takes it away, and so does the old one who comes back: it is recorded first, to come back last. */
    if (x.is_kept && S_ISREG(x.look.mode))
        r = work_attribute(&x.work, o, &x.look, "security.capability", true);
    if (r == 0)
        r = record_mode(&x, o);
    if (r == 0 && fchownat(o->fd, "", uid, gid, AT_FD_ITSELF) < 0)
        r = -errno;
    return end(&x, r);
}

int mutate_utimens(struct mutate *m, const struct mutate_object *o, const struct timespec times[2])
{
    struct meta x;
    char link[WORK_LINK];
    int r = begin(m, o, &x);
    if (r < 0)
        return r;
    if (x.is_kept)
        r = work_times(&x.work, o->path, &x.look);
    if (r == 0 && utimensat(o->fd, "", times, AT_FD_ITSELF) < 0)
        r = -errno;
    if (r == -EINVAL) { /* a kernel before 5.8 */
        work_link(o->fd, link);
        r = utimensat(AT_FDCWD, link, times, 0) == 0 ? 0 : r;
    }
    return end(&x, r);
}

/* An access list changes the mode as well. */
static int record_attribute(struct meta *x, const struct mutate_object *o, const char *name)
{
    if (!x->is_kept)
        return 0;
    int r = strcmp(name, "system.posix_acl_access") == 0 ? record_mode(x, o) : 0;
    return r == 0 ? work_attribute(&x->work, o, &x->look, name, false) : r;
}

int mutate_setxattr(struct mutate *m, const struct mutate_object *o, const char *name, const void *value, size_t len, int flags)
{
    struct meta x;
    char link[WORK_LINK];
    int r = begin(m, o, &x);
    if (r < 0)
        return r;
    work_link(o->fd, link);
    r = record_attribute(&x, o, name);
    if (r == 0 && setxattr(link, name, value, len, flags) < 0)
        r = -errno;
    return end(&x, r);
}

int mutate_removexattr(struct mutate *m, const struct mutate_object *o, const char *name)
{
    struct meta x;
    char link[WORK_LINK];
    int r = begin(m, o, &x);
    if (r < 0)
        return r;
    work_link(o->fd, link);
    r = record_attribute(&x, o, name);
    if (r == 0 && removexattr(link, name) < 0)
        r = -errno;
    return end(&x, r);
}
