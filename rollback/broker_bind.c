/* broker_bind: the name of a Unix socket. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/mem.h"
#include "rollback/broker_own.h"

/* The caller's own socket, with the text that the caller gave, which getsockname(2) tells later. Nothing can have changed on the way there: only the
 * broker changes names for the command. */
static int bind_for(const struct notify_call *c, const struct sockaddr_un *address, socklen_t len)
{
    char name[40];
    (void)snprintf(name, sizeof name, "/proc/%d/cwd", (int)c->tid);
    AUTO(mem_close_fd) int fd = notify_get_fd(c, (int)c->arg[0]);
    AUTO(mem_close_fd) int cwd = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || cwd < 0)
        return fd < 0 ? fd : -EACCES;
    if (fchdir(cwd) < 0)
        return -errno;
    int r = bind(fd, (const struct sockaddr *)address, len) < 0 ? -errno : 0;
    return chdir("/") < 0 && r == 0 ? -errno : r;
}

static int make_name(struct broker *b, const struct notify_call *c, const struct sockaddr_un *address, socklen_t len)
{
    AUTO(broker_name_release) struct broker_name n = BROKER_NAME_INIT;
    struct broker_place p;
    struct mutate_pending pending;
    char path[sizeof address->sun_path + 1] = {0};
    memcpy(path, address->sun_path, len - offsetof(struct sockaddr_un, sun_path));
    if (broker_locate(b, c, -1, AT_FDCWD, path, &n) < 0 || n.slash)
        return BROKER_PROCEED;
    int r = broker_place_of(b, &n, CAPS_WRITE, &p);
    if (r != 0)
        return r;
    const struct mutate_place place = {.dir = p.dir->fd, .name = n.name, .path = p.path, .is_scratch = !broker_is_captured(b, p.path)};
    r = mutate_will_create(b->mutate, &place, &pending);
    if (r < 0)
        return r == -EEXIST ? -EADDRINUSE : r;
    r = bind_for(c, address, len);
    mutate_did_create(b->mutate, &place, &pending, r);
    return r;
}

static int op_bind(struct broker *b, const struct notify_call *c, bool may_block)
{
    struct sockaddr_un address = {0};
    int len = (int)c->arg[2];
    (void)may_block;
    if (len <= (int)offsetof(struct sockaddr_un, sun_path) || len > (int)sizeof address)
        return BROKER_PROCEED;
    int r = notify_read(c, c->arg[1], &address, (size_t)len);
    if (r < 0)
        return r;
    if (address.sun_family != AF_UNIX || address.sun_path[0] == '\0')
        return BROKER_PROCEED;
    r = broker_become(b, c);
    if (r == 0)
        r = make_name(b, c, &address, (socklen_t)len);
    broker_be_self(b);
    return r;
}

const struct broker_row broker_bind_rows[] = {
    {.number = SYS_bind, .op = op_bind},
    {0},
};
