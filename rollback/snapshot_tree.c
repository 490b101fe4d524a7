#include "rollback/snapshot_tree.h"

#include <string.h>

#include "core/mem.h"

enum { MODE_DIGITS = 6 };

static unsigned char byte_after(const struct snapshot_tree_entry *x, size_t i)
{
    if (i < x->name.len)
        return (unsigned char)x->name.ptr[i];
    return x->mode == SNAPSHOT_TREE_DIR ? '/' : '\0';
}

int snapshot_tree_order(const void *a, const void *b)
{
    const struct snapshot_tree_entry *x = a;
    const struct snapshot_tree_entry *y = b;
    size_t shared = x->name.len < y->name.len ? x->name.len : y->name.len;
    int order = memcmp(x->name.ptr, y->name.ptr, shared);
    return order != 0 ? order : (int)byte_after(x, shared) - (int)byte_after(y, shared);
}

void snapshot_tree_encode(const struct snapshot_tree_entry *entry, size_t n, struct bytes *out)
{
    for (size_t i = 0; i < n; i++) {
        const char *mode = entry[i].mode == SNAPSHOT_TREE_DIR          ? "40000 "
                           : entry[i].mode == SNAPSHOT_TREE_EXECUTABLE ? "100755 "
                           : entry[i].mode == SNAPSHOT_TREE_LINK       ? "120000 "
                                                                       : "100644 ";
        bytes_add(out, mode, strlen(mode));
        bytes_add(out, entry[i].name.ptr, entry[i].name.len);
        bytes_add_u8(out, 0);
        bytes_add(out, entry[i].id.byte, OID_SIZE);
    }
}

static bool mode_is_known(unsigned mode)
{
    return mode == SNAPSHOT_TREE_DIR || mode == SNAPSHOT_TREE_FILE || mode == SNAPSHOT_TREE_EXECUTABLE || mode == SNAPSHOT_TREE_LINK;
}

static bool name_is_valid(struct view name)
{
    if (name.len == 0 || name.len > SNAPSHOT_NAME_MAX + 1 || memchr(name.ptr, '/', name.len) != NULL)
        return false;
    return !(name.ptr[0] == '.' && (name.len == 1 || (name.len == 2 && name.ptr[1] == '.')));
}

static bool take_mode(struct bytes_reader *r, unsigned *ret)
{
    unsigned mode = 0;
    for (size_t i = 0; i <= MODE_DIGITS; i++) {
        uint8_t c = bytes_take_u8(r);
        if (c == ' ' && i > 0) {
            *ret = mode;
            return mode_is_known(mode);
        }
        if (c < '0' || c > '7' || (i == 0 && c == '0'))
            return false;
        mode = mode * 8 + (unsigned)(c - '0');
    }
    return false;
}

static bool take_entry(struct bytes_reader *r, struct snapshot_tree_entry *ret)
{
    if (!take_mode(r, &ret->mode))
        return false;
    const unsigned char *end = r->left > 0 ? memchr(r->ptr, '\0', r->left) : NULL;
    if (end == NULL)
        return false;
    ret->name.len = (size_t)(end - r->ptr);
    ret->name.ptr = bytes_take(r, ret->name.len + 1);
    const void *id = bytes_take(r, OID_SIZE);
    if (id == NULL)
        return false;
    memcpy(ret->id.byte, id, OID_SIZE);
    return name_is_valid(ret->name) && !oid_is_zero(&ret->id);
}

static bool take_entries(struct bytes_reader *r, struct snapshot_tree *t)
{
    while (r->left > 0) {
        struct snapshot_tree_entry next;
        if (!take_entry(r, &next) || (t->n > 0 && snapshot_tree_order(&t->entry[t->n - 1], &next) >= 0))
            return false;
        mem_reserve(&t->entry, &t->cap, t->n + 1, sizeof(*t->entry));
        t->entry[t->n++] = next;
    }
    return true;
}

int snapshot_tree_decode(const void *data, size_t len, struct snapshot_tree *ret, struct err *e)
{
    struct snapshot_tree t = {0};
    struct bytes_reader r = {.ptr = data, .left = len};
    if (!take_entries(&r, &t)) {
        snapshot_tree_release(&t);
        return err_set(e, ERR_CORRUPT, "a stored tree is damaged: its entries are not what git trees hold");
    }
    *ret = t;
    return 0;
}

void snapshot_tree_release(struct snapshot_tree *t)
{
    mem_free(t->entry);
    *t = (struct snapshot_tree){0};
}
