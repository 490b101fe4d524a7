/* inherited: descriptors of the caller that the command is to find open as well. */
#include "core/inherited.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { NSFS = 0x6e736673, PIDFS = 0x50494446 /* newer than some linux/magic.h */ };

/* Files by their type only: through one of these, processes and namespaces outside are reached. */
static bool is_of_kernel(int fd)
{
    struct statfs fs;
    return fstatfs(fd, &fs) < 0 || fs.f_type == PROC_SUPER_MAGIC || fs.f_type == NSFS || fs.f_type == PIDFS;
}

static int socket_option(int fd, int name)
{
    int value = -1;
    socklen_t len = sizeof value;
    return getsockopt(fd, SOL_SOCKET, name, &value, &len) < 0 ? -1 : value;
}

/* What is wrong with a socket, NULL when nothing is. */
static const char *socket_fault(int fd, bool blocks_network)
{
    struct sockaddr_storage peer;
    socklen_t len = sizeof peer;
    int family = socket_option(fd, SO_DOMAIN);
    int type = socket_option(fd, SO_TYPE);
    bool is_network = family == AF_INET || family == AF_INET6;
    if (family != AF_UNIX && !is_network)
        return "is a socket of a kind that is never given";
    if (type != SOCK_STREAM && (is_network || type != SOCK_SEQPACKET))
        return "is a socket that can send anywhere";
    if (socket_option(fd, SO_ACCEPTCONN) != 1 && getpeername(fd, (struct sockaddr *)&peer, &len) < 0)
        return "is a socket that can still be connected anywhere";
    if (is_network && blocks_network) /* it can be disconnected, and connected anew */
        return "is a socket of the network, which is blocked";
    return NULL;
}

static const char *fault_of(int fd, bool blocks_network)
{
    struct stat st;
    int flags = fcntl(fd, F_GETFD);
    if (flags < 0 || (flags & FD_CLOEXEC) || fstat(fd, &st) < 0) /* with the flag it is of this process: it would not have come through exec */
        return "is not open";
    if (S_ISDIR(st.st_mode))
        return "is a directory, and would open all that is below it: grant the path instead";
    if (S_ISSOCK(st.st_mode))
        return socket_fault(fd, blocks_network);
    if (S_ISFIFO(st.st_mode))
        return NULL;
    if (!S_ISREG(st.st_mode))
        return "is neither a file nor a pipe nor a socket";
    return is_of_kernel(fd) ? "is a file of the kernel's, which leads to processes outside" : NULL;
}

int inherited_add(struct inherited *l, int fd, bool blocks_network, struct err *e)
{
    if (fd < INHERITED_FIRST)
        return err_set(e, ERR_INPUT, "descriptor %d is always the command's", fd);
    const char *fault = fault_of(fd, blocks_network);
    if (fault)
        return err_set(e, ERR_INPUT, "descriptor %d %s", fd, fault);
    size_t at = 0;
    while (at < l->n && l->fd[at] < fd)
        at++;
    if (at < l->n && l->fd[at] == fd)
        return 0;
    if (l->n == INHERITED_MAX)
        return err_set(e, ERR_INPUT, "more than %d descriptors", INHERITED_MAX);
    for (size_t i = l->n++; i > at; i--)
        l->fd[i] = l->fd[i - 1];
    l->fd[at] = fd;
    return 0;
}

static int close_from_to(unsigned first, unsigned last)
{
    return first > last ? 0 : (int)syscall(SYS_close_range, first, last, 0);
}

int inherited_close_others(const struct inherited *l, int also, struct err *e)
{
    size_t n = l ? l->n : 0;
    size_t i = 0;
    bool has_also = also >= INHERITED_FIRST;
    unsigned next = INHERITED_FIRST;
    int r = 0;
    while (r == 0 && (i < n || has_also)) {
        bool takes_also = has_also && (i == n || also <= l->fd[i]);
        unsigned kept = (unsigned)(takes_also ? also : l->fd[i]);
        r = close_from_to(next, kept - 1);
        next = kept + 1;
        has_also = has_also && !takes_also;
        while (i < n && (unsigned)l->fd[i] < next)
            i++;
    }
    if (r == 0)
        r = close_from_to(next, ~0u);
    return r < 0 ? err_sys(e, ERR_KERNEL, errno, "cannot close inherited descriptors") : 0;
}
