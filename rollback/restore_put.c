/* restore_put: one object put back, always complete under a temporary name before it takes its place. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/quote.h"
#include "rollback/restore_job.h"
#include "rollback/restore_meta.h"

char *restore_dir_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == path ? mem_strdup("/") : mem_strndup(path, slash ? (size_t)(slash - path) : 0);
}

void restore_fail(struct restore_job *j, size_t i, const struct err *why)
{
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    quote_term(&line, *j->plan.changes.item[i].path ? j->plan.changes.item[i].path : ".");
    str_addf(&line, ": %s", why->text);
    strlist_add(&j->failed, line.buf);
    j->plan.step[i].verdict = RESTORE_FAILED;
}

/* An owner that cannot be put back is told, and the rest of the object kept. */
static int put_meta_of_new(struct restore_job *j, int fd, const struct change *c, struct err *e)
{
    int rc = restore_meta_put(j->store, fd, &c->before, e);
    if (rc != ERR_DENIED)
        return rc;
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    quote_term(&line, c->path);
    str_addf(&line, ": put back, but %s", e->text);
    strlist_add(&j->failed, line.buf);
    return 0;
}

static int new_file(struct restore_job *j, int dir, const char *name, const struct change *c, struct err *e)
{
    AUTO(mem_close_fd) int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot create the file");
    int rc = store_get_fd(j->store, &c->before.content, fd, e);
    return rc < 0 ? rc : put_meta_of_new(j, fd, c, e);
}

static int new_link(struct restore_job *j, int dir, const char *name, const struct change *c, struct err *e)
{
    AUTO(mem_free_ptr) void *target = NULL;
    size_t len = 0;
    int rc = store_get(j->store, &c->before.content, STORE_BLOB, &target, &len, e);
    if (rc < 0)
        return rc;
    if (len == 0 || len >= PATH_MAX || memchr(target, '\0', len))
        return err_set(e, ERR_CORRUPT, "its stored target is no path");
    if (symlinkat(target, dir, name) < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot create the symbolic link");
    return 0;
}

static int new_special(int dir, const char *name, const struct change *c, struct err *e)
{
    static const mode_t types[] = {[SNAPSHOT_FIFO] = S_IFIFO, [SNAPSHOT_SOCKET] = S_IFSOCK, [SNAPSHOT_CHAR] = S_IFCHR, [SNAPSHOT_BLOCK] = S_IFBLK};
    if (c->before.type < SNAPSHOT_FIFO || c->before.type > SNAPSHOT_BLOCK)
        return err_set(e, ERR_CORRUPT, "its stored type is unknown");
    if (mknodat(dir, name, types[c->before.type] | 0600, (dev_t)c->before.rdev) < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot create the special file");
    return 0;
}

void restore_put_drop(struct restore_job *j, int dir, const char *name)
{
    struct err ignored = ERR_INIT;
    if (unlinkat(dir, name, 0) < 0 && errno != ENOENT && fs_remove_tree(dir, name, &ignored) < 0)
        j->temps_left = true;
}

static void tell_unlinked(struct restore_job *j, const struct change *c, const char *leader, int sys)
{
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    quote_term(&line, c->path);
    str_add(&line, ": put back, but as a file of its own beside ");
    quote_term(&line, leader);
    str_addf(&line, ": %s", strerror(sys));
    strlist_add(&j->failed, line.buf);
}

/* 1: linked to another name of the group; 0: there is none, or it cannot be, and the object must be made. */
static int link_to_leader(struct restore_job *j, int dir, const char *name, const struct change *c, struct err *e)
{
    struct restore_group *g = restore_links_find(&j->links, c->before.link_group);
    struct err ignored = ERR_INIT;
    struct stat st;
    struct stat made;
    const char *rel = NULL;
    const char *leader_name = NULL;
    int leader_dir = -1;
    const char *leader = g ? restore_links_leader(j, g, c->path, &st) : NULL;
    if (!leader)
        return 0;
    struct restore_tree *tree = restore_where(j, leader, &rel);
    if (restore_tree_parent(tree, rel, &leader_dir, &leader_name, &ignored) < 0)
        return 0;
    if (linkat(leader_dir, leader_name, dir, name, 0) < 0) {
        int sys = errno;
        if (sys == ENOSPC || sys == EDQUOT)
            return err_sys(e, err_class_of(sys), sys, "cannot make the hard link");
        tell_unlinked(j, c, leader, sys);
        return 0;
    }
    if (fstatat(dir, name, &made, AT_SYMLINK_NOFOLLOW) == 0 && made.st_ino == st.st_ino && made.st_dev == st.st_dev)
        return 1;
    restore_put_drop(j, dir, name);
    return 0;
}

static int put_new(struct restore_job *j, int dir, const char *name, const struct change *c, struct err *e)
{
    /* The search for a leader moves the trees' cached parent, which `dir` may be. */
    AUTO(mem_close_fd) int own = c->before.link_group ? fcntl(dir, F_DUPFD_CLOEXEC, 3) : -1;
    int linked = own >= 0 ? link_to_leader(j, own, name, c, e) : 0;
    if (linked != 0)
        return linked < 0 ? linked : 0;
    int at = own >= 0 ? own : dir;
    if (c->before.type == SNAPSHOT_FILE)
        return new_file(j, at, name, c, e);
    int rc = c->before.type == SNAPSHOT_LINK ? new_link(j, at, name, c, e) : new_special(at, name, c, e);
    if (rc < 0)
        return rc;
    AUTO(mem_close_fd) int fd = openat(at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return err_sys(e, ERR_IO, errno, "cannot open what was just created");
    return put_meta_of_new(j, fd, c, e);
}

/* That a temporary name resisted removal is no conflict. */
int restore_put_new(struct restore_job *j, int dir, const char *name, const struct change *c, struct err *e)
{
    int rc = put_new(j, dir, name, c, e);
    return rc == ERR_EXISTS ? err_set(e, ERR_IO, "a temporary file stands in the way") : rc;
}

static int changed_meanwhile(struct err *e)
{
    return err_set(e, ERR_EXISTS, "changed meanwhile");
}

/* The later edit that is in the restore's own session and may go. Its change time moves when another of its names comes or goes. */
static bool is_same_but_for_links(const struct stat *a, const struct restore_seen *now)
{
    struct stat b = now->st;
    if (now->node.type == 0)
        return true;
    if (a->st_nlink > 1)
        b.st_ctim = a->st_ctim;
    return restore_seen_same(a, &b);
}

int restore_put_recheck(struct restore_job *j, size_t i, struct err *e)
{
    struct restore_seen now;
    struct restore_seen *seen = &j->seen[i];
    const struct change *c = &j->plan.changes.item[i];
    const char *name = NULL;
    int dir = -1;
    struct err lookup = ERR_INIT;
    if (seen->node.type != 0 && restore_tree_parent(&j->tree, c->path, &dir, &name, &lookup) == 0) {
        struct stat st;
        if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && restore_seen_same(&st, &seen->st))
            return 0;
    }
    uint8_t type = seen->node.type;
    int rc = restore_plan_look(j, i, &now, e);
    if (rc < 0)
        return rc;
    if (j->plan.step[i].is_over && !is_same_but_for_links(&seen->st, &now))
        return changed_meanwhile(e);
    *seen = now;
    if (now.parent_sys != 0 || now.node.type != type)
        return changed_meanwhile(e);
    switch (restore_plan_decide(j, i)) {
    case RESTORE_PUT_BACK:
    case RESTORE_DONE:
        return 0;
    case RESTORE_PARTLY:
    case RESTORE_CONFLICT:
    case RESTORE_UNCOVERED:
    case RESTORE_FAILED:
        break;
    }
    return changed_meanwhile(e);
}

static int own_parent(struct restore_job *j, const char *path, int *ret_fd, struct err *e)
{
    AUTO(mem_free_ptr) char *parent = restore_dir_of(path);
    int rc = restore_touch(&j->touches, &j->tree, j->undo->dir_fd, parent, e);
    return rc < 0 ? rc : restore_tree_dir(&j->tree, parent, O_PATH, ret_fd, e);
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Where nothing was, nothing may be now. A file system that cannot promise it (EINVAL) was looked at just before. */
static int move_in(int dir, const char *from, const char *to, bool must_be_free)
{
    if (must_be_free) {
        if (fs_rename(dir, from, dir, to, RENAME_NOREPLACE) == 0)
            return 0;
        if (errno != EINVAL)
            return errno;
    }
    return renameat(dir, from, dir, to) == 0 ? 0 : errno;
}

int restore_put_replace(struct restore_job *j, size_t i, struct err *e)
{
    const struct change *c = &j->plan.changes.item[i];
    AUTO(mem_close_fd) int dir = -1;
    int rc = own_parent(j, c->path, &dir, e);
    if (rc < 0)
        return rc;
    restore_put_drop(j, dir, j->new_name);
    rc = restore_put_new(j, dir, j->new_name, c, e);
    if (rc == 0)
        rc = restore_put_recheck(j, i, e);
    if (rc == 0) {
        int sys = move_in(dir, j->new_name, name_of(c->path), j->seen[i].node.type == 0);
        if (sys == EEXIST)
            rc = changed_meanwhile(e);
        else if (sys != 0)
            rc = err_sys(e, err_class_of(sys), sys, "cannot put it into its place");
    }
    restore_put_drop(j, dir, j->new_name); /* also when both were one inode, for which rename does nothing */
    return rc;
}

static int not_empty(struct err *e)
{
    return err_set(e, ERR_EXISTS, "the directory holds what the command did not make");
}

int restore_put_over_dir(struct restore_job *j, size_t i, struct err *e)
{
    const struct change *c = &j->plan.changes.item[i];
    const char *name = name_of(c->path);
    AUTO(mem_close_fd) int dir = -1;
    int rc = own_parent(j, c->path, &dir, e);
    if (rc < 0)
        return rc;
    rc = restore_put_new(j, dir, j->old_name, c, e);
    if (rc == 0 && fs_rename(dir, j->old_name, dir, name, RENAME_EXCHANGE) < 0) {
        bool gone = errno == EINVAL && unlinkat(dir, name, AT_REMOVEDIR) == 0 && renameat(dir, j->old_name, dir, name) == 0;
        if (!gone)
            rc = errno == ENOTEMPTY ? not_empty(e) : err_sys(e, err_class_of(errno), errno, "cannot put it into its place");
    } else if (rc == 0 && unlinkat(dir, j->old_name, AT_REMOVEDIR) < 0) {
        rc = errno == ENOTEMPTY || errno == EEXIST ? not_empty(e) : err_sys(e, err_class_of(errno), errno, "cannot remove the directory in its place");
        if (fs_rename(dir, j->old_name, dir, name, RENAME_EXCHANGE) < 0)
            return err_sys(e, ERR_IO, errno, "was put back, but what was in its place is left in %s", j->old_name);
    }
    if (unlinkat(dir, j->old_name, 0) < 0 && errno != ENOENT) /* never with what is in it: it may be somebody's directory */
        j->temps_left = true;
    restore_tree_forget(&j->tree);
    return rc;
}

/* The command made one inode of what were two. */
static bool must_part(const struct change *c, const struct stat *st)
{
    return c->before.link_group == 0 && c->after.link_group != 0 && st->st_nlink > 1;
}

static bool must_join(struct restore_job *j, const struct change *c, const struct stat *st)
{
    struct restore_group *g = restore_links_find(&j->links, c->before.link_group);
    struct stat leader;
    if (!g || !restore_links_leader(j, g, c->path, &leader))
        return false;
    return leader.st_dev != st->st_dev || leader.st_ino != st->st_ino;
}

int restore_put_meta(struct restore_job *j, size_t i, struct err *e)
{
    const struct change *c = &j->plan.changes.item[i];
    struct restore_seen *seen = &j->seen[i];
    const char *name = NULL;
    int dir = -1;
    int rc = restore_put_recheck(j, i, e);
    if (rc < 0)
        return rc;
    if (restore_tree_parent(&j->tree, c->path, &dir, &name, e) < 0 || fstatat(dir, name, &seen->st, AT_SYMLINK_NOFOLLOW) < 0)
        return changed_meanwhile(e);
    if (must_part(c, &seen->st) || must_join(j, c, &seen->st))
        return restore_put_replace(j, i, e);
    rc = restore_tree_parent(&j->tree, c->path, &dir, &name, e);
    if (rc < 0)
        return rc;
    AUTO(mem_close_fd) int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstatat(fd, "", &st, AT_EMPTY_PATH) < 0 || !restore_seen_same(&st, &seen->st))
        return changed_meanwhile(e);
    rc = restore_meta_put(j->store, fd, &c->before, e);
    if (rc == ERR_DENIED && e->sys == EACCES && c->before.link_group == 0) /* attributes of a file that is not writable */
        rc = restore_put_replace(j, i, e);
    return rc;
}
