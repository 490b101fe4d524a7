/* view: the file system as the command sees it. */
#include "core/view.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/layer.h"
#include "core/mem.h"
#include "core/namespaces.h"
#include "core/path.h"
#include "core/terminals.h"

/* One that keeps its flags: a copy of the mounts there, taken before the others become read-only, and where it goes. */
struct kept {
    int place, tree;
};

struct keeping {
    struct kept *kept;
    size_t n;
};

static void keeping_release(struct keeping *k)
{
    for (size_t i = 0; i < k->n; i++) {
        (void)close(k->kept[i].place);
        (void)close(k->kept[i].tree);
    }
    mem_free(k->kept);
}

static int fail(struct err *e, const char *what)
{
    return err_sys(e, ERR_LEVEL, errno, "cannot make the command's own view of the file system: %s", what);
}

/* A mount has no say in what is written to a device or a pipe. */
static bool is_written_by_mount(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && (S_ISDIR(st.st_mode) || S_ISREG(st.st_mode));
}

static int keep(struct keeping *k, const char *path, struct err *e)
{
    AUTO(mem_close_fd) int place = fs_open_how(AT_FDCWD, path, O_PATH, RESOLVE_NO_SYMLINKS);
    if (place < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES || errno == ELOOP))
        return 0; /* Landlock grants nothing there, or refuses */
    if (place < 0)
        return fail(e, path);
    if (!is_written_by_mount(place))
        return 0;
    AUTO(mem_close_fd) int tree = (int)syscall(SYS_open_tree, place, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);
    if (tree < 0)
        return fail(e, path);
    k->kept[k->n++] = (struct kept){.place = take_fd(&place), .tree = take_fd(&tree)};
    return 0;
}

static int put_back(const struct kept *kept, struct err *e)
{
    if (syscall(SYS_move_mount, kept->tree, "", kept->place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
        return fail(e, "move_mount");
    return 0;
}

static int make_read_only(const struct caps *c, struct err *e)
{
    AUTO(keeping_release) struct keeping k = {.kept = mem_array(c->writable.n + 1, sizeof *k.kept)};
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
    int r = 0;
    for (size_t i = 0; r == 0 && i < c->writable.n; i++)
        r = keep(&k, c->writable.item[i], e);
    if (r == 0 && syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &attr, sizeof attr) < 0)
        r = fail(e, "mount_setattr");
    for (size_t i = 0; r == 0 && i < k.n; i++)
        r = put_back(&k.kept[i], e);
    return r;
}

static int mount_shm(struct err *e)
{
    AUTO(mem_close_fd) int fs = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
    if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "mode", "1777", 0) < 0 ||
        syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return fail(e, "tmpfs");
    AUTO(mem_close_fd) int mount = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
    if (mount < 0 || syscall(SYS_move_mount, mount, "", AT_FDCWD, NAMESPACES_SHM, MOVE_MOUNT_F_EMPTY_PATH) < 0)
        return fail(e, NAMESPACES_SHM);
    return 0;
}

static bool may_write_proc(const struct caps *c)
{
    for (size_t i = 0; i < c->writable.n; i++)
        if (path_is_within(NAMESPACES_PROC, c->writable.item[i]) || path_is_within(c->writable.item[i], NAMESPACES_PROC))
            return true;
    return false;
}

int view_mount_proc(const struct caps *c, struct err *e)
{
    unsigned flags = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | (may_write_proc(c) ? 0 : MOUNT_ATTR_RDONLY);
    AUTO(mem_close_fd) int fs = (int)syscall(SYS_fsopen, "proc", FSOPEN_CLOEXEC);
    if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return fail(e, NAMESPACES_PROC);
    AUTO(mem_close_fd) int mount = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, flags);
    if (mount < 0 || syscall(SYS_move_mount, mount, "", AT_FDCWD, NAMESPACES_PROC, MOVE_MOUNT_F_EMPTY_PATH) < 0)
        return fail(e, NAMESPACES_PROC);
    return 0;
}

static bool is_all_writable(const struct caps *c)
{
    return c->writable.n == 1 && strcmp(c->writable.item[0], "/") == 0;
}

/* The layer is made while what it writes to is writable, and comes over what was put back. */
int view_make(const struct caps *c, struct err *e)
{
    AUTO(mem_close_fd) int layer = -1;
    int r = c->stage ? layer_make(c->workdir, c->stage, &layer, e) : 0;
    if (r == 0 && !is_all_writable(c))
        r = make_read_only(c, e);
    if (r == 0 && c->stage)
        r = layer_put(layer, c->workdir, e);
    if (r == 0 && c->private_shm)
        r = mount_shm(e);
    return r == 0 && c->private_terminals ? terminals_mount(c, e) : r;
}

int view_test(const struct caps *c, struct err *e)
{
    struct statvfs st;
    if (is_all_writable(c) || (statvfs("/", &st) == 0 && (st.f_flag & ST_RDONLY)))
        return 0;
    return err_set(e, ERR_KERNEL, "the command's own view of the file system was accepted and is not read-only");
}
