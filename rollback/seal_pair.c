#include "rollback/seal_pair.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/mem.h"
#include "core/path.h"
#include "core/str.h"
#include "rollback/exclude.h"
#include "rollback/stash.h"

static struct seal_side left_side(struct left_node *x)
{
    return (struct seal_side){.from = x && x->is_there ? SEAL_LEFT : SEAL_NOTHING, .left = x && x->is_there ? x : NULL};
}

static struct seal_side before_side(const struct seal_state *s, const struct journal_net_node *node)
{
    struct seal_side x = {.node = node};
    switch (node->kind) {
    case JOURNAL_NET_SAME:
        x.left = left_find(s->left, node->now);
        if (x.left && !x.left->is_there)
            x.left = NULL;
        x.from = x.left ? SEAL_LEFT : SEAL_LOST;
        break;
    case JOURNAL_NET_ABSENT:
        x.from = SEAL_NOTHING;
        break;
    case JOURNAL_NET_STASHED:
        x.from = SEAL_STASHED;
        for (size_t i = 0; i < s->n_trees; i++) {
            if (s->tree[i].stash == node->stash && s->tree[i].stash_id == node->stash_id)
                x.left = s->tree[i].root;
        }
        break;
    case JOURNAL_NET_REMOVED:
        x.from = SEAL_REMOVED;
        break;
    }
    return x;
}

bool seal_side_is_dir(const struct seal_side *x)
{
    switch (x->from) {
    case SEAL_LEFT:
        return S_ISDIR(x->left->mode);
    case SEAL_STASHED:
        return S_ISDIR(x->node->mode);
    case SEAL_REMOVED:
        return true;
    case SEAL_NOTHING:
    case SEAL_LOST:
        break;
    }
    return false;
}

bool seal_pair_in_place(const struct seal_pair *p)
{
    return p->before.from == SEAL_LEFT && p->after.from == SEAL_LEFT && p->before.left == p->after.left;
}

const struct journal_net_object *seal_side_object(const struct seal_state *s, const struct seal_side *x)
{
    if (x->from == SEAL_LEFT)
        return journal_net_object(s->net, x->left->device, x->left->inode);
    return x->node ? journal_net_object(s->net, x->node->device, x->node->inode) : NULL;
}

/* A path that was there all the time, and of which the session left nothing: what lies there now is not its doing. */
static void settle(struct seal_pair *p, struct left_node *at)
{
    p->after = left_side(at);
    if (p->before.from == SEAL_LOST && p->before.node && journal_net_in_place(p->before.node))
        p->before.from = SEAL_NOTHING;
}

bool seal_pair_at(const struct seal_state *s, const char *path, struct seal_pair *ret)
{
    const struct journal_net_node *node = journal_net_find(s->net, path);
    if (!node)
        return false;
    *ret = (struct seal_pair){.name = node->name, .before = before_side(s, node)};
    settle(ret, left_find(s->left, path));
    return true;
}

static int by_name(const void *a, const void *b)
{
    const struct seal_pair *x = a;
    const struct seal_pair *y = b;
    return strcmp(x->name, y->name);
}

struct list {
    struct seal_pair *item;
    size_t n, cap;
};

static void add(struct list *l, const struct seal_pair *p)
{
    if (p->before.from == SEAL_NOTHING && p->after.from == SEAL_NOTHING)
        return;
    mem_reserve(&l->item, &l->cap, l->n + 1, sizeof(*l->item));
    l->item[l->n++] = *p;
}

static struct left_node *child_of(const struct seal_side *dir, const char *name)
{
    return dir->left ? left_child(dir->left, name) : NULL;
}

/* What the journal names. */
static void add_named(const struct seal_state *s, const struct seal_pair *p, struct list *l)
{
    if (!p->before.node)
        return;
    for (const struct journal_net_node *x = p->before.node->child; x; x = x->next) {
        struct seal_pair pair = {.name = x->name, .before = before_side(s, x)};
        settle(&pair, child_of(&p->after, x->name));
        add(l, &pair);
    }
}

static bool is_named(const struct seal_state *s, const struct seal_pair *p, const char *name)
{
    return p->before.node && journal_net_child(s->net, p->before.node, name);
}

/* What went with a directory: nothing is said of it, but that it was there. */
static void add_carried(const struct seal_state *s, const struct seal_pair *p, struct list *l)
{
    const struct left_node *dir = p->before.left;
    for (size_t i = 0; dir && i < dir->n; i++) {
        struct seal_pair pair = {.name = dir->child[i]->name, .before = left_side(dir->child[i])};
        pair.after = left_side(child_of(&p->after, pair.name));
        if (!is_named(s, p, pair.name))
            add(l, &pair);
    }
}

static void add_new(const struct seal_state *s, const struct seal_pair *p, struct list *l)
{
    const struct left_node *dir = p->after.left;
    for (size_t i = 0; dir && i < dir->n; i++) {
        struct seal_pair pair = {.name = dir->child[i]->name, .after = left_side(dir->child[i])};
        if (!is_named(s, p, pair.name) && !child_of(&p->before, pair.name))
            add(l, &pair);
    }
}

bool seal_scope_leaves_out(const struct seal_scope *s, const char *path)
{
    const char *below = path_below(path, s->workdir);
    if (below)
        return exclude_has_path(s->exclude, below);
    for (size_t i = 0; s->roots && i < s->roots->n; i++) {
        below = path_below(path, s->roots->item[i]);
        if (below && *below && exclude_has_name(s->exclude, path_base(path)))
            return true;
    }
    return false;
}

bool seal_scope_has(const struct seal_scope *s, const char *path)
{
    return !seal_scope_leaves_out(s, path) && !stash_is_over(path) && !path_is_within(path, s->sessions);
}

static void drop_out_of_scope(const struct seal_scope *s, const char *dir, struct list *l)
{
    AUTO(str_release) struct str path = STR_INIT(STR_MAX_REPORT);
    size_t n = 0;
    for (size_t i = 0; i < l->n; i++) {
        str_clear(&path);
        str_add(&path, dir[1] ? dir : "");
        str_addc(&path, '/');
        str_add(&path, l->item[i].name);
        if (seal_scope_has(s, path.buf))
            l->item[n++] = l->item[i];
    }
    l->n = n;
}

size_t seal_pair_children(const struct seal_state *s, const char *path, const struct seal_pair *p, struct seal_pair **ret)
{
    struct list l = {0};
    add_named(s, p, &l);
    if (!seal_pair_in_place(p)) {
        add_carried(s, p, &l);
        add_new(s, p, &l);
    }
    if (s->scope)
        drop_out_of_scope(s->scope, path, &l);
    if (l.n > 1)
        qsort(l.item, l.n, sizeof(*l.item), by_name);
    *ret = l.item;
    return l.n;
}

struct frame {
    struct seal_pair *pair; /* owned */
    size_t n, i, path_len;
};

struct walk {
    const struct seal_state *state;
    seal_visit *visit;
    void *arg;
    struct frame *frame;
    size_t depth, cap;
    struct str path;
};

static int enter(struct walk *w, const struct seal_pair *p)
{
    struct frame f = {.path_len = w->path.len};
    if (seal_side_is_dir(&p->before) || seal_side_is_dir(&p->after))
        f.n = seal_pair_children(w->state, w->path.len > 0 ? w->path.buf : "/", p, &f.pair);
    mem_reserve(&w->frame, &w->cap, w->depth + 1, sizeof(*w->frame));
    w->frame[w->depth++] = f;
    return w->visit(w->arg, w->path.len > 0 ? w->path.buf : "/", p, f.n);
}

static int next(struct walk *w, struct frame *f)
{
    const struct seal_pair *p = &f->pair[f->i++];
    w->path.len = f->path_len;
    if (w->path.buf != str_empty)
        w->path.buf[f->path_len] = '\0';
    str_addc(&w->path, '/');
    str_add(&w->path, p->name);
    return enter(w, p);
}

int seal_pair_walk(const struct seal_state *s, const char *path, seal_visit *visit, void *arg)
{
    struct walk w = {.state = s, .visit = visit, .arg = arg, .path = STR_INIT(STR_MAX_REPORT)};
    struct seal_pair top;
    if (!seal_pair_at(s, path, &top))
        return 0;
    str_add(&w.path, strcmp(path, "/") == 0 ? "" : path);
    int rc = enter(&w, &top);
    while (w.depth > 0) {
        struct frame *f = &w.frame[w.depth - 1];
        if (rc == 0 && f->i < f->n) {
            rc = next(&w, f);
        } else {
            mem_free(f->pair);
            w.depth--;
        }
    }
    mem_free(w.frame);
    str_release(&w.path);
    return rc;
}
