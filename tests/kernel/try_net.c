/* try_net: the operations on sockets. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/kernel/try.h"

int try_connect_tcp(char **a)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)number(a[0])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd < 0 ? errno : status_of(connect(fd, (struct sockaddr *)&to, sizeof to));
}

/* Families mixed: a v4-mapped address of an IPv6 socket. */
int try_connect_mapped(char **a)
{
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)number(a[0]))};
    to.sin6_addr.s6_addr[10] = to.sin6_addr.s6_addr[11] = 0xff;
    to.sin6_addr.s6_addr[12] = IN_LOOPBACKNET;
    to.sin6_addr.s6_addr[15] = 1;
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd < 0 ? errno : status_of(connect(fd, (struct sockaddr *)&to, sizeof to));
}

/* Connects by sending. */
int try_fast_open(char **a)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)number(a[0])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd < 0 ? errno : status_of(sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&to, sizeof to));
}

int try_fast_open_message(char **a)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)number(a[0])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char byte = 'x';
    struct iovec part = {&byte, 1};
    struct mmsghdr message = {.msg_hdr = {.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &part, .msg_iovlen = 1}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno;
    return status_of(strcmp(a[1], "one") == 0 ? sendmsg(fd, &message.msg_hdr, MSG_FASTOPEN) : sendmmsg(fd, &message, 1, MSG_FASTOPEN));
}

int try_bind_tcp(char **a)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)number(a[0])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
        return errno;
    return bind(fd, (struct sockaddr *)&to, sizeof to) < 0 ? errno : status_of(listen(fd, 1));
}

/* The kernel chooses a port. */
int try_listen_unbound(char **a)
{
    (void)a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd < 0 ? errno : status_of(listen(fd, 1));
}

/* The port that connecting has given to the socket, which then gives up the connection. */
int try_listen_autobound(char **a)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)number(a[0])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct sockaddr none = {.sa_family = AF_UNSPEC};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0 || connect(fd, &none, sizeof none) < 0)
        return errno == EACCES ? EPROTO : errno;
    return status_of(listen(fd, 1));
}

int try_listen_bad(char **a)
{
    (void)a;
    return status_of(listen(999, 1));
}

/* One that would be another's in the next moment: a protocol on a connected socket. */
int try_upper_protocol(char **a)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int r = fd < 0 ? -1 : setsockopt(fd, IPPROTO_TCP, TCP_ULP, a[0], (socklen_t)strlen(a[0]));
    return r < 0 && (errno == ENOENT || errno == ENOTCONN) ? 0 : status_of(r); /* not built in, or too early: both past the filter */
}

int try_socket_with_protocol(char **a)
{
    return status_of(socket(number(a[0]), number(a[1]) | SOCK_CLOEXEC, number(a[2])));
}

/* Leading '@': an abstract name. */
int try_connect_unix(char **a)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t len = strlen(a[0]);
    memcpy(to.sun_path, a[0], len < sizeof to.sun_path ? len : sizeof to.sun_path);
    if (to.sun_path[0] == '@')
        to.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd < 0 ? errno : status_of(connect(fd, (struct sockaddr *)&to, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)));
}

/* Connects, talks, and looks whether what it then has is like a socket that the kernel has connected: try talk-unix PATH TYPE NAME. */
int try_talk_unix(char **a)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    struct sockaddr_un peer = {0};
    socklen_t len = sizeof peer;
    struct timeval wait = {.tv_sec = 7};
    struct timeval kept = {0};
    socklen_t kept_len = sizeof kept;
    char byte = 'q';
    (void)strncpy(to.sun_path, a[0], sizeof to.sun_path - 1);
    int fd = socket(AF_UNIX, number(a[1]) | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        return errno;
    if (getpeername(fd, (struct sockaddr *)&peer, &len) < 0 || strcmp(peer.sun_path, a[2]) != 0)
        return ENOTCONN;
    if (fcntl(fd, F_GETFD) != FD_CLOEXEC || getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kept, &kept_len) < 0 || kept.tv_sec != 7)
        return EBADF;
    if (send(fd, &byte, 1, MSG_NOSIGNAL) != 1 || recv(fd, &byte, 1, 0) != 1)
        return EIO;
    return byte == 'a' && connect(fd, (struct sockaddr *)&to, sizeof to) < 0 && errno == EISCONN ? 0 : EPROTO;
}

int try_connect_bad(char **a)
{
    struct sockaddr_un to = {.sun_family = AF_INET, .sun_path = "/x"};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (strcmp(a[0], "fd") == 0)
        return status_of(connect(999, (struct sockaddr *)&to, sizeof to));
    if (strcmp(a[0], "memory") == 0)
        return status_of(syscall(SYS_connect, fd, 8, sizeof to));
    return status_of(syscall(SYS_connect, fd, &to, strcmp(a[0], "length") == 0 ? sizeof to + 1 : sizeof to));
}

static struct {
    struct sockaddr_un address;
    const char *path[2];
    int fd, other; /* two sockets that take each other's number */
    volatile int stop;
} flipped;

static void *flip_address(void *unused)
{
    (void)unused;
    for (unsigned i = 0; !flipped.stop; i++)
        memcpy(flipped.address.sun_path, flipped.path[i & 1], strlen(flipped.path[i & 1]) + 1);
    return NULL;
}

static void *flip_descriptor(void *unused)
{
    (void)unused;
    while (!flipped.stop) {
        int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int local = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        (void)dup3(tcp, flipped.fd, O_CLOEXEC);
        (void)dup3(local, flipped.fd, O_CLOEXEC);
        (void)close(tcp);
        (void)close(local);
    }
    return NULL;
}

/* Status 1 when some connection reached the second path. */
int try_flip_unix(char **a)
{
    enum { TRIES = 3000 };
    pthread_t thread[2];
    int reached = 0;
    flipped.path[0] = a[0];
    flipped.path[1] = a[1];
    flipped.address.sun_family = AF_UNIX;
    flipped.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (flipped.fd < 0 || pthread_create(&thread[0], NULL, flip_address, NULL) || pthread_create(&thread[1], NULL, flip_descriptor, NULL))
        return 2;
    for (int i = 0; i < TRIES && !reached; i++) {
        struct sockaddr_un peer = {0};
        socklen_t len = sizeof peer;
        int own = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int fd = i & 1 ? flipped.fd : own;
        if (connect(fd, (struct sockaddr *)&flipped.address, sizeof flipped.address) == 0 && getpeername(fd, (struct sockaddr *)&peer, &len) == 0)
            reached = peer.sun_family == AF_UNIX && strcmp(peer.sun_path, a[1]) == 0;
        (void)close(own);
    }
    flipped.stop = 1;
    return pthread_join(thread[0], NULL) || pthread_join(thread[1], NULL) ? 2 : reached;
}

/* More than the server lets wait. */
int try_crowd_unix(char **a)
{
    enum { TRIES = 8 };
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    struct timeval wait = {.tv_usec = 200000};
    bool blocking = strcmp(a[1], "blocking") == 0;
    (void)strncpy(to.sun_path, a[0], sizeof to.sun_path - 1);
    for (int i = 0; i < TRIES; i++) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | (blocking ? 0 : SOCK_NONBLOCK), 0);
        if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
            return errno;
    }
    return 0;
}

/* As another user, of whom the server would not know. */
int try_connect_as(char **a)
{
    return setgid((gid_t)number(a[0])) < 0 || setuid((uid_t)number(a[0])) < 0 ? EPROTO : try_connect_unix(a + 1);
}

int try_bind_unix(char **a)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    (void)strncpy(to.sun_path, a[0], sizeof to.sun_path - 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof to) < 0 ? errno : status_of(listen(fd, 1));
}

int try_socket_of(char **a)
{
    return status_of(socket(number(a[0]), number(a[1]) | SOCK_CLOEXEC, 0));
}

int try_pair_of(char **a)
{
    int fd[2];
    return status_of(socketpair(AF_UNIX, number(a[0]) | SOCK_CLOEXEC, 0, fd));
}
