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
BLOCKED(binding, "bind-tcp")
NEVER(unix_sockets, EACCES, "socket", decimal(AF_UNIX), decimal(SOCK_STREAM))
NEVER(datagram_pairs, EACCES, "socketpair", decimal(SOCK_DGRAM))
NEVER(raw_pairs_which_are_datagram_pairs, EACCES, "socketpair", decimal(SOCK_RAW))

TEST(connecting)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    AUTO(mem_close_fd) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&address, len) == 0 && listen(fd, 4) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
    inside_triple(TRY("connect-tcp", decimal(ntohs(address.sin_port))), EACCES, &blocked, &open_net);
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
