/* namespaces: unshare, map, mount. */
#include "core/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/quote.h"
#include "core/terminals.h"
#include "core/view.h"

/* Of linux/mount.h and sys/mount.h, which cannot both be included. */
enum { PRIVATE = 1 << 18, RECURSIVE = 1 << 14, DETACH = 2 };

/* Names in the staging file system. */
#define DIRECTORY "d"
#define FILE_ "f"
#define COMMAND "x"

static int fail(struct err *e, const char *what)
{
    return err_sys(e, ERR_LEVEL, errno, "cannot make namespaces of the command's own: %s", what);
}

static int write_map(const char *file, const char *text, struct err *e)
{
    AUTO(mem_close_fd) int fd = open(file, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        return fail(e, file);
    return 0;
}

/* The same numbers inside as outside: files keep their owners, and no other user's number can be taken. */
static int map_ids(uid_t uid, gid_t gid, struct err *e)
{
    char users[40];
    char groups[40];
    (void)snprintf(users, sizeof users, "%u %u 1", uid, uid);
    (void)snprintf(groups, sizeof groups, "%u %u 1", gid, gid);
    int r = write_map("/proc/self/setgroups", "deny", e);
    if (r == 0)
        r = write_map("/proc/self/uid_map", users, e);
    return r == 0 ? write_map("/proc/self/gid_map", groups, e) : r;
}

static int unshare_all(int flags, struct err *e)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();
    if (uid == 0 && unshare(flags) == 0)
        return 0;
    if (unshare(CLONE_NEWUSER | flags) < 0)
        return fail(e, "unshare");
    return map_ids(uid, gid, e);
}

/* A new network has a loopback interface that is down. */
static int raise_loopback(struct err *e)
{
    struct ifreq request = {.ifr_name = "lo"};
    AUTO(mem_close_fd) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) < 0)
        return fail(e, "loopback");
    request.ifr_flags |= IFF_UP;
    return ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? fail(e, "loopback") : 0;
}

static int set_string(int fs, const char *key, const char *value)
{
    return (int)syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, value, 0);
}

/* In place of a blocked command. Shells have to take it for a program: what they do not try to execute, they do not report as denied. A copy that root makes of it
 * cannot be executed either, and as a script it fails. */
static int make_command(int mount)
{
    static const char text[] = "#!/dev/null\necho \"$0: Permission denied\" >&2\nexit 126\n";
    AUTO(mem_close_fd) int fd = openat(mount, COMMAND, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
    return fd < 0 || write(fd, text, sizeof text - 1) != (ssize_t)sizeof text - 1 ? -1 : fchmod(fd, S_IXUSR | S_IXGRP | S_IXOTH);
}

/* A small file system that is mounted nowhere, with what is shown in place of a denied directory, of a denied file and of a blocked command. The file is a
 * device, on a mount where devices cannot be opened: not even root can. */
static int make_staging(int *ret_fd, struct err *e)
{
    AUTO(mem_close_fd) int fs = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
    if (fs < 0 || set_string(fs, "mode", "0700") < 0 || set_string(fs, "nr_inodes", "4") < 0 || set_string(fs, "size", "4096") < 0 ||
        syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return fail(e, "tmpfs");
    unsigned closed = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
    AUTO(mem_close_fd) int mount = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, closed);
    if (mount < 0 || mkdirat(mount, DIRECTORY, 0) < 0 || mknodat(mount, FILE_, S_IFCHR, 0) < 0 || make_command(mount) < 0)
        return fail(e, "tmpfs");
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
    if (syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH, &attr, sizeof attr) < 0)
        return fail(e, "mount_setattr");
    *ret_fd = take_fd(&mount);
    return 0;
}

/* Puts the tree at `name` of `dirfd` over `path`, of which no component may be a link. */
static int put_over(int dirfd, const char *name, unsigned flags, const char *path)
{
    AUTO(mem_close_fd) int tree = (int)syscall(SYS_open_tree, dirfd, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW | flags);
    if (tree < 0)
        return -1;
    return (int)syscall(SYS_move_mount, tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH);
}

static int fail_to_hide(const char *path, struct err *e)
{
    int sys = errno;
    AUTO(mem_free_ptr) char *shown = quote_term_dup(path);
    return err_sys(e, ERR_KERNEL, sys, "cannot hide %s in the command's own view of the file system", shown);
}

static int apply(int staging, const struct caps_mask *m, struct err *e)
{
    int r = 0;
    if (m->kind == CAPS_MASK_PIN)
        r = put_over(AT_FDCWD, m->path, AT_RECURSIVE, m->path);
    else
        r = put_over(staging, m->kind == CAPS_MASK_DIR ? DIRECTORY : FILE_, 0, m->path);
    return r < 0 ? fail_to_hide(m->path, e) : 0;
}

/* One that has gone since it was found cannot be executed. */
static int hide_commands(int staging, const struct caps *c, struct err *e)
{
    for (size_t i = 0; i < c->n_hidden; i++)
        if (put_over(staging, COMMAND, 0, c->hidden[i].path) < 0 && errno != ENOENT)
            return fail_to_hide(c->hidden[i].path, e);
    return 0;
}

static bool copies_unmounted(int staging)
{
    AUTO(mem_close_fd) int tree = (int)syscall(SYS_open_tree, staging, FILE_, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
    return tree >= 0;
}

/* Before Linux 6.15 only what is mounted can be copied. On top of the root it is in nobody's way: paths begin below it. */
static int attach(int staging, struct err *e)
{
    return syscall(SYS_move_mount, staging, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0 ? fail(e, "move_mount") : 0;
}

/* But "/.." would lead there. */
static int detach(int staging, struct err *e)
{
    return fchdir(staging) < 0 || syscall(SYS_umount2, ".", DETACH) < 0 || chdir("/") < 0 ? fail(e, "umount") : 0;
}

static int hide_all(const struct caps *c, struct err *e)
{
    AUTO(mem_close_fd) int staging = -1;
    if (c->n_masks + c->n_hidden == 0)
        return 0;
    int r = make_staging(&staging, e);
    bool attaches = r == 0 && !copies_unmounted(staging); /* to unmount it again takes longer than all the rest */
    if (attaches)
        r = attach(staging, e);
    if (r == 0)
        r = hide_commands(staging, c, e); /* before the masks, below which nothing can be reached any more */
    for (size_t i = 0; r == 0 && i < c->n_masks; i++)
        r = apply(staging, &c->mask[i], e);
    return r == 0 && attaches ? detach(staging, e) : r;
}

int namespaces_enter(const struct caps *c, struct err *e)
{
    bool full = c->level == CAPS_LEVEL_FULL;
    bool own_network = full && c->network == CAPS_NET_BLOCKED;
    bool own_processes = full && c->own_processes;
    int r = unshare_all(CLONE_NEWNS | (full ? CLONE_NEWIPC : 0) | (own_network ? CLONE_NEWNET : 0) | (own_processes ? CLONE_NEWPID : 0), e);
    if (r == 0 && syscall(SYS_mount, NULL, "/", NULL, RECURSIVE | PRIVATE, NULL) < 0)
        r = fail(e, "mount");
    if (r == 0 && own_network)
        r = raise_loopback(e);
    return r == 0 && full ? view_make(c, e) : r;
}

int namespaces_finish(const struct caps *c, struct err *e)
{
    int r = c->level == CAPS_LEVEL_FULL && c->own_processes ? view_mount_proc(c, e) : 0;
    return r == 0 ? hide_all(c, e) : r;
}

static bool ends_well(pid_t pid)
{
    int status = -1;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The whole of it, on a path that every system has. */
static _Noreturn void try_it(void)
{
    struct err e = ERR_INIT;
    static char link[] = "/proc/mounts";
    static char directory[] = "/proc";
    struct caps_mask mask[] = {{.path = link, .kind = CAPS_MASK_PIN}, {.path = directory, .kind = CAPS_MASK_DIR}};
    struct caps caps = {.level = CAPS_LEVEL_FULL,
                        .network = CAPS_NET_BLOCKED,
                        .private_terminals = terminals_are_here(),
                        .mask = mask,
                        .n_masks = sizeof mask / sizeof *mask};
    _exit(namespaces_enter(&caps, &e) < 0 || namespaces_finish(&caps, &e) < 0);
}

bool namespaces_work(void)
{
    pid_t pid = fork();
    if (pid == 0)
        try_it();
    return ends_well(pid);
}

static _Noreturn void try_processes(void)
{
    struct err e = ERR_INIT;
    const struct caps caps = {.level = CAPS_LEVEL_FULL, .own_processes = true};
    if (namespaces_enter(&caps, &e) < 0)
        _exit(1);
    pid_t pid = fork();
    if (pid == 0)
        _exit(namespaces_finish(&caps, &e) < 0);
    _exit(!ends_well(pid));
}

bool namespaces_processes_work(void)
{
    pid_t pid = fork();
    if (pid == 0)
        try_processes();
    return ends_well(pid);
}
