#include "rollback/snapshot_meta.h"

#include <string.h>

#include "core/mem.h"
#include "rollback/snapshot_tree.h"

static const unsigned char meta_magic[4] = {'n', 'm', 'd', 1};
enum meta_has { META_XATTRS = 1 << 0, META_LINK_GROUP = 1 << 1, META_RDEV = 1 << 2 };
enum { META_RECORD_MIN = 24 }; /* bytes of a record without a name */

static void encode_node(const struct snapshot_node *n, struct bytes *out)
{
    bool has_xattrs = !oid_is_zero(&n->xattrs);
    bytes_add_u8(out, n->type);
    bytes_add_u8(out, n->flags);
    bytes_add_u8(out, (uint8_t)((has_xattrs ? META_XATTRS : 0) | (n->link_group != 0 ? META_LINK_GROUP : 0) | (n->rdev != 0 ? META_RDEV : 0)));
    bytes_add_u16(out, n->mode);
    bytes_add_u32(out, n->uid);
    bytes_add_u32(out, n->gid);
    bytes_add_u64(out, (uint64_t)n->mtime_ns);
    if (n->type == SNAPSHOT_FILE)
        bytes_add_u64(out, n->size);
    if (has_xattrs)
        bytes_add(out, n->xattrs.byte, OID_SIZE);
    if (n->link_group != 0)
        bytes_add_u64(out, n->link_group);
    if (n->rdev != 0)
        bytes_add_u64(out, n->rdev);
}

void snapshot_meta_encode(const struct snapshot_dir *d, struct bytes *out)
{
    bytes_add(out, meta_magic, sizeof(meta_magic));
    bytes_add_u32(out, (uint32_t)d->n);
    encode_node(&d->self, out);
    for (size_t i = 0; i < d->n; i++) {
        size_t len = strlen(d->entry[i].name);
        bytes_add_u8(out, (uint8_t)len);
        bytes_add(out, d->entry[i].name, len);
        encode_node(&d->entry[i].node, out);
    }
}

bool snapshot_name_is_valid(const char *name, size_t len)
{
    if (len == 0 || len > SNAPSHOT_NAME_MAX || memchr(name, '/', len) != NULL || memchr(name, '\0', len) != NULL)
        return false;
    return !(name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.')));
}

/* Only what encode writes: no unknown bit, no value where the type has none, no zero that could have been left out. */
static bool node_is_valid(const struct snapshot_node *n, unsigned has)
{
    bool is_device = n->type == SNAPSHOT_CHAR || n->type == SNAPSHOT_BLOCK;
    if (n->type < SNAPSHOT_FILE || n->type > SNAPSHOT_BLOCK || n->mode > 07777 || (n->flags & ~(unsigned)SNAPSHOT_UNREADABLE) != 0)
        return false;
    if (n->flags != 0 && n->type != SNAPSHOT_FILE && n->type != SNAPSHOT_DIR && n->type != SNAPSHOT_LINK)
        return false;
    if ((has & ~(unsigned)(META_XATTRS | META_LINK_GROUP | META_RDEV)) != 0 || ((has & META_RDEV) != 0 && !is_device))
        return false;
    return ((has & META_XATTRS) != 0) == !oid_is_zero(&n->xattrs) && ((has & META_LINK_GROUP) != 0) == (n->link_group != 0) &&
           ((has & META_RDEV) != 0) == (n->rdev != 0);
}

static bool decode_node(struct bytes_reader *r, struct snapshot_node *ret)
{
    struct snapshot_node n = {.type = bytes_take_u8(r)};
    n.flags = bytes_take_u8(r);
    unsigned has = bytes_take_u8(r);
    n.mode = bytes_take_u16(r);
    n.uid = bytes_take_u32(r);
    n.gid = bytes_take_u32(r);
    n.mtime_ns = (int64_t)bytes_take_u64(r);
    if (n.type == SNAPSHOT_FILE)
        n.size = bytes_take_u64(r);
    const void *xattrs = has & META_XATTRS ? bytes_take(r, OID_SIZE) : NULL;
    if (xattrs != NULL)
        memcpy(n.xattrs.byte, xattrs, OID_SIZE);
    if (has & META_LINK_GROUP)
        n.link_group = bytes_take_u64(r);
    if (has & META_RDEV)
        n.rdev = bytes_take_u64(r);
    *ret = n;
    return !r->failed && node_is_valid(&n, has);
}

static bool decode_entry(struct bytes_reader *r, struct snapshot_dir *d)
{
    size_t len = bytes_take_u8(r);
    const char *name = bytes_take(r, len);
    struct snapshot_entry x = {0};
    if (name == NULL || !snapshot_name_is_valid(name, len) || !decode_node(r, &x.node))
        return false;
    x.name = mem_strndup(name, len);
    d->entry[d->n++] = x;
    return d->n < 2 || strcmp(d->entry[d->n - 2].name, x.name) < 0;
}

static bool decode(struct bytes_reader *r, struct snapshot_dir *d)
{
    const void *magic = bytes_take(r, sizeof(meta_magic));
    uint32_t n = bytes_take_u32(r);
    if (r->failed || memcmp(magic, meta_magic, sizeof(meta_magic)) != 0 || n > SNAPSHOT_META_MAX_ENTRIES || n > r->left / META_RECORD_MIN)
        return false;
    if (!decode_node(r, &d->self) || d->self.type != SNAPSHOT_DIR)
        return false;
    mem_reserve(&d->entry, &d->cap, n, sizeof(*d->entry));
    for (uint32_t i = 0; i < n; i++) {
        if (!decode_entry(r, d))
            return false;
    }
    return r->left == 0;
}

int snapshot_meta_decode(const void *data, size_t len, struct snapshot_dir *ret, struct err *e)
{
    AUTO(snapshot_dir_release) struct snapshot_dir d = {0};
    struct bytes_reader r = {.ptr = data, .left = len};
    if (!decode(&r, &d))
        return err_set(e, ERR_CORRUPT, "the stored records of a directory are damaged, or of a newer version of nono");
    *ret = d;
    d = (struct snapshot_dir){0};
    return 0;
}
