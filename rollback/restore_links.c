/* restore_links: which names were one inode before, and which of them can serve as the source of a new link. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "rollback/restore_job.h"

struct restore_group *restore_links_find(const struct restore_links *l, uint64_t id)
{
    size_t low = 0;
    size_t high = id == 0 ? 0 : l->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (l->item[middle].id == id)
            return &l->item[middle];
        if (l->item[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static int by_id(const void *a, const void *b)
{
    const struct restore_group *x = a;
    const struct restore_group *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

static void collect_ids(const struct change_list *changes, struct restore_links *ret)
{
    size_t n = 0;
    for (size_t i = 0; i < changes->n; i++) {
        const struct snapshot_node *b = &changes->item[i].before;
        if (b->link_group == 0)
            continue;
        mem_reserve(&ret->item, &ret->cap, ret->n + 1, sizeof(*ret->item));
        ret->item[ret->n++] = (struct restore_group){.id = b->link_group, .node = *b};
    }
    if (ret->n > 1)
        qsort(ret->item, ret->n, sizeof(*ret->item), by_id);
    for (size_t i = 0; i < ret->n; i++) {
        if (n == 0 || ret->item[n - 1].id != ret->item[i].id)
            ret->item[n++] = ret->item[i];
    }
    ret->n = n;
}

int restore_links_make(struct store *s, const struct oid *before, const struct change_list *changes, struct restore_links *ret, struct err *e)
{
    AUTO(change_list_release) struct change_list all = {0};
    const struct oid nothing[2] = {0};
    struct oid trees[2] = {0};
    *ret = (struct restore_links){0};
    collect_ids(changes, ret);
    if (ret->n == 0)
        return 0;
    int rc = snapshot_read(s, before, &trees[0], &trees[1], e);
    if (rc == 0)
        rc = change_between_trees(s, nothing, trees, &all, e);
    for (size_t i = 0; rc == 0 && i < all.n; i++) {
        const struct snapshot_node *node = &all.item[i].after;
        struct restore_group *g = restore_links_find(ret, node->link_group);
        if (g)
            strlist_add(&g->paths, all.item[i].path);
    }
    return rc;
}

void restore_links_release(struct restore_links *l)
{
    for (size_t i = 0; i < l->n; i++) {
        strlist_release(&l->item[i].paths);
        mem_free(l->item[i].leader);
    }
    mem_free(l->item);
    *l = (struct restore_links){0};
}

struct restore_tree *restore_where(struct restore_job *j, const char *path, const char **ret_rel)
{
    size_t len = j->stage_root ? strlen(j->stage_root) : 0;
    if (!j->stage_root || !change_path_within(path, j->stage_root) || path[len] == '\0') {
        *ret_rel = path;
        return &j->tree;
    }
    *ret_rel = path + len + 1;
    return &j->stage;
}

static bool serves(struct restore_job *j, const struct restore_group *g, const char *path, struct stat *ret_st)
{
    struct change as_before = {.before = g->node, .after = g->node};
    struct restore_seen seen;
    struct err ignored = ERR_INIT;
    const char *rel = NULL;
    struct restore_tree *tree = restore_where(j, path, &rel);
    AUTO(mem_free_ptr) char *copy = mem_strdup(rel);
    as_before.path = copy;
    if (restore_tree_look(tree, &as_before, &seen, &ignored) < 0)
        return false;
    *ret_st = seen.st;
    return seen.node.type == g->node.type && oid_equal(&seen.node.content, &g->node.content) && seen.node.size == g->node.size &&
           seen.node.mode == g->node.mode && seen.node.uid == g->node.uid && seen.node.gid == g->node.gid;
}

const char *restore_links_leader(struct restore_job *j, struct restore_group *g, const char *self, struct stat *ret_st)
{
    if (g->leader && strcmp(g->leader, self) != 0 && serves(j, g, g->leader, ret_st))
        return g->leader;
    for (size_t i = 0; i < g->paths.n; i++) {
        if (strcmp(g->paths.item[i], self) == 0 || !serves(j, g, g->paths.item[i], ret_st))
            continue;
        mem_free(g->leader);
        g->leader = mem_strdup(g->paths.item[i]);
        return g->leader;
    }
    return NULL;
}
