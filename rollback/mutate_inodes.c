/* mutate: what is known of the inodes that a session touched. Memory of its own: the heap may know no threads. */
#include <errno.h>
#include <sys/mman.h>

#include "rollback/mutate_parts.h"

enum { FIRST = 1024 };
#define HASH_FACTOR UINT64_C(0x9e3779b97f4a7c15)

struct mutate_inode {
    uint64_t device, inode; /* inode 0: free */
    int64_t birth_ns;
    unsigned flags; /* 0: nothing is known any more */
};

static size_t hash(const struct mutate_inodes *t, uint64_t device, uint64_t inode)
{
    uint64_t h = (inode ^ (device * HASH_FACTOR)) * HASH_FACTOR;
    return (size_t)(h >> 20) & (t->cap - 1);
}

static struct mutate_inode *find(const struct mutate_inodes *t, uint64_t device, uint64_t inode)
{
    size_t i = hash(t, device, inode);
    while (t->slot[i].inode != 0 && (t->slot[i].inode != inode || t->slot[i].device != device))
        i = (i + 1) & (t->cap - 1);
    return &t->slot[i];
}

static int grow(struct mutate_inodes *t)
{
    struct mutate_inodes more = {.cap = t->cap ? t->cap * 2 : FIRST};
    if (more.cap > (size_t)2 * MUTATE_MAX_INODES)
        return -ENOMEM;
    void *map = mmap(NULL, more.cap * sizeof *more.slot, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED)
        return -ENOMEM;
    more.slot = map;
    for (size_t i = 0; i < t->cap; i++) {
        const struct mutate_inode *old = &t->slot[i];
        if (old->inode == 0 || old->flags == 0)
            continue;
        *find(&more, old->device, old->inode) = *old;
        more.used++;
    }
    mutate_inodes_release(t);
    *t = more;
    return 0;
}

unsigned mutate_inodes_flags(const struct mutate_inodes *t, const struct mutate_look *l)
{
    if (t->cap == 0)
        return 0;
    const struct mutate_inode *x = find(t, l->device, l->inode);
    return x->inode != 0 && x->birth_ns == l->birth_ns ? x->flags : 0;
}

int mutate_inodes_add(struct mutate_inodes *t, const struct mutate_look *l, unsigned flags)
{
    int r = 2 * (t->used + 1) > t->cap ? grow(t) : 0;
    if (r < 0)
        return r;
    struct mutate_inode *x = find(t, l->device, l->inode);
    t->used += x->inode == 0;
    unsigned known = x->inode != 0 && x->birth_ns == l->birth_ns ? x->flags : 0;
    *x = (struct mutate_inode){.device = l->device, .inode = l->inode, .birth_ns = l->birth_ns, .flags = known | flags};
    return 0;
}

void mutate_inodes_drop(struct mutate_inodes *t, const struct mutate_look *l, unsigned flags)
{
    if (t->cap == 0)
        return;
    struct mutate_inode *x = find(t, l->device, l->inode);
    x->flags &= ~flags;
}

void mutate_inodes_release(struct mutate_inodes *t)
{
    if (t->slot)
        (void)munmap(t->slot, t->cap * sizeof *t->slot);
    *t = (struct mutate_inodes){0};
}
