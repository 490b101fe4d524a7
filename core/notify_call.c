/* notify_call: what a handler may ask of the thread whose call it answers. */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/notify.h"

int notify_is_waiting(const struct notify_call *c)
{
    uint64_t id = c->id;
    if (c->listener < 0)
        return 0;
    return ioctl(c->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) < 0 ? -ESRCH : 0;
}

static ssize_t read_some(const struct notify_call *c, uint64_t address, void *ret, size_t len)
{
    struct iovec local = {ret, len};
    struct iovec remote = {(void *)(uintptr_t)address, len};
    return process_vm_readv(c->tid, &local, 1, &remote, 1, 0);
}

int notify_read(const struct notify_call *c, uint64_t address, void *ret, size_t len)
{
    if (len > 0 && read_some(c, address, ret, len) != (ssize_t)len)
        return -EFAULT;
    return notify_is_waiting(c);
}

int notify_write(const struct notify_call *c, uint64_t address, const void *data, size_t len)
{
    struct iovec local = {(void *)(uintptr_t)data, len};
    struct iovec remote = {(void *)(uintptr_t)address, len};
    int r = notify_is_waiting(c);
    return r == 0 && len > 0 && process_vm_writev(c->tid, &local, 1, &remote, 1, 0) != (ssize_t)len ? -EFAULT : r;
}

/* Page by page: what lies behind the terminator may not be there. */
int notify_see_text(const struct notify_call *c, uint64_t address, char *ret, size_t max)
{
    enum { PAGE = 4096 };
    for (size_t have = 0; have < max;) {
        size_t chunk = PAGE - (size_t)((address + have) % PAGE);
        ssize_t n = read_some(c, address + have, ret + have, chunk < max - have ? chunk : max - have);
        if (n <= 0)
            return -EFAULT;
        if (memchr(ret + have, '\0', (size_t)n))
            return 0;
        have += (size_t)n;
    }
    return -ENAMETOOLONG;
}

int notify_read_text(const struct notify_call *c, uint64_t address, char *ret, size_t max)
{
    int r = notify_see_text(c, address, ret, max);
    return r < 0 ? r : notify_is_waiting(c);
}

static int add_fd(const struct notify_call *c, struct seccomp_notif_addfd add, bool close_on_exec)
{
    add.id = c->id;
    add.newfd_flags = close_on_exec ? O_CLOEXEC : 0;
    int given = ioctl(c->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
    return given < 0 ? -errno : given;
}

int notify_give_fd(const struct notify_call *c, int fd, int at, bool close_on_exec)
{
    struct seccomp_notif_addfd add = {.srcfd = (uint32_t)fd};
    if (at >= 0) {
        add.newfd = (uint32_t)at;
        add.flags = SECCOMP_ADDFD_FLAG_SETFD;
    }
    return add_fd(c, add, close_on_exec);
}

int notify_answer_fd(const struct notify_call *c, int fd, bool close_on_exec)
{
    return add_fd(c, (struct seccomp_notif_addfd){.srcfd = (uint32_t)fd, .flags = SECCOMP_ADDFD_FLAG_SEND}, close_on_exec);
}
