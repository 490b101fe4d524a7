/* left_file: sessions/ID/left. Entries in the order of a walk, each with the number of its children; a sum at the end finds what is torn. */
#include <stdio.h>
#include <string.h>

#include "core/fs.h"
#include "core/mem.h"
#include "rollback/bytes.h"
#include "rollback/index_sum.h"
#include "rollback/left.h"

static const unsigned char left_magic[8] = {'n', 'o', 'n', 'o', 'l', 'f', 't', 1};
enum {
    LEFT_SEED = 1,
    LEFT_MIN = 1 + 1 + 4, /* bytes of the smallest entry: no name, nothing there, no children */
    LEFT_MAX_FILE = STR_MAX_REPORT * 8,
};

static void put_node(struct bytes *b, const struct left_node *x)
{
    size_t len = strlen(x->name);
    bytes_add_u8(b, (uint8_t)len);
    bytes_add(b, x->name, len);
    bytes_add_u8(b, (uint8_t)(x->is_there + x->is_closed));
    bytes_add_u32(b, (uint32_t)x->n);
    if (!x->is_there)
        return;
    const uint64_t wide[] = {x->device, x->inode, x->size, x->rdev, (uint64_t)x->mtime_ns, (uint64_t)x->ctime_ns};
    const uint32_t narrow[] = {x->mode, x->uid, x->gid, x->nlink};
    for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
        bytes_add_u64(b, wide[i]);
    for (size_t i = 0; i < sizeof(narrow) / sizeof(narrow[0]); i++)
        bytes_add_u32(b, narrow[i]);
}

/* The next of a walk without a stack: the first child, else the next of the nearest that has one. `at` holds the index taken at each depth. */
struct position {
    size_t *index;
    size_t depth, cap;
};

static const struct left_node *next_node(struct position *p, const struct left_node *x)
{
    if (x->n > 0) {
        mem_reserve(&p->index, &p->cap, p->depth + 1, sizeof(*p->index));
        p->index[p->depth++] = 0;
        return x->child[0];
    }
    while (p->depth > 0) {
        x = x->parent;
        if (++p->index[p->depth - 1] < x->n)
            return x->child[p->index[p->depth - 1]];
        p->depth--;
    }
    return NULL;
}

int left_write(int session_dir, const struct left_node *root, struct err *e)
{
    AUTO(bytes_release) struct bytes b = {0};
    struct position p = {0};
    bytes_add(&b, left_magic, sizeof(left_magic));
    for (const struct left_node *x = root; x; x = next_node(&p, x))
        put_node(&b, x);
    mem_free(p.index);
    bytes_add_u64(&b, index_sum(b.ptr, b.len, LEFT_SEED));
    return fs_publish(session_dir, "left", b.ptr, b.len, 0600, e);
}

static bool name_is_valid(const char *name, size_t len, bool is_root)
{
    if (is_root)
        return len == 0;
    if (len == 0 || memchr(name, '/', len) || memchr(name, '\0', len))
        return false;
    return !(name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.')));
}

static void take_stat(struct bytes_reader *r, struct left_node *x)
{
    x->device = bytes_take_u64(r);
    x->inode = bytes_take_u64(r);
    x->size = bytes_take_u64(r);
    x->rdev = bytes_take_u64(r);
    x->mtime_ns = (int64_t)bytes_take_u64(r);
    x->ctime_ns = (int64_t)bytes_take_u64(r);
    x->mode = bytes_take_u32(r);
    x->uid = bytes_take_u32(r);
    x->gid = bytes_take_u32(r);
    x->nlink = bytes_take_u32(r);
}

/* x->cap is how many children are announced. */
static bool take_node(struct bytes_reader *r, struct left_node *x)
{
    size_t len = bytes_take_u8(r);
    const char *name = bytes_take(r, len);
    if (!name || !name_is_valid(name, len, x->parent == NULL))
        return false;
    x->name = mem_strndup(name, len);
    uint8_t is_there = bytes_take_u8(r);
    size_t n = bytes_take_u32(r);
    if (r->failed || is_there > 2 || (is_there == 2 && n > 0) || n > r->left / LEFT_MIN)
        return false;
    x->is_there = is_there > 0;
    x->is_closed = is_there == 2;
    if (is_there)
        take_stat(r, x);
    x->cap = n;
    x->child = n > 0 ? mem_array(n, sizeof(*x->child)) : NULL;
    return !r->failed && ((n == 0 && !x->is_closed) || S_ISDIR(x->mode));
}

static bool take_all(struct bytes_reader *r, struct left_node *root)
{
    struct left_node *x = root;
    size_t depth = 0;
    if (!take_node(r, x))
        return false;
    while (x) {
        if (x->n == x->cap) {
            x = x->parent;
            depth--;
            continue;
        }
        struct left_node *child = mem_alloc(sizeof(*child));
        child->parent = x;
        child->name = NULL;
        x->child[x->n++] = child;
        if (!take_node(r, child) || ++depth > LEFT_MAX_DEPTH)
            return false;
        if (x->n > 1 && strcmp(x->child[x->n - 2]->name, child->name) >= 0)
            return false;
        x = child;
    }
    return r->left == 0;
}

int left_parse(const void *data, size_t len, struct left_node **ret, struct err *e)
{
    AUTO(left_free_ptr) struct left_node *root = mem_alloc(sizeof(*root));
    struct bytes_reader r = {.ptr = data, .left = len};
    const void *magic = bytes_take(&r, sizeof(left_magic));
    bool ok = magic && memcmp(magic, left_magic, sizeof(left_magic)) == 0 && r.left >= sizeof(uint64_t) &&
              bytes_u64((const unsigned char *)data + len - sizeof(uint64_t)) == index_sum(data, len - sizeof(uint64_t), LEFT_SEED);
    if (ok) {
        r.left -= sizeof(uint64_t);
        ok = take_all(&r, root);
    }
    if (!ok)
        return err_set(e, ERR_CORRUPT, "what a session left is not recorded whole, or by a newer version of nono");
    *ret = take_ptr(&root);
    return 0;
}

int left_read(int session_dir, struct left_node **ret, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(LEFT_MAX_FILE);
    int rc = fs_read(session_dir, "left", &text, e);
    return rc < 0 ? rc : left_parse(text.buf, text.len, ret, e);
}
