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
#include "core/trace_address.h"

enum {
    PORT_DNS = 53,
    FDS_MAX = 1024,
    FDS_WORD = 64,
    BATCH_MAX = 4, /* messages of one sendmmsg that are looked at */
    PARTS_MAX = 4, /* of one message */
    STREAM_HEAD = 2,
    HEAD = 16,
    QUESTION_MIN = 21, /* a shorter one has no dot in its name */
    RESOLVER_MAX = 1024,
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

/* What a call sends: its parts, in the memory of the caller. */
struct sent {
    struct iovec part[PARTS_MAX];
    size_t n, len; /* parts, and bytes of all of them */
    uint16_t port; /* of the address that the call names; 0: none */
};

/* A TLS client talks to whomever it is connected to. */
static void look_for_hello(const struct trace *t, const struct trace_event *base, const struct notify_call *c, const uint8_t *bytes, size_t len)
{
    char name[DNS_MESSAGE_MAX_NAME];
    char text[INET6_ADDRSTRLEN];
    union trace_address peer;
    uint16_t port;
    if (len < TLS_HELLO_MIN || !tls_hello_begins(bytes) || !tls_hello_name(bytes, len, name) || !peer_of(c, &peer) ||
        !trace_address_describe(&peer, sizeof peer, text, &port))
        return;
    tell(t, *base, TRACE_BY_TLS, name, text, port);
}

static size_t length_at(const uint8_t *bytes)
{
    return (size_t)bytes[0] << 8 | bytes[1];
}

/* In a stream each message has its length before it. Returns where the next one begins, 0 when there is none. */
static size_t read_streamed(const uint8_t *bytes, size_t len, size_t at, struct dns_message *ret)
{
    if (len < STREAM_HEAD || at > len - STREAM_HEAD)
        return 0;
    size_t n = length_at(bytes + at);
    at += STREAM_HEAD;
    return n <= len - at && dns_message_read(bytes + at, n, ret) ? at + n : 0;
}

static bool is_asked_of_server(const struct notify_call *c, const struct sent *s)
{
    union trace_address peer;
    char text[INET6_ADDRSTRLEN];
    uint16_t port = s->port;
    return (port || (peer_of(c, &peer) && trace_address_describe(&peer, sizeof peer, text, &port))) && port == PORT_DNS;
}

static bool look_for_question(const struct trace *t, const struct trace_event *base, const struct notify_call *c, const struct sent *s, const uint8_t *bytes)
{
    struct dns_message m;
    bool is_alone = dns_message_read(bytes, s->len, &m);
    size_t next = is_alone ? s->len : read_streamed(bytes, s->len, 0, &m);
    if (next == 0 || m.is_answer || !is_asked_of_server(c, s))
        return false;
    keep_asked((int)c->arg[0]);
    do
        tell(t, *base, TRACE_BY_QUESTION, m.name, NULL, 0);
    while (!is_alone && (next = read_streamed(bytes, s->len, next, &m)) > 0);
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

static void look_for_resolver(const struct trace *t, const struct trace_event *base, const struct notify_call *c, uint8_t *bytes, size_t len)
{
    char name[DNS_MESSAGE_MAX_NAME];
    size_t name_len = 0;
    union trace_address peer;
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

static void tell_answer(const struct trace *t, const struct trace_event *base, const struct dns_message *m)
{
    char text[INET6_ADDRSTRLEN];
    for (size_t i = 0; i < m->n; i++)
        if (inet_ntop(m->address[i].is_long ? AF_INET6 : AF_INET, m->address[i].byte, text, sizeof text))
            tell(t, *base, TRACE_BY_ANSWER, m->name, text, 0);
}

static bool is_stream(int fd)
{
    int type = 0;
    socklen_t len = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_STREAM;
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
    bool streams = n > 0 && is_stream(fd);
    len = sizeof from;
    if (n <= 0 || (streams && getpeername(fd, &from.any, &len) < 0) || !trace_address_describe(&from, sizeof from, text, &port) || port != PORT_DNS)
        return;
    if (!streams && dns_message_read(bytes, (size_t)n, &m))
        tell_answer(t, base, &m);
    for (size_t at = 0; streams && (at = read_streamed(bytes, (size_t)n, at, &m)) > 0;)
        tell_answer(t, base, &m);
}

/* Most of what is sent is told by its beginning to be none of this. */
static bool may_name(const uint8_t head[HEAD], size_t len)
{
    for (size_t at = 0; at <= STREAM_HEAD; at += STREAM_HEAD) {
        const uint8_t *dns = head + at; /* number, flags, how many questions and answers */
        if ((dns[2] & 0xf8) == 0 && dns[4] == 0 && dns[5] == 1 && dns[6] == 0 && dns[7] == 0)
            return true;
    }
    return tls_hello_begins(head) || (len < RESOLVER_MAX && (*head == '{' || *head == NSCD_VERSION));
}

/* The first `len` bytes of what is sent. */
static bool read_sent(const struct notify_call *c, const struct sent *s, uint8_t *ret, size_t len)
{
    size_t have = 0;
    for (size_t i = 0; i < s->n && have < len; i++) {
        size_t n = s->part[i].iov_len < len - have ? s->part[i].iov_len : len - have;
        if (notify_read(c, (uint64_t)(uintptr_t)s->part[i].iov_base, ret + have, n) < 0)
            return false;
        have += n;
    }
    return have == len;
}

static void look_at_sent(const struct trace *t, const struct trace_event *base, const struct notify_call *c, const struct sent *s)
{
    uint8_t bytes[TLS_HELLO_MAX + 1];
    if (s->len < HEAD || s->len > TLS_HELLO_MAX || !read_sent(c, s, bytes, HEAD) || !may_name(bytes, s->len) || !read_sent(c, s, bytes, s->len) ||
        look_for_question(t, base, c, s, bytes))
        return;
    look_for_hello(t, base, c, bytes, s->len);
    if (s->len < RESOLVER_MAX)
        look_for_resolver(t, base, c, bytes, s->len);
}

static bool read_parts(const struct notify_call *c, uint64_t at, uint64_t n, struct sent *ret)
{
    if (n == 0 || n > PARTS_MAX || notify_read(c, at, ret->part, (size_t)n * sizeof *ret->part) < 0)
        return false;
    ret->n = (size_t)n;
    for (size_t i = 0; i < ret->n; i++)
        ret->len += ret->part[i].iov_len <= TLS_HELLO_MAX ? ret->part[i].iov_len : TLS_HELLO_MAX + 1;
    return true;
}

static void look_at_message(const struct trace *t, const struct trace_event *base, const struct notify_call *c, const struct msghdr *m)
{
    struct sent s = {.port = m->msg_name ? trace_address_tell(t, base, c, (uint64_t)(uintptr_t)m->msg_name, m->msg_namelen) : 0};
    if (read_parts(c, (uint64_t)(uintptr_t)m->msg_iov, m->msg_iovlen, &s))
        look_at_sent(t, base, c, &s);
}

static void look_at_batch(const struct trace *t, const struct trace_event *base, const struct notify_call *c)
{
    struct mmsghdr batch[BATCH_MAX];
    size_t n = c->arg[2] > BATCH_MAX ? BATCH_MAX : (size_t)c->arg[2];
    if (n == 0 || notify_read(c, c->arg[1], batch, n * sizeof *batch) < 0)
        return;
    for (size_t i = 0; i < n; i++)
        look_at_message(t, base, c, &batch[i].msg_hdr);
}

static void look_at_bytes(const struct trace *t, const struct trace_event *base, const struct notify_call *c)
{
    struct sent s = {.part = {{(void *)(uintptr_t)c->arg[1], (size_t)c->arg[2]}}, .n = 1, .len = (size_t)c->arg[2]};
    if (c->number == SYS_sendto && c->arg[4])
        s.port = trace_address_tell(t, base, c, c->arg[4], c->arg[5]);
    look_at_sent(t, base, c, &s);
}

void trace_name_look(const struct trace *t, const struct trace_event *base, const struct notify_call *c)
{
    struct msghdr message;
    struct sent s = {0};
    switch (c->number) {
    case SYS_sendto:
    case SYS_write:
        look_at_bytes(t, base, c);
        break;
    case SYS_writev:
        if (read_parts(c, c->arg[1], c->arg[2], &s))
            look_at_sent(t, base, c, &s);
        break;
    case SYS_sendmsg:
        if (notify_read(c, c->arg[1], &message, sizeof message) == 0)
            look_at_message(t, base, c, &message);
        break;
    case SYS_sendmmsg:
        look_at_batch(t, base, c);
        break;
    default:
        look_for_answer(t, base, c);
    }
}

/* What is of another size, or of more parts, is not held up. From a stream the length of an answer is read first, if not all of it by another call. */
static const struct notify_watched calls[] = {
    {.number = SYS_sendto},
    {.number = SYS_sendmmsg},
    {.number = SYS_sendmsg, .arg = 2, .least = 0, .most = NOTIFY_HANDING_FLAGS - 1},
    {.number = SYS_recvfrom},
    {.number = SYS_recvmsg},
    {.number = SYS_recvmmsg},
    {.number = SYS_read, .arg = 2, .least = STREAM_HEAD, .most = STREAM_HEAD},
    {.number = SYS_write, .arg = 2, .least = QUESTION_MIN, .most = TLS_HELLO_MAX},
    {.number = SYS_writev, .arg = 2, .least = 1, .most = PARTS_MAX},
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
