/* journal_net: what undoing one record makes of the tree. */
#include "rollback/journal_net.h"

#include <string.h>

#include "core/mem.h"
#include "core/path.h"
#include "rollback/journal_net_tree.h"

enum { NS_PER_S = 1000000000 };

static struct journal_net_object *object_of(struct journal_net *n, const struct journal_entry *x)
{
    (void)journal_net_tree_reach(n, x->path); /* its path is touched */
    return journal_net_tree_object(n, x->device, x->inode);
}

static int64_t time_of(const struct journal_entry *x)
{
    int64_t ns;
    if (__builtin_mul_overflow(x->mtime_s, (int64_t)NS_PER_S, &ns) || __builtin_add_overflow(ns, (int64_t)x->mtime_ns, &ns))
        return x->mtime_s < 0 ? INT64_MIN : INT64_MAX;
    return ns;
}

static void become(struct journal_net *n, struct journal_net_node *x, enum journal_net_kind kind)
{
    if (!x->parent) /* "/" */
        return;
    journal_net_tree_empty(n, x);
    mem_free(take_ptr(&x->now));
    x->kind = kind;
    x->mode = 0;
}

static void become_stashed(struct journal_net *n, struct journal_net_node *at, const struct journal_entry *x, enum journal_net_kind kind)
{
    become(n, at, kind);
    if (at->kind != kind)
        return;
    at->device = x->device;
    at->inode = x->kind == JOURNAL_REPLACED ? x->other_inode : x->inode;
    at->stash = x->stash;
    at->stash_id = x->stash_id;
    at->is_twin = false;
    if (kind == JOURNAL_NET_STASHED)
        journal_net_tree_object(n, at->device, at->inode)->stashed++;
    at->mode = x->mode;
    at->uid = x->uid;
    at->gid = x->gid;
    at->mtime_ns = time_of(x);
    at->size = x->size;
}

/* An undo that gave up took it out of the stash again, by its path there: what was put there is where that went. */
static bool came_back(struct journal_net *n, const struct journal_entry *x, struct journal_net_node *at)
{
    char name[STASH_NAME];
    if (x->stash >= STASH_MAX || !n->stash[x->stash])
        return false;
    stash_name(x->stash_id, name);
    AUTO(mem_free_ptr) char *path = path_join(n->stash[x->stash], name);
    if (!journal_net_find(n, path))
        return false;
    struct journal_net_node *kept = journal_net_tree_reach(n, path);
    if (kept->kind == JOURNAL_NET_ABSENT || journal_net_in_place(kept))
        return false;
    journal_net_tree_move(n, kept, at);
    return true;
}

static void undo_stash(struct journal_net *n, const struct journal_entry *x, const char *path)
{
    if (!came_back(n, x, journal_net_tree_reach(n, path)))
        become_stashed(n, journal_net_tree_reach(n, path), x, JOURNAL_NET_STASHED);
}

/* One more name of what is at `other`. */
static void undo_unlink(struct journal_net *n, const struct journal_entry *x)
{
    struct journal_net_node *at = journal_net_tree_reach(n, x->path);
    const struct journal_net_node *twin = journal_net_tree_reach(n, x->other);
    if (!journal_net_tree_can_meet(at, twin))
        return;
    become(n, at, twin->kind);
    at->now = mem_strdup(twin->now);
    at->device = twin->device;
    at->inode = twin->inode;
    at->stash = twin->stash;
    at->stash_id = twin->stash_id;
    at->is_twin = true;
}

static void undo_attribute(struct journal_net *n, const struct journal_entry *x)
{
    struct journal_net_object *o = object_of(n, x);
    size_t i = 0;
    while (i < o->n_attributes && strcmp(o->attribute[i].name, x->other) != 0)
        i++;
    if (i == o->n_attributes) {
        mem_reserve(&o->attribute, &o->cap, i + 1, sizeof(*o->attribute));
        o->attribute[o->n_attributes++] = (struct journal_net_attribute){.name = mem_strdup(x->other)};
    }
    struct journal_net_attribute *a = &o->attribute[i];
    mem_free(a->value);
    bool is_absent = x->flags & JOURNAL_ABSENT;
    a->value = NULL;
    a->len = is_absent ? 0 : x->value_len;
    if (!is_absent) {
        a->value = mem_alloc(x->value_len + 1);
        if (x->value_len > 0)
            memcpy(a->value, x->value, x->value_len);
    }
}

static void undo_mode(struct journal_net *n, const struct journal_entry *x)
{
    struct journal_net_object *o = object_of(n, x);
    o->has_mode = true;
    o->mode = x->mode;
    o->uid = x->uid;
    o->gid = x->gid;
}

static void undo_times(struct journal_net *n, const struct journal_entry *x)
{
    struct journal_net_object *o = object_of(n, x);
    o->has_time = true;
    o->mtime_ns = time_of(x);
}

static void undo_content(struct journal_net *n, const struct journal_entry *x)
{
    struct journal_net_object *o = object_of(n, x);
    undo_mode(n, x);
    undo_times(n, x);
    o->has_content = true;
    o->is_unkept = x->flags & JOURNAL_ABSENT;
    o->stash = x->stash;
    o->stash_id = x->size > 0 ? x->stash_id : 0;
    o->size = x->size;
}

static void undo_replace(struct journal_net *n, const struct journal_entry *x)
{
    struct journal_net_node *from = journal_net_tree_reach(n, x->other);
    if (x->flags & JOURNAL_BORN)
        become(n, journal_net_tree_reach(n, x->path), JOURNAL_NET_ABSENT);
    else
        journal_net_tree_move(n, from, journal_net_tree_reach(n, x->path));
    undo_stash(n, x, x->other);
}

void journal_net_undo(struct journal_net *n, const struct journal_entry *x)
{
    switch (x->kind) {
    case JOURNAL_LINKED:
        become(n, journal_net_tree_reach(n, x->path), JOURNAL_NET_ABSENT);
        (void)journal_net_tree_reach(n, x->other); /* what is done to one name is done to the other */
        break;
    case JOURNAL_CREATED:
        become(n, journal_net_tree_reach(n, x->path), JOURNAL_NET_ABSENT);
        break;
    case JOURNAL_RENAMED:
        journal_net_tree_move(n, journal_net_tree_reach(n, x->other), journal_net_tree_reach(n, x->path));
        break;
    case JOURNAL_REPLACED:
        undo_replace(n, x);
        break;
    case JOURNAL_EXCHANGED:
        journal_net_tree_exchange(n, journal_net_tree_reach(n, x->path), journal_net_tree_reach(n, x->other));
        break;
    case JOURNAL_STASHED:
        undo_stash(n, x, x->path);
        break;
    case JOURNAL_REMOVED:
        become_stashed(n, journal_net_tree_reach(n, x->path), x, JOURNAL_NET_REMOVED);
        break;
    case JOURNAL_UNLINKED:
        undo_unlink(n, x);
        break;
    case JOURNAL_TIMES:
        undo_times(n, x);
        break;
    case JOURNAL_MODE:
        undo_mode(n, x);
        break;
    case JOURNAL_ATTRIBUTE:
        undo_attribute(n, x);
        break;
    case JOURNAL_CONTENT:
        undo_content(n, x);
        break;
    }
}

void journal_net_touch(struct journal_net *n, const char *path)
{
    (void)journal_net_tree_reach(n, path);
}
