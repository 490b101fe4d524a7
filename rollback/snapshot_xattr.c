/* Extended attributes: what is kept of them, how they are read, and the blob that holds them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "core/mem.h"
#include "core/str.h"
#include "rollback/bytes.h"
#include "rollback/snapshot.h"

static const unsigned char xattr_magic[4] = {'n', 'x', 'a', 1};
enum {
    XATTR_MAX_NAMES = 64 * 1024, /* XATTR_LIST_MAX: bytes of all names of one object */
    XATTR_MAX_VALUE = 64 * 1024, /* XATTR_SIZE_MAX */
    XATTR_MAX_NAME = 255,
    XATTR_MAX_TOTAL = 4 * 1024 * 1024, /* bytes of one blob */
    XATTR_PATH = STR_MAX_PATH,
};

void snapshot_xattrs_release(struct snapshot_xattrs *x)
{
    for (size_t i = 0; i < x->n; i++) {
        mem_free(x->item[i].name);
        mem_free(x->item[i].value);
    }
    mem_free(x->item);
    *x = (struct snapshot_xattrs){0};
}

bool snapshot_xattr_is_kept(const char *name)
{
    return str_starts(name, "user.") || str_starts(name, "trusted.") || strcmp(name, "system.posix_acl_access") == 0 ||
           strcmp(name, "system.posix_acl_default") == 0 || strcmp(name, "security.capability") == 0;
}

static int xattr_error(struct err *e, int sys)
{
    return err_sys(e, sys == E2BIG ? ERR_LIMIT : err_class_of(sys), sys, "cannot read extended attributes");
}

/* One object, by a path below /proc: no call takes a directory and a name. */
struct object {
    char path[XATTR_PATH];
    bool follow; /* the path is a descriptor's own */
};

static ssize_t object_list(const struct object *o, char *names, size_t len)
{
    return o->follow ? listxattr(o->path, names, len) : llistxattr(o->path, names, len);
}

static ssize_t object_get(const struct object *o, const char *name, void *value, size_t len)
{
    return o->follow ? getxattr(o->path, name, value, len) : lgetxattr(o->path, name, value, len);
}

/* Yields the value; 1 when it is gone, or not ours to read. */
static int read_value(const struct object *o, const char *name, void *buffer, struct snapshot_xattr *ret, struct err *e)
{
    ssize_t n = object_get(o, name, buffer, XATTR_MAX_VALUE);
    if (n < 0 && (errno == ENODATA || errno == ENOTSUP || errno == EPERM || errno == EACCES))
        return 1;
    if (n < 0)
        return xattr_error(e, errno);
    ret->name = mem_strdup(name);
    ret->value = mem_alloc((size_t)n + 1);
    ret->len = (size_t)n;
    memcpy(ret->value, buffer, (size_t)n);
    return 0;
}

static int by_xattr_name(const void *a, const void *b)
{
    const struct snapshot_xattr *x = a;
    const struct snapshot_xattr *y = b;
    return strcmp(x->name, y->name);
}

static int read_values(const struct object *o, const char *names, size_t len, struct snapshot_xattrs *x, struct err *e)
{
    AUTO(mem_free_ptr) void *buffer = mem_alloc(XATTR_MAX_VALUE);
    size_t total = 0;
    for (const char *name = names; name < names + len; name += strlen(name) + 1) {
        struct snapshot_xattr next = {0};
        if (!snapshot_xattr_is_kept(name) || strlen(name) > XATTR_MAX_NAME)
            continue;
        int status = read_value(o, name, buffer, &next, e);
        if (status < 0)
            return status;
        if (status > 0)
            continue;
        mem_reserve(&x->item, &x->cap, x->n + 1, sizeof(*x->item));
        x->item[x->n++] = next;
        total += next.len + XATTR_MAX_NAME;
        if (total > XATTR_MAX_TOTAL)
            return err_set(e, ERR_LIMIT, "more than %d bytes of extended attributes", XATTR_MAX_TOTAL);
    }
    if (x->n > 1)
        qsort(x->item, x->n, sizeof(*x->item), by_xattr_name);
    return 0;
}

int snapshot_xattrs_of(int fd, const char *name, struct snapshot_xattrs *ret, struct err *e)
{
    AUTO(snapshot_xattrs_release) struct snapshot_xattrs x = {0};
    struct object o = {.follow = name[0] == '\0'};
    int n = snprintf(o.path, sizeof(o.path), "/proc/self/fd/%d%s%s", fd, o.follow ? "" : "/", name);
    if (n < 0 || (size_t)n >= sizeof(o.path))
        return err_set(e, ERR_LIMIT, "a file name is too long");
    ssize_t len = object_list(&o, NULL, 0);
    if (len == 0 || (len < 0 && errno == ENOTSUP)) {
        *ret = x;
        return 0;
    }
    AUTO(mem_free_ptr) char *names = mem_alloc(XATTR_MAX_NAMES + 1);
    len = object_list(&o, names, XATTR_MAX_NAMES);
    if (len < 0)
        return xattr_error(e, errno);
    if (read_values(&o, names, (size_t)len, &x, e) != 0)
        return e->class;
    *ret = x;
    x = (struct snapshot_xattrs){0};
    return 0;
}

void snapshot_xattrs_encode(const struct snapshot_xattrs *x, void **ret, size_t *ret_len)
{
    struct bytes b = {0};
    *ret = NULL;
    *ret_len = 0;
    if (x->n == 0)
        return;
    bytes_add(&b, xattr_magic, sizeof(xattr_magic));
    bytes_add_u32(&b, (uint32_t)x->n);
    for (size_t i = 0; i < x->n; i++) {
        size_t len = strlen(x->item[i].name);
        bytes_add_u8(&b, (uint8_t)len);
        bytes_add(&b, x->item[i].name, len);
        bytes_add_u32(&b, (uint32_t)x->item[i].len);
        bytes_add(&b, x->item[i].value, x->item[i].len);
    }
    *ret = b.ptr;
    *ret_len = b.len;
}

static bool decode_item(struct bytes_reader *r, struct snapshot_xattrs *x)
{
    size_t name_len = bytes_take_u8(r);
    const char *name = bytes_take(r, name_len);
    size_t len = bytes_take_u32(r);
    const void *value = bytes_take(r, len);
    if (r->failed || name_len == 0 || memchr(name, '\0', name_len) != NULL || len > XATTR_MAX_VALUE)
        return false;
    mem_reserve(&x->item, &x->cap, x->n + 1, sizeof(*x->item));
    struct snapshot_xattr *item = &x->item[x->n++];
    item->name = mem_strndup(name, name_len);
    item->value = mem_alloc(len + 1);
    item->len = len;
    memcpy(item->value, value, len);
    return snapshot_xattr_is_kept(item->name) && (x->n == 1 || strcmp(item[-1].name, item->name) < 0);
}

static bool decode_items(const void *data, size_t len, struct snapshot_xattrs *x)
{
    struct bytes_reader r = {.ptr = data, .left = len};
    const void *magic = bytes_take(&r, sizeof(xattr_magic));
    uint32_t n = bytes_take_u32(&r);
    if (r.failed || memcmp(magic, xattr_magic, sizeof(xattr_magic)) != 0 || n == 0)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        if (!decode_item(&r, x))
            return false;
    }
    return r.left == 0;
}

int snapshot_xattrs_decode(const void *data, size_t len, struct snapshot_xattrs *ret, struct err *e)
{
    AUTO(snapshot_xattrs_release) struct snapshot_xattrs x = {0};
    if (!decode_items(data, len, &x))
        return err_set(e, ERR_CORRUPT, "stored extended attributes are damaged, or of a newer version of nono");
    *ret = x;
    x = (struct snapshot_xattrs){0};
    return 0;
}

int snapshot_xattrs_read(struct store *s, const struct oid *id, struct snapshot_xattrs *ret, struct err *e)
{
    AUTO(mem_free_ptr) void *data = NULL;
    size_t len = 0;
    if (oid_is_zero(id)) {
        *ret = (struct snapshot_xattrs){0};
        return 0;
    }
    if (store_get(s, id, STORE_BLOB, &data, &len, e) != 0)
        return e->class;
    return snapshot_xattrs_decode(data, len, ret, e);
}
