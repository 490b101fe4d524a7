/* inherited: which descriptors may be kept, and that all others are closed. */
#include "core/inherited.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/tap.h"

/* As it would come from a caller: exec leaves it open. */
static int opened(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && fcntl(fd, F_SETFD, 0) == 0);
    return fd;
}

static int socket_of(int family, int type)
{
    int fd = socket(family, type, 0);
    CHECK(fd >= 0);
    return fd;
}

static void is_refused(int fd, const char *why)
{
    struct inherited l = {0};
    struct err e = ERR_INIT;
    CHECK_ERR(inherited_add(&l, fd, false, &e), ERR_INPUT, &e);
    if (!strstr(e.text, why))
        tap_fail(__FILE__, __LINE__, "%s", e.text);
    CHECK_INT(l.n, 0);
    (void)close(fd);
}

static void is_taken(int fd, bool blocks_network)
{
    struct inherited l = {0};
    struct err e = ERR_INIT;
    CHECK_OK(inherited_add(&l, fd, blocks_network, &e), &e);
    CHECK_INT(l.n, 1);
    (void)close(fd);
}

static int file(void)
{
    char path[] = "/tmp/nono-inherited-XXXXXX";
    int fd = mkstemp(path);
    CHECK(fd >= 0 && unlink(path) == 0);
    return fd;
}

TEST(files_and_pipes_are_taken)
{
    int fd[2];
    is_taken(file(), true);
    is_taken((int)syscall(SYS_memfd_create, "x", 0), true);
    CHECK(pipe(fd) == 0); /* NOLINT(android-cloexec-pipe) */
    is_taken(fd[0], true);
    is_taken(fd[1], true);
}

TEST(what_leads_further_is_refused)
{
    is_refused(opened("/", O_RDONLY | O_DIRECTORY), "directory");
    is_refused(opened("/", O_PATH), "directory");
    is_refused(opened("/dev/null", O_RDWR), "neither");
    is_refused(opened("/proc/self/mem", O_RDWR), "processes outside");
    is_refused(opened("/proc/self/ns/mnt", O_RDONLY), "processes outside");
    int epoll = epoll_create1(0); /* NOLINT(android-cloexec-epoll-create1) */
    is_refused(epoll, "neither");
    int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
    CHECK(pidfd >= 0 && fcntl(pidfd, F_SETFD, 0) == 0);
    is_refused(pidfd, "descriptor");
}

TEST(what_is_not_the_callers_is_refused)
{
    struct inherited l = {0};
    struct err e = ERR_INIT;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    is_refused(fd, "is not open"); /* closed by now */
    is_refused(fd, "is not open");
    for (fd = 0; fd < INHERITED_FIRST; fd++)
        CHECK_ERR(inherited_add(&l, fd, false, &e), ERR_INPUT, &e);
    fd = file();
    CHECK(fcntl(fd, F_SETFD, FD_CLOEXEC) == 0);
    is_refused(fd, "is not open");
}

TEST(sockets_that_are_connected_or_listen)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    int pair[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0); /* NOLINT(android-cloexec-socket) */
    is_taken(pair[0], true);
    (void)close(pair[1]);
    int listens = socket_of(AF_UNIX, SOCK_STREAM);
    CHECK(bind(listens, (struct sockaddr *)&un, sizeof un.sun_family) == 0 && listen(listens, 1) == 0);
    is_taken(listens, true);
    listens = socket_of(AF_INET, SOCK_STREAM);
    CHECK(bind(listens, (struct sockaddr *)&in, sizeof in) == 0 && listen(listens, 1) == 0);
    struct inherited l = {0};
    struct err e = ERR_INIT;
    CHECK_ERR(inherited_add(&l, listens, true, &e), ERR_INPUT, &e);
    is_taken(listens, false);
}

TEST(sockets_that_reach_anything)
{
    int pair[2];
    is_refused(socket_of(AF_UNIX, SOCK_STREAM), "connected anywhere");
    is_refused(socket_of(AF_INET, SOCK_STREAM), "connected anywhere");
    is_refused(socket_of(AF_INET, SOCK_DGRAM), "send anywhere");
    is_refused(socket_of(AF_NETLINK, SOCK_RAW), "never given");
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0); /* NOLINT(android-cloexec-socket) */
    is_refused(pair[0], "send anywhere");
    (void)close(pair[1]);
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

/* In a child: the tests count descriptors. */
static void closes_all_but(const int *kept, size_t n, int also)
{
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        struct inherited l = {0};
        struct err e = ERR_INIT;
        bool good = true;
        for (int fd = INHERITED_FIRST; fd < 40; fd++)
            good = good && dup2(STDIN_FILENO, fd) == fd;
        for (size_t i = 0; i < n; i++)
            l.fd[l.n++] = kept[i];
        good = good && inherited_close_others(n ? &l : NULL, also, &e) == 0;
        for (int fd = 0; fd < 40; fd++) {
            bool wanted = fd < INHERITED_FIRST || fd == also;
            for (size_t i = 0; i < n; i++)
                wanted = wanted || fd == kept[i];
            good = good && is_open(fd) == wanted;
        }
        _exit(good ? 0 : 1);
    }
    int status = -1;
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK_INT(status, 0);
}

TEST(all_others_are_closed)
{
    closes_all_but(NULL, 0, -1);
    closes_all_but(NULL, 0, 3);
    closes_all_but(NULL, 0, 39);
    closes_all_but((const int[]){3}, 1, -1);
    closes_all_but((const int[]){3, 4, 38}, 3, -1);
    closes_all_but((const int[]){3, 4, 38}, 3, 5);
    closes_all_but((const int[]){5, 9}, 2, 3);
    closes_all_but((const int[]){5, 9}, 2, 9);
    closes_all_but((const int[]){5, 9}, 2, 7);
    closes_all_but((const int[]){5, 9}, 2, 39);
    closes_all_but((const int[]){5, 9}, 2, 1);
}

TEST(they_are_kept_in_order_and_once)
{
    struct inherited l = {0};
    struct err e = ERR_INIT;
    int fd = file();
    enum { LOW = 100, LAST = LOW + INHERITED_MAX };
    for (int i = LOW; i <= LAST; i++)
        CHECK(dup2(fd, i) == i);
    CHECK_OK(inherited_add(&l, LOW + 2, false, &e), &e);
    CHECK_OK(inherited_add(&l, LOW, false, &e), &e);
    CHECK_OK(inherited_add(&l, LOW + 1, false, &e), &e);
    CHECK_OK(inherited_add(&l, LOW, false, &e), &e);
    CHECK_INT(l.n, 3);
    for (int i = 0; i < 3; i++)
        CHECK_INT(l.fd[i], LOW + i);
    for (int i = LOW + 3; i < LAST; i++)
        CHECK_OK(inherited_add(&l, i, false, &e), &e);
    CHECK_ERR(inherited_add(&l, LAST, false, &e), ERR_INPUT, &e);
    for (int i = LOW; i <= LAST; i++)
        (void)close(i);
    (void)close(fd);
}
