/* trace: the system calls that are seen, and what each of them asks for. */
#include "core/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/executable.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/proc_text.h"
#include "core/trace_address.h"
#include "core/trace_name.h"
#include "core/trace_place.h"

enum how {
    OPENS, /* `flags` is the argument with O_* */
    MAKES, /* what is not there; the last name is no link to follow, here and of the next three */
    REMOVES,
    MOVES,
    LINKS,
    CHANGES, /* the content of what is there */
    EXECUTES,
    ATTRIBUTES,
    LOOKS, /* and what follows */
    READS_LINK,
};
enum { NONE = -1, IN_MEMORY = -2, ROWS_MAX_NAMES = 2, MAX_INTERPRETERS = 5 };

struct name {
    signed char dir, path; /* arguments; NONE: from the current directory; no such name */
};
static const struct row {
    int number;
    enum how how;
    struct name name[ROWS_MAX_NAMES]; /* the second where something gets another name: from, to */
    signed char flags;                /* argument; NONE: none; IN_MEMORY: of struct open_how, the third argument */
    unsigned when_fixed;              /* flags without an argument */
} rows[] = {
#define AT(dir_, path_) \
    { \
        dir_, path_ \
    }
#define NO_NAME AT(NONE, NONE)
#define ROW(name_, how_, a, b, flags_, fixed) \
    { \
        SYS_##name_, how_, {a, b}, flags_, fixed \
    }
#ifdef SYS_open
    ROW(open, OPENS, AT(NONE, 0), NO_NAME, 1, 0),
    ROW(creat, OPENS, AT(NONE, 0), NO_NAME, NONE, O_WRONLY | O_CREAT | O_TRUNC),
    ROW(mkdir, MAKES, AT(NONE, 0), NO_NAME, NONE, 0),
    ROW(rmdir, REMOVES, AT(NONE, 0), NO_NAME, NONE, 0),
    ROW(unlink, REMOVES, AT(NONE, 0), NO_NAME, NONE, 0),
    ROW(mknod, MAKES, AT(NONE, 0), NO_NAME, NONE, 0),
    ROW(symlink, MAKES, AT(NONE, 1), NO_NAME, NONE, 0),
    ROW(rename, MOVES, AT(NONE, 0), AT(NONE, 1), NONE, 0),
    ROW(link, LINKS, AT(NONE, 0), AT(NONE, 1), NONE, 0),
    ROW(chmod, ATTRIBUTES, AT(NONE, 0), NO_NAME, NONE, 0),
    ROW(chown, ATTRIBUTES, AT(NONE, 0), NO_NAME, NONE, 0),
    ROW(lchown, ATTRIBUTES, AT(NONE, 0), NO_NAME, NONE, AT_SYMLINK_NOFOLLOW),
    ROW(utime, ATTRIBUTES, AT(NONE, 0), NO_NAME, NONE, 0),
    ROW(utimes, ATTRIBUTES, AT(NONE, 0), NO_NAME, NONE, 0),
    ROW(futimesat, ATTRIBUTES, AT(0, 1), NO_NAME, NONE, 0),
#endif
#ifdef SYS_renameat
    ROW(renameat, MOVES, AT(0, 1), AT(2, 3), NONE, 0),
#endif
    ROW(openat, OPENS, AT(0, 1), NO_NAME, 2, 0),
    ROW(truncate, CHANGES, AT(NONE, 0), NO_NAME, NONE, 0),
    ROW(mkdirat, MAKES, AT(0, 1), NO_NAME, NONE, 0),
    ROW(unlinkat, REMOVES, AT(0, 1), NO_NAME, NONE, 0),
    ROW(mknodat, MAKES, AT(0, 1), NO_NAME, NONE, 0),
    ROW(symlinkat, MAKES, AT(1, 2), NO_NAME, NONE, 0),
    ROW(renameat2, MOVES, AT(0, 1), AT(2, 3), NONE, 0),
    ROW(linkat, LINKS, AT(0, 1), AT(2, 3), NONE, 0),
    ROW(execve, EXECUTES, AT(NONE, 0), NO_NAME, NONE, 0),
    ROW(execveat, EXECUTES, AT(0, 1), NO_NAME, 4, 0),
    ROW(fchmodat, ATTRIBUTES, AT(0, 1), NO_NAME, NONE, 0),
    ROW(fchownat, ATTRIBUTES, AT(0, 1), NO_NAME, 4, 0),
    ROW(utimensat, ATTRIBUTES, AT(0, 1), NO_NAME, 3, 0),
    ROW(setxattr, ATTRIBUTES, AT(NONE, 0), NO_NAME, NONE, 0),
    ROW(lsetxattr, ATTRIBUTES, AT(NONE, 0), NO_NAME, NONE, AT_SYMLINK_NOFOLLOW),
    ROW(removexattr, ATTRIBUTES, AT(NONE, 0), NO_NAME, NONE, 0),
    ROW(lremovexattr, ATTRIBUTES, AT(NONE, 0), NO_NAME, NONE, AT_SYMLINK_NOFOLLOW),
    ROW(openat2, OPENS, AT(0, 1), NO_NAME, IN_MEMORY, 0),
#ifdef SYS_open
    ROW(stat, LOOKS, AT(NONE, 0), NO_NAME, NONE, 0),
    ROW(lstat, LOOKS, AT(NONE, 0), NO_NAME, NONE, AT_SYMLINK_NOFOLLOW),
    ROW(access, LOOKS, AT(NONE, 0), NO_NAME, NONE, 0),
    ROW(readlink, READS_LINK, AT(NONE, 0), NO_NAME, NONE, AT_SYMLINK_NOFOLLOW),
#endif
    ROW(newfstatat, LOOKS, AT(0, 1), NO_NAME, 3, 0),
    ROW(statx, LOOKS, AT(0, 1), NO_NAME, 2, 0),
    ROW(faccessat, LOOKS, AT(0, 1), NO_NAME, NONE, 0),
    ROW(faccessat2, LOOKS, AT(0, 1), NO_NAME, 3, 0),
    ROW(readlinkat, READS_LINK, AT(0, 1), NO_NAME, NONE, AT_SYMLINK_NOFOLLOW),
    ROW(statfs, LOOKS, AT(NONE, 0), NO_NAME, NONE, 0),
    ROW(chdir, LOOKS, AT(NONE, 0), NO_NAME, NONE, 0),
    ROW(chroot, LOOKS, AT(NONE, 0), NO_NAME, NONE, 0),
    ROW(inotify_add_watch, LOOKS, AT(NONE, 1), NO_NAME, NONE, 0),
    ROW(getxattr, LOOKS, AT(NONE, 0), NO_NAME, NONE, 0),
    ROW(lgetxattr, LOOKS, AT(NONE, 0), NO_NAME, NONE, AT_SYMLINK_NOFOLLOW),
    ROW(listxattr, LOOKS, AT(NONE, 0), NO_NAME, NONE, 0),
    ROW(llistxattr, LOOKS, AT(NONE, 0), NO_NAME, NONE, AT_SYMLINK_NOFOLLOW),
    {464 /* getxattrat */, LOOKS, {AT(0, 1), NO_NAME}, 2, 0},
    {465 /* listxattrat */, LOOKS, {AT(0, 1), NO_NAME}, 2, 0},
    {468 /* file_getattr */, LOOKS, {AT(0, 1), NO_NAME}, 4, 0},
    {469 /* file_setattr */, ATTRIBUTES, {AT(0, 1), NO_NAME}, 4, 0},
    {452 /* fchmodat2 */, ATTRIBUTES, {AT(0, 1), NO_NAME}, 3, 0},
    {463 /* setxattrat */, ATTRIBUTES, {AT(0, 1), NO_NAME}, 2, 0},
    {466 /* removexattrat */, ATTRIBUTES, {AT(0, 1), NO_NAME}, 2, 0},
};
enum { N_ROWS = sizeof rows / sizeof *rows };

/* What the caller may do about its last name. */
enum need { MUST_EXIST, MAY_EXIST, MUST_BE_NEW };

static void tell(const struct trace *t, const struct trace_event *base, enum trace_operation operation, const struct trace_place *p, enum need need)
{
    struct trace_event event = *base;
    event.operation = operation;
    event.path = p->path;
    event.sys = p->sys;
    if (need != MUST_EXIST && p->lacks_last)
        event.sys = 0;
    else if (need == MUST_BE_NEW && p->sys == 0)
        event.sys = EEXIST;
    t->sink(t->data, &event);
}

enum { MAY_BE_EMPTY = 1 << 8 }; /* beside trace_place_how */

static bool read_place(const struct notify_call *c, struct name name, unsigned how, struct trace_place *ret)
{
    char text[STR_MAX_PATH];
    int dirfd = name.dir == NONE ? AT_FDCWD : (int)c->arg[name.dir];
    uint64_t address = c->arg[name.path];
    if (address == 0 || notify_see_text(c, address, text, sizeof text) < 0)
        return false;
    if (*text == '\0' && how & MAY_BE_EMPTY && dirfd != AT_FDCWD)
        return trace_place_of_fd(c, dirfd, ret);
    return trace_place_find(c, dirfd, text, how, ret);
}

static unsigned how_to_find(const struct trace *t, bool follow, enum need need)
{
    return (follow ? TRACE_PLACE_FOLLOW : 0) | (t->found_only && need == MUST_EXIST ? TRACE_PLACE_FOUND_ONLY : 0);
}

static void tell_open(const struct trace *t, const struct trace_event *base, const struct notify_call *c, const struct row *row, unsigned flags)
{
    static const enum trace_operation operations[] = {TRACE_READ, TRACE_WRITE, TRACE_READWRITE, TRACE_READWRITE};
    bool makes = flags & O_CREAT;
    bool is_exclusive = makes && (flags & O_EXCL);
    enum need need = is_exclusive ? MUST_BE_NEW : makes ? MAY_EXIST : MUST_EXIST;
    enum trace_operation operation = operations[flags & O_ACCMODE];
    AUTO(trace_place_release) struct trace_place place = TRACE_PLACE_INIT;
    if (flags & O_PATH)
        operation = TRACE_LOOK;
    unsigned how = how_to_find(t, !(flags & O_NOFOLLOW) && !is_exclusive, need);
    if ((operation == TRACE_LOOK && !t->looks) || !read_place(c, row->name[0], how, &place))
        return;
    if (operation == TRACE_READ && ((flags & O_TRUNC) || (makes && place.lacks_last)))
        operation = TRACE_READWRITE;
    tell(t, base, operation, &place, need);
}

/* The files that the kernel opens besides. */
static void tell_execute(const struct trace *t, const struct trace_event *base, const struct notify_call *c, const struct name *name_at,
                         struct trace_place *place)
{
    char text[STR_MAX_PATH];
    struct trace_event named = *base;
    if (notify_read_text(c, c->arg[name_at->path], text, sizeof text) == 0)
        named.name = path_base(text);
    for (int i = 0; i <= MAX_INTERPRETERS; i++) {
        char name[64];
        struct stat st;
        struct executable found;
        tell(t, i == 0 ? &named : base, TRACE_EXECUTE, place, MUST_EXIST);
        if (place->fd < 0 || fstat(place->fd, &st) < 0 || !S_ISREG(st.st_mode))
            return;
        (void)snprintf(name, sizeof name, "/proc/self/fd/%d", place->fd);
        AUTO(mem_close_fd) int fd = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
            return;
        executable_read(fd, &found);
        trace_place_release(place);
        if (found.kind == EXECUTABLE_ALONE || !trace_place_find(c, AT_FDCWD, found.next, TRACE_PLACE_FOLLOW, place))
            return;
    }
}

static void tell_names(const struct trace *t, const struct trace_event *base, const struct notify_call *c, const struct row *row)
{
    AUTO(trace_place_release) struct trace_place from = TRACE_PLACE_INIT;
    AUTO(trace_place_release) struct trace_place to = TRACE_PLACE_INIT;
    enum need need = row->how == MAKES ? MUST_BE_NEW : MUST_EXIST;
    bool has_from = read_place(c, row->name[0], how_to_find(t, false, need), &from);
    if (has_from)
        tell(t, base, TRACE_WRITE, &from, need);
    if (row->name[1].path == NONE || !has_from || from.sys != 0 || !read_place(c, row->name[1], 0, &to))
        return;
    struct trace_event event = *base;
    event.other = from.path;
    tell(t, base, TRACE_WRITE, &to, row->how == LINKS ? MUST_BE_NEW : MAY_EXIST);
    tell(t, &event, TRACE_MOVE, &to, row->how == LINKS ? MUST_BE_NEW : MAY_EXIST);
}

static bool read_flags(const struct notify_call *c, const struct row *row, unsigned *ret)
{
    uint64_t flags = row->when_fixed;
    if (row->flags == IN_MEMORY && notify_read(c, c->arg[2], &flags, sizeof flags) < 0)
        return false;
    *ret = (unsigned)(row->flags < 0 ? flags : c->arg[row->flags]);
    return true;
}

static bool is_link(const struct trace_place *p)
{
    struct stat st;
    return p->fd < 0 || (fstat(p->fd, &st) == 0 && S_ISLNK(st.st_mode));
}

static void tell_row(const struct trace *t, const struct trace_event *base, const struct notify_call *c, const struct row *row)
{
    static const enum trace_operation operations[] = {[CHANGES] = TRACE_WRITE, [ATTRIBUTES] = TRACE_ATTRIBUTES, [LOOKS] = TRACE_LOOK, [READS_LINK] = TRACE_LOOK};
    unsigned flags;
    if ((row->how >= LOOKS && !t->looks) || !read_flags(c, row, &flags))
        return;
    unsigned may_be_empty = (flags & AT_EMPTY_PATH) && row->how < LOOKS ? MAY_BE_EMPTY : 0;
    AUTO(trace_place_release) struct trace_place place = TRACE_PLACE_INIT;
    if (row->how == OPENS) {
        tell_open(t, base, c, row, flags);
    } else if (row->how >= MAKES && row->how <= LINKS) {
        tell_names(t, base, c, row);
    } else if (read_place(c, row->name[0], how_to_find(t, !(flags & AT_SYMLINK_NOFOLLOW), MUST_EXIST) | may_be_empty, &place)) {
        if (row->how == EXECUTES)
            tell_execute(t, base, c, &row->name[0], &place);
        else if (row->how != READS_LINK || is_link(&place))
            tell(t, base, operations[row->how], &place, MUST_EXIST);
    }
}

static const int signals[] = {SYS_kill, SYS_tkill, SYS_tgkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_pidfd_send_signal};
enum { N_SIGNALS = sizeof signals / sizeof *signals };

static bool is_signal(int number)
{
    for (size_t i = 0; i < N_SIGNALS; i++)
        if (signals[i] == number)
            return true;
    return false;
}

/* 0 when it is no descriptor of a process, or of none that has a number here. */
static pid_t process_of(const struct notify_call *c, int pidfd)
{
    char name[32];
    char text[PROC_TEXT_SIZE];
    unsigned long pid = 0;
    AUTO(mem_close_fd) int fd = notify_get_fd(c, pidfd);
    (void)snprintf(name, sizeof name, "fdinfo/%d", fd);
    return fd >= 0 && proc_text_read(getpid(), name, text) && proc_text_number(text, "\nPid:", 0, 10, &pid) ? (pid_t)pid : 0;
}

static void tell_signal(const struct trace *t, struct trace_event event, const struct notify_call *c)
{
    event.operation = TRACE_SIGNAL;
    event.is_here = c->number == SYS_pidfd_send_signal;
    event.to = event.is_here ? process_of(c, (int)c->arg[0]) : (pid_t)c->arg[0];
    t->sink(t->data, &event);
}

static atomic_uint_least64_t watched_last; /* its id */

static void look(const struct trace *t, const struct notify_call *c, const struct trace_event *base)
{
    if (c->number == SYS_connect || c->number == SYS_bind) {
        (void)trace_address_tell(t, base, c, c->arg[1], c->arg[2]);
        return;
    }
    if (c->number == SYS_listen) {
        trace_address_listen(t, base, c);
        return;
    }
    if (c->number == SYS_socket) {
        struct trace_event event = *base;
        event.operation = TRACE_SOCKET;
        t->sink(t->data, &event);
        return;
    }
    if (is_signal(c->number)) {
        tell_signal(t, *base, c);
        return;
    }
    if (t->names && trace_name_is_call(c->number))
        trace_name_look(t, base, c);
    if (c->number == SYS_chroot)
        trace_place_roots_differ();
    for (size_t i = 0; i < N_ROWS; i++)
        if (rows[i].number == c->number)
            tell_row(t, base, c, &rows[i]);
}

static void watch(const void *data, const struct notify_call *c, enum notify_fate fate)
{
    const struct trace *t = data;
    const struct trace_event base = {.tid = c->tid, .call = c, .operation = TRACE_REFUSED, .is_answered = fate != NOTIFY_GOES_ON};
    atomic_store(&watched_last, c->id);
    if (fate == NOTIFY_REFUSED)
        t->sink(t->data, &base);
    else
        look(t, c, &base);
}

void trace_look(const struct trace *t, const struct notify_call *c)
{
    const struct trace_event base = {.tid = c->tid, .call = c, .is_answered = true};
    if (atomic_load(&watched_last) != c->id)
        look(t, c, &base);
}

int trace_register(const struct trace *t, struct notify *n, struct err *e)
{
    static const int always[] = {SYS_connect, SYS_bind, SYS_chroot};
    int r = 0;
    for (size_t i = 0; r == 0 && i < sizeof always / sizeof *always; i++)
        r = notify_watch(n, always[i], watch, t, e);
    for (size_t i = 0; r == 0 && i < N_ROWS; i++)
        if (t->looks || rows[i].how < LOOKS)
            r = notify_watch(n, rows[i].number, watch, t, e);
    for (size_t i = 0; r == 0 && i < N_SIGNALS && t->signals; i++)
        r = notify_watch(n, signals[i], watch, t, e);
    if (r == 0 && t->names)
        r = notify_watch(n, SYS_listen, watch, t, e);
    if (r == 0 && t->names)
        r = notify_watch_some(n, (struct notify_watched){.number = SYS_socket, .arg = 0, .least = AF_INET, .most = AF_MAX}, watch, t, e);
    return r == 0 && t->names ? trace_name_register(t, watch, n, e) : r;
}
