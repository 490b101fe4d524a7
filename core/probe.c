/* probe: what this process may do, asked of the kernel itself. */
#include "core/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/kernel.h"
#include "core/mem.h"

enum {
    EXECVE_CHECK = 0x10000,      /* AT_EXECVE_CHECK, Linux 6.14: judges and does not execute; older kernels answer EINVAL */
    TOO_LONG = 32 * 4096 + 4096, /* more than one argument may have (MAX_ARG_STRLEN) */
};

static void unknown(struct probe *p, const char *why)
{
    p->verdict = PROBE_UNKNOWN;
    p->why = why;
}

/* What is read-only for a user who might write there: at the full level everything is that was not granted. */
static bool is_view(const char *path, int mode)
{
    return kernel_is_confined_fully() && faccessat(AT_FDCWD, path, mode, AT_EACCESS) < 0 && errno == EROFS;
}

/* `sys` is what the kernel said to the attempt. Landlock does not see faccessat(2): what that lets pass, and the attempt did not, is
 * refused by the sandbox. */
static void judge(const char *path, int mode, int sys, struct probe *p)
{
    p->sys = sys;
    if (sys == 0)
        p->verdict = PROBE_ALLOWED;
    else if (sys == ENOENT || sys == ENOTDIR)
        p->verdict = PROBE_MISSING;
    else if (sys == EROFS)
        p->verdict = is_view(path, mode) ? PROBE_SANDBOX : PROBE_PERMISSIONS;
    else if (sys == EACCES || sys == EPERM)
        p->verdict = faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0 ? PROBE_SANDBOX : PROBE_PERMISSIONS;
    else if (sys == ETXTBSY)
        unknown(p, "it is being executed, and the kernel answers that before it looks at permissions");
    else
        unknown(p, "the kernel answers with another error");
}

/* What namespaces.c mounts over denied paths is a file system of four inodes that nothing else is like; inside, nothing can be mounted. */
static bool is_stand_in(const struct statfs *fs)
{
    enum { INODES = 4, BLOCKS = 1, CLOSED = ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC };
    return fs->f_type == TMPFS_MAGIC && fs->f_files == INODES && fs->f_blocks == BLOCKS && ((unsigned long)fs->f_flags & CLOSED) == CLOSED;
}

static bool is_hidden(const char *path, struct probe *p)
{
    struct statfs fs;
    AUTO(mem_free_ptr) char *at = mem_strdup(path);
    while (statfs(at, &fs) < 0) {
        char *slash = strrchr(at, '/');
        if (!slash || slash == at)
            return false;
        *slash = '\0';
    }
    if (!is_stand_in(&fs))
        return false;
    p->verdict = PROBE_HIDDEN;
    p->sys = EACCES;
    return true;
}

/* 0 when `path` can be opened without consequences. */
static int look(const char *path, struct stat *ret, struct probe *p)
{
    if (is_hidden(path, p))
        return -1;
    if (stat(path, ret) < 0) {
        p->sys = errno;
        p->verdict = errno == EACCES ? PROBE_PERMISSIONS : PROBE_MISSING;
        return -1;
    }
    if (S_ISREG(ret->st_mode) || S_ISDIR(ret->st_mode))
        return 0;
    unknown(p, S_ISLNK(ret->st_mode) ? "it is a link" : "to open a device, a FIFO or a socket is to touch it");
    return -1;
}

static int try_open(const char *path, int flags)
{
    enum { MODE = 0600 };
    AUTO(mem_close_fd) int fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, MODE);
    return fd < 0 ? errno : 0;
}

void probe_read(const char *path, struct probe *ret)
{
    struct stat st;
    *ret = (struct probe){0};
    if (look(path, &st, ret) == 0)
        judge(path, R_OK, try_open(path, O_RDONLY), ret);
}

void probe_write(const char *path, struct probe *ret)
{
    struct stat st;
    *ret = (struct probe){0};
    if (look(path, &st, ret) < 0)
        return;
    bool is_dir = S_ISDIR(st.st_mode);
    int sys = try_open(path, is_dir ? O_TMPFILE | O_WRONLY : O_WRONLY);
    if (is_dir && (sys == EOPNOTSUPP || sys == EISDIR || sys == ENOENT))
        unknown(ret, "this file system cannot make a file without a name");
    else
        judge(path, is_dir ? W_OK | X_OK : W_OK, sys, ret);
}

/* In a child, so that whatever happens happens to it. */
static int try_exec(const char *path, char *const *argv, int flags)
{
    char *const env[] = {NULL};
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        long r = syscall(SYS_execveat, AT_FDCWD, path, argv, env, flags);
        _exit(r == 0 ? 0 : errno);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : EAGAIN;
}

/* An argument that is too long fails every execve(2). Kernels that open the file first (6.8 and newer) have judged it by then: E2BIG says that it may
 * be executed. Whether this is one of them is seen on a file that is not there. */
int probe_exec_too_long(const char *path)
{
    AUTO(mem_free_ptr) char *argument = mem_alloc(TOO_LONG + 1);
    memset(argument, 'x', TOO_LONG);
    char *const argv[] = {argument, NULL};
    if (try_exec("/proc/self/no such file", argv, 0) != ENOENT)
        return ENOSYS;
    int sys = try_exec(path, argv, 0);
    return sys == E2BIG ? 0 : sys;
}

void probe_exec(const char *path, struct probe *ret)
{
    struct stat st;
    char name[] = "x";
    char *const argv[] = {name, NULL};
    *ret = (struct probe){0};
    if (look(path, &st, ret) < 0)
        return;
    if (S_ISDIR(st.st_mode)) {
        ret->sys = EACCES;
        ret->verdict = PROBE_PERMISSIONS;
        return;
    }
    int sys = try_exec(path, argv, EXECVE_CHECK);
    if (sys == EINVAL || sys == ENOSYS)
        sys = probe_exec_too_long(path);
    if (sys == ENOSYS)
        unknown(ret, "this kernel cannot be asked without executing it (Linux 6.8 and newer can)");
    else
        judge(path, X_OK, sys, ret);
}

/* 224.0.0.1: no connection goes to a group, and the kernel says so before it sends anything. */
static int try_port(uint16_t port)
{
    const struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_ALLHOSTS_GROUP)};
    AUTO(mem_close_fd) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof to) == 0 ? 0 : errno;
}

void probe_network(uint16_t port, struct probe *ret, bool *ret_any, bool *ret_all)
{
    static const int families[] = {AF_INET, AF_INET6};
    *ret = (struct probe){0};
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        AUTO(mem_close_fd) int fd = socket(families[i], SOCK_STREAM | SOCK_CLOEXEC, 0);
        ret->sys = fd < 0 ? errno : 0;
        ret->verdict = fd < 0 ? PROBE_SANDBOX : PROBE_ALLOWED;
        if (ret->sys != EAFNOSUPPORT)
            break;
    }
    if (ret->sys && ret->sys != EACCES && ret->sys != EPERM)
        unknown(ret, "this kernel makes no such socket for another reason");
    AUTO(mem_close_fd) int datagrams = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    *ret_any = ret->verdict == PROBE_ALLOWED;
    *ret_all = datagrams >= 0;
    if (ret->verdict != PROBE_ALLOWED || *ret_all || try_port(port) != EACCES)
        return;
    ret->sys = EACCES;
    ret->verdict = PROBE_SANDBOX;
}
