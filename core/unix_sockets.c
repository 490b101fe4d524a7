/* unix_sockets: the handlers of socket(2) and connect(2). */
#include "core/unix_sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/denials.h"
#include "core/mem.h"

enum { TYPE_MASK = 0xf, NAME_LENGTH = 64 };

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

static int option_of(int fd, int option)
{
    int value = -1;
    socklen_t len = sizeof value;
    return getsockopt(fd, SOL_SOCKET, option, &value, &len) < 0 ? -1 : value;
}

/* An end of a pair that this process has made: whoever serves has a name. */
static bool is_stand_in(int fd)
{
    struct ucred peer = {0};
    socklen_t len = sizeof peer;
    struct sockaddr_un name;
    socklen_t name_len = sizeof name;
    return option_of(fd, SO_DOMAIN) == AF_UNIX && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && peer.pid == getpid() &&
           getpeername(fd, (struct sockaddr *)&name, &name_len) == 0 && name_len == offsetof(struct sockaddr_un, sun_path);
}

struct target {
    char path[sizeof((struct sockaddr_un *)0)->sun_path + 1];
    int fd; /* O_PATH */
};

static int read_path(const struct notify_call *c, struct target *ret)
{
    struct sockaddr_un address = {0};
    int len = (int)c->arg[2];
    if (len <= (int)offsetof(struct sockaddr_un, sun_path) || len > (int)sizeof address)
        return -EINVAL;
    int r = notify_read(c, c->arg[1], &address, (size_t)len);
    if (r < 0)
        return r;
    if (address.sun_family != AF_UNIX)
        return -EINVAL;
    memset(ret->path, 0, sizeof ret->path);
    memcpy(ret->path, address.sun_path, (size_t)len - offsetof(struct sockaddr_un, sun_path));
    if (ret->path[0] != '\0')
        return 0;
    ret->path[0] = '@';
    denials_add(DENIALS_UNIX, DENIALS_BY_NONO, ret->path, c->tid);
    return -EACCES;
}

/* The root or the current directory of the caller, whichever its path begins at. */
static int open_start(const struct notify_call *c, bool is_absolute)
{
    char name[NAME_LENGTH];
    (void)snprintf(name, sizeof name, "/proc/%d/%s", (int)c->tid, is_absolute ? "root" : "cwd");
    int fd = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -EACCES : fd;
}

/* The permissions of files are asked for nono's user: a command that has become another one must not gain by it. Only root's can. */
static int check_user(const struct notify_call *c)
{
    char name[NAME_LENGTH];
    char text[2048];
    if (geteuid() != 0)
        return 0;
    (void)snprintf(name, sizeof name, "/proc/%d/status", (int)c->tid);
    AUTO(mem_close_fd) int fd = open(name, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    const char *line = strstr(text, "\nUid:");
    char *at = NULL;
    unsigned long uid[4] = {0};
    for (size_t i = 0; line && i < sizeof uid / sizeof *uid; i++, line = at)
        uid[i] = strtoul(i == 0 ? line + strlen("\nUid:") : line, &at, 10);
    return line && uid[3] == geteuid() ? 0 : -EACCES; /* real, effective, saved, of the file system */
}

static int open_target(const struct notify_call *c, struct target *t)
{
    bool is_absolute = t->path[0] == '/';
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_MAGICLINKS | (is_absolute ? RESOLVE_IN_ROOT : 0)};
    AUTO(mem_close_fd) int start = open_start(c, is_absolute);
    if (start < 0)
        return start;
    AUTO(mem_close_fd) int fd = (int)syscall(SYS_openat2, start, t->path, &how, sizeof how);
    if (fd < 0)
        return -errno;
    int r = notify_is_waiting(c);
    if (r == 0)
        t->fd = take_fd(&fd);
    return r;
}

/* Where the object lies, whatever path led to it. */
static int judge(const struct notify_call *c, const struct caps *caps, int fd)
{
    char name[NAME_LENGTH];
    char real[STR_MAX_PATH];
    struct stat st;
    (void)snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(name, real, sizeof real);
    if (len <= 0 || (size_t)len >= sizeof real || fstat(fd, &st) < 0)
        return -EACCES;
    real[len] = '\0';
    const struct caps_object object = {.device = (uint64_t)st.st_dev, .inode = (uint64_t)st.st_ino};
    if (!caps_socket(caps, real, &object)) {
        denials_add(DENIALS_UNIX, DENIALS_BY_NONO, real, c->tid);
        return -EACCES;
    }
    return S_ISSOCK(st.st_mode) ? 0 : -ECONNREFUSED;
}

static int copy_option(int from, int to, int option)
{
    char value[sizeof(struct timeval)];
    socklen_t len = sizeof value;
    if (getsockopt(from, SOL_SOCKET, option, value, &len) < 0)
        return -errno;
    return setsockopt(to, SOL_SOCKET, option, value, len) < 0 ? -errno : 0;
}

/* What a program may have set before it connects. The kernel doubles the sizes it is given. */
static void copy_options(int from, int to)
{
    static const int same[] = {SO_PASSCRED, SO_RCVTIMEO, SO_SNDTIMEO};
    static const int doubled[] = {SO_SNDBUF, SO_RCVBUF};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        (void)copy_option(from, to, same[i]);
    for (size_t i = 0; i < sizeof doubled / sizeof *doubled; i++) {
        int was = option_of(from, doubled[i]);
        int half = was / 2;
        if (was > 0 && was != option_of(to, doubled[i]))
            (void)setsockopt(to, SOL_SOCKET, doubled[i], &half, sizeof half);
    }
}

static int connect_to(int fd, int target)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d", target);
    return connect(fd, (const struct sockaddr *)&address, sizeof address) < 0 ? -errno : 0;
}

static bool closes_on_exec(const struct notify_call *c, int fd)
{
    char name[NAME_LENGTH];
    char text[512];
    (void)snprintf(name, sizeof name, "/proc/%d/fdinfo/%d", (int)c->tid, fd);
    AUTO(mem_close_fd) int info = open(name, O_RDONLY | O_CLOEXEC);
    ssize_t n = info < 0 ? -1 : read(info, text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    const char *line = strstr(text, "flags:");
    return !line || (strtoul(line + strlen("flags:"), NULL, 8) & O_CLOEXEC);
}

/* Connects a new socket and puts it in the place of the stand-in. *ret_blocks: it would have to wait for the server. */
static int replace(const struct notify_call *c, int stand_in, int target, bool may_block, bool *ret_blocks)
{
    int flags = fcntl(stand_in, F_GETFL);
    bool waits = flags >= 0 && !(flags & O_NONBLOCK);
    AUTO(mem_close_fd) int made = socket(AF_UNIX, option_of(stand_in, SO_TYPE) | SOCK_CLOEXEC | (waits && may_block ? 0 : SOCK_NONBLOCK), 0);
    if (made < 0)
        return -errno;
    copy_options(stand_in, made);
    int r = connect_to(made, target);
    *ret_blocks = r == -EAGAIN && waits && !may_block;
    if (r < 0)
        return r;
    if (flags >= 0 && fcntl(made, F_SETFL, flags) < 0)
        return -errno;
    int at = (int)c->arg[0];
    r = notify_give_fd(c, made, at, closes_on_exec(c, at));
    return r < 0 ? r : 0;
}

static bool answer_connect(const void *data, const struct notify_call *c, bool may_block, struct notify_answer *ret)
{
    struct target target = {.fd = -1};
    bool blocks = false;
    sa_family_t family = AF_UNSPEC;
    /* A hint: whatever stands there later, going on does no harm. */
    if (notify_read(c, c->arg[1], &family, sizeof family) < 0 || family != AF_UNIX)
        return let_go_on(ret);
    AUTO(mem_close_fd) int fd = notify_get_fd(c, (int)c->arg[0]);
    if (fd < 0)
        return fail(ret, fd);
    if (!is_stand_in(fd))
        return let_go_on(ret);
    int r = read_path(c, &target);
    if (r == 0)
        r = check_user(c);
    if (r == 0)
        r = open_target(c, &target);
    if (r == 0)
        r = judge(c, data, target.fd);
    if (r == 0)
        r = replace(c, fd, target.fd, may_block, &blocks);
    if (target.fd >= 0)
        (void)close(target.fd);
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
    return r == 0 ? notify_add(n, of_connect, e) : r;
}
