#include "tests/unit/mutate_do.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Runs `call` with `p`, an open place; -ENOENT without its directory. */
#define AT_PLACE(d, path, call)                  \
    do {                                         \
        struct fixture_place p;                  \
        int r = -ENOENT;                         \
        if (fixture_open((d)->f, path, &p))      \
            r = call;                            \
        fixture_close(&p);                       \
        return r;                                \
    } while (0)

/* Runs `call` with `o`, a pinned thing. */
#define AT_OBJECT(d, path, call)                 \
    do {                                         \
        struct fixture_place place;              \
        struct mutate_object o;                  \
        int r = -ENOENT;                         \
        if (fixture_pin((d)->f, path, &o, &place)) \
            r = call;                            \
        if (o.fd >= 0)                           \
            (void)close(o.fd);                   \
        return r;                                \
    } while (0)

int do_open(const struct doer *d, const char *path, int flags, mode_t mode)
{
    AT_PLACE(d, path, mutate_open(d->m, &p.place, flags, mode));
}

int do_write(const struct doer *d, const char *path, int flags, const char *text)
{
    int fd = do_open(d, path, flags, 0644);
    if (fd < 0)
        return fd;
    ssize_t n = (flags & O_ACCMODE) == O_RDONLY ? 0 : write(fd, text, strlen(text));
    int r = n < 0 ? -errno : 0;
    (void)close(fd);
    return r;
}

int do_mkdir(const struct doer *d, const char *path, mode_t mode)
{
    AT_PLACE(d, path, mutate_mkdir(d->m, &p.place, mode));
}

int do_mknod(const struct doer *d, const char *path, mode_t mode)
{
    AT_PLACE(d, path, mutate_mknod(d->m, &p.place, mode, 0));
}

int do_symlink(const struct doer *d, const char *target, const char *path)
{
    AT_PLACE(d, path, mutate_symlink(d->m, target, &p.place));
}

static int link_to(const struct doer *d, const struct mutate_object *o, const char *to)
{
    AT_PLACE(d, to, mutate_link(d->m, o, &p.place));
}

int do_link(const struct doer *d, const char *from, const char *to)
{
    AT_OBJECT(d, from, link_to(d, &o, to));
}

int do_unlink(const struct doer *d, const char *path)
{
    AT_PLACE(d, path, mutate_unlink(d->m, &p.place));
}

int do_rmdir(const struct doer *d, const char *path)
{
    AT_PLACE(d, path, mutate_rmdir(d->m, &p.place));
}

int do_rename(const struct doer *d, const char *from, const char *to, unsigned flags)
{
    struct fixture_place a;
    struct fixture_place b;
    int r = fixture_open(d->f, from, &a) ? 0 : -ENOENT;
    if (!fixture_open(d->f, to, &b))
        r = -ENOENT;
    if (r == 0)
        r = mutate_rename(d->m, &a.place, &b.place, flags);
    fixture_close(&a);
    fixture_close(&b);
    return r;
}

static int bind_at(struct mutate *m, const struct mutate_place *p)
{
    struct mutate_pending pending;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int r = mutate_will_create(m, p, &pending);
    if (r < 0)
        return r;
    (void)snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", p->dir, p->name);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    r = bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 ? -errno : 0;
    mutate_did_create(m, p, &pending, r);
    (void)close(fd);
    return r;
}

int do_bind(const struct doer *d, const char *path)
{
    AT_PLACE(d, path, bind_at(d->m, &p.place));
}

static int open_nameless(const struct doer *d, const char *dir)
{
    char inside[4096];
    (void)snprintf(inside, sizeof inside, "%s/x", dir);
    AT_PLACE(d, inside, mutate_open(d->m, &p.place, O_TMPFILE | O_RDWR, 0640));
}

int do_tmpfile(const struct doer *d, const char *dir, const char *to, const char *text)
{
    int fd = open_nameless(d, dir);
    if (fd < 0)
        return fd;
    (void)!write(fd, text, strlen(text));
    const struct mutate_object o = {.fd = fd, .path = "/nameless"};
    int r = link_to(d, &o, to);
    (void)!write(fd, text, strlen(text));
    (void)close(fd);
    return r;
}

int do_chmod(const struct doer *d, const char *path, mode_t mode)
{
    AT_OBJECT(d, path, mutate_chmod(d->m, &o, mode));
}

int do_chown(const struct doer *d, const char *path, uid_t uid, gid_t gid)
{
    AT_OBJECT(d, path, mutate_chown(d->m, &o, uid, gid));
}

int do_utimens(const struct doer *d, const char *path, time_t seconds)
{
    const struct timespec times[2] = {{.tv_sec = seconds}, {.tv_sec = seconds, .tv_nsec = 7}};
    AT_OBJECT(d, path, mutate_utimens(d->m, &o, times));
}

int do_setxattr(const struct doer *d, const char *path, const char *name, const void *value, size_t len)
{
    AT_OBJECT(d, path, mutate_setxattr(d->m, &o, name, value, len, 0));
}

int do_removexattr(const struct doer *d, const char *path, const char *name)
{
    AT_OBJECT(d, path, mutate_removexattr(d->m, &o, name));
}

int do_truncate(const struct doer *d, const char *path, off_t length)
{
    AT_OBJECT(d, path, mutate_truncate(d->m, &o, length));
}

int do_will_write(const struct doer *d, const char *path)
{
    AT_OBJECT(d, path, mutate_will_write(d->m, &o));
}
