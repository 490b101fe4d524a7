/* ports: the handler of listen(2). */
#include "core/ports.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "core/denials.h"
#include "core/mem.h"

static bool is_granted(const struct caps *c, int fd, pid_t tid)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_storage room;
    } name = {.any = {.sa_family = AF_UNSPEC}};
    socklen_t len = sizeof name;
    if (getsockname(fd, &name.any, &len) < 0)
        return true; /* no socket: listen(2) says so */
    if (name.any.sa_family != AF_INET && name.any.sa_family != AF_INET6)
        return true;
    uint16_t port = ntohs(name.any.sa_family == AF_INET ? name.v4.sin_port : name.v6.sin6_port);
    if (port != 0 && caps_port(c, port, CAPS_PORT_LISTEN))
        return true;
    denials_add_port(DENIALS_LISTEN, DENIALS_BY_NONO, NULL, port, tid);
    return false;
}

/* Done for the caller on the very socket that was judged. Looked at again after it: a thread may have taken its port away in between. */
static bool answer_listen(const void *data, const struct notify_call *c, bool may_block, struct notify_answer *ret)
{
    (void)may_block;
    AUTO(mem_close_fd) int fd = notify_get_fd(c, (int)c->arg[0]);
    *ret = (struct notify_answer){.error = fd < 0 ? -fd : EACCES};
    if (fd < 0 || !is_granted(data, fd, c->tid))
        return true;
    ret->error = listen(fd, (int)c->arg[1]) < 0 ? errno : 0;
    if (ret->error == 0 && !is_granted(data, fd, c->tid)) {
        (void)shutdown(fd, SHUT_RDWR);
        ret->error = EACCES;
    }
    return true;
}

int ports_register(const struct caps *c, struct notify *n, struct err *e)
{
    for (size_t i = 0; i < c->n_ports; i++)
        if (c->port[i].use == CAPS_PORT_LISTEN)
            return notify_add(n, (struct notify_entry){.number = SYS_listen, .handle = answer_listen, .data = c}, e);
    return 0;
}
