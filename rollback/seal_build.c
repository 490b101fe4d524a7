/* seal_build: the two partial trees, written from the leaves up. */
#include <string.h>

#include "core/mem.h"
#include "rollback/seal_job.h"

struct frame {
    struct seal_pair pair;
    struct seal_pair *child; /* owned */
    size_t n, i;
    size_t path_len;
    bool is_dir[2];
    struct snapshot_dir dir[2]; /* before, after */
};

struct walk {
    struct seal_job *job;
    struct frame *frame;
    size_t depth, cap;
    struct str path;
};

static void frame_release(struct frame *f)
{
    mem_free(f->child);
    snapshot_dir_release(&f->dir[0]);
    snapshot_dir_release(&f->dir[1]);
}

static void walk_release(struct walk *w)
{
    while (w->depth > 0)
        frame_release(&w->frame[--w->depth]);
    mem_free(w->frame);
    str_release(&w->path);
}

static const struct seal_side *side_of(const struct seal_pair *p, int which)
{
    return which == 0 ? &p->before : &p->after;
}

static struct snapshot_entry *add_entry(struct snapshot_dir *d, const char *name, const struct snapshot_node *node)
{
    mem_reserve(&d->entry, &d->cap, d->n + 1, sizeof(*d->entry));
    struct snapshot_entry *x = &d->entry[d->n++];
    *x = (struct snapshot_entry){.name = mem_strdup(name), .node = *node};
    return x;
}

/* What is no directory goes straight into the directory above. */
static int add_leaves(struct walk *w, struct frame *above, const struct seal_pair *p, struct err *e)
{
    for (int which = 0; which < 2; which++) {
        const struct seal_side *x = side_of(p, which);
        struct snapshot_node node;
        if (x->from == SEAL_NOTHING || seal_side_is_dir(x) || !above->is_dir[which])
            continue;
        int rc = seal_object(w->job, x, which == 0, &node, e);
        if (rc < 0)
            return rc;
        if (node.type != SNAPSHOT_DIR)
            (void)add_entry(&above->dir[which], p->name, &node);
    }
    return 0;
}

static int push(struct walk *w, const struct seal_pair *p, struct err *e)
{
    if (w->depth >= LEFT_MAX_DEPTH)
        return err_set(e, ERR_LIMIT, "more than %d directories below each other", LEFT_MAX_DEPTH);
    mem_reserve(&w->frame, &w->cap, w->depth + 1, sizeof(*w->frame));
    struct frame *f = &w->frame[w->depth++];
    *f = (struct frame){.pair = *p, .path_len = w->path.len};
    f->n = seal_pair_children(&w->job->state, w->job->path, p, &f->child);
    for (int which = 0; which < 2; which++) {
        f->is_dir[which] = seal_side_is_dir(side_of(p, which));
        if (!f->is_dir[which])
            continue;
        int rc = seal_object(w->job, side_of(p, which), which == 0, &f->dir[which].self, e);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int visit(struct walk *w, const struct seal_pair *p, struct err *e)
{
    str_addc(&w->path, '/');
    str_add(&w->path, p->name);
    int rc = str_check(&w->path, "a path", e);
    w->job->path = w->path.buf;
    if (rc == 0)
        rc = add_leaves(w, &w->frame[w->depth - 1], p, e);
    if (rc < 0)
        return rc;
    return seal_side_is_dir(&p->before) || seal_side_is_dir(&p->after) ? push(w, p, e) : 0;
}

static int pop(struct walk *w, struct oid ret[2][2], struct err *e)
{
    struct frame *f = &w->frame[w->depth - 1];
    struct frame *above = w->depth > 1 ? f - 1 : NULL;
    for (int which = 0; which < 2; which++) {
        if (!f->is_dir[which])
            continue;
        int rc = snapshot_dir_write(w->job->store, &f->dir[which], &ret[which][0], &ret[which][1], e);
        if (rc < 0)
            return rc;
        if (above && above->is_dir[which]) {
            struct snapshot_entry *x = add_entry(&above->dir[which], f->pair.name, &f->dir[which].self);
            x->files = ret[which][0];
            x->meta = ret[which][1];
        }
    }
    frame_release(f);
    w->depth--;
    return 0;
}

static int step(struct walk *w, struct oid ret[2][2], struct err *e)
{
    struct frame *f = &w->frame[w->depth - 1];
    w->path.len = f->path_len;
    w->path.buf[f->path_len] = '\0';
    if (f->i == f->n)
        return pop(w, ret, e);
    struct seal_pair next = f->child[f->i++];
    return visit(w, &next, e);
}

int seal_build(struct seal_job *j, const char *root, struct oid ret_before[2], struct oid ret_after[2], bool *ret_any, struct err *e)
{
    AUTO(walk_release) struct walk w = {.job = j, .path = STR_INIT(CHANGE_MAX_PATH)};
    struct seal_pair top;
    struct oid made[2][2] = {0};
    *ret_any = false;
    if (!seal_pair_at(&j->state, root, &top) || !seal_side_is_dir(&top.before) || !seal_side_is_dir(&top.after))
        return 0;
    seal_inodes_count(&j->state, root, &j->inodes);
    if (seal_names_find(j, e) < 0 || !seal_pair_at(&j->state, root, &top))
        return e->class;
    str_add(&w.path, strcmp(root, "/") == 0 ? "" : root);
    j->path = root;
    int rc = push(&w, &top, e);
    while (rc == 0 && w.depth > 0)
        rc = step(&w, made, e);
    if (rc < 0)
        return rc;
    memcpy(ret_before, made[0], sizeof(made[0]));
    memcpy(ret_after, made[1], sizeof(made[1]));
    *ret_any = true;
    return 0;
}
