/* fs_open: opening and making as the calls of the kernel do, but for what gets in their way. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"

enum { MAX_OPEN_TRIES = 64 };

int fs_mkdir(int dirfd, const char *name)
{
    struct stat st;
    if (mkdirat(dirfd, name, S_IRWXU) < 0 || fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -1;
    return S_ISDIR(st.st_mode) && (st.st_mode & S_IRWXU) != S_IRWXU ? fchmodat(dirfd, name, S_IRWXU, 0) : 0;
}

int fs_open_own(int dirfd, const char *name, int flags)
{
    enum { OWN = S_IRUSR | S_IWUSR };
    struct stat st;
    AUTO(mem_close_fd) int fd = openat(dirfd, name, flags | O_CREAT | O_NOFOLLOW | O_CLOEXEC, OWN);
    if (fd < 0 || fstat(fd, &st) < 0)
        return -1;
    if (S_ISREG(st.st_mode) && st.st_uid == geteuid() && (st.st_mode & OWN) != OWN && fchmod(fd, OWN) < 0)
        return -1;
    return take_fd(&fd);
}

int fs_open_how(int dirfd, const char *path, int flags, unsigned long long resolve)
{
    const struct open_how how = {.flags = (unsigned)(flags | O_CLOEXEC), .resolve = resolve};
    long fd = -1;
    for (int i = 0; i < MAX_OPEN_TRIES; i++) {
        fd = syscall(SYS_openat2, dirfd, path, &how, sizeof how);
        if (fd >= 0 || errno != EAGAIN)
            break;
    }
    return (int)fd;
}
