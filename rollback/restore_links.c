/* restore_links: which names were one inode before, and which of them can serve as the source of a new link. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "rollback/restore_job.h"
#include "rollback/session_tree.h"

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

static void collect_ids(const struct restore_plan *p, struct restore_links *ret)
{
    size_t n = 0;
    for (size_t i = 0; i < p->changes.n; i++) {
        const struct snapshot_node *b = &p->changes.item[i].before;
        if (b->link_group == 0)
            continue;
        mem_reserve(&ret->item, &ret->cap, ret->n + 1, sizeof(*ret->item));
        ret->item[ret->n++] = (struct restore_group){.id = b->link_group, .node = *b, .session = p->span[i].oldest};
    }
    if (ret->n > 1)
        qsort(ret->item, ret->n, sizeof(*ret->item), by_id);
    for (size_t i = 0; i < ret->n; i++) {
        if (n == 0 || ret->item[n - 1].id != ret->item[i].id)
            ret->item[n++] = ret->item[i];
    }
    ret->n = n;
}

static int add_names(struct store *s, const struct session_record *r, struct restore_links *ret, struct err *e)
{
    AUTO(change_list_release) struct change_list all = {0};
    const struct oid nothing[2] = {0};
    struct oid trees[2] = {0};
    int rc = snapshot_read(s, &r->before, &trees[0], &trees[1], e);
    if (rc == 0)
        rc = change_between_trees(s, nothing, trees, &all, e);
    if (rc == 0)
        session_tree_name(r, &all);
    for (size_t i = 0; rc == 0 && i < all.n; i++) {
        struct restore_group *g = restore_links_find(ret, all.item[i].after.link_group);
        if (g)
            strlist_add(&g->paths, all.item[i].path);
    }
    return rc;
}

int restore_links_make(struct store *s, const struct restore_request *q, const struct restore_plan *p, struct restore_links *ret, struct err *e)
{
    AUTO(mem_free_ptr) bool *needed = mem_array(q->n, sizeof(*needed)); /* per session: its state before has such a group */
    int rc = 0;
    *ret = (struct restore_links){0};
    collect_ids(p, ret);
    for (size_t i = 0; i < p->changes.n; i++) {
        if (p->changes.item[i].before.link_group != 0)
            needed[p->span[i].oldest] = true;
    }
    for (size_t i = 0; rc == 0 && i < q->n; i++) {
        if (needed[i])
            rc = add_names(s, &q->session[i], ret, e);
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

static const struct change *change_of(const struct restore_job *j, const char *path, size_t *ret_index)
{
    size_t low = 0;
    size_t high = j->plan.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = change_path_order(j->plan.changes.item[middle].path, path);
        if (order == 0) {
            *ret_index = middle;
            return &j->plan.changes.item[middle];
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* What the sessions did not touch is as the snapshot has it when its stat data is; of a path that is left out that cannot be known. */
static int look(struct restore_job *j, const struct restore_group *g, struct restore_tree *tree, const char *path, const char *rel,
                struct restore_seen *ret, struct err *e)
{
    const struct restore_request *q = j->request;
    AUTO(mem_free_ptr) char *copy = mem_strdup(rel);
    struct change look_for = {.path = copy, .before = g->node, .after = g->node};
    size_t i = 0;
    const struct change *c = change_of(j, path, &i);
    int64_t believe_ns = tree->believe_ns;
    if (c) {
        look_for.after = c->after;
        tree->believe_ns = restore_plan_believe_ns(j, i);
    } else {
        tree->believe_ns = q->paths && q->paths->n > 0 ? 0 : q->session[g->session].ended_ns - RESTORE_SETTLE_NS;
    }
    int rc = restore_tree_look(tree, &look_for, ret, e);
    tree->believe_ns = believe_ns;
    return rc;
}

static bool serves(struct restore_job *j, const struct restore_group *g, const char *path, struct stat *ret_st)
{
    struct restore_seen seen;
    struct err ignored = ERR_INIT;
    const char *rel = NULL;
    struct restore_tree *tree = restore_where(j, path, &rel);
    if (look(j, g, tree, path, rel, &seen, &ignored) < 0)
        return false;
    *ret_st = seen.st;
    return seen.node.type == g->node.type && oid_equal(&seen.node.content, &g->node.content) && seen.node.size == g->node.size &&
           seen.node.mode == g->node.mode && seen.node.uid == g->node.uid && seen.node.gid == g->node.gid;
}

static const char *find_leader(struct restore_job *j, struct restore_group *g, const char *self, bool touched, struct stat *ret_st)
{
    size_t ignored = 0;
    for (size_t i = 0; i < g->paths.n; i++) {
        const char *path = g->paths.item[i];
        if (strcmp(path, self) == 0 || (change_of(j, path, &ignored) != NULL) != touched || !serves(j, g, path, ret_st))
            continue;
        mem_free(g->leader);
        g->leader = mem_strdup(path);
        return g->leader;
    }
    return NULL;
}

/* A name that the command did not touch is the inode itself; another may be a file of the same content. */
const char *restore_links_leader(struct restore_job *j, struct restore_group *g, const char *self, struct stat *ret_st)
{
    if (g->leader && strcmp(g->leader, self) != 0 && serves(j, g, g->leader, ret_st))
        return g->leader;
    const char *leader = find_leader(j, g, self, false, ret_st);
    return leader ? leader : find_leader(j, g, self, true, ret_st);
}
