/* change: a walk of two snapshots side by side that descends only where their ids differ. */
#include "rollback/change.h"

#include <string.h>

#include "core/mem.h"
#include "core/str.h"

/* One directory that is being compared; a side that has no directory here stays empty. */
struct frame {
    struct snapshot_dir before, after;
    size_t i, j;
    size_t path_len; /* of the walk's path while this directory is on top */
};

struct walk {
    struct store *store;
    struct change_list *list;
    struct frame *frame;
    size_t depth, cap;
    struct str path;
};

/* One side of a pair: an entry, or nothing (node.type 0). */
struct side {
    struct snapshot_node node;
    struct oid files, meta;
};

bool change_same_node(const struct snapshot_node *a, const struct snapshot_node *b)
{
    return a->type == b->type && a->flags == b->flags && a->mode == b->mode && a->uid == b->uid && a->gid == b->gid && a->mtime_ns == b->mtime_ns &&
           a->size == b->size && oid_equal(&a->content, &b->content) && oid_equal(&a->xattrs, &b->xattrs) && a->link_group == b->link_group &&
           a->rdev == b->rdev;
}

bool change_path_within(const char *path, const char *dir)
{
    size_t len = strlen(dir);
    if (len == 0)
        return path[0] != '/';
    if (len == 1 && dir[0] == '/')
        return path[0] == '/';
    return strncmp(path, dir, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

int change_path_order(const char *a, const char *b)
{
    size_t i = 0;
    if ((a[0] == '/') != (b[0] == '/'))
        return a[0] == '/' ? 1 : -1;
    while (a[i] == b[i] && a[i] != '\0')
        i++;
    /* A name that ends stands before one that goes on, whatever is below it. */
    int x = a[i] == '/' ? 1 : a[i] == '\0' ? 0 : (unsigned char)a[i] + 1;
    int y = b[i] == '/' ? 1 : b[i] == '\0' ? 0 : (unsigned char)b[i] + 1;
    return x - y;
}

static bool is_dir(const struct snapshot_node *n)
{
    return n->type == SNAPSHOT_DIR;
}

static bool differs_in_substance(const struct snapshot_node *a, const struct snapshot_node *b)
{
    if (a->type != b->type || a->rdev != b->rdev)
        return true;
    if ((a->flags | b->flags) & SNAPSHOT_UNREADABLE) /* closed by a chmod, as a rule: then size and time are what they were */
        return a->type != SNAPSHOT_DIR && (a->size != b->size || a->mtime_ns != b->mtime_ns);
    return !oid_equal(&a->content, &b->content) || a->size != b->size;
}

enum change_kind change_kind_of(const struct snapshot_node *before, const struct snapshot_node *after)
{
    if (before->type == 0)
        return CHANGE_CREATED;
    if (after->type == 0)
        return CHANGE_DELETED;
    return differs_in_substance(before, after) ? CHANGE_MODIFIED : CHANGE_METADATA;
}

static int emit(struct walk *w, const struct snapshot_node *before, const struct snapshot_node *after, struct err *e)
{
    struct change_list *l = w->list;
    if (change_same_node(before, after))
        return 0;
    if (l->n >= CHANGE_MAX)
        return err_set(e, ERR_LIMIT, "more than %d changed entries", CHANGE_MAX);
    mem_reserve(&l->item, &l->cap, l->n + 1, sizeof(*l->item));
    l->item[l->n++] = (struct change){
        .kind = change_kind_of(before, after), .path = mem_strdup(w->path.buf), .before = *before, .after = *after};
    return 0;
}

static int read_side(struct walk *w, struct side *s, struct snapshot_dir *ret, struct err *e)
{
    if (!is_dir(&s->node))
        return 0;
    int rc = snapshot_dir_read(w->store, &s->files, &s->meta, ret, e);
    if (rc < 0)
        return rc;
    s->node = ret->self;
    s->node.type = SNAPSHOT_DIR;
    return 0;
}

/* Opens what is a directory of a pair, reports the pair itself, and puts it on the stack to be walked. The path is set. */
static int push(struct walk *w, struct side *before, struct side *after, struct err *e)
{
    if (w->depth >= CHANGE_MAX_DEPTH)
        return err_set(e, ERR_LIMIT, "more than %d directories below each other", CHANGE_MAX_DEPTH);
    mem_reserve(&w->frame, &w->cap, w->depth + 1, sizeof(*w->frame));
    struct frame *f = &w->frame[w->depth++];
    *f = (struct frame){.path_len = w->path.len};
    int rc = read_side(w, before, &f->before, e);
    if (rc == 0)
        rc = read_side(w, after, &f->after, e);
    if (rc == 0)
        rc = emit(w, &before->node, &after->node, e);
    return rc;
}

static struct side side_of(const struct snapshot_entry *entry)
{
    struct side s = {0};
    if (entry)
        s = (struct side){.node = entry->node, .files = entry->files, .meta = entry->meta};
    return s;
}

static int visit(struct walk *w, const struct snapshot_entry *before, const struct snapshot_entry *after, struct err *e)
{
    struct side b = side_of(before);
    struct side a = side_of(after);
    if (change_same_node(&b.node, &a.node) && oid_equal(&b.files, &a.files) && oid_equal(&b.meta, &a.meta))
        return 0;
    if (w->path.len > 0)
        str_addc(&w->path, '/');
    str_add(&w->path, before ? before->name : after->name);
    int rc = str_check(&w->path, "a path in a snapshot", e);
    if (rc < 0)
        return rc;
    return is_dir(&b.node) || is_dir(&a.node) ? push(w, &b, &a, e) : emit(w, &b.node, &a.node, e);
}

static void truncate_path(struct str *path, size_t len)
{
    if (len < path->len) {
        path->len = len;
        path->buf[len] = '\0';
    }
}

static void pop(struct walk *w)
{
    struct frame *f = &w->frame[--w->depth];
    snapshot_dir_release(&f->before);
    snapshot_dir_release(&f->after);
}

static int step(struct walk *w, struct err *e)
{
    struct frame *f = &w->frame[w->depth - 1];
    truncate_path(&w->path, f->path_len);
    const struct snapshot_entry *b = f->i < f->before.n ? &f->before.entry[f->i] : NULL;
    const struct snapshot_entry *a = f->j < f->after.n ? &f->after.entry[f->j] : NULL;
    if (!b && !a) {
        pop(w);
        return 0;
    }
    int order = !b ? 1 : !a ? -1 : strcmp(b->name, a->name);
    if (order <= 0)
        f->i++;
    if (order >= 0)
        f->j++;
    return visit(w, order <= 0 ? b : NULL, order >= 0 ? a : NULL, e);
}

/* A directory that was made or removed counts only when nothing below it does. */
static void count(struct change_list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct change *c = &l->item[i];
        bool has_children = i + 1 < l->n && change_path_within(l->item[i + 1].path, c->path);
        bool dir = is_dir(c->kind == CHANGE_CREATED ? &c->after : &c->before);
        if (!change_is_visible(c))
            continue;
        switch (c->kind) {
        case CHANGE_CREATED:
            l->created += !(dir && has_children);
            break;
        case CHANGE_DELETED:
            l->deleted += !(dir && has_children);
            break;
        case CHANGE_MODIFIED:
        case CHANGE_METADATA:
            l->modified++;
            break;
        }
    }
}

int change_between_trees(struct store *s, const struct oid before[2], const struct oid after[2], struct change_list *ret, struct err *e)
{
    *ret = (struct change_list){0};
    if (oid_equal(&before[0], &after[0]) && oid_equal(&before[1], &after[1]))
        return 0;
    struct walk w = {.store = s, .list = ret, .path = STR_INIT(CHANGE_MAX_PATH)};
    struct side b = {.files = before[0], .meta = before[1]};
    struct side a = {.files = after[0], .meta = after[1]};
    b.node.type = oid_is_zero(&before[1]) ? 0 : SNAPSHOT_DIR;
    a.node.type = oid_is_zero(&after[1]) ? 0 : SNAPSHOT_DIR;
    int rc = push(&w, &b, &a, e);
    while (rc == 0 && w.depth > 0)
        rc = step(&w, e);
    while (w.depth > 0)
        pop(&w);
    mem_free(w.frame);
    str_release(&w.path);
    if (rc < 0)
        change_list_release(ret);
    else
        count(ret);
    return rc;
}

int change_between(struct store *s, const struct oid *before, const struct oid *after, struct change_list *ret, struct err *e)
{
    struct oid b[2] = {0};
    struct oid a[2] = {0};
    *ret = (struct change_list){0};
    if (oid_equal(before, after))
        return 0;
    int rc = snapshot_read(s, before, &b[0], &b[1], e);
    if (rc == 0)
        rc = snapshot_read(s, after, &a[0], &a[1], e);
    return rc < 0 ? rc : change_between_trees(s, b, a, ret, e);
}

void change_list_release(struct change_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        mem_free(l->item[i].path);
    mem_free(l->item);
    *l = (struct change_list){0};
}

bool change_is_visible(const struct change *c)
{
    if (c->kind != CHANGE_METADATA || !is_dir(&c->before))
        return true;
    struct snapshot_node before = c->before;
    before.mtime_ns = c->after.mtime_ns;
    return !change_same_node(&before, &c->after);
}
