/* layer: a writable layer over a directory. */
#include "core/layer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/caps.h"
#include "core/fs.h"
#include "core/mem.h"
#include "core/namespaces.h"
#include "core/path.h"

static int fail(struct err *e, const char *what)
{
    return err_sys(e, ERR_LEVEL, errno, "cannot lay a layer over the working directory: %s", what);
}

/* By descriptor: no name has to be written as overlayfs reads lists of them, and none can be exchanged. */
static int set_directory(int fs, const char *key, int fd)
{
    char path[40];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return fd < 0 ? -1 : (int)syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, path, 0);
}

static int open_directory(const char *path)
{
    return fs_open_how(AT_FDCWD, path, O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
}

int layer_make(const char *directory, const char *stage, int *ret_fd, struct err *e)
{
    AUTO(mem_close_fd) int lower = open_directory(directory);
    AUTO(mem_close_fd) int stage_fd = open_directory(stage);
    AUTO(mem_close_fd) int upper = openat(stage_fd, LAYER_UPPER, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    AUTO(mem_close_fd) int work = openat(stage_fd, LAYER_WORK, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (lower < 0 || upper < 0 || work < 0)
        return fail(e, lower < 0 ? directory : stage);
    AUTO(mem_close_fd) int fs = (int)syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC);
    if (fs < 0)
        return fail(e, "this kernel has no overlayfs");
    if (set_directory(fs, "lowerdir", lower) < 0 || set_directory(fs, "upperdir", upper) < 0 || set_directory(fs, "workdir", work) < 0)
        return fail(e, "overlayfs takes no such directory");
    if (syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, "userxattr", NULL, 0) < 0)
        return fail(e, "overlayfs cannot be had without privileges");
    if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return fail(e, "the file system of the state directory, or of the working directory, is none for overlayfs");
    *ret_fd = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
    return *ret_fd < 0 ? fail(e, "fsmount") : 0;
}

int layer_put(int fd, const char *directory, struct err *e)
{
    AUTO(mem_close_fd) int place = open_directory(directory);
    if (place < 0 || syscall(SYS_move_mount, fd, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
        return fail(e, "move_mount");
    return 0;
}

static int try_it(const char *directory, const char *stage, struct err *e)
{
    struct caps caps = {.level = CAPS_LEVEL_FULL, .workdir = mem_strdup(directory), .stage = mem_strdup(stage)};
    strlist_add(&caps.writable, "/");
    return namespaces_enter(&caps, e);
}

/* Without them overlayfs is mounted all the same, and cannot say which directories are new. */
static int test_attributes(const char *stage, struct err *e)
{
    AUTO(mem_free_ptr) char *upper = path_join(stage, LAYER_UPPER);
    if (lsetxattr(upper, LAYER_ATTRIBUTES "test", "y", 1, 0) < 0)
        return err_sys(e, ERR_KERNEL, errno, "the file system of the state directory takes no extended attributes");
    (void)lremovexattr(upper, LAYER_ATTRIBUTES "test");
    return 0;
}

int layer_test(const char *directory, const char *stage, struct err *e)
{
    int ends[2];
    if (test_attributes(stage, e) < 0)
        return e->class;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_sys(e, ERR_IO, errno, "cannot make a pipe");
    AUTO(mem_close_fd) int from = ends[0];
    AUTO(mem_close_fd) int to = ends[1];
    pid_t pid = fork();
    if (pid < 0)
        return err_sys(e, ERR_IO, errno, "cannot fork");
    if (pid == 0) {
        struct err why = ERR_INIT;
        if (try_it(directory, stage, &why) < 0)
            (void)!write(to, &why, sizeof why);
        _exit(0);
    }
    mem_close_fd(&to);
    struct err why = ERR_INIT;
    ssize_t n = read(from, &why, sizeof why);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    if (n != (ssize_t)sizeof why)
        return n == 0 ? 0 : err_set(e, ERR_KERNEL, "whether a layer can be laid over the working directory cannot be found out");
    *e = why;
    e->class = ERR_KERNEL;
    return ERR_KERNEL;
}
