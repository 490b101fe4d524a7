/* restore_tree: looks into the live tree without following anything. */
#include "rollback/restore_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/quote.h"
#include "rollback/scan.h"

enum { PIECE_MAX = 4000 }; /* bytes of a path that the kernel takes at once, well below PATH_MAX */

static int open_piece(int root, const char *path, int flags)
{
    return fs_open_how(root, *path ? path : ".", flags | O_DIRECTORY | O_NOFOLLOW, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

/* A command can make directories so deep that no call takes their path whole; it does not escape by that. */
static int open_beneath(int root, const char *path, int flags)
{
    AUTO(mem_close_fd) int at = -1;
    while (strlen(path) > PIECE_MAX) {
        const char *slash = memrchr(path, '/', PIECE_MAX);
        if (!slash) {
            errno = ENAMETOOLONG;
            return -1;
        }
        AUTO(mem_free_ptr) char *piece = mem_strndup(path, (size_t)(slash - path));
        int next = open_piece(at >= 0 ? at : root, piece, O_PATH);
        if (next < 0)
            return -1;
        mem_close_fd(&at);
        at = next;
        path = slash + 1;
    }
    return open_piece(at >= 0 ? at : root, path, flags);
}

int restore_tree_open(struct restore_tree *t, const char *root, uint64_t inode, struct err *e)
{
    struct stat st;
    AUTO(mem_free_ptr) char *shown = quote_term_dup(root);
    t->top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    t->fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (t->fd < 0 || t->top < 0 || fstat(t->fd, &st) < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot open %s", shown);
    if (inode != 0 && (uint64_t)st.st_ino != inode)
        return err_set(e, ERR_DENIED, "%s is not the directory the session ran in, but another one of that name; --force puts the files there",
                       shown);
    return 0;
}

void restore_tree_close(struct restore_tree *t)
{
    restore_tree_forget(t);
    mem_close_fd(&t->fd);
    mem_close_fd(&t->top);
}

void restore_tree_forget(struct restore_tree *t)
{
    mem_close_fd(&t->parent_fd);
    mem_free(take_ptr(&t->parent_path));
}

int restore_tree_dir(const struct restore_tree *t, const char *path, int flags, int *ret_fd, struct err *e)
{
    bool is_absolute = path[0] == '/';
    int fd = open_beneath(is_absolute ? t->top : t->fd, path + is_absolute, flags);
    if (fd < 0) {
        int sys = errno;
        AUTO(mem_free_ptr) char *shown = quote_term_dup(*path ? path : ".");
        return err_sys(e, err_class_of(sys), sys, "cannot open directory %s", shown);
    }
    *ret_fd = fd;
    return 0;
}

int restore_tree_parent(struct restore_tree *t, const char *path, int *ret_fd, const char **ret_name, struct err *e)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;
    *ret_name = slash ? slash + 1 : path;
    if (len == 0) {
        *ret_fd = slash ? t->top : t->fd;
        return 0;
    }
    if (!t->parent_path || strncmp(t->parent_path, path, len) != 0 || t->parent_path[len] != '\0') {
        AUTO(mem_free_ptr) char *parent = mem_strndup(path, len);
        restore_tree_forget(t);
        int rc = restore_tree_dir(t, parent, O_PATH, &t->parent_fd, e);
        if (rc < 0)
            return rc;
        t->parent_path = take_ptr(&parent);
    }
    *ret_fd = t->parent_fd;
    return 0;
}

static int64_t ns_of(const struct timespec *t)
{
    return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

static bool same_stat(const struct snapshot_node *a, const struct snapshot_node *now)
{
    return a->type == now->type && a->mode == now->mode && a->uid == now->uid && a->gid == now->gid && a->mtime_ns == now->mtime_ns &&
           a->rdev == now->rdev && (a->type != SNAPSHOT_FILE || a->size == now->size);
}

/* A file system whose times have no fraction may stamp two changes alike. */
static bool is_old(const struct restore_tree *t, const struct stat *st)
{
    const int64_t coarse_ns = st->st_ctim.tv_nsec == 0 ? INT64_C(2000000000) : 0;
    return ns_of(&st->st_ctim) < t->believe_ns - coarse_ns;
}

static bool size_fits(const struct snapshot_node *a, const struct snapshot_node *now)
{
    return a->type == now->type && a->size == now->size;
}

/* The root has no name in a directory that is ours to open. */
static int look_at_root(int fd, struct store *s, struct snapshot_node *now, struct err *e)
{
    AUTO(snapshot_xattrs_release) struct snapshot_xattrs x = {0};
    AUTO(mem_free_ptr) void *data = NULL;
    size_t len = 0;
    int rc = snapshot_xattrs_of(fd, "", &x, e);
    if (rc < 0)
        return rc;
    snapshot_xattrs_encode(&x, &data, &len);
    return len == 0 ? 0 : store_hash(s, STORE_BLOB, data, len, &now->xattrs, e);
}

static int look_at(const struct restore_tree *t, int dir, const char *name, const struct change *c, struct restore_seen *ret, struct err *e)
{
    struct snapshot_node *now = &ret->node;
    snapshot_node_of(&ret->st, now);
    if (same_stat(&c->after, now) && is_old(t, &ret->st)) {
        now->flags = c->after.flags;
        now->size = c->after.size;
        now->content = c->after.content;
        now->xattrs = c->after.xattrs;
        return 0;
    }
    if (now->type == SNAPSHOT_FILE && !size_fits(&c->before, now) && !size_fits(&c->after, now))
        return 0; /* somebody else's: without a content it equals neither */
    int rc = *name ? scan_one(t->store, dir, name, now, e) : look_at_root(dir, t->store, now, e);
    if (rc == ERR_BUSY)
        now->content = (struct oid){0}; /* being written at this moment: somebody else's, too */
    else if (rc == ERR_MISSING)
        now->type = 0;
    return rc == ERR_BUSY || rc == ERR_MISSING ? 0 : rc;
}

int restore_tree_look(struct restore_tree *t, const struct change *c, struct restore_seen *ret, struct err *e)
{
    int dir = -1;
    const char *name = NULL;
    *ret = (struct restore_seen){0};
    int rc = restore_tree_parent(t, c->path, &dir, &name, e);
    if (rc < 0 && (e->sys == ENOENT || e->sys == ENOTDIR || e->sys == ELOOP || e->sys == EACCES)) {
        ret->parent_sys = e->sys;
        return 0;
    }
    if (rc < 0)
        return rc;
    if (fstatat(dir, name, &ret->st, AT_SYMLINK_NOFOLLOW | (*name ? 0 : AT_EMPTY_PATH)) < 0) {
        if (errno == EACCES) /* the directory could be opened, but not searched */
            ret->parent_sys = EACCES;
        if (errno == ENOENT || errno == EACCES)
            return 0;
        AUTO(mem_free_ptr) char *shown = quote_term_dup(c->path);
        return err_sys(e, err_class_of(errno), errno, "cannot look at %s", shown);
    }
    return look_at(t, dir, name, c, ret, e);
}

bool restore_seen_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_mode == b->st_mode && a->st_uid == b->st_uid && a->st_gid == b->st_gid &&
           a->st_size == b->st_size && ns_of(&a->st_mtim) == ns_of(&b->st_mtim) && ns_of(&a->st_ctim) == ns_of(&b->st_ctim);
}
