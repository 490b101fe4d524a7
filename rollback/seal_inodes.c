/* seal_inodes: which names of an inode came and went, so that it can be told how many it had before. */
#include <string.h>

#include "core/mem.h"
#include "rollback/seal_job.h"

enum { INODES_MIN = 256 };

static size_t place_of(const struct seal_inodes *s, uint64_t device, uint64_t inode)
{
    uint64_t h = (inode ^ device << 32 ^ device >> 32) * 0x9e3779b97f4a7c15U;
    size_t at = (size_t)(h >> 20) & (s->size - 1);
    while (s->slot[at].inode != 0 && (s->slot[at].inode != inode || s->slot[at].device != device))
        at = (at + 1) & (s->size - 1);
    return at;
}

static void grow(struct seal_inodes *s)
{
    struct seal_inodes bigger = {.n = s->n, .size = s->size ? s->size * 2 : INODES_MIN};
    bigger.slot = mem_array(bigger.size, sizeof(*bigger.slot));
    for (size_t i = 0; i < s->size; i++) {
        if (s->slot[i].inode != 0)
            bigger.slot[place_of(&bigger, s->slot[i].device, s->slot[i].inode)] = s->slot[i];
    }
    mem_free(s->slot);
    *s = bigger;
}

static struct seal_inode *want(struct seal_inodes *s, uint64_t device, uint64_t inode)
{
    if (2 * s->n >= s->size)
        grow(s);
    struct seal_inode *x = &s->slot[place_of(s, device, inode)];
    if (x->inode == 0) {
        *x = (struct seal_inode){.device = device, .inode = inode};
        s->n++;
    }
    return x;
}

struct seal_inode *seal_inodes_find(const struct seal_inodes *s, uint64_t device, uint64_t inode)
{
    if (s->size == 0 || inode == 0)
        return NULL;
    struct seal_inode *x = &s->slot[place_of(s, device, inode)];
    return x->inode == 0 ? NULL : x;
}

void seal_inodes_release(struct seal_inodes *s)
{
    mem_free(s->slot);
    *s = (struct seal_inodes){0};
}

static void inode_of(const struct seal_side *x, uint64_t *ret_device, uint64_t *ret_inode)
{
    *ret_device = *ret_inode = 0;
    if (seal_side_is_dir(x))
        return;
    if (x->from == SEAL_LEFT) {
        *ret_device = x->left->device;
        *ret_inode = x->left->inode;
    } else if (x->from == SEAL_STASHED) {
        *ret_device = x->node->device;
        *ret_inode = x->node->inode;
    }
}

static int count(void *arg, const char *path, const struct seal_pair *p, size_t n_children)
{
    struct seal_inodes *s = arg;
    (void)path;
    uint64_t before[2];
    uint64_t after[2];
    (void)n_children;
    inode_of(&p->before, &before[0], &before[1]);
    inode_of(&p->after, &after[0], &after[1]);
    if (after[1] != 0)
        want(s, after[0], after[1])->left++;
    if (before[0] == after[0] && before[1] == after[1])
        return 0;
    if (before[1] != 0)
        want(s, before[0], before[1])->removed++;
    if (after[1] != 0)
        want(s, after[0], after[1])->added++;
    return 0;
}

void seal_inodes_count(const struct seal_state *s, const char *path, struct seal_inodes *ret)
{
    (void)seal_pair_walk(s, path, count, ret);
}
