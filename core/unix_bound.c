/* unix_bound: asks the kernel for its sockets and the files that they are bound to (sock_diag(7)). */
#include "core/unix_bound.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/mem.h"

/* As the kernel numbers devices within itself, and cut as it tells inodes: another of the same number is taken for this one. */
static bool is_file(const struct unix_diag_vfs *v, const struct stat *st)
{
    enum { MINOR_BITS = 20 };
    uint32_t device = ((uint32_t)major(st->st_dev) << MINOR_BITS) | (uint32_t)minor(st->st_dev);
    return v->udiag_vfs_dev == device && v->udiag_vfs_ino == (uint32_t)st->st_ino;
}

/* The attributes of one socket. */
static bool is_bound(const char *at, size_t len, const struct stat *st)
{
    struct rtattr a;
    for (size_t step = 0; len >= sizeof a; at += step, len -= step) {
        struct unix_diag_vfs file;
        memcpy(&a, at, sizeof a);
        if (a.rta_len < sizeof a || a.rta_len > len)
            return true;
        if (a.rta_type == UNIX_DIAG_VFS && a.rta_len >= RTA_LENGTH(sizeof file)) {
            memcpy(&file, at + RTA_LENGTH(0), sizeof file);
            if (is_file(&file, st))
                return true;
        }
        step = RTA_ALIGN((size_t)a.rta_len) < len ? RTA_ALIGN((size_t)a.rta_len) : len;
    }
    return false;
}

static int ask(int fd)
{
    struct {
        struct nlmsghdr header;
        struct unix_diag_req request;
    } question = {
        .header = {.nlmsg_len = sizeof question, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .request = {.sdiag_family = AF_UNIX, .udiag_states = UINT32_MAX, .udiag_show = UDIAG_SHOW_VFS},
    };
    return send(fd, &question, sizeof question, 0) == (ssize_t)sizeof question ? 0 : -1;
}

enum answer { ANSWER_MORE, ANSWER_END, ANSWER_FOUND };

static enum answer look(const char *at, size_t len, const struct stat *st)
{
    enum { BEFORE_ATTRIBUTES = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct unix_diag_msg)) };
    struct nlmsghdr h;
    for (size_t step = 0; len >= sizeof h; at += step, len -= step) {
        memcpy(&h, at, sizeof h);
        if (h.nlmsg_type == NLMSG_DONE)
            return ANSWER_END;
        if (h.nlmsg_type != SOCK_DIAG_BY_FAMILY || h.nlmsg_len < BEFORE_ATTRIBUTES || h.nlmsg_len > len)
            return ANSWER_FOUND; /* an error */
        if (is_bound(at + BEFORE_ATTRIBUTES, h.nlmsg_len - BEFORE_ATTRIBUTES, st))
            return ANSWER_FOUND;
        step = NLMSG_ALIGN((size_t)h.nlmsg_len) < len ? NLMSG_ALIGN((size_t)h.nlmsg_len) : len;
    }
    return ANSWER_MORE;
}

bool unix_bound(const struct stat *st)
{
    char buf[32 * 1024];
    AUTO(mem_close_fd) int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (fd < 0 || ask(fd) < 0)
        return true;
    for (;;) {
        ssize_t n = recv(fd, buf, sizeof buf, 0);
        if (n <= 0)
            return true;
        enum answer answer = look(buf, (size_t)n, st);
        if (answer != ANSWER_MORE)
            return answer == ANSWER_FOUND;
    }
}
