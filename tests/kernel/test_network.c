/* Network: blocked and open. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/kernel.h"
#include "core/landlock_rules.h"
#include "core/mem.h"
#include "tests/kernel/inside.h"
#include "tests/unit/tap.h"

static const struct inside blocked = {.block_net = true};
static const struct inside open_net = {0};

static const char *decimal(int n)
{
    static char ring[4][16];
    static unsigned next;
    char *buf = ring[next++ % 4];
    (void)snprintf(buf, sizeof ring[0], "%d", n);
    return buf;
}

#define BLOCKED(id, ...) \
    TEST(id) \
    { \
        inside_triple(TRY(__VA_ARGS__), EACCES, &blocked, &open_net); \
    }

BLOCKED(udp, "socket", decimal(AF_INET), decimal(SOCK_DGRAM))
BLOCKED(udp6, "socket", decimal(AF_INET6), decimal(SOCK_DGRAM))
BLOCKED(netlink, "socket", decimal(AF_NETLINK), decimal(SOCK_RAW))
BLOCKED(binding, "bind-tcp", "0")
NEVER(unix_sockets, EACCES, "socket", decimal(AF_UNIX), decimal(inside_all_diagnosed() ? SOCK_DGRAM : SOCK_STREAM))
NEVER(datagram_pairs, EACCES, "socketpair", decimal(SOCK_DGRAM))
NEVER(raw_pairs_which_are_datagram_pairs, EACCES, "socketpair", decimal(SOCK_RAW))

/* Not blocked by the network alone: these are refused where it is open, too. */
NEVER(vsock, EAFNOSUPPORT, "socket", decimal(AF_VSOCK), decimal(SOCK_STREAM))

/* Refused as by a kernel that lacks it, which this one may be. */
TEST(kernel_crypto)
{
    const char *const command[] = {"socket", decimal(AF_ALG), decimal(SOCK_SEQPACKET), NULL};
    if (outside_run(command) == EAFNOSUPPORT)
        CHECK_INT(inside_run(&open_net, command), EAFNOSUPPORT);
    else
        inside_never(command, EAFNOSUPPORT);
}

NEVER(unix_datagrams, EACCES, "socket", decimal(AF_UNIX), decimal(SOCK_DGRAM))
BLOCKED(mptcp, "socket-protocol", decimal(AF_INET), decimal(SOCK_STREAM), "262")

/* Most machines keep these closed to everyone (net.ipv4.ping_group_range): the answer inside is the same then, and tells nothing. */
TEST(ping)
{
    const char *const command[] = {"socket-protocol", decimal(AF_INET), decimal(SOCK_DGRAM), decimal(IPPROTO_ICMP), NULL};
    if (outside_run(command) == EACCES)
        CHECK_INT(inside_run(&open_net, command), EACCES);
    else
        inside_triple(command, EACCES, &blocked, &open_net);
}

/* For root alone: nobody else may make them outside. */
TEST(raw_sockets)
{
    if (geteuid() != 0)
        return;
    inside_never(TRY("socket", decimal(AF_PACKET), decimal(SOCK_RAW)), EAFNOSUPPORT);
    inside_never(TRY("socket-protocol", decimal(AF_INET), decimal(SOCK_RAW), decimal(IPPROTO_ICMP)), EPERM);
    CHECK_INT(inside_run(&blocked, TRY("socket-protocol", decimal(AF_INET), decimal(SOCK_RAW), decimal(IPPROTO_ICMP))), EACCES);
}

enum { BACKLOG = 16 };

/* A listening socket on a port of the loopback device. */
static int serve(int *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&address, len) == 0 && listen(fd, BACKLOG) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

TEST(connecting)
{
    int port = 0;
    AUTO(mem_close_fd) int fd = serve(&port);
    CHECK(fd >= 0);
    inside_triple(TRY("connect-tcp", decimal(port)), EACCES, &blocked, &open_net);
}

TEST(one_port_and_no_other)
{
    int port = 0, other = 0;
    AUTO(mem_close_fd) int fd = serve(&port);
    AUTO(mem_close_fd) int second = serve(&other);
    CHECK(fd >= 0 && second >= 0);
    const struct inside one = {.open_port = port}, another = {.open_port = other};
    inside_triple(TRY("connect-tcp", decimal(port)), EACCES, &another, &one);
    inside_triple(TRY("connect-mapped", decimal(port)), EACCES, &another, &one);
    inside_triple(TRY("in-child", "connect-tcp", decimal(port)), EACCES, &another, &one);
}

static int free_port(void)
{
    int port = 0;
    int fd = serve(&port);
    CHECK(close(fd) == 0);
    return port;
}

TEST(one_port_to_listen_on)
{
    int port = free_port(), other = free_port();
    const struct inside one = {.listen_port = port}, another = {.listen_port = other}, to_connect = {.open_port = port};
    int server = 0;
    AUTO(mem_close_fd) int fd = serve(&server);
    CHECK(fd >= 0);
    const struct inside both = {.open_port = server, .listen_port = port};
    inside_triple(TRY("bind-tcp", decimal(port)), EACCES, &another, &one);
    inside_triple(TRY("bind-tcp", decimal(port)), EACCES, &to_connect, &one);
    inside_triple(TRY("bind-tcp", "0"), EACCES, &one, &open_net);
    inside_triple(TRY("listen-unbound"), EACCES, &to_connect, &open_net);
    inside_triple(TRY("listen-unbound"), EACCES, &one, &open_net);
    inside_triple(TRY("listen-autobound", decimal(server)), EACCES, &both, &open_net);
    CHECK_INT(inside_run(&one, TRY("listen-bad")), EBADF);
}

TEST(a_port_to_listen_on_is_none_to_connect_to)
{
    int port = 0;
    AUTO(mem_close_fd) int fd = serve(&port);
    CHECK(fd >= 0);
    const struct inside listens = {.listen_port = port}, connects = {.open_port = port};
    inside_triple(TRY("connect-tcp", decimal(port)), EACCES, &listens, &connects);
}

/* What Landlock does not see, to the very port that is open. */
TEST(only_tcp_by_connecting)
{
    int port = 0;
    AUTO(mem_close_fd) int fd = serve(&port);
    CHECK(fd >= 0);
    const struct inside one = {.open_port = port, .listen_port = free_port()};
    inside_triple(TRY("fast-open", decimal(port)), EACCES, &one, &open_net);
    inside_triple(TRY("fast-open-message", decimal(port), "one"), EACCES, &one, &open_net);
    inside_triple(TRY("fast-open-message", decimal(port), "many"), EACCES, &one, &open_net);
    inside_triple(TRY("socket", decimal(AF_INET), decimal(SOCK_DGRAM)), EACCES, &one, &open_net);
    inside_triple(TRY("socket", decimal(AF_NETLINK), decimal(SOCK_RAW)), EACCES, &one, &open_net);
    inside_triple(TRY("upper-protocol", "smc"), EACCES, &one, &open_net);
    CHECK_INT(inside_run(&one, TRY("socket", decimal(AF_UNIX), decimal(SOCK_STREAM))), inside_all_diagnosed() ? 0 : EACCES);
}

TEST(more_protocols_beside_a_port)
{
    const struct inside one = {.open_port = free_port()};
    inside_triple(TRY("socket-protocol", decimal(AF_INET), decimal(SOCK_STREAM), "262"), EACCES, &one, &open_net);
}

TEST(ports_need_a_kernel_that_knows_them)
{
    AUTO(caps_release) struct caps caps;
    AUTO(landlock_plan_release) struct landlock_plan plan = {0};
    struct err e = ERR_INIT;
    const struct inside one = {.open_port = 1};
    inside_caps(&one, &caps);
    CHECK_ERR(landlock_rules_plan(&caps, 3, &plan, &e), ERR_KERNEL, &e);
}

TEST(stream_pairs_stay)
{
    CHECK_INT(inside_run(&blocked, TRY("socketpair", decimal(SOCK_STREAM))), 0);
    CHECK_INT(inside_run(&blocked, TRY("socketpair", decimal(SOCK_SEQPACKET))), 0);
}

/* An abstract socket of a process outside, with the network open: refused where the socket is made, before the scope of Landlock. */
TEST(abstract_sockets)
{
    char name[64];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(name, sizeof name, "@nono-test-%d", (int)getpid());
    memcpy(address.sun_path + 1, name + 1, strlen(name) - 1);
    AUTO(mem_close_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&address, len) == 0 && listen(fd, 4) == 0);
    inside_never(TRY("connect-unix", name), EACCES);
}
