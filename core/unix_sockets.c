/* unix_sockets: the handlers of socket(2) and connect(2). */
#include "core/unix_sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/denials.h"
#include "core/fs.h"
#include "core/mem.h"
#include "core/own_sockets.h"
#include "core/unix_bound.h"
#include "core/unix_call.h"

enum { TYPE_MASK = 0xf };

static bool fail(struct notify_answer *ret, int error)
{
    *ret = (struct notify_answer){.error = error < 0 ? -error : error};
    return true;
}

static bool let_go_on(struct notify_answer *ret)
{
    *ret = (struct notify_answer){.proceed = true};
    return true;
}

static bool answer_socket(const void *data, const struct notify_call *c, bool may_block, struct notify_answer *ret)
{
    int flags = (int)c->arg[1];
    int type = flags & TYPE_MASK;
    int protocol = (int)c->arg[2];
    int fd[2];
    (void)data;
    (void)may_block;
    if (flags & ~(TYPE_MASK | SOCK_NONBLOCK | SOCK_CLOEXEC))
        return fail(ret, EINVAL);
    if (type != SOCK_STREAM && type != SOCK_SEQPACKET) {
        denials_add(DENIALS_SOCKET, DENIALS_BY_NONO, "a Unix socket for datagrams", c->tid);
        return fail(ret, EACCES);
    }
    if (protocol != 0 && protocol != PF_UNIX)
        return fail(ret, EPROTONOSUPPORT);
    if (socketpair(AF_UNIX, type | (flags & SOCK_NONBLOCK) | SOCK_CLOEXEC, 0, fd) < 0)
        return fail(ret, errno);
    AUTO(mem_close_fd) int stand_in = fd[0];
    (void)close(fd[1]);
    int given = notify_answer_fd(c, stand_in, flags & SOCK_CLOEXEC);
    if (given < 0)
        return fail(ret, given);
    *ret = (struct notify_answer){.is_sent = true};
    return true;
}

/* O_PATH. */
static int open_target(const struct notify_call *c, const char *path)
{
    bool is_absolute = path[0] == '/';
    AUTO(mem_close_fd) int start = unix_call_start(c, is_absolute);
    if (start < 0)
        return start;
    AUTO(mem_close_fd) int fd = fs_open_how(start, path, O_PATH, RESOLVE_NO_MAGICLINKS | (is_absolute ? RESOLVE_IN_ROOT : 0));
    if (fd < 0)
        return -errno;
    int r = notify_is_waiting(c);
    return r < 0 ? r : take_fd(&fd);
}

/* Where the object lies, whatever path led to it. */
static int judge(const struct notify_call *c, const struct caps *caps, int fd)
{
    char real[STR_MAX_PATH];
    struct stat st;
    if (unix_call_place(fd, real, sizeof real) < 0 || fstat(fd, &st) < 0)
        return -EACCES;
    const struct caps_object object = {.device = (uint64_t)st.st_dev, .inode = (uint64_t)st.st_ino};
    if (!caps_socket(caps, real, &object)) {
        /* What a server has left behind may be replaced, and programs ask for it in this way. */
        if (S_ISSOCK(st.st_mode) && !unix_bound(&st))
            return -ECONNREFUSED;
        denials_add(DENIALS_UNIX, DENIALS_BY_NONO, real, c->tid);
        return -EACCES;
    }
    return S_ISSOCK(st.st_mode) ? 0 : -ECONNREFUSED;
}

static int connect_to(int fd, int target)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d", target);
    return connect(fd, (const struct sockaddr *)&address, sizeof address) < 0 ? -errno : 0;
}

/* Connects a new socket and puts it in the place of the stand-in. *ret_blocks: it would have to wait for the server. */
static int replace(const struct notify_call *c, int stand_in, int target, bool may_block, bool *ret_blocks)
{
    int flags = fcntl(stand_in, F_GETFL);
    bool waits = flags >= 0 && !(flags & O_NONBLOCK);
    AUTO(mem_close_fd) int made = unix_call_made(stand_in, waits && may_block);
    if (made < 0)
        return made;
    int r = connect_to(made, target);
    *ret_blocks = r == -EAGAIN && waits && !may_block;
    return r < 0 ? r : unix_call_give(c, stand_in, made);
}

static int connect_by_path(const struct caps *caps, const struct notify_call *c, int stand_in, bool may_block, bool *ret_blocks)
{
    struct unix_name name;
    int r = unix_call_name(c, &name);
    if (r == 0)
        r = unix_call_check_user(c);
    AUTO(mem_close_fd) int target = r < 0 ? r : open_target(c, name.path);
    if (target < 0)
        return target;
    AUTO(mem_close_fd) int own = caps->own_sockets ? own_sockets_find(target) : -1;
    r = own >= 0 ? 0 : judge(c, caps, target);
    return r < 0 ? r : replace(c, stand_in, own >= 0 ? own : target, may_block, ret_blocks);
}

static bool answer_connect(const void *data, const struct notify_call *c, bool may_block, struct notify_answer *ret)
{
    bool blocks = false;
    sa_family_t family = AF_UNSPEC;
    /* A hint: whatever stands there later, going on does no harm. */
    if (notify_read(c, c->arg[1], &family, sizeof family) < 0 || family != AF_UNIX)
        return let_go_on(ret);
    AUTO(mem_close_fd) int fd = notify_get_fd(c, (int)c->arg[0]);
    if (fd < 0)
        return fail(ret, fd);
    if (!unix_call_is_stand_in(fd))
        return let_go_on(ret);
    int r = connect_by_path(data, c, fd, may_block, &blocks);
    if (blocks)
        return false;
    return fail(ret, r);
}

int unix_sockets_register(const struct caps *c, struct notify *n, struct err *e)
{
    const struct notify_entry of_socket = {
        .number = SYS_socket, .when = NOTIFY_EQUAL, .arg = 0, .value = AF_UNIX, .handle = answer_socket, .data = c};
    const struct notify_entry of_connect = {.number = SYS_connect, .handle = answer_connect, .data = c};
    int r = notify_add(n, of_socket, e);
    if (r == 0)
        r = notify_add(n, of_connect, e);
    return r == 0 && c->own_sockets ? own_sockets_register(c, n, e) : r;
}
