/* trace_name: names of hosts, by the content first: most calls are told to be none of this without a look at the descriptor. */
#include "core/trace_name.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "core/dns_message.h"
#include "core/mem.h"
#include "core/tls_hello.h"

enum {
    PORT_DNS = 53,
    FDS_MAX = 1024,
    FDS_WORD = 64,
    BATCH_MAX = 4, /* messages of one sendmmsg that are looked at */
    NSCD_VERSION = 2,
    NSCD_HEAD = 12, /* version, kind of question, length of the name with its terminator */
};

/* Descriptors by whose number somebody asked a name server: few calls are about one of them. */
static atomic_uint_least64_t asked[FDS_MAX / FDS_WORD];

static void keep_asked(int fd)
{
    if (fd >= 0 && fd < FDS_MAX)
        (void)atomic_fetch_or(&asked[fd / FDS_WORD], (uint_least64_t)1 << (fd % FDS_WORD));
}

static bool has_asked(int fd)
{
    return fd >= 0 && fd < FDS_MAX && (atomic_load(&asked[fd / FDS_WORD]) >> (fd % FDS_WORD) & 1);
}

static bool peer_of(const struct notify_call *c, union trace_address *ret)
{
    AUTO(mem_close_fd) int fd = notify_get_fd(c, (int)c->arg[0]);
    socklen_t len = sizeof *ret;
    memset(ret, 0, sizeof *ret);
    return fd >= 0 && getpeername(fd, &ret->any, &len) == 0;
}

static void tell(const struct trace *t, struct trace_event event, enum trace_source source, const char *name, const char *address, uint16_t port)
{
    event.operation = TRACE_NAME;
    event.source = source;
    event.name = name;
    event.address = address;
    event.port = port;
    t->sink(t->data, &event);
}

/* A TLS client talks to whomever it is connected to. */
static void look_for_hello(const struct trace *t, const struct trace_event *base, const struct notify_call *c, uint64_t at, size_t len)
{
    uint8_t bytes[TLS_HELLO_MAX];
    char name[DNS_MESSAGE_MAX_NAME];
    char text[INET6_ADDRSTRLEN];
    union trace_address peer;
    uint16_t port;
    if (len < TLS_HELLO_MIN || len > sizeof bytes || notify_read(c, at, bytes, TLS_HELLO_HEAD) < 0 || !tls_hello_begins(bytes))
        return;
    if (notify_read(c, at, bytes, len) < 0 || !tls_hello_name(bytes, len, name) || !peer_of(c, &peer) || !trace_describe(&peer, sizeof peer, text, &port))
        return;
    tell(t, *base, TRACE_BY_TLS, name, text, port);
}

static bool look_for_question(const struct trace *t, const struct trace_event *base, const struct notify_call *c, uint64_t at, size_t len,
                              uint16_t port)
{
    uint8_t bytes[512];
    struct dns_message m;
    char text[INET6_ADDRSTRLEN];
    union trace_address peer;
    if (len > sizeof bytes || notify_read(c, at, bytes, len) < 0 || !dns_message_read(bytes, len, &m) || m.is_answer)
        return false;
    if (port == 0 && (!peer_of(c, &peer) || !trace_describe(&peer, sizeof peer, text, &port)))
        return false;
    if (port != PORT_DNS)
        return false;
    keep_asked((int)c->arg[0]);
    tell(t, *base, TRACE_BY_QUESTION, m.name, NULL, 0);
    return true;
}

/* The name in a question to nscd, or NULL. */
static const char *nscd_name(const uint8_t *bytes, size_t len, size_t *ret_len)
{
    int32_t head[3];
    if (len <= NSCD_HEAD)
        return NULL;
    memcpy(head, bytes, sizeof head);
    if (head[0] != NSCD_VERSION || head[2] < 2 || (size_t)head[2] != len - NSCD_HEAD || bytes[len - 1] != '\0')
        return NULL;
    *ret_len = len - NSCD_HEAD - 1;
    return (const char *)bytes + NSCD_HEAD;
}

/* The same to systemd-resolved, in its JSON. */
static const char *resolved_name(const char *text, size_t *ret_len)
{
    static const char key[] = "\"name\":\"";
    const char *name = strstr(text, "io.systemd.Resolve.ResolveHostname") ? strstr(text, key) : NULL;
    if (!name)
        return NULL;
    name += strlen(key);
    *ret_len = strcspn(name, "\"\\");
    return name[*ret_len] == '"' ? name : NULL;
}

static void look_for_resolver(const struct trace *t, const struct trace_event *base, const struct notify_call *c, uint64_t at, size_t len)
{
    uint8_t bytes[1024];
    char name[DNS_MESSAGE_MAX_NAME];
    size_t name_len = 0;
    union trace_address peer;
    if (len < 2 || len >= sizeof bytes || notify_read(c, at, bytes, len) < 0)
        return;
    bytes[len] = '\0';
    const char *text = *bytes == '{' ? resolved_name((const char *)bytes, &name_len) : nscd_name(bytes, len, &name_len);
    if (!text || !dns_message_host(text, name_len, name) || !peer_of(c, &peer) || peer.any.sa_family != AF_UNIX)
        return;
    if (strstr(peer.local.sun_path, "nscd") || strstr(peer.local.sun_path, "resolve"))
        tell(t, *base, TRACE_BY_RESOLVER, name, NULL, 0);
}

/* Something was received, and no error: whoever looks at the message would take the error away. */
static bool has_message(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) == 1 && p.revents == POLLIN;
}

/* What waits to be received stays there. */
static void look_for_answer(const struct trace *t, const struct trace_event *base, const struct notify_call *c)
{
    uint8_t bytes[DNS_MESSAGE_MAX];
    struct dns_message m;
    union trace_address from = {0};
    char text[INET6_ADDRSTRLEN];
    uint16_t port;
    socklen_t len = sizeof from;
    if (!has_asked((int)c->arg[0]))
        return;
    AUTO(mem_close_fd) int fd = notify_get_fd(c, (int)c->arg[0]);
    ssize_t n = fd < 0 || !has_message(fd) ? -1 : recvfrom(fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT, &from.any, &len);
    if (n <= 0 || !trace_describe(&from, sizeof from, text, &port) || port != PORT_DNS || !dns_message_read(bytes, (size_t)n, &m))
        return;
    for (size_t i = 0; i < m.n; i++)
        if (inet_ntop(m.address[i].is_long ? AF_INET6 : AF_INET, m.address[i].byte, text, sizeof text))
            tell(t, *base, TRACE_BY_ANSWER, m.name, text, 0);
}

static void look_at_sendto(const struct trace *t, const struct trace_event *base, const struct notify_call *c)
{
    char text[INET6_ADDRSTRLEN];
    uint16_t port = 0;
    struct trace_event event = *base;
    size_t len = c->arg[2] > TLS_HELLO_MAX ? 0 : (size_t)c->arg[2];
    if (c->arg[4] && trace_read_address(c, c->arg[4], c->arg[5], text, &port)) {
        event.operation = TRACE_CONNECT;
        event.address = text;
        event.port = port;
        t->sink(t->data, &event);
    }
    if (len == 0 || look_for_question(t, base, c, c->arg[1], len, port))
        return;
    look_for_resolver(t, base, c, c->arg[1], len);
    look_for_hello(t, base, c, c->arg[1], len);
}

static void look_at_batch(const struct trace *t, const struct trace_event *base, const struct notify_call *c)
{
    struct mmsghdr batch[BATCH_MAX];
    size_t n = c->arg[2] > BATCH_MAX ? BATCH_MAX : (size_t)c->arg[2];
    if (n == 0 || notify_read(c, c->arg[1], batch, n * sizeof *batch) < 0)
        return;
    for (size_t i = 0; i < n; i++) {
        struct iovec part;
        const struct msghdr *m = &batch[i].msg_hdr;
        if (!m->msg_name && m->msg_iovlen == 1 && notify_read(c, (uint64_t)(uintptr_t)m->msg_iov, &part, sizeof part) == 0)
            (void)look_for_question(t, base, c, (uint64_t)(uintptr_t)part.iov_base, part.iov_len, 0);
    }
}

void trace_name_look(const struct trace *t, const struct trace_event *base, const struct notify_call *c)
{
    struct iovec part;
    if (c->number == SYS_sendto)
        look_at_sendto(t, base, c);
    else if (c->number == SYS_sendmmsg)
        look_at_batch(t, base, c);
    else if (c->number == SYS_recvfrom)
        look_for_answer(t, base, c);
    else if (c->number == SYS_write)
        look_for_hello(t, base, c, c->arg[1], (size_t)c->arg[2]);
    else if (notify_read(c, c->arg[1], &part, sizeof part) == 0)
        look_for_hello(t, base, c, (uint64_t)(uintptr_t)part.iov_base, part.iov_len);
}

/* A write of another size, or of several parts, is not held up. */
static const struct notify_watched calls[] = {
    {.number = SYS_sendto},
    {.number = SYS_sendmmsg},
    {.number = SYS_recvfrom},
    {.number = SYS_write, .arg = 2, .least = TLS_HELLO_MIN, .most = TLS_HELLO_MAX},
    {.number = SYS_writev, .arg = 2, .least = 1, .most = 1},
};

bool trace_name_is_call(int number)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (calls[i].number == number)
            return true;
    return false;
}

int trace_name_register(const struct trace *t, notify_watcher *watch, struct notify *n, struct err *e)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < sizeof calls / sizeof *calls; i++)
        r = notify_watch_some(n, calls[i], watch, t, e);
    return r;
}
