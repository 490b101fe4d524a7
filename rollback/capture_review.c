/* capture_review: a command whose changes reach a layer and not the tree. The state before is a walk of the tree, the state after is that with what
 * lies in the layer. The session is closed as one that is taken back already: what it changed is put in force by taking it back the other way
 * round. */
#include "rollback/capture_review.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/layer.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/world.h"
#include "rollback/scan.h"
#include "rollback/scan_object.h"
#include "rollback/session_own.h"
#include "rollback/snapshot.h"

enum { MAX_DEPTH = 4096 /* as change.h has it */ };

char *review_stage(const struct session *s)
{
    AUTO(mem_free_ptr) char *sessions = path_join(s->state_dir, "sessions");
    AUTO(mem_free_ptr) char *directory = path_join(sessions, s->record.id);
    return path_join(directory, REVIEW_STAGE);
}

/* The root of the layer is what the tree's root is. */
static int make_stage(struct session *s, struct err *e)
{
    struct stat st;
    if (fs_mkdir(s->dir_fd, REVIEW_STAGE) < 0 || fs_mkdir(s->dir_fd, REVIEW_STAGE "/" LAYER_UPPER) < 0 ||
        fs_mkdir(s->dir_fd, REVIEW_STAGE "/" LAYER_WORK) < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot make a layer in the state directory");
    const char *upper = REVIEW_STAGE "/" LAYER_UPPER;
    if (stat(s->record.workdir, &st) < 0 || fchmodat(s->dir_fd, upper, st.st_mode & 07777, 0) < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot make a layer in the state directory");
    const struct timespec times[2] = {st.st_atim, st.st_mtim};
    if (geteuid() == 0 && fchownat(s->dir_fd, upper, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW) < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot make a layer in the state directory");
    (void)utimensat(s->dir_fd, upper, times, 0);
    return 0;
}

static int begin(struct session *s, struct oid *ret_before, struct err *e)
{
    int rc = session_capture_scan.begin(s, ret_before, e);
    return rc < 0 ? rc : make_stage(s, e);
}

/* One directory that both have, or that only the layer has. */
struct frame {
    struct snapshot_dir dir; /* of the state before, then of the state after */
    struct strlist names;    /* in the layer */
    size_t next;
    int fd;
    size_t entry; /* of the parent, that this becomes */
};

struct merge {
    struct session *session;
    struct scan_reader reader;
    struct frame *frame;
    size_t depth, cap;
};

static void frame_release(struct frame *f)
{
    snapshot_dir_release(&f->dir);
    strlist_release(&f->names);
    mem_close_fd(&f->fd);
}

/* Without those of overlayfs. */
static int keep_attributes(struct merge *m, int fd, const char *name, struct oid *ret, struct err *e)
{
    AUTO(snapshot_xattrs_release) struct snapshot_xattrs all = {0};
    AUTO(snapshot_xattrs_release) struct snapshot_xattrs kept = {0};
    AUTO(mem_free_ptr) void *blob = NULL;
    size_t len = 0;
    *ret = (struct oid){0};
    int rc = snapshot_xattrs_of(fd, name, &all, e);
    if (rc == ERR_DENIED) {
        *e = (struct err)ERR_INIT;
        return 0;
    }
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < all.n; i++) {
        if (str_starts(all.item[i].name, LAYER_ATTRIBUTES))
            continue;
        mem_reserve(&kept.item, &kept.cap, kept.n + 1, sizeof *kept.item);
        kept.item[kept.n++] = all.item[i];
        all.item[i] = (struct snapshot_xattr){0};
    }
    snapshot_xattrs_encode(&kept, &blob, &len);
    return len > 0 ? store_put(m->session->store, STORE_BLOB, blob, len, ret, e) : 0;
}

static bool is_opaque(int fd)
{
    AUTO(snapshot_xattrs_release) struct snapshot_xattrs all = {0};
    struct err ignored = ERR_INIT;
    if (snapshot_xattrs_of(fd, "", &all, &ignored) < 0)
        return false;
    for (size_t i = 0; i < all.n; i++) {
        if (strcmp(all.item[i].name, LAYER_OPAQUE) == 0)
            return all.item[i].len == 1 && *(const char *)all.item[i].value == 'y';
    }
    return false;
}

static int damaged(struct err *e)
{
    return err_set(e, ERR_CORRUPT, "the layer of the session cannot be read");
}

/* Opens the directory of the layer; `before`: its trees, zero when there was none. */
static int push(struct merge *m, int parent, const char *name, const struct oid before[2], size_t entry, struct err *e)
{
    struct stat st;
    if (m->depth >= MAX_DEPTH)
        return err_set(e, ERR_LIMIT, "more than %d directories below each other", MAX_DEPTH);
    mem_reserve(&m->frame, &m->cap, m->depth + 1, sizeof *m->frame);
    struct frame *f = &m->frame[m->depth];
    *f = (struct frame){.entry = entry, .fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (f->fd < 0 || fstat(f->fd, &st) < 0) {
        mem_close_fd(&f->fd);
        return damaged(e);
    }
    m->depth++;
    int rc = oid_is_zero(&before[1]) || is_opaque(f->fd) ? 0 : snapshot_dir_read(m->session->store, &before[0], &before[1], &f->dir, e);
    if (rc == 0)
        rc = fs_list(f->fd, ".", &f->names, e);
    if (rc < 0)
        return rc;
    snapshot_node_of(&st, &f->dir.self);
    return keep_attributes(m, f->fd, "", &f->dir.self.xattrs, e);
}

/* Index of the entry, or of where it belongs. */
static size_t find_entry(const struct snapshot_dir *d, const char *name, bool *ret_found)
{
    size_t low = 0;
    for (size_t high = d->n; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(d->entry[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_found = low < d->n && strcmp(d->entry[low].name, name) == 0;
    return low;
}

static void remove_entry(struct snapshot_dir *d, size_t at)
{
    mem_free(d->entry[at].name);
    memmove(&d->entry[at], &d->entry[at + 1], (d->n - at - 1) * sizeof *d->entry);
    d->n--;
}

static struct snapshot_entry *add_entry(struct snapshot_dir *d, size_t at, const char *name)
{
    mem_reserve(&d->entry, &d->cap, d->n + 1, sizeof *d->entry);
    memmove(&d->entry[at + 1], &d->entry[at], (d->n - at) * sizeof *d->entry);
    d->n++;
    d->entry[at] = (struct snapshot_entry){.name = mem_strdup(name)};
    return &d->entry[at];
}

static int take_file(struct merge *m, const struct frame *f, const char *name, struct snapshot_entry *ret, struct err *e)
{
    struct index_entry found = {0};
    int rc = scan_object(&m->reader, f->fd, name, &found, e);
    if (rc < 0)
        return rc;
    ret->files = ret->meta = (struct oid){0};
    index_entry_node(&found, &ret->node);
    return oid_is_zero(&ret->node.xattrs) ? 0 : keep_attributes(m, f->fd, name, &ret->node.xattrs, e);
}

/* The next name of the directory on top. */
static int step(struct merge *m, struct err *e)
{
    struct frame *f = &m->frame[m->depth - 1];
    const char *name = f->names.item[f->next++];
    struct stat st;
    bool found = false;
    if (fstatat(f->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return damaged(e);
    size_t at = find_entry(&f->dir, name, &found);
    if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0)) {
        if (found)
            remove_entry(&f->dir, at);
        return 0;
    }
    struct snapshot_entry *entry = found ? &f->dir.entry[at] : add_entry(&f->dir, at, name);
    if (!S_ISDIR(st.st_mode))
        return take_file(m, f, name, entry, e);
    const struct oid none = {{0}};
    bool was_dir = found && entry->node.type == SNAPSHOT_DIR;
    const struct oid before[2] = {[0] = was_dir ? entry->files : none, [1] = was_dir ? entry->meta : none};
    entry->node = (struct snapshot_node){.type = SNAPSHOT_DIR};
    return push(m, f->fd, name, before, at, e);
}

/* A directory is complete: its ids go to its parent, or to the caller. */
static int pop(struct merge *m, struct oid ret[2], struct err *e)
{
    struct frame *f = &m->frame[m->depth - 1];
    int rc = snapshot_dir_write(m->session->store, &f->dir, &ret[0], &ret[1], e);
    if (rc < 0)
        return rc;
    if (m->depth > 1) {
        struct snapshot_entry *entry = &m->frame[m->depth - 2].dir.entry[f->entry];
        entry->files = ret[0];
        entry->meta = ret[1];
        entry->node = f->dir.self;
    }
    frame_release(f);
    m->depth--;
    return 0;
}

/* The trees of the state after. */
static int merge_all(struct session *s, struct oid ret[2], struct err *e)
{
    struct merge m = {.session = s, .reader = {.store = s->store, .keep = true}};
    int rc = push(&m, s->dir_fd, REVIEW_STAGE "/" LAYER_UPPER, s->trees, 0, e);
    while (rc == 0 && m.depth > 0) {
        const struct frame *f = &m.frame[m.depth - 1];
        rc = f->next < f->names.n ? step(&m, e) : pop(&m, ret, e);
    }
    while (m.depth > 0)
        frame_release(&m.frame[--m.depth]);
    mem_free(m.frame);
    scan_reader_release(&m.reader);
    return rc;
}

static int end(struct session *s, struct oid *ret_after, struct err *e)
{
    struct oid trees[2] = {0};
    int rc = oid_is_zero(&s->trees[1]) ? snapshot_read(s->store, &s->record.before, &s->trees[0], &s->trees[1], e) : 0;
    if (rc == 0)
        rc = merge_all(s, trees, e);
    if (rc < 0)
        return rc;
    *ret_after = s->record.before;
    if (oid_equal(&trees[0], &s->trees[0]) && oid_equal(&trees[1], &s->trees[1]))
        return 0;
    rc = snapshot_write(s->store, &trees[0], &trees[1], &s->record.before, s->record.id, world_now_ns(), ret_after, e);
    s->record.undone = true;
    return rc == 0 ? store_commit(s->store, e) : rc;
}

bool review_is_staged(const struct session_record *r)
{
    return r->undone && r->has_after && strcmp(r->capture, session_capture_review.name) == 0;
}

void review_drop_stage(struct session *s)
{
    struct err ignored = ERR_INIT;
    if (s->record.has_after)
        (void)!fs_remove_tree(s->dir_fd, REVIEW_STAGE, &ignored);
}

const struct session_capture session_capture_review = {.name = "review", .begin = begin, .end = end};
