/* unix_call: a call with a Unix socket, seen from nono. */
#include "core/unix_call.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/denials.h"
#include "core/mem.h"
#include "core/proc_text.h"

enum { NAME_LENGTH = 64 };

int unix_call_option(int fd, int option)
{
    int value = -1;
    socklen_t len = sizeof value;
    return getsockopt(fd, SOL_SOCKET, option, &value, &len) < 0 ? -1 : value;
}

/* Whoever serves has a name. What a server of the command has accepted from nono looks the same, and may be taken for one: it is connected as well. */
bool unix_call_is_stand_in(int fd)
{
    struct ucred peer = {0};
    socklen_t len = sizeof peer;
    struct sockaddr_un name;
    socklen_t name_len = sizeof name;
    return unix_call_option(fd, SO_DOMAIN) == AF_UNIX && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && peer.pid == getpid() &&
           getpeername(fd, (struct sockaddr *)&name, &name_len) == 0 && name_len == offsetof(struct sockaddr_un, sun_path);
}

int unix_call_name(const struct notify_call *c, struct unix_name *ret)
{
    struct unix_name name = {.len = (socklen_t)c->arg[2]};
    if (name.len <= offsetof(struct sockaddr_un, sun_path) || name.len > sizeof name.address)
        return -EINVAL;
    int r = notify_read(c, c->arg[1], &name.address, name.len);
    if (r < 0)
        return r;
    if (name.address.sun_family != AF_UNIX)
        return -EINVAL;
    memcpy(name.path, name.address.sun_path, name.len - offsetof(struct sockaddr_un, sun_path));
    if (name.path[0] == '\0') {
        name.path[0] = '@';
        denials_add(DENIALS_UNIX, DENIALS_BY_NONO, name.path, c->tid);
        return -EACCES;
    }
    *ret = name;
    return 0;
}

int unix_call_start(const struct notify_call *c, bool is_absolute)
{
    int fd = notify_open(c, is_absolute ? "root" : "cwd", O_DIRECTORY);
    return fd < 0 ? -EACCES : fd;
}

int unix_call_check_user(const struct notify_call *c)
{
    enum { FILE_SYSTEM = 3 }; /* behind real, effective and saved */
    char status[PROC_TEXT_SIZE];
    unsigned long uid = 0;
    if (geteuid() != 0)
        return 0;
    return proc_text_read(c->tid, "status", status) && proc_text_number(status, "\nUid:", FILE_SYSTEM, 10, &uid) && uid == geteuid() ? 0 : -EACCES;
}

int unix_call_place(int fd, char *ret, size_t max)
{
    char name[NAME_LENGTH];
    (void)snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(name, ret, max);
    if (len <= 0 || (size_t)len >= max)
        return -EACCES;
    ret[len] = '\0';
    return 0;
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
        int was = unix_call_option(from, doubled[i]);
        int half = was / 2;
        if (was > 0 && was != unix_call_option(to, doubled[i]))
            (void)setsockopt(to, SOL_SOCKET, doubled[i], &half, sizeof half);
    }
}

static bool closes_on_exec(const struct notify_call *c, int fd)
{
    char name[NAME_LENGTH];
    char text[PROC_TEXT_SIZE];
    unsigned long flags = 0;
    (void)snprintf(name, sizeof name, "fdinfo/%d", fd);
    return !proc_text_read(c->tid, name, text) || !proc_text_number(text, "\nflags:", 0, 8, &flags) || (flags & O_CLOEXEC);
}

int unix_call_made(int stand_in, bool blocks)
{
    int made = socket(AF_UNIX, unix_call_option(stand_in, SO_TYPE) | SOCK_CLOEXEC | (blocks ? 0 : SOCK_NONBLOCK), 0);
    if (made < 0)
        return -errno;
    copy_options(stand_in, made);
    return made;
}

int unix_call_give(const struct notify_call *c, int stand_in, int made)
{
    int flags = fcntl(stand_in, F_GETFL);
    int at = (int)c->arg[0];
    if (flags >= 0 && fcntl(made, F_SETFL, flags) < 0)
        return -errno;
    int r = notify_give_fd(c, made, at, closes_on_exec(c, at));
    return r < 0 ? r : 0;
}
