/* broker_meta: mode, owner, times, attributes, and the length by name. The kernel is never left to go on with one of them, whoever calls: Landlock has
 * no right for the former, and is not asked about the latter (core/landlock_rules.c). So all that is not granted is refused here. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>
#include <utime.h>

#include "core/mem.h"
#include "core/path.h"
#include "rollback/broker_guard.h"

enum { MODE_BITS = 07777, LINK_LENGTH = 40 };

static int may_change(struct broker *b, const struct broker_object *o)
{
    static const char memory[] = "/memfd:";
    if (o->is_own)
        return 0;
    if (o->path[0] != '/' || (o->is_gone && strncmp(o->path, memory, sizeof memory - 1) == 0))
        return 0; /* a pipe, a socket, memory: what the caller holds and nobody finds */
    if (path_is_within(o->path, "/proc") || path_is_within(o->path, "/sys"))
        return -EPERM;
    if (broker_granted(b, NULL, o->path) & CAPS_WRITE)
        return 0;
    b->is_denied = true;
    return b->caps->level == CAPS_LEVEL_FULL ? -EROFS : -EACCES;
}

/* Finds the thing as the caller, who the thread is until broker_be_self. */
static int begin(struct broker *b, const struct notify_call *c, const struct broker_lookup *l, struct broker_object *ret)
{
    int r = broker_become(b, c);
    if (r == 0)
        r = broker_object(b, c, l, ret);
    return r == 0 ? may_change(b, ret) : r;
}

/* What is found has a name that is guarded. */
static int guard(struct broker *b, const struct notify_call *c, const struct broker_object *o, enum guard_operation operation)
{
    if (b->caps->n_guards == 0 || o->is_gone || o->path[0] != '/')
        return 0;
    return broker_guard(b, c, operation, o->path, S_ISDIR(o->look.mode));
}

static struct mutate_object as_object(const struct broker_object *o)
{
    return (struct mutate_object){.fd = o->fd, .path = o->path, .is_scratch = o->is_scratch, .look = &o->look};
}

static int end(struct broker *b, int result)
{
    broker_be_self(b);
    return result;
}

static struct broker_lookup at(int dirfd, uint64_t address, bool follow)
{
    return (struct broker_lookup){.dirfd = dirfd, .address = address, .follow = follow};
}

static struct broker_lookup of_fd(uint64_t fd)
{
    return (struct broker_lookup){.dirfd = (int)fd, .is_fd = true};
}

static int change_mode(struct broker *b, const struct notify_call *c, struct broker_lookup l, mode_t mode)
{
    AUTO(broker_object_release) struct broker_object o = BROKER_OBJECT_INIT;
    int r = begin(b, c, &l, &o);
    if (r == 0)
        r = guard(b, c, &o, GUARD_CHANGE_MODE);
    const struct mutate_object object = as_object(&o);
    return end(b, r == 0 ? mutate_chmod(b->mutate, &object, mode & MODE_BITS) : r);
}

static int change_owner(struct broker *b, const struct notify_call *c, struct broker_lookup l, uint64_t uid, uint64_t gid)
{
    AUTO(broker_object_release) struct broker_object o = BROKER_OBJECT_INIT;
    int r = begin(b, c, &l, &o);
    if (r == 0)
        r = guard(b, c, &o, GUARD_CHANGE_MODE);
    const struct mutate_object object = as_object(&o);
    return end(b, r == 0 ? mutate_chown(b->mutate, &object, (uid_t)uid, (gid_t)gid) : r);
}

static int change_owner_at(struct broker *b, const struct notify_call *c)
{
    int flags = (int)c->arg[4];
    struct broker_lookup l = at((int)c->arg[0], c->arg[1], !(flags & AT_SYMLINK_NOFOLLOW));
    l.may_be_empty = flags & AT_EMPTY_PATH;
    return flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) ? -EINVAL : change_owner(b, c, l, c->arg[2], c->arg[3]);
}

static int change_times(struct broker *b, const struct notify_call *c, struct broker_lookup l, const struct timespec *times)
{
    AUTO(broker_object_release) struct broker_object o = BROKER_OBJECT_INIT;
    int r = begin(b, c, &l, &o);
    const struct mutate_object object = as_object(&o);
    return end(b, r == 0 ? mutate_utimens(b->mutate, &object, times) : r);
}

static int utimens_at(struct broker *b, const struct notify_call *c)
{
    struct timespec times[2];
    int flags = (int)c->arg[3];
    struct broker_lookup l = c->arg[1] ? at((int)c->arg[0], c->arg[1], !(flags & AT_SYMLINK_NOFOLLOW)) : of_fd(c->arg[0]);
    l.may_be_empty = flags & AT_EMPTY_PATH;
    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) || (!c->arg[1] && flags))
        return -EINVAL;
    int r = c->arg[2] ? notify_read(c, c->arg[2], times, sizeof times) : 0;
    return r < 0 ? r : change_times(b, c, l, c->arg[2] ? times : NULL);
}

#ifdef SYS_utimes
static int times_of_timevals(const struct notify_call *c, uint64_t address, struct timespec ret[2])
{
    enum { MICROSECONDS = 1000000 };
    struct timeval values[2];
    int r = notify_read(c, address, values, sizeof values);
    for (size_t i = 0; r == 0 && i < 2; i++) {
        if (values[i].tv_usec < 0 || values[i].tv_usec >= MICROSECONDS)
            return -EINVAL;
        ret[i] = (struct timespec){.tv_sec = values[i].tv_sec, .tv_nsec = values[i].tv_usec * 1000};
    }
    return r;
}

static int change_timevals(struct broker *b, const struct notify_call *c, struct broker_lookup l, uint64_t address)
{
    struct timespec times[2];
    int r = address ? times_of_timevals(c, address, times) : 0;
    return r < 0 ? r : change_times(b, c, l, address ? times : NULL);
}

static int utimes_of(struct broker *b, const struct notify_call *c)
{
    return change_timevals(b, c, at(AT_FDCWD, c->arg[0], true), c->arg[1]);
}

static int futimes_at(struct broker *b, const struct notify_call *c)
{
    return change_timevals(b, c, c->arg[1] ? at((int)c->arg[0], c->arg[1], true) : of_fd(c->arg[0]), c->arg[2]);
}

static int utime_of(struct broker *b, const struct notify_call *c)
{
    struct utimbuf seconds;
    int r = c->arg[1] ? notify_read(c, c->arg[1], &seconds, sizeof seconds) : 0;
    if (r < 0)
        return r;
    const struct timespec times[2] = {{.tv_sec = c->arg[1] ? seconds.actime : 0}, {.tv_sec = c->arg[1] ? seconds.modtime : 0}};
    return change_times(b, c, at(AT_FDCWD, c->arg[0], true), c->arg[1] ? times : NULL);
}
#endif

static int read_name(const struct notify_call *c, char ret[JOURNAL_MAX_NAME + 1])
{
    int r = notify_read_text(c, c->arg[1], ret, JOURNAL_MAX_NAME + 1);
    return r == -ENAMETOOLONG || (r == 0 && !*ret) ? -ERANGE : r;
}

static int set_attribute(struct broker *b, const struct notify_call *c, struct broker_lookup l)
{
    AUTO(broker_object_release) struct broker_object o = BROKER_OBJECT_INIT;
    char name[JOURNAL_MAX_NAME + 1];
    size_t len = (size_t)c->arg[3];
    int r = read_name(c, name);
    if (r == 0 && len > sizeof b->value)
        r = -E2BIG;
    if (r == 0)
        r = notify_read(c, c->arg[2], b->value, len);
    if (r < 0)
        return r;
    r = begin(b, c, &l, &o);
    if (r == 0)
        r = guard(b, c, &o, GUARD_CHANGE_MODE);
    const struct mutate_object object = as_object(&o);
    return end(b, r == 0 ? mutate_setxattr(b->mutate, &object, name, b->value, len, (int)c->arg[4]) : r);
}

static int remove_attribute(struct broker *b, const struct notify_call *c, struct broker_lookup l)
{
    AUTO(broker_object_release) struct broker_object o = BROKER_OBJECT_INIT;
    char name[JOURNAL_MAX_NAME + 1];
    int r = read_name(c, name);
    if (r < 0)
        return r;
    r = begin(b, c, &l, &o);
    if (r == 0)
        r = guard(b, c, &o, GUARD_CHANGE_MODE);
    const struct mutate_object object = as_object(&o);
    return end(b, r == 0 ? mutate_removexattr(b->mutate, &object, name) : r);
}

/* The limit is the caller's own, and nono has none. */
static int check_size(pid_t tid, off_t length)
{
    struct rlimit limit;
    if (length < 0)
        return -EINVAL;
    if (prlimit(tid, RLIMIT_FSIZE, NULL, &limit) < 0)
        return -errno;
    return limit.rlim_cur != RLIM_INFINITY && (rlim_t)length > limit.rlim_cur ? -EFBIG : 0;
}

/* Somebody has a lease on the file, and was told to give it up. -EAGAIN: now it can be tried again. */
static int wait_for_lease(struct broker *b, const struct notify_call *c, int pin)
{
    char link[LINK_LENGTH];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", pin);
    AUTO(mem_close_fd) int fd = broker_open_waiting(b, c, AT_FDCWD, link, O_WRONLY);
    return fd < 0 ? fd : -EAGAIN;
}

static int truncate_once(struct broker *b, const struct notify_call *c, bool may_block)
{
    AUTO(broker_object_release) struct broker_object o = BROKER_OBJECT_INIT;
    const struct broker_lookup l = at(AT_FDCWD, c->arg[0], true);
    off_t length = (off_t)c->arg[1];
    int r = begin(b, c, &l, &o);
    if (r == 0 && !S_ISREG(o.look.mode))
        r = S_ISDIR(o.look.mode) ? -EISDIR : -EINVAL;
    else if (r == 0)
        r = check_size(c->tid, length);
    if (r == 0)
        r = guard(b, c, &o, GUARD_WRITE);
    const struct mutate_object object = as_object(&o);
    if (r == 0)
        r = mutate_truncate(b->mutate, &object, length);
    if (r == -EAGAIN)
        r = may_block ? wait_for_lease(b, c, o.fd) : BROKER_BLOCKS;
    return end(b, r);
}

/* What waited may lie elsewhere by then, and is judged again. */
static int truncate_at(struct broker *b, const struct notify_call *c, bool may_block)
{
    int r = -EAGAIN;
    for (int i = 0; r == -EAGAIN && i <= BROKER_MAX_WAITS; i++)
        r = truncate_once(b, c, may_block);
    return r;
}

static int in_no_case_by_the_kernel(int r)
{
    return r == BROKER_PROCEED ? -EACCES : r;
}

#define OP(name_, call_) \
    static int op_##name_(struct broker *b, const struct notify_call *c, bool may_block) \
    { \
        (void)may_block; \
        return in_no_case_by_the_kernel(call_); \
    }

#ifdef SYS_chmod
OP(chmod, change_mode(b, c, at(AT_FDCWD, c->arg[0], true), (mode_t)c->arg[1]))
OP(chown, change_owner(b, c, at(AT_FDCWD, c->arg[0], true), c->arg[1], c->arg[2]))
OP(lchown, change_owner(b, c, at(AT_FDCWD, c->arg[0], false), c->arg[1], c->arg[2]))
OP(utimes, utimes_of(b, c))
OP(futimesat, futimes_at(b, c))
OP(utime, utime_of(b, c))
#endif
OP(fchmod, change_mode(b, c, of_fd(c->arg[0]), (mode_t)c->arg[1]))
OP(fchmodat, change_mode(b, c, at((int)c->arg[0], c->arg[1], true), (mode_t)c->arg[2]))
OP(fchown, change_owner(b, c, of_fd(c->arg[0]), c->arg[1], c->arg[2]))
OP(fchownat, change_owner_at(b, c))
OP(utimensat, utimens_at(b, c))
OP(setxattr, set_attribute(b, c, at(AT_FDCWD, c->arg[0], true)))
OP(lsetxattr, set_attribute(b, c, at(AT_FDCWD, c->arg[0], false)))
OP(fsetxattr, set_attribute(b, c, of_fd(c->arg[0])))
OP(removexattr, remove_attribute(b, c, at(AT_FDCWD, c->arg[0], true)))
OP(lremovexattr, remove_attribute(b, c, at(AT_FDCWD, c->arg[0], false)))
OP(fremovexattr, remove_attribute(b, c, of_fd(c->arg[0])))

static int op_truncate(struct broker *b, const struct notify_call *c, bool may_block)
{
    return in_no_case_by_the_kernel(truncate_at(b, c, may_block));
}

const struct broker_row broker_meta_rows[] = {
#ifdef SYS_chmod
    {.number = SYS_chmod, .op = op_chmod},
    {.number = SYS_chown, .op = op_chown},
    {.number = SYS_lchown, .op = op_lchown},
    {.number = SYS_utimes, .op = op_utimes},
    {.number = SYS_futimesat, .op = op_futimesat},
    {.number = SYS_utime, .op = op_utime},
#endif
    {.number = SYS_fchmod, .op = op_fchmod},
    {.number = SYS_fchmodat, .op = op_fchmodat},
    {.number = SYS_fchown, .op = op_fchown},
    {.number = SYS_fchownat, .op = op_fchownat},
    {.number = SYS_utimensat, .op = op_utimensat},
    {.number = SYS_setxattr, .op = op_setxattr},
    {.number = SYS_lsetxattr, .op = op_lsetxattr},
    {.number = SYS_fsetxattr, .op = op_fsetxattr},
    {.number = SYS_removexattr, .op = op_removexattr},
    {.number = SYS_lremovexattr, .op = op_lremovexattr},
    {.number = SYS_fremovexattr, .op = op_fremovexattr},
    {.number = SYS_truncate, .op = op_truncate},
    {0},
};
