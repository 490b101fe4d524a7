/* Unix sockets: what is granted can be connected to, nothing else can. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/denials.h"
#include "core/kernel.h"
#include "core/launch.h"
#include "core/mem.h"
#include "core/notify.h"
#include "tests/kernel/inside.h"
#include "tests/unit/tap.h"

enum { MAX_SERVED = 8, BACKLOG = 64 };

static struct {
    int fd[MAX_SERVED];
    size_t n;
    pthread_t thread;
    int stop[2];
} servers;

static void serve(const char *name, int type)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    CHECK(snprintf(address.sun_path, sizeof address.sun_path, "%s", at(name)) < (int)sizeof address.sun_path);
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, BACKLOG) == 0);
    servers.fd[servers.n++] = fd;
}

static void answer(int server)
{
    char byte = 0;
    const struct timeval limit = {.tv_usec = 100000}; /* one client may wait for another to be served */
    AUTO(mem_close_fd) int fd = accept4(server, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 && recv(fd, &byte, 1, 0) == 1 && byte == 'q')
        (void)send(fd, "a", 1, MSG_NOSIGNAL);
}

static void *run_servers(void *unused)
{
    struct pollfd ready[MAX_SERVED + 1];
    (void)unused;
    for (size_t i = 0; i < servers.n; i++)
        ready[i] = (struct pollfd){.fd = servers.fd[i], .events = POLLIN};
    ready[servers.n] = (struct pollfd){.fd = servers.stop[0], .events = POLLIN};
    while (poll(ready, servers.n + 1, -1) >= 0 && !ready[servers.n].revents)
        for (size_t i = 0; i < servers.n; i++)
            if (ready[i].revents)
                answer(servers.fd[i]);
    return NULL;
}

static void start(void)
{
    CHECK(pipe2(servers.stop, O_CLOEXEC) == 0 && pthread_create(&servers.thread, NULL, run_servers, NULL) == 0);
}

static void finish_servers(void)
{
    for (size_t i = 0; i < servers.n; i++)
        CHECK(close(servers.fd[i]) == 0);
    servers.n = 0;
}

static void finish(void)
{
    CHECK(close(servers.stop[1]) == 0 && pthread_join(servers.thread, NULL) == 0 && close(servers.stop[0]) == 0);
    finish_servers();
}

static const char *decimal(int n)
{
    static char ring[4][16];
    static unsigned next;
    char *buf = ring[next++ % 4];
    (void)snprintf(buf, sizeof ring[0], "%d", n);
    return buf;
}

static const struct inside one = {.socket = {"one"}}, other = {.socket = {"other"}}, none = {.block_net = false};

TEST(a_granted_socket)
{
    serve("one", SOCK_STREAM);
    serve("other", SOCK_STREAM);
    start();
    inside_triple(TRY("talk-unix", at("one"), decimal(SOCK_STREAM), at("one")), EACCES, &other, &one);
    inside_triple(TRY("talk-unix", at("one"), decimal(SOCK_STREAM), at("one")), EACCES, &none, &one);
    inside_triple(TRY("in-child", "talk-unix", at("one"), decimal(SOCK_STREAM), at("one")), EACCES, &other, &one);
    finish();
}

TEST(what_is_refused_is_known_afterwards)
{
    struct denial d;
    char abstract[] = "@nono-no-such-name";
    serve("one", SOCK_STREAM);
    serve("other", SOCK_STREAM);
    start();
    CHECK_INT(inside_run(&one, TRY("talk-unix", at("one"), decimal(SOCK_STREAM), at("one"))), 0);
    CHECK_INT(denials_count(), 0);
    CHECK_INT(inside_run(&other, TRY("talk-unix", at("one"), decimal(SOCK_STREAM), at("one"))), EACCES);
    CHECK_INT(denials_count(), 1);
    denials_get(0, &d);
    CHECK_INT(d.operation, DENIALS_UNIX);
    CHECK_INT(d.by, DENIALS_BY_NONO);
    CHECK_STR(d.target, at("one"));
    CHECK(strstr(d.program, "try"));
    CHECK_INT(inside_run(&other, TRY("connect-unix", abstract)), EACCES);
    CHECK_INT(inside_run(&other, TRY("socket", decimal(AF_UNIX), decimal(SOCK_DGRAM))), EACCES);
    CHECK_INT(denials_count(), 3);
    denials_get(1, &d);
    CHECK_STR(d.target, abstract);
    finish();
}

TEST(a_granted_socket_of_packets)
{
    serve("one", SOCK_SEQPACKET);
    serve("other", SOCK_SEQPACKET);
    start();
    inside_triple(TRY("talk-unix", at("one"), decimal(SOCK_SEQPACKET), at("one")), EACCES, &other, &one);
    CHECK_INT(inside_run(&one, TRY("talk-unix", at("one"), decimal(SOCK_STREAM), at("one"))), EPROTOTYPE);
    finish();
}

TEST(whatever_the_network_is)
{
    static const struct inside blocked = {.socket = {"one"}, .block_net = true}, ports = {.socket = {"one"}, .open_port = 1};
    serve("one", SOCK_STREAM);
    start();
    CHECK_INT(inside_run(&blocked, TRY("talk-unix", at("one"), decimal(SOCK_STREAM), at("one"))), 0);
    CHECK_INT(inside_run(&ports, TRY("talk-unix", at("one"), decimal(SOCK_STREAM), at("one"))), 0);
    CHECK_INT(inside_run(&blocked, TRY("socket", decimal(AF_INET), decimal(SOCK_STREAM))), EACCES);
    CHECK_INT(inside_run(&blocked, TRY("socket", decimal(AF_NETLINK), decimal(SOCK_RAW))), EACCES);
    CHECK_INT(inside_run(&blocked, TRY("socket", decimal(AF_VSOCK), decimal(SOCK_STREAM))), EACCES);
    CHECK_INT(inside_run(&ports, TRY("socket", decimal(AF_INET), decimal(SOCK_DGRAM))), EACCES);
    finish();
}

TEST(only_connections)
{
    serve("one", SOCK_STREAM);
    inside_layout();
    CHECK_INT(outside_run(TRY("socket", decimal(AF_UNIX), decimal(SOCK_DGRAM))), 0);
    CHECK_INT(inside_run(&one, TRY("socket", decimal(AF_UNIX), decimal(SOCK_DGRAM))), EACCES);
    CHECK_INT(inside_run(&one, TRY("socket", decimal(AF_UNIX), decimal(SOCK_RAW))), EACCES);
    CHECK_INT(inside_run(&one, TRY("socketpair", decimal(SOCK_DGRAM))), EACCES);
    CHECK_INT(inside_run(&one, TRY("socketpair", decimal(SOCK_STREAM))), 0);
    const struct inside writes = {.socket = {"one"}, .both = {"work"}};
    CHECK_INT(outside_run(TRY("bind-unix", at("work/made"))), 0);
    inside_layout();
    CHECK_INT(inside_run(&writes, TRY("bind-unix", at("work/made"))), EINVAL);
    finish_servers();
}

TEST(abstract_names)
{
    char name[64];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    serve("one", SOCK_STREAM);
    (void)snprintf(name, sizeof name, "@nono-test-%d", (int)getpid());
    memcpy(address.sun_path + 1, name + 1, strlen(name) - 1);
    AUTO(mem_close_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&address, len) == 0 && listen(fd, BACKLOG) == 0);
    CHECK_INT(outside_run(TRY("connect-unix", name)), 0);
    CHECK_INT(inside_run(&one, TRY("connect-unix", name)), EACCES);
    finish_servers();
}

/* Where a path leads counts, not what it is called. */
TEST(names_that_lead_elsewhere)
{
    CHECK(mkdir(at("d"), 0755) == 0 && mkdir(at("d/sub"), 0755) == 0 && symlink("../other", at("d/link")) == 0 && symlink(at("one"), at("to_one")) == 0);
    serve("one", SOCK_STREAM);
    serve("other", SOCK_STREAM);
    serve("d/in", SOCK_STREAM);
    start();
    const struct inside directory = {.socket = {"d"}};
    inside_triple(TRY("talk-unix", at("d/in"), decimal(SOCK_STREAM), at("d/in")), EACCES, &one, &directory);
    inside_triple(TRY("connect-unix", at("d/sub/../in")), EACCES, &one, &directory);
    inside_triple(TRY("connect-unix", at("d/link")), EACCES, &directory, &other);
    inside_triple(TRY("connect-unix", at("d/../other")), EACCES, &directory, &other);
    inside_triple(TRY("connect-unix", at("to_one")), EACCES, &directory, &one);
    const struct inside denied = {.socket = {"d"}, .deny = {"d/in"}};
    CHECK_INT(inside_run(&denied, TRY("connect-unix", at("d/in"))), EACCES);
    const struct inside from = {.socket = {"d"}, .cwd = at("d"), .read = {"d"}}, from_other = {.socket = {"one"}, .cwd = at("d"), .read = {"d"}};
    CHECK_INT(inside_run(&from, TRY("connect-unix", "in")), 0);
    CHECK_INT(inside_run(&from_other, TRY("connect-unix", "in")), EACCES);
    CHECK_INT(inside_run(&from_other, TRY("connect-unix", "../one")), 0);
    CHECK_INT(inside_run(&from_other, TRY("connect-unix", "absent")), ENOENT);
    int by_proc = inside_run(&from_other, TRY("connect-unix", "/proc/self/cwd/in"));
    CHECK(by_proc == ELOOP || by_proc == ENOENT); /* the second where the processes of the command have a /proc of their own */
    finish();
}

/* nono connects as itself: root's command that has stepped down must not be served as root. */
TEST(another_user)
{
    if (geteuid() != 0)
        return;
    serve("one", SOCK_STREAM);
    CHECK_INT(inside_run(&one, TRY("connect-as", "0", at("one"))), 0);
    CHECK_INT(inside_run(&one, TRY("connect-as", "65534", at("one"))), EACCES);
    finish_servers();
}

/* A socket that was put in the place of the one that is meant. */
TEST(a_pinned_socket)
{
    const struct inside pinned = {.socket = {"one"}, .pinned = true};
    serve("one", SOCK_STREAM);
    serve("other", SOCK_STREAM);
    start();
    CHECK_INT(inside_run(&pinned, TRY("connect-unix", at("one"))), 0);
    AUTO(caps_release) struct caps caps;
    inside_caps(&pinned, &caps);
    CHECK(rename(at("other"), at("one")) == 0);
    struct stat st;
    CHECK(stat(at("one"), &st) == 0);
    const struct caps_object now = {(uint64_t)st.st_dev, (uint64_t)st.st_ino};
    CHECK(!caps_socket(&caps, at("one"), &now));
    CHECK(caps_socket(&caps, at("one"), &caps.socket[0].object));
    finish();
}

/* The handler is in the way of every connect: the others go on in the kernel. */
TEST(other_connections_go_on)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    AUTO(mem_close_fd) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&address, len) == 0 && listen(fd, BACKLOG) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
    int port = ntohs(address.sin_port);
    serve("one", SOCK_STREAM);
    const struct inside open_port = {.socket = {"one"}, .open_port = port}, another = {.socket = {"one"}, .open_port = port ^ 1};
    CHECK_INT(inside_run(&one, TRY("connect-tcp", decimal(port))), 0);
    CHECK_INT(inside_run(&open_port, TRY("connect-tcp", decimal(port))), 0);
    CHECK_INT(inside_run(&another, TRY("connect-tcp", decimal(port))), EACCES);
    CHECK_INT(inside_run(&one, TRY("connect-bad", "fd")), EBADF);
    CHECK_INT(inside_run(&one, TRY("connect-bad", "memory")), EFAULT);
    CHECK_INT(inside_run(&one, TRY("connect-bad", "length")), EINVAL);
    CHECK_INT(inside_run(&one, TRY("connect-bad", "family")), EINVAL);
    finish_servers();
}

TEST(a_grandchild)
{
    serve("one", SOCK_STREAM);
    serve("other", SOCK_STREAM);
    start();
    CHECK_INT(inside_run(&one, TRY("in-child", "in-child", "connect-unix", at("one"))), 0);
    CHECK_INT(inside_run(&one, TRY("in-child", "in-child", "connect-unix", at("other"))), EACCES);
    finish();
}

/* Threads that change the address and the descriptor while the call is judged. */
TEST(flipping)
{
    serve("one", SOCK_STREAM);
    serve("other", SOCK_STREAM);
    start();
    int reached = 0;
    for (int i = 0; i < 20 && reached == 0; i++) /* on a busy machine its threads may not run side by side */
        reached = outside_run(TRY("flip-unix", at("one"), at("other")));
    CHECK_INT(reached, 1);
    CHECK_INT(inside_run(&one, TRY("flip-unix", at("one"), at("other"))), 0);
    finish();
}

TEST(a_server_that_does_not_accept)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", at("one"));
    AUTO(mem_close_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 0) == 0);
    CHECK_INT(inside_run(&one, TRY("crowd-unix", at("one"), "nonblocking")), EAGAIN);
    CHECK_INT(inside_run(&one, TRY("crowd-unix", at("one"), "blocking")), EAGAIN); /* by the time limit of the socket */
}

TEST(one_listener_in_a_chain)
{
    struct notify n = {0};
    struct err e = ERR_INIT;
    int pair[2];
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
    CHECK_OK(notify_install(&n, pair[0], &e), &e);
    CHECK_ERR(notify_install(&n, pair[0], &e), ERR_BUSY, &e);
    CHECK(strstr(e.text, "above"));
    CHECK(close(pair[0]) == 0 && close(pair[1]) == 0);
}

TEST(wrap_refuses)
{
    struct err e = ERR_INIT;
    AUTO(caps_release) struct caps caps;
    struct kernel kernel;
    char *argv[] = {NULL};
    serve("one", SOCK_STREAM);
    inside_caps(&one, &caps);
    kernel_probe(&kernel);
    struct launch l = {.caps = &caps, .kernel = &kernel, .argv = argv, .env = argv, .exe = KERNEL_TRY};
    CHECK_ERR(launch_exec(&l, &e), ERR_KERNEL, &e);
    CHECK(strstr(e.text, "nono run"));
    finish_servers();
}
