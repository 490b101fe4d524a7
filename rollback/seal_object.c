/* seal_object: one object as the state before or after holds it: from the tree while it is as the session left it, from the stash, and from what
 * the journal says of its inode. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "rollback/index.h"
#include "rollback/seal_job.h"

static void note_lost(struct seal_job *j, const char *path)
{
    if (j->n_lost++ == 0)
        j->lost = mem_strdup(path);
}

static struct stat stat_of(const struct left_node *x)
{
    struct stat st = {.st_ino = x->inode, .st_dev = x->device, .st_mode = x->mode, .st_uid = x->uid, .st_gid = x->gid, .st_nlink = 1};
    st.st_size = (off_t)x->size;
    st.st_rdev = x->rdev;
    return st;
}

int seal_object_live_dir(struct seal_job *j, struct left_node *x, const char *path, bool *ret_found, struct err *e)
{
    AUTO(mem_close_fd) int fd = -1;
    struct err ignored = ERR_INIT;
    struct stat st;
    *ret_found = false;
    if (restore_tree_dir(&j->tree, path + 1, O_RDONLY, &fd, &ignored) < 0 || fstat(fd, &st) < 0 || st.st_ino != x->inode || st.st_dev != x->device)
        return 0;
    int rc = scan_object_xattrs(&j->reader, fd, "", &x->xattrs, &ignored);
    if (rc < 0 && j->reader.store_failed) {
        *e = ignored;
        return rc;
    }
    *ret_found = rc == 0;
    return 0;
}

int seal_object_live(struct seal_job *j, struct left_node *x, const char *path, bool *ret_found, struct err *e)
{
    struct index_entry found = {0};
    struct err why = ERR_INIT;
    struct stat st;
    const char *name = NULL;
    int dir = -1;
    *ret_found = false;
    if (restore_tree_parent(&j->tree, path + 1, &dir, &name, &why) < 0 || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !left_is_still(x, &st))
        return 0;
    int rc = scan_object(&j->reader, dir, name, &found, &why);
    if (rc < 0 && j->reader.store_failed) {
        *e = why;
        return rc;
    }
    /* The size too: ext4 truncates first, and changes the times last. */
    if (rc < 0 || found.ino != x->inode || found.ctime_ns != x->ctime_ns || (S_ISREG(x->mode) && found.size != x->size))
        return 0;
    x->flags = (uint8_t)found.flags;
    x->content = found.content;
    x->xattrs = found.xattrs;
    *ret_found = true;
    return 0;
}

static int read_leaf(struct seal_job *j, struct left_node *x, const char *path, struct err *e)
{
    bool found = false;
    int rc = seal_object_live(j, x, path, &found, e);
    if (rc == 0 && !found)
        rc = seal_later_find(j, x, path, &found, e);
    if (rc < 0 || found)
        return rc;
    x->flags = SNAPSHOT_UNREADABLE;
    note_lost(j, path);
    return 0;
}

/* Its attributes alone: what else it was is known. */
static int read_dir(struct seal_job *j, struct left_node *x, const char *path, struct err *e)
{
    const uint8_t flags = x->flags;
    bool found = false;
    int rc = seal_object_live(j, x, path, &found, e);
    if (rc == 0 && !found)
        rc = seal_later_find(j, x, path, &found, e);
    x->flags = flags;
    seal_running_note(j, x, found);
    return rc;
}

static int read_left(struct seal_job *j, struct left_node *x, struct err *e)
{
    if (x->is_read)
        return 0;
    AUTO(mem_free_ptr) char *path = left_path(x);
    x->is_read = true;
    return S_ISDIR(x->mode) ? read_dir(j, x, path, e) : read_leaf(j, x, path, e);
}

static int from_left(struct seal_job *j, struct left_node *x, struct snapshot_node *ret, struct err *e)
{
    const struct stat st = stat_of(x);
    int rc = read_left(j, x, e);
    snapshot_node_of(&st, ret);
    ret->mtime_ns = x->mtime_ns;
    ret->flags = x->flags;
    if (S_ISDIR(x->mode) && x->is_closed)
        ret->flags |= SNAPSHOT_UNREADABLE;
    if (!S_ISDIR(x->mode))
        ret->content = x->content;
    ret->xattrs = x->xattrs;
    return rc;
}

static void from_record(const struct journal_net_node *n, struct snapshot_node *ret)
{
    *ret = (struct snapshot_node){.type = SNAPSHOT_DIR, .mode = n->mode & 07777, .uid = n->uid, .gid = n->gid, .mtime_ns = n->mtime_ns};
}

static int from_returned(struct seal_job *j, const struct journal_net_node *n, uint32_t *ret_nlink, struct snapshot_node *ret, struct err *e)
{
    struct left_node x;
    bool found = false;
    int rc = seal_later_find_returned(j, n, &x, &found, e);
    if (rc < 0)
        return rc;
    if (!found) {
        *ret = (struct snapshot_node){.type = S_ISDIR(n->mode) ? SNAPSHOT_DIR : SNAPSHOT_FILE, .flags = SNAPSHOT_UNREADABLE};
        note_lost(j, j->path);
        return 0;
    }
    if (S_ISDIR(n->mode)) {
        from_record(n, ret);
        ret->xattrs = x.xattrs;
        return 0;
    }
    *ret_nlink = x.nlink;
    x.is_read = true;
    return from_left(j, &x, ret, e);
}

static int from_stash(struct seal_job *j, const struct journal_net_node *n, uint32_t *ret_nlink, struct snapshot_node *ret, struct err *e)
{
    struct index_entry found = {0};
    struct err why = ERR_INIT;
    char name[STASH_NAME];
    stash_name(n->stash_id, name);
    int dir = n->stash < STASH_MAX ? j->source.stash[n->stash].dir : -1;
    int rc = scan_object(&j->reader, dir, name, &found, &why);
    if (rc < 0 && j->reader.store_failed) {
        *e = why;
        return rc;
    }
    if (rc < 0)
        return from_returned(j, n, ret_nlink, ret, e);
    *ret_nlink = found.nlink;
    found.nlink = 1;
    index_entry_node(&found, ret);
    if (S_ISDIR(n->mode)) { /* it may have been opened up to be moved, and its times are of its being emptied */
        struct oid xattrs = found.xattrs;
        from_record(n, ret);
        ret->xattrs = xattrs;
    }
    return 0;
}

static void apply_attribute(struct snapshot_xattrs *x, const struct journal_net_attribute *a)
{
    size_t i = 0;
    while (i < x->n && strcmp(x->item[i].name, a->name) < 0)
        i++;
    bool is_there = i < x->n && strcmp(x->item[i].name, a->name) == 0;
    if (!is_there && a->value) {
        mem_reserve(&x->item, &x->cap, x->n + 1, sizeof(*x->item));
        memmove(&x->item[i + 1], &x->item[i], (x->n - i) * sizeof(*x->item));
        x->n++;
        x->item[i] = (struct snapshot_xattr){.name = mem_strdup(a->name), .value = mem_dup(a->value, a->len + 1), .len = a->len};
    } else if (is_there && a->value) {
        mem_free(x->item[i].value);
        x->item[i].value = mem_dup(a->value, a->len + 1);
        x->item[i].len = a->len;
    } else if (is_there) {
        mem_free(x->item[i].name);
        mem_free(x->item[i].value);
        memmove(&x->item[i], &x->item[i + 1], (x->n - i - 1) * sizeof(*x->item));
        x->n--;
    }
}

int seal_object_attributes(struct seal_job *j, const struct journal_net_object *o, struct oid *id, struct err *e)
{
    AUTO(snapshot_xattrs_release) struct snapshot_xattrs x = {0};
    AUTO(mem_free_ptr) void *blob = NULL;
    size_t len = 0;
    if (o->n_attributes == 0)
        return 0;
    int rc = snapshot_xattrs_read(j->store, id, &x, e);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < o->n_attributes; i++) {
        if (snapshot_xattr_is_kept(o->attribute[i].name))
            apply_attribute(&x, &o->attribute[i]);
    }
    snapshot_xattrs_encode(&x, &blob, &len);
    *id = (struct oid){0};
    return len == 0 ? 0 : store_put(j->store, STORE_BLOB, blob, len, id, e);
}

static int put_copy(struct seal_job *j, const struct journal_net_object *o, struct oid *ret, struct err *e)
{
    struct stat st;
    if (o->stash_id == 0)
        return store_put(j->store, STORE_BLOB, "", 0, ret, e);
    AUTO(mem_close_fd) int fd = seal_source_copy(&j->source, o->stash, o->stash_id);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (uint64_t)st.st_size != o->size)
        return err_set(e, ERR_MISSING, "the stash lacks what a file was");
    return store_put_fd(j->store, fd, o->size, ret, e);
}

/* What the journal says that the inode was. */
static int apply(struct seal_job *j, const struct journal_net_object *o, struct snapshot_node *n, struct err *e)
{
    if (o->has_mode) {
        n->mode = o->mode & 07777;
        n->uid = o->uid;
        n->gid = o->gid;
    }
    if (o->has_time)
        n->mtime_ns = o->mtime_ns;
    if (o->has_content && n->type == SNAPSHOT_FILE) {
        struct err why = ERR_INIT;
        n->size = o->size;
        n->flags &= (uint8_t)~SNAPSHOT_UNREADABLE;
        n->content = (struct oid){0};
        n->flags |= o->is_unkept ? SNAPSHOT_UNREADABLE : 0;
        int rc = o->is_unkept ? 0 : put_copy(j, o, &n->content, &why);
        if (rc == ERR_MISSING) {
            n->content = (struct oid){0};
            n->flags |= SNAPSHOT_UNREADABLE;
            note_lost(j, j->path);
        } else if (rc < 0) {
            *e = why;
            return rc;
        }
    }
    return n->flags & SNAPSHOT_UNREADABLE ? 0 : seal_object_attributes(j, o, &n->xattrs, e);
}

static void link_up(const struct seal_job *j, uint64_t device, uint64_t inode, uint32_t nlink, bool is_before, struct snapshot_node *n)
{
    const struct seal_inode *x = seal_inodes_find(&j->inodes, device, inode);
    const struct journal_net_object *o = journal_net_object(j->state.net, device, inode);
    int64_t names = (int64_t)nlink - (o ? o->stashed : 0);
    if (is_before && x)
        names += (int64_t)x->removed - x->added;
    n->link_group = 0;
    if (n->type == SNAPSHOT_DIR || names < 2)
        return;
    struct snapshot_node twin;
    const struct stat st = {.st_ino = inode, .st_dev = device, .st_mode = S_IFREG, .st_nlink = 2};
    snapshot_node_of(&st, &twin);
    n->link_group = twin.link_group;
}

int seal_object(struct seal_job *j, const struct seal_side *x, bool is_before, struct snapshot_node *ret, struct err *e)
{
    uint32_t nlink = 1;
    int rc = 0;
    uint64_t device = x->left ? x->left->device : x->node ? x->node->device : 0;
    uint64_t inode = x->left ? x->left->inode : x->node ? x->node->inode : 0;
    switch (x->from) {
    case SEAL_LEFT:
        nlink = x->left->nlink;
        rc = from_left(j, x->left, ret, e);
        break;
    case SEAL_STASHED:
        rc = from_stash(j, x->node, &nlink, ret, e);
        break;
    case SEAL_REMOVED:
        from_record(x->node, ret);
        break;
    case SEAL_NOTHING:
    case SEAL_LOST:
        *ret = (struct snapshot_node){.type = SNAPSHOT_FILE, .flags = SNAPSHOT_UNREADABLE};
        note_lost(j, j->path);
        return 0;
    }
    const struct journal_net_object *o = is_before ? seal_side_object(&j->state, x) : NULL;
    if (rc == 0 && o)
        rc = apply(j, o, ret, e);
    link_up(j, device, inode, nlink, is_before, ret);
    return rc;
}
