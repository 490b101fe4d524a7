/* trace_address: addresses of sockets. */
#include "core/trace_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "core/mem.h"
#include "core/trace_place.h"

bool trace_address_describe(const union trace_address *name, size_t len, char *ret_text, uint16_t *ret_port)
{
    bool is_long = name->any.sa_family == AF_INET6 && len >= sizeof name->v6;
    if (len < sizeof name->v4 || (name->any.sa_family != AF_INET && !is_long))
        return false;
    *ret_port = ntohs(is_long ? name->v6.sin6_port : name->v4.sin_port);
    return inet_ntop(name->any.sa_family, is_long ? (const void *)&name->v6.sin6_addr : &name->v4.sin_addr, ret_text, INET6_ADDRSTRLEN);
}

/* Ends in a NUL, whatever is there. Returns the length, 0 when it cannot be read. */
static size_t read_address(const struct notify_call *c, uint64_t at, uint64_t len, union trace_address *ret)
{
    size_t n = (uint32_t)len < sizeof *ret ? (uint32_t)len : sizeof *ret - 1;
    memset(ret, 0, sizeof *ret);
    return n >= sizeof ret->any.sa_family && notify_read(c, at, ret, n) == 0 ? n : 0;
}

/* Abstract names are no files, and never granted. */
static void tell_unix(const struct trace *t, struct trace_event event, const struct notify_call *c, const union trace_address *name)
{
    char text[STR_MAX_PATH];
    bool makes = c->number == SYS_bind;
    AUTO(trace_place_release) struct trace_place place = TRACE_PLACE_INIT;
    (void)snprintf(text, sizeof text, "%s", name->local.sun_path);
    if (!*text || !trace_place_find(c, AT_FDCWD, text, makes ? 0 : TRACE_PLACE_FOLLOW, &place))
        return;
    event.operation = makes ? TRACE_WRITE : TRACE_UNIX;
    event.path = place.path;
    event.sys = !makes ? place.sys : place.lacks_last ? 0 : place.sys ? place.sys : EEXIST;
    t->sink(t->data, &event);
}

uint16_t trace_address_tell(const struct trace *t, const struct trace_event *base, const struct notify_call *c, uint64_t at, uint64_t at_len)
{
    struct trace_event event = *base;
    union trace_address name;
    char text[INET6_ADDRSTRLEN];
    size_t len = read_address(c, at, at_len, &name);
    if (len && name.any.sa_family == AF_UNIX && t->names)
        tell_unix(t, event, c, &name);
    if (!trace_address_describe(&name, len, text, &event.port))
        return 0;
    event.operation = c->number == SYS_bind ? TRACE_BIND : TRACE_CONNECT;
    event.address = text;
    t->sink(t->data, &event);
    return event.port;
}

void trace_address_listen(const struct trace *t, const struct trace_event *base, const struct notify_call *c)
{
    struct trace_event event = *base;
    union trace_address name = {0};
    char text[INET6_ADDRSTRLEN];
    socklen_t len = sizeof name;
    AUTO(mem_close_fd) int fd = notify_get_fd(c, (int)c->arg[0]);
    if (fd < 0 || getsockname(fd, &name.any, &len) < 0 || !trace_address_describe(&name, len, text, &event.port))
        return;
    event.operation = TRACE_LISTEN;
    event.address = text;
    t->sink(t->data, &event);
}
