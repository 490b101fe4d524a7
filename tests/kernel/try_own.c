/* try_own: the operations with Unix sockets that the command makes itself. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kernel/try.h"

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    return address;
}

static int server_at(const char *path, int type)
{
    struct sockaddr_un address = address_of(path);
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    return fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 8) < 0 ? -1 : fd;
}

static int connect_at(const char *path, int type)
{
    struct sockaddr_un address = address_of(path);
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    return fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0 ? -1 : fd;
}

static int is_named(int fd, int (*ask)(int, struct sockaddr *, socklen_t *), const char *path)
{
    struct sockaddr_un address = {0};
    socklen_t len = sizeof address;
    return ask(fd, (struct sockaddr *)&address, &len) == 0 && len == offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1 &&
           strcmp(address.sun_path, path) == 0;
}

static int serve_once(int server)
{
    char byte = 0;
    int fd = accept4(server, NULL, NULL, SOCK_CLOEXEC);
    return fd < 0 || recv(fd, &byte, 1, 0) != 1 || byte != 'q' || send(fd, "a", 1, MSG_NOSIGNAL) != 1;
}

/* A server in one process, a client in another, which comes by the second path: try own-unix TYPE PATH BY. */
int try_own_unix(char **a)
{
    char byte = 'q';
    int status = 0;
    int server = server_at(a[1], number(a[0]));
    if (server < 0)
        return errno;
    if (!is_named(server, getsockname, a[1]))
        return EADDRNOTAVAIL;
    if (strcmp(a[1], a[2]) != 0 && link(a[1], a[2]) < 0)
        return errno;
    pid_t pid = fork();
    if (pid == 0)
        _exit(serve_once(server));
    int fd = connect_at(a[2], number(a[0]));
    if (fd < 0)
        return errno;
    if (!is_named(fd, getpeername, a[1]))
        return ENOTCONN;
    if (send(fd, &byte, 1, MSG_NOSIGNAL) != 1 || recv(fd, &byte, 1, 0) != 1 || byte != 'a')
        return EIO;
    return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : ECHILD;
}

/* The first path is one's own, until the second takes its name: try replaced-unix OWN OTHER. */
int try_replaced_unix(char **a)
{
    if (server_at(a[0], SOCK_STREAM) < 0 || rename(a[1], a[0]) < 0)
        return errno == EACCES ? EPROTO : errno;
    return connect_at(a[0], SOCK_STREAM) < 0 ? errno : 0;
}

/* What listens cannot be turned to another. */
int try_turned_unix(char **a)
{
    struct sockaddr_un to = address_of(a[1]);
    const struct sockaddr none = {.sa_family = AF_UNSPEC};
    int fd = server_at(a[0], number(a[2]));
    if (fd < 0)
        return EPROTO;
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0 || sendto(fd, "q", 1, MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof to) == 1)
        return 0;
    (void)shutdown(fd, SHUT_RDWR);
    (void)connect(fd, &none, sizeof none);
    return connect(fd, (struct sockaddr *)&to, sizeof to) < 0 ? errno : 0;
}

/* Waits at PATH until DONE is there: try wait-unix PATH DONE. */
int try_wait_unix(char **a)
{
    enum { STEPS = 6000, STEP_US = 10000 };
    if (server_at(a[0], SOCK_STREAM) < 0)
        return errno;
    for (int i = 0; i < STEPS && access(a[1], F_OK) < 0; i++)
        (void)usleep(STEP_US);
    return access(a[1], F_OK) < 0 ? ETIME : 0;
}

/* So many as there may be, one more, and one again when another is gone. */
int try_many_unix(char **a)
{
    enum { MOST = 128 };
    char path[200];
    for (int i = 0; i <= MOST; i++) {
        (void)snprintf(path, sizeof path, "%s/%d", a[0], i);
        int fd = server_at(path, SOCK_STREAM);
        if (fd < 0)
            break;
        (void)close(fd);
    }
    if (errno != ENOBUFS || access(path, F_OK) == 0)
        return EPROTO;
    (void)snprintf(path, sizeof path, "%s/7", a[0]);
    return unlink(path) < 0 || server_at(path, SOCK_STREAM) < 0 ? errno : 0;
}

int try_own_as(char **a)
{
    return setgid((gid_t)number(a[0])) < 0 || setuid((uid_t)number(a[0])) < 0 ? EPROTO : server_at(a[1], SOCK_STREAM) < 0 ? errno : 0;
}

int try_own_abstract(char **a)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "\0x"};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t len = (socklen_t)offsetof(struct sockaddr_un, sun_path) + (strcmp(a[0], "auto") == 0 ? 0 : 2);
    return fd < 0 || bind(fd, (struct sockaddr *)&address, len) < 0 ? errno : status_of(listen(fd, 1));
}

static struct {
    const char *own;
    int fd;
    volatile int stop;
} mixed;

/* One number, by turns a new socket, one that is being bound, and one of the network. */
static void *mix(void *unused)
{
    (void)unused;
    while (!mixed.stop) {
        struct sockaddr_un address = address_of(mixed.own);
        int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int local = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        (void)dup3(tcp, mixed.fd, O_CLOEXEC);
        (void)dup3(local, mixed.fd, O_CLOEXEC);
        (void)bind(mixed.fd, (struct sockaddr *)&address, sizeof address);
        (void)unlink(mixed.own);
        (void)close(tcp);
        (void)close(local);
    }
    return NULL;
}

/* Status 1 when OTHER was reached: try mix-unix OWN OTHER TRIES. */
int try_mix_unix(char **a)
{
    pthread_t thread;
    int reached = 0;
    long tries = strtol(a[2], NULL, 10);
    struct sockaddr_un to = address_of(a[1]);
    mixed.own = a[0];
    mixed.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (mixed.fd < 0 || pthread_create(&thread, NULL, mix, NULL))
        return 2;
    for (int i = 0; i < tries && !reached; i++)
        reached = connect(mixed.fd, (struct sockaddr *)&to, sizeof to) == 0;
    mixed.stop = 1;
    return pthread_join(thread, NULL) ? 2 : reached;
}
