/* journal_net_tree: by hash of (parent, name), so that a rename moves one node and a large directory costs no more than a small one. */
#include "rollback/journal_net_tree.h"

#include <string.h>

#include "core/hash.h"
#include "core/mem.h"

static uint64_t mix(uint64_t h)
{
    h ^= h >> 33;
    h *= 0xff51afd7ed558ccdU;
    return h ^ h >> 33;
}

static uint64_t hash_of(const struct journal_net_node *parent, const char *name, size_t len)
{
    return mix(hash_add(HASH_START, name, len) ^ (uint64_t)(uintptr_t)parent);
}

static struct journal_net_node *find(const struct journal_net *n, const struct journal_net_node *parent, const char *name, size_t len)
{
    struct journal_net_link *at = journal_net_table_first(&n->names, hash_of(parent, name, len));
    for (; at; at = journal_net_table_next(at)) {
        struct journal_net_node *x = (struct journal_net_node *)at;
        if (x->parent == parent && strncmp(x->name, name, len) == 0 && x->name[len] == '\0')
            return x;
    }
    return NULL;
}

static void attach_take(struct journal_net *n, struct journal_net_node *x, struct journal_net_node *parent, char *name)
{
    x->name = name;
    x->parent = parent;
    x->previous = NULL;
    x->next = parent->child;
    if (x->next)
        x->next->previous = x;
    parent->child = x;
    journal_net_table_add(&n->names, &x->link, hash_of(parent, name, strlen(name)));
}

/* A node without children leads to no other. */
static void forget(struct journal_net *n, const struct journal_net_node *x)
{
    for (size_t i = 0; i < JOURNAL_NET_LAST; i++) {
        if (x->child || n->last[i].node == x)
            n->last[i].node = NULL;
    }
}

static void detach(struct journal_net *n, struct journal_net_node *x)
{
    journal_net_table_remove(&n->names, &x->link);
    forget(n, x);
    if (x->previous)
        x->previous->next = x->next;
    else
        x->parent->child = x->next;
    if (x->next)
        x->next->previous = x->previous;
    x->next = x->previous = NULL;
    x->parent = NULL;
}

static void drop_node(struct journal_net_link *link)
{
    struct journal_net_node *x = (struct journal_net_node *)link;
    mem_free(x->name);
    mem_free(x->now);
    mem_free(x);
}

static void free_node(struct journal_net *n, struct journal_net_node *x)
{
    drop_node(&x->link);
    n->n_nodes--;
}

void journal_net_tree_empty(struct journal_net *n, struct journal_net_node *top)
{
    struct journal_net_node *x = top->child;
    while (x) {
        if (x->child) {
            x = x->child;
            continue;
        }
        struct journal_net_node *above = x->parent;
        detach(n, x);
        free_node(n, x);
        x = above->child ? above->child : above == top ? NULL : above;
    }
}

static struct journal_net_node *new_node(struct journal_net *n, struct journal_net_node *parent, const char *name, size_t len)
{
    struct journal_net_node *x = mem_alloc(sizeof(*x));
    x->kind = JOURNAL_NET_ABSENT;
    n->n_nodes++;
    if (parent)
        attach_take(n, x, parent, mem_strndup(name, len));
    return x;
}

static char *below(const char *dir, const char *name, size_t len)
{
    size_t dir_len = dir[1] ? strlen(dir) : 0;
    char *path = mem_resize(NULL, dir_len + 1 + len + 1, 1);
    memcpy(path, dir, dir_len);
    path[dir_len] = '/';
    memcpy(path + dir_len + 1, name, len);
    path[dir_len + 1 + len] = '\0';
    return path;
}

/* What nothing has been said about yet is what is there now, wherever that is. */
static struct journal_net_node *step_down(struct journal_net *n, struct journal_net_node *parent, const char *name, size_t len)
{
    struct journal_net_node *x = find(n, parent, name, len);
    if (x)
        return x;
    x = new_node(n, parent, name, len);
    if (parent->kind == JOURNAL_NET_SAME) {
        x->kind = JOURNAL_NET_SAME;
        x->now = below(parent->now, name, len);
    }
    return x;
}

static struct journal_net_node *walk_down(struct journal_net *n, struct journal_net_node *x, const char *path, const char *end)
{
    while (path < end && *path == '/')
        path++;
    while (path < end) {
        const char *slash = memchr(path, '/', (size_t)(end - path));
        const char *stop = slash ? slash : end;
        x = step_down(n, x, path, (size_t)(stop - path));
        path = slash ? slash + 1 : end;
    }
    return x;
}

static struct journal_net_node *directory_of(struct journal_net *n, const char *path, size_t len)
{
    for (size_t i = 0; i < JOURNAL_NET_LAST; i++) {
        const struct journal_net_place *p = &n->last[i];
        if (p->node && p->len == len && memcmp(p->path, path, len) == 0)
            return p->node;
    }
    struct journal_net_place *p = &n->last[n->next_last];
    n->next_last = (n->next_last + 1) % JOURNAL_NET_LAST;
    mem_reserve(&p->path, &p->cap, len, 1);
    memcpy(p->path, path, len);
    p->len = len;
    p->node = walk_down(n, n->root, path, path + len);
    return p->node;
}

struct journal_net_node *journal_net_tree_reach(struct journal_net *n, const char *path)
{
    const char *end = path + strlen(path);
    const char *slash = memrchr(path, '/', (size_t)(end - path));
    if (!slash || slash == path)
        return walk_down(n, n->root, path, end);
    return walk_down(n, directory_of(n, path, (size_t)(slash - path)), slash, end);
}

static bool is_within(const struct journal_net_node *x, const struct journal_net_node *top)
{
    while (x && x != top)
        x = x->parent;
    return x != NULL;
}

bool journal_net_tree_can_meet(const struct journal_net_node *a, const struct journal_net_node *b)
{
    return !is_within(a, b) && !is_within(b, a);
}

void journal_net_tree_move(struct journal_net *n, struct journal_net_node *from, struct journal_net_node *to)
{
    struct journal_net_node *parent = from->parent;
    if (!journal_net_tree_can_meet(to, from))
        return;
    struct journal_net_node *new_parent = to->parent;
    char *old_name = from->name;
    char *new_name = to->name;
    detach(n, from);
    journal_net_tree_empty(n, to);
    detach(n, to);
    mem_free(to->now);
    *to = (struct journal_net_node){.kind = JOURNAL_NET_ABSENT};
    attach_take(n, from, new_parent, new_name);
    attach_take(n, to, parent, old_name);
}

void journal_net_tree_exchange(struct journal_net *n, struct journal_net_node *a, struct journal_net_node *b)
{
    if (!journal_net_tree_can_meet(a, b))
        return;
    char *a_name = a->name;
    char *b_name = b->name;
    struct journal_net_node *a_parent = a->parent;
    struct journal_net_node *b_parent = b->parent;
    detach(n, a);
    detach(n, b);
    attach_take(n, a, b_parent, b_name);
    attach_take(n, b, a_parent, a_name);
}

static uint64_t hash_of_object(uint64_t device, uint64_t inode)
{
    return mix(inode ^ mix(device));
}

static struct journal_net_object *find_object(const struct journal_net *n, uint64_t device, uint64_t inode)
{
    struct journal_net_link *at = journal_net_table_first(&n->objects, hash_of_object(device, inode));
    for (; at; at = journal_net_table_next(at)) {
        struct journal_net_object *o = (struct journal_net_object *)at;
        if (o->device == device && o->inode == inode)
            return o;
    }
    return NULL;
}

struct journal_net_object *journal_net_tree_object(struct journal_net *n, uint64_t device, uint64_t inode)
{
    struct journal_net_object *o = find_object(n, device, inode);
    if (o)
        return o;
    o = mem_alloc(sizeof(*o));
    o->device = device;
    o->inode = inode;
    journal_net_table_add(&n->objects, &o->link, hash_of_object(device, inode));
    return o;
}

void journal_net_init(struct journal_net *ret)
{
    *ret = (struct journal_net){0};
    journal_net_table_init(&ret->names);
    journal_net_table_init(&ret->objects);
    ret->root = new_node(ret, NULL, "", 0);
    ret->root->kind = JOURNAL_NET_SAME;
    ret->root->now = mem_strdup("/");
    ret->root->name = mem_strdup("");
}

static void drop_object(struct journal_net_link *x)
{
    struct journal_net_object *o = (struct journal_net_object *)x;
    for (size_t i = 0; i < o->n_attributes; i++) {
        mem_free(o->attribute[i].name);
        mem_free(o->attribute[i].value);
    }
    mem_free(o->attribute);
    mem_free(o);
}

void journal_net_release(struct journal_net *n)
{
    if (!n->root)
        return;
    journal_net_table_release(&n->names, drop_node);
    drop_node(&n->root->link);
    for (size_t i = 0; i < JOURNAL_NET_LAST; i++)
        mem_free(n->last[i].path);
    journal_net_table_release(&n->objects, drop_object);
    for (size_t i = 0; i < STASH_MAX; i++)
        mem_free(n->stash[i]);
    *n = (struct journal_net){0};
}

const struct journal_net_node *journal_net_child(const struct journal_net *n, const struct journal_net_node *parent, const char *name)
{
    return find(n, parent, name, strlen(name));
}

const struct journal_net_node *journal_net_find(const struct journal_net *n, const char *path)
{
    const struct journal_net_node *x = n->root;
    while (*path == '/')
        path++;
    while (x && *path) {
        size_t len = strcspn(path, "/");
        x = find(n, x, path, len);
        path += len + (path[len] == '/');
    }
    return x;
}

const struct journal_net_object *journal_net_object(const struct journal_net *n, uint64_t device, uint64_t inode)
{
    return find_object(n, device, inode);
}

bool journal_net_in_place(const struct journal_net_node *x)
{
    if (x->kind != JOURNAL_NET_SAME)
        return false;
    const char *now = x->now;
    size_t end = strlen(now);
    for (; x->parent; x = x->parent) {
        size_t len = strlen(x->name);
        if (end < len + 1 || now[end - len - 1] != '/' || memcmp(now + end - len, x->name, len) != 0)
            return false;
        end -= len + 1;
    }
    return end == 0 || (end == 1 && *now == '/');
}
