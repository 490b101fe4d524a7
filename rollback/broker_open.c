/* broker_open: what opens a file so that it can change. Of what could be executed, the descriptor is handed over and closed here before the caller goes
 * on: whoever writes a program and starts it at once must be the only one that had it open. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/terminals.h"
#include "rollback/broker_guard.h"

enum { NAME_LENGTH = 40, CHANGES = O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY) };

struct opening {
    struct broker *broker;
    const struct notify_call *call;
    int flags;
    mode_t mode;
    bool may_block;
    unsigned n_waits; /* for leases */
    bool is_plain;    /* it was made, as a file that nobody can execute */
};

/* A file that nobody can execute before it gets another mode, which it gets here, after this. */
static bool may_stay_open(const struct opening *o, int fd)
{
    struct stat st;
    if (o->is_plain)
        return !o->may_block;
    return !o->may_block && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && !(st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH));
}

/* Takes `fd`. To answer in the same breath spares the caller being woken up twice. */
static int hand_over(const struct opening *o, int fd)
{
    AUTO(mem_close_fd) int taken = fd;
    if (taken < 0)
        return taken;
    if (!may_stay_open(o, taken))
        return notify_give_fd(o->call, taken, -1, o->flags & O_CLOEXEC);
    int r = notify_answer_fd(o->call, taken, o->flags & O_CLOEXEC);
    return r < 0 ? r : BROKER_SENT;
}

static unsigned access_of(int flags)
{
    return (flags & O_ACCMODE) == O_WRONLY ? CAPS_WRITE : CAPS_READWRITE;
}

static bool is_tmpfile(int flags)
{
    return (flags & O_TMPFILE) == O_TMPFILE;
}

/* Whether nobody is there yet who opened the other end. */
static bool has_to_wait(int flags, int error)
{
    return !(flags & O_NONBLOCK) && (error == ENXIO || error == EWOULDBLOCK);
}

int broker_open_waiting(struct broker *b, const struct notify_call *c, int dir, const char *name, int flags)
{
    int fd = -1;
    (void)pthread_mutex_unlock(&b->lock);
    do
        fd = openat(dir, name, flags | O_CLOEXEC);
    while (fd < 0 && errno == EINTR && notify_is_waiting(c) == 0);
    int r = fd < 0 ? -errno : fd;
    (void)pthread_mutex_lock(&b->lock);
    b->turn++;
    return r;
}

/* The pinned thing itself. */
static int open_pin(struct opening *o, int pin, bool is_fifo)
{
    char name[NAME_LENGTH];
    int flags = o->flags & ~(O_CREAT | O_EXCL | O_NOFOLLOW);
    bool waits = is_fifo && (flags & O_ACCMODE) == O_RDONLY && !(flags & O_NONBLOCK);
    (void)snprintf(name, sizeof name, "/proc/self/fd/%d", pin);
    int fd = waits ? -1 : open(name, flags | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && (waits || has_to_wait(flags, errno)))
        return o->may_block ? broker_open_waiting(o->broker, o->call, AT_FDCWD, name, flags) : BROKER_BLOCKS;
    if (fd < 0)
        return -errno;
    if (!(flags & O_NONBLOCK) && fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK) < 0) {
        (void)close(fd);
        return -EIO;
    }
    return fd;
}

/* Something else than a file. A device is the kernel's to open, which lets the command have those that are granted. */
static int open_special(struct opening *o, const struct broker_place *p, const char *name)
{
    struct stat st;
    AUTO(mem_close_fd) int pin = openat(p->dir->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (pin < 0 || fstat(pin, &st) < 0)
        return -errno;
    if (!S_ISFIFO(st.st_mode))
        return BROKER_PROCEED;
    const struct mutate_object object = {.fd = pin, .path = p->path, .is_scratch = !broker_is_captured(o->broker, p->path)};
    int r = mutate_will_write(o->broker->mutate, &object);
    return r < 0 ? r : open_pin(o, pin, true);
}

/* What the caller holds open already, by a name below its own /proc. */
static int open_again(struct opening *o, int pin)
{
    char path[STR_MAX_PATH];
    struct stat st;
    bool is_gone = false;
    int r = fstat(pin, &st) < 0 ? -errno : broker_path_of(pin, path, &is_gone);
    if (r < 0)
        return r;
    bool is_ours = path[0] == '/' && !caps_is_direct(path) && (S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode));
    unsigned access = access_of(o->flags);
    bool is_granted = (broker_granted(o->broker, NULL, path) & access) == access;
    o->broker->is_denied |= is_ours && !is_granted;
    if (!is_ours || !is_granted)
        return BROKER_PROCEED;
    const struct mutate_object object = {.fd = pin, .path = path, .is_scratch = is_gone || !broker_is_captured(o->broker, path)};
    r = is_gone ? 0 : broker_guard(o->broker, o->call, GUARD_WRITE, path, false);
    if (r == 0)
        r = mutate_will_write(o->broker->mutate, &object);
    return r < 0 ? r : open_pin(o, pin, S_ISFIFO(st.st_mode));
}

/* `path` is a directory, and the file has no name. */
static int open_nameless(struct opening *o, int from, int dirfd, const char *path)
{
    AUTO(broker_name_release) struct broker_name n = BROKER_NAME_INIT;
    char inside[STR_MAX_PATH];
    int error = 0;
    if (strlen(path) + sizeof "/." > sizeof inside)
        return -ENAMETOOLONG;
    (void)snprintf(inside, sizeof inside, "%s/.", path);
    int r = broker_locate(o->broker, o->call, from, dirfd, inside, &n);
    if (r < 0)
        return r;
    struct broker_dir *d = broker_dir(o->broker, n.object, &error);
    unsigned access = access_of(o->flags);
    bool is_granted = d && (d->granted & access) == access;
    o->broker->is_denied |= d && !d->is_direct && !is_granted;
    if (!d || d->is_direct || d->fd < 0 || !is_granted)
        return BROKER_PROCEED;
    const struct mutate_place place = {.dir = d->fd, .name = "", .path = d->path, .is_scratch = !d->is_captured, .in = &d->look};
    return mutate_open(o->broker->mutate, &place, o->flags, o->mode);
}

static bool follows(int flags)
{
    bool is_new = (flags & O_CREAT) && (flags & O_EXCL);
    return !(flags & O_NOFOLLOW) && !is_new;
}

/* Somebody has a lease on the file, and was told to give it up. -EAGAIN: now it can be tried again. */
static int wait_for_lease(struct opening *o, const struct mutate_place *p)
{
    if (o->flags & O_NONBLOCK || o->n_waits == BROKER_MAX_WAITS)
        return -EAGAIN;
    if (!o->may_block)
        return BROKER_BLOCKS;
    AUTO(mem_close_fd) int dir = fcntl(p->dir, F_DUPFD_CLOEXEC, 0); /* what the table has may go meanwhile */
    AUTO(mem_close_fd) int fd = dir < 0 ? -EMFILE : broker_open_waiting(o->broker, o->call, dir, p->name, (o->flags & O_ACCMODE) | O_NOFOLLOW);
    o->n_waits++;
    return fd < 0 && fd != -EAGAIN ? fd : -EAGAIN;
}

/* *ret_link: nothing is answered yet, as the name is a link to follow; its text then stands in `path`. */
static int open_step(struct opening *o, struct broker_name *n, char path[STR_MAX_PATH], bool *ret_link)
{
    struct broker_place p;
    *ret_link = false;
    if (n->object >= 0)
        return n->is_own ? open_again(o, n->object) : BROKER_PROCEED;
    if (n->slash)
        return BROKER_PROCEED; /* can open no file, nor make one */
    int r = broker_place_of(o->broker, n, access_of(o->flags), &p);
    if (r == 0) {
        const struct mutate_place place = {
            .dir = p.dir->fd, .name = n->name, .path = p.path, .is_scratch = !broker_is_captured(o->broker, p.path), .in = &p.dir->look};
        r = broker_guard_place(o->broker, o->call, GUARD_WRITE, &place, !(o->flags & O_CREAT));
        if (r < 0)
            return r;
        r = mutate_open(o->broker->mutate, &place, o->flags, o->mode);
        if (r >= 0) {
            o->is_plain = o->flags & O_CREAT && o->flags & O_EXCL && !(o->mode & (S_IXUSR | S_IXGRP | S_IXOTH));
            broker_guard_opened(o->broker, p.path, r);
        }
        if (r == -EOPNOTSUPP)
            r = open_special(o, &p, n->name);
        if (r == -EAGAIN)
            r = wait_for_lease(o, &place);
        if (r != -ELOOP)
            return r;
    }
    *ret_link = follows(o->flags) && broker_read_link(n->dir, n->name, path) == 0;
    return r;
}

static int open_path(struct opening *o, int dirfd, char path[STR_MAX_PATH])
{
    AUTO(mem_close_fd) int from = -1;
    for (int i = 0; i < BROKER_MAX_LINKS; i++) {
        AUTO(broker_name_release) struct broker_name n = BROKER_NAME_INIT;
        bool is_link = false;
        if (is_tmpfile(o->flags))
            return open_nameless(o, from, dirfd, path);
        int r = broker_find(o->broker, o->call, from, dirfd, path, &n);
        if (r != 0)
            return r;
        r = open_step(o, &n, path, &is_link);
        if (!is_link)
            return r;
        if (from >= 0)
            (void)close(from);
        from = take_fd(&n.dir);
    }
    return -ELOOP;
}

/* Most of what is opened for writing without changing anything. */
static bool is_device(const char *path)
{
    return strncmp(path, "/dev/", strlen("/dev/")) == 0 && strncmp(path, "/dev/fd/", strlen("/dev/fd/")) != 0 &&
           strncmp(path, "/dev/std", strlen("/dev/std")) != 0 && !strstr(path, "/..");
}

static int open_terminal(struct opening *o, const char *path)
{
    if (!o->broker->caps->own_terminals)
        return BROKER_PROCEED;
    int r = broker_become(o->broker, o->call);
    if (r == 0)
        r = terminals_open(o->broker->caps, o->call, path, o->flags);
    broker_be_self(o->broker);
    return r == BROKER_PROCEED || r == TERMINALS_PROCEED ? BROKER_PROCEED : hand_over(o, r);
}

/* Landlock is not asked about it (core/landlock_rules.c); what is opened for writing, it refuses. */
static bool truncates_unseen(int flags)
{
    int mode = flags & O_ACCMODE;
    return (flags & O_TRUNC) && !(flags & O_PATH) && mode != O_WRONLY && mode != O_RDWR;
}

static int open_as_caller(struct opening *o, int dirfd, uint64_t address)
{
    char text[STR_MAX_PATH];
    char path[STR_MAX_PATH];
    unsigned waits = 0;
    if ((o->flags & O_PATH) || !(o->flags & CHANGES))
        return BROKER_PROCEED;
    int r = notify_read_text(o->call, address, text, sizeof text);
    if (r < 0)
        return r;
    if (is_device(text))
        return open_terminal(o, text);
    do {
        waits = o->n_waits;
        memcpy(path, text, strlen(text) + 1);
        r = broker_become(o->broker, o->call);
        if (r == 0)
            r = open_path(o, dirfd, path);
        broker_be_self(o->broker);
    } while (r == -EAGAIN && o->n_waits > waits);
    return r == BROKER_PROCEED || r == BROKER_BLOCKS ? r : hand_over(o, r);
}

static int open_any(struct opening *o, int dirfd, uint64_t address)
{
    int r = open_as_caller(o, dirfd, address);
    return r == BROKER_PROCEED && truncates_unseen(o->flags) ? -EACCES : r;
}

#ifdef SYS_open
static int op_open(struct broker *b, const struct notify_call *c, bool may_block)
{
    struct opening o = {.broker = b, .call = c, .flags = (int)c->arg[1], .mode = (mode_t)c->arg[2], .may_block = may_block};
    return open_any(&o, AT_FDCWD, c->arg[0]);
}

static int op_creat(struct broker *b, const struct notify_call *c, bool may_block)
{
    struct opening o = {.broker = b, .call = c, .flags = O_CREAT | O_WRONLY | O_TRUNC, .mode = (mode_t)c->arg[1], .may_block = may_block};
    return open_any(&o, AT_FDCWD, c->arg[0]);
}
#endif

static int op_openat(struct broker *b, const struct notify_call *c, bool may_block)
{
    struct opening o = {.broker = b, .call = c, .flags = (int)c->arg[2], .mode = (mode_t)c->arg[3], .may_block = may_block};
    return open_any(&o, (int)c->arg[0], c->arg[1]);
}

const struct broker_row broker_open_rows[] = {
#ifdef SYS_open
    {.number = SYS_open, .when = NOTIFY_ANY_BIT, .arg = 1, .value = CHANGES, .op = op_open},
    {.number = SYS_creat, .op = op_creat},
#endif
    {.number = SYS_openat, .when = NOTIFY_ANY_BIT, .arg = 2, .value = CHANGES, .op = op_openat},
    {0},
};
