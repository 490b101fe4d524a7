/* journal_net_tree: by hash of (parent, name), so that a rename moves one node and a large directory costs no more than a small one. */
#include "rollback/journal_net_tree.h"

#include <string.h>

#include "core/hash.h"
#include "core/mem.h"
#include "core/str.h"

enum { NET_BUCKETS = 256 };

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

static bool is_it(const struct journal_net_node *x, uint64_t hash, const struct journal_net_node *parent, const char *name, size_t len)
{
    return x->hash == hash && x->parent == parent && strncmp(x->name, name, len) == 0 && x->name[len] == '\0';
}

static struct journal_net_node **slot_of_hash(const struct journal_net *n, uint64_t hash, const struct journal_net_node *parent, const char *name, size_t len)
{
    struct journal_net_node **at = &n->bucket[hash & (n->n_buckets - 1)];
    while (*at && !is_it(*at, hash, parent, name, len))
        at = &(*at)->chain;
    return at;
}

static struct journal_net_node **slot_of(const struct journal_net *n, const struct journal_net_node *parent, const char *name, size_t len)
{
    return slot_of_hash(n, hash_of(parent, name, len), parent, name, len);
}

static void grow(struct journal_net *n)
{
    struct journal_net_node **old = n->bucket;
    size_t n_old = n->n_buckets;
    n->n_buckets = n_old * 4;
    n->bucket = mem_array(n->n_buckets, sizeof(struct journal_net_node *));
    for (size_t i = 0; i < n_old; i++) {
        while (old[i]) {
            struct journal_net_node *x = old[i];
            old[i] = x->chain;
            struct journal_net_node **at = &n->bucket[x->hash & (n->n_buckets - 1)];
            x->chain = *at;
            *at = x;
        }
    }
    mem_free(old);
}

static void attach(struct journal_net *n, struct journal_net_node *x, struct journal_net_node *parent, const char *name, size_t len)
{
    char *copy = mem_strndup(name, len);
    mem_free(x->name);
    x->name = copy;
    x->parent = parent;
    x->previous = NULL;
    x->next = parent->child;
    if (x->next)
        x->next->previous = x;
    parent->child = x;
    x->hash = hash_of(parent, copy, len);
    struct journal_net_node **at = &n->bucket[x->hash & (n->n_buckets - 1)];
    x->chain = *at;
    *at = x;
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
    struct journal_net_node **at = &n->bucket[x->hash & (n->n_buckets - 1)];
    while (*at != x)
        at = &(*at)->chain;
    *at = x->chain;
    forget(n, x);
    x->chain = NULL;
    if (x->previous)
        x->previous->next = x->next;
    else
        x->parent->child = x->next;
    if (x->next)
        x->next->previous = x->previous;
    x->next = x->previous = NULL;
    x->parent = NULL;
}

static void free_node(struct journal_net *n, struct journal_net_node *x)
{
    mem_free(x->name);
    mem_free(x->now);
    mem_free(x);
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
    if (n->n_nodes >= n->n_buckets)
        grow(n);
    struct journal_net_node *x = mem_alloc(sizeof(*x));
    x->kind = JOURNAL_NET_ABSENT;
    n->n_nodes++;
    if (parent)
        attach(n, x, parent, name, len);
    return x;
}

static char *below(const char *dir, const char *name, size_t len)
{
    AUTO(str_release) struct str path = STR_INIT(SIZE_MAX / 2);
    str_add(&path, strcmp(dir, "/") == 0 ? "" : dir);
    str_addc(&path, '/');
    str_addn(&path, name, len);
    return str_take(&path);
}

/* What nothing has been said about yet is what is there now, wherever that is. */
static struct journal_net_node *step_down(struct journal_net *n, struct journal_net_node *parent, const char *name, size_t len)
{
    struct journal_net_node *x = *slot_of(n, parent, name, len);
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
    AUTO(mem_free_ptr) char *old_name = mem_strdup(from->name);
    AUTO(mem_free_ptr) char *new_name = mem_strdup(to->name);
    struct journal_net_node *new_parent = to->parent;
    detach(n, from);
    journal_net_tree_empty(n, to);
    detach(n, to);
    free_node(n, to);
    attach(n, from, new_parent, new_name, strlen(new_name));
    (void)new_node(n, parent, old_name, strlen(old_name));
}

void journal_net_tree_exchange(struct journal_net *n, struct journal_net_node *a, struct journal_net_node *b)
{
    if (!journal_net_tree_can_meet(a, b))
        return;
    AUTO(mem_free_ptr) char *a_name = mem_strdup(a->name);
    AUTO(mem_free_ptr) char *b_name = mem_strdup(b->name);
    struct journal_net_node *a_parent = a->parent;
    struct journal_net_node *b_parent = b->parent;
    detach(n, a);
    detach(n, b);
    attach(n, a, b_parent, b_name, strlen(b_name));
    attach(n, b, a_parent, a_name, strlen(a_name));
}

static struct journal_net_object **object_slot(const struct journal_net *n, uint64_t device, uint64_t inode)
{
    struct journal_net_object **at = &n->object[mix(inode ^ mix(device)) & (n->n_object_buckets - 1)];
    while (*at && ((*at)->device != device || (*at)->inode != inode))
        at = &(*at)->chain;
    return at;
}

static void grow_objects(struct journal_net *n)
{
    struct journal_net_object **old = n->object;
    size_t n_old = n->n_object_buckets;
    n->n_object_buckets = n_old * 4;
    n->object = mem_array(n->n_object_buckets, sizeof(struct journal_net_object *));
    for (size_t i = 0; i < n_old; i++) {
        while (old[i]) {
            struct journal_net_object *o = old[i];
            old[i] = o->chain;
            struct journal_net_object **at = object_slot(n, o->device, o->inode);
            o->chain = *at;
            *at = o;
        }
    }
    mem_free(old);
}

struct journal_net_object *journal_net_tree_object(struct journal_net *n, uint64_t device, uint64_t inode)
{
    if (n->n_objects >= n->n_object_buckets)
        grow_objects(n);
    struct journal_net_object **at = object_slot(n, device, inode);
    if (!*at) {
        struct journal_net_object *o = mem_alloc(sizeof(*o));
        o->device = device;
        o->inode = inode;
        *at = o;
        n->n_objects++;
    }
    return *at;
}

void journal_net_init(struct journal_net *ret)
{
    *ret = (struct journal_net){.n_buckets = NET_BUCKETS, .n_object_buckets = NET_BUCKETS};
    ret->bucket = mem_array(NET_BUCKETS, sizeof(struct journal_net_node *));
    ret->object = mem_array(NET_BUCKETS, sizeof(struct journal_net_object *));
    ret->root = new_node(ret, NULL, "", 0);
    ret->root->kind = JOURNAL_NET_SAME;
    ret->root->now = mem_strdup("/");
    ret->root->name = mem_strdup("");
}

static void free_object(struct journal_net_object *o)
{
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
    for (size_t i = 0; i < n->n_buckets; i++) {
        while (n->bucket[i]) {
            struct journal_net_node *x = n->bucket[i];
            n->bucket[i] = x->chain;
            free_node(n, x);
        }
    }
    free_node(n, n->root);
    for (size_t i = 0; i < JOURNAL_NET_LAST; i++)
        mem_free(n->last[i].path);
    for (size_t i = 0; i < n->n_object_buckets; i++) {
        while (n->object[i]) {
            struct journal_net_object *o = n->object[i];
            n->object[i] = o->chain;
            free_object(o);
        }
    }
    for (size_t i = 0; i < STASH_MAX; i++)
        mem_free(n->stash[i]);
    mem_free(n->object);
    mem_free(n->bucket);
    *n = (struct journal_net){0};
}

const struct journal_net_node *journal_net_child(const struct journal_net *n, const struct journal_net_node *parent, const char *name)
{
    return *slot_of(n, parent, name, strlen(name));
}

const struct journal_net_node *journal_net_find(const struct journal_net *n, const char *path)
{
    const struct journal_net_node *x = n->root;
    while (*path == '/')
        path++;
    while (x && *path) {
        size_t len = strcspn(path, "/");
        x = *slot_of(n, x, path, len);
        path += len + (path[len] == '/');
    }
    return x;
}

const struct journal_net_object *journal_net_object(const struct journal_net *n, uint64_t device, uint64_t inode)
{
    return *object_slot(n, device, inode);
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
