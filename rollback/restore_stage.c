/* restore_stage: a missing directory with all below it, built aside and moved into its place at once. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "rollback/restore_job.h"
#include "rollback/restore_meta.h"

#define STAGED "t" /* what is built, inside the temporary directory */

#ifndef FS_TOPDIR_FL
#define FS_TOPDIR_FL 0x00020000
#endif

/* ext4 looks for a fresh block group for a directory made here; the one of the parent is where thousands of inodes may
 * just have been freed, which are skipped one by one (ten times slower). Elsewhere it fails, which is fine. */
static void ask_for_fresh_group(int fd)
{
    int flags = 0;
    if (ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0) {
        flags |= FS_TOPDIR_FL;
        (void)ioctl(fd, FS_IOC_SETFLAGS, &flags);
    }
}

static bool is_full(const struct err *e)
{
    return e->sys == ENOSPC || e->sys == EDQUOT;
}

static int open_stage(struct restore_job *j, int dir, int *ret_fd, struct err *e)
{
    AUTO(mem_close_fd) int fd = -1;
    struct err ignored = ERR_INIT;
    (void)!fs_remove_tree(dir, j->new_name, &ignored);
    if (fs_mkdir(dir, j->new_name) < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot make a directory");
    fd = openat(dir, j->new_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot open a directory");
    ask_for_fresh_group(fd);
    if (fs_mkdir(fd, STAGED) < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot make a directory");
    j->stage.fd = openat(fd, STAGED, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (j->stage.fd < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot open a directory");
    *ret_fd = take_fd(&fd);
    return 0;
}

static int build_one(struct restore_job *j, size_t i, struct err *e)
{
    const struct change *c = &j->plan.changes.item[i];
    const char *rel = NULL;
    const char *name = NULL;
    int dir = -1;
    (void)restore_where(j, c->path, &rel);
    int rc = restore_tree_parent(&j->stage, rel, &dir, &name, e);
    if (rc < 0)
        return rc;
    if (c->before.type != SNAPSHOT_DIR)
        return restore_put_new(j, dir, name, c, e);
    if (fs_mkdir(dir, name) < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot make a directory");
    return 0;
}

/* One entry that cannot be made is told and left out; a full disk ends it all, to be tried again when there is room. */
static int build(struct restore_job *j, size_t first, size_t next, struct err *e)
{
    for (size_t i = first + 1; i < next; i++) {
        struct err why = ERR_INIT;
        if (j->plan.step[i].verdict != RESTORE_PUT_BACK || j->plan.changes.item[i].before.type == 0)
            continue;
        progress_step(j->request->progress, i);
        if (build_one(j, i, &why) == 0)
            continue;
        if (is_full(&why)) {
            *e = why;
            return why.class;
        }
        restore_fail(j, i, &why);
    }
    return 0;
}

static int finish_dirs(struct restore_job *j, size_t first, size_t next, struct err *e)
{
    for (size_t i = next; i-- > first + 1;) {
        const struct change *c = &j->plan.changes.item[i];
        AUTO(mem_close_fd) int fd = -1;
        const char *rel = NULL;
        struct err why = ERR_INIT;
        if (j->plan.step[i].verdict != RESTORE_PUT_BACK || c->before.type != SNAPSHOT_DIR)
            continue;
        (void)restore_where(j, c->path, &rel);
        int rc = restore_tree_dir(&j->stage, rel, O_PATH, &fd, &why);
        if (rc == 0)
            rc = restore_meta_put(j->store, fd, &c->before, &why);
        if (rc < 0 && is_full(&why)) {
            *e = why;
            return rc;
        }
        if (rc < 0)
            restore_fail(j, i, &why);
    }
    /* A directory that its owner may not write cannot be moved by its owner: it gets its last bits in its place. */
    struct snapshot_node top = j->plan.changes.item[first].before;
    top.mode |= 0700;
    int rc = restore_meta_put(j->store, j->stage.fd, &top, e);
    if (rc == ERR_DENIED && e->sys == EPERM)
        rc = 0; /* the owner: told when the directory is settled */
    if (rc == 0 && top.mode != j->plan.changes.item[first].before.mode)
        rc = restore_touch_note(&j->touches, j->undo->dir_fd, j->plan.changes.item[first].path, &j->plan.changes.item[first].before, e);
    return rc;
}

/* 0, or an errno; EEXIST when what is in the place is not what the plan saw there. */
static int move_in(struct restore_job *j, int stage, int dir, const char *name, const struct restore_seen *seen)
{
    struct stat st;
    if (seen->node.type == 0) {
        if (fs_rename(stage, STAGED, dir, name, RENAME_NOREPLACE) == 0)
            return 0;
        return errno == EINVAL && renameat(stage, STAGED, dir, name) == 0 ? 0 : errno;
    }
    if (fs_rename(stage, STAGED, dir, name, RENAME_EXCHANGE) < 0) {
        bool done = errno == EINVAL && unlinkat(dir, name, 0) == 0 && renameat(stage, STAGED, dir, name) == 0;
        return done ? 0 : errno;
    }
    if (fstatat(stage, STAGED, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_ino == seen->st.st_ino && unlinkat(stage, STAGED, 0) == 0)
        return 0;
    (void)fs_rename(stage, STAGED, dir, name, RENAME_EXCHANGE);
    restore_tree_forget(&j->tree);
    return EEXIST;
}

static int publish(struct restore_job *j, size_t first, int stage, int dir, struct err *e)
{
    const struct change *c = &j->plan.changes.item[first];
    const char *slash = strrchr(c->path, '/');
    int rc = restore_put_recheck(j, first, e);
    if (rc < 0)
        return rc;
    int sys = move_in(j, stage, dir, slash ? slash + 1 : c->path, &j->seen[first]);
    if (sys == EEXIST || sys == ENOTEMPTY)
        return err_set(e, ERR_EXISTS, "changed meanwhile");
    return sys == 0 ? 0 : err_sys(e, err_class_of(sys), sys, "cannot put the directory into its place");
}

int restore_stage(struct restore_job *j, size_t first, size_t *ret_next, struct err *e)
{
    const struct change *c = &j->plan.changes.item[first];
    AUTO(mem_free_ptr) char *parent = restore_dir_of(c->path);
    AUTO(mem_close_fd) int dir = -1;
    AUTO(mem_close_fd) int stage = -1;
    struct err ignored = ERR_INIT;
    size_t next = first + 1;
    while (next < j->plan.n && change_path_within(j->plan.changes.item[next].path, c->path))
        next++;
    *ret_next = next;
    int rc = restore_touch(&j->touches, &j->tree, j->undo->dir_fd, parent, e);
    if (rc == 0)
        rc = restore_tree_dir(&j->tree, parent, O_PATH, &dir, e);
    if (rc == 0)
        rc = open_stage(j, dir, &stage, e);
    if (rc == 0) {
        j->stage_root = c->path;
        rc = build(j, first, next, e);
    }
    if (rc == 0)
        rc = finish_dirs(j, first, next, e);
    if (rc == 0)
        rc = publish(j, first, stage, dir, e);
    j->stage_root = NULL;
    restore_tree_close(&j->stage);
    restore_tree_forget(&j->tree);
    if (dir >= 0 && fs_remove_tree(dir, j->new_name, &ignored) < 0)
        j->temps_left = true;
    if (rc == 0)
        restore_touch_want(&j->touches, c->path, &c->before);
    return rc;
}
