#include "rollback/snapshot.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/mem.h"
#include "core/path.h"
#include "rollback/bytes.h"
#include "rollback/snapshot_meta.h"
#include "rollback/snapshot_tree.h"

/* In a meta tree: the records, a directory's own meta tree ("d" and its name), an attribute blob ("x" and its id; named there only so
 * that whatever follows git trees finds it). */
#define META_RECORDS "m"
enum { META_DIR = 'd', META_XATTR = 'x' };

void snapshot_dir_release(struct snapshot_dir *d)
{
    for (size_t i = 0; i < d->n; i++)
        mem_free(d->entry[i].name);
    mem_free(d->entry);
    *d = (struct snapshot_dir){0};
}

static uint8_t type_of(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return SNAPSHOT_FILE;
    case S_IFDIR:
        return SNAPSHOT_DIR;
    case S_IFLNK:
        return SNAPSHOT_LINK;
    case S_IFIFO:
        return SNAPSHOT_FIFO;
    case S_IFSOCK:
        return SNAPSHOT_SOCKET;
    case S_IFCHR:
        return SNAPSHOT_CHAR;
    default:
        return SNAPSHOT_BLOCK;
    }
}

/* Times that 64 bits of nanoseconds cannot hold (before 1677, after 2262) become the nearest that they can. */
static int64_t time_ns(struct timespec t)
{
    int64_t ns;
    if (__builtin_mul_overflow((int64_t)t.tv_sec, INT64_C(1000000000), &ns) || __builtin_add_overflow(ns, (int64_t)t.tv_nsec, &ns))
        return t.tv_sec < 0 ? INT64_MIN : INT64_MAX;
    return ns;
}

/* The same for all names of one inode, and never zero. */
static uint64_t link_group_of(const struct stat *st)
{
    uint64_t group = (uint64_t)st->st_ino ^ ((uint64_t)st->st_dev << 40 | (uint64_t)st->st_dev >> 24);
    return group != 0 ? group : 1;
}

void snapshot_node_of(const struct stat *st, struct snapshot_node *ret)
{
    struct snapshot_node n = {.type = type_of(st->st_mode), .mode = st->st_mode & 07777, .uid = st->st_uid, .gid = st->st_gid};
    n.mtime_ns = time_ns(st->st_mtim);
    if (n.type == SNAPSHOT_FILE)
        n.size = (uint64_t)st->st_size;
    if (n.type != SNAPSHOT_DIR && st->st_nlink > 1)
        n.link_group = link_group_of(st);
    if (n.type == SNAPSHOT_CHAR || n.type == SNAPSHOT_BLOCK)
        n.rdev = (uint64_t)st->st_rdev;
    *ret = n;
}

/* The mode git gives a node; 0: it is not in the content tree. */
static unsigned tree_mode(const struct snapshot_node *n)
{
    bool is_readable = (n->flags & SNAPSHOT_UNREADABLE) == 0;
    if (n->type == SNAPSHOT_DIR)
        return SNAPSHOT_TREE_DIR;
    if (n->type == SNAPSHOT_LINK)
        return is_readable ? SNAPSHOT_TREE_LINK : 0;
    if (n->type == SNAPSHOT_FILE && is_readable)
        return n->mode & S_IXUSR ? SNAPSHOT_TREE_EXECUTABLE : SNAPSHOT_TREE_FILE;
    return 0;
}

static int put_tree(struct store *s, struct snapshot_tree_entry *entry, size_t n, struct oid *ret, struct err *e)
{
    AUTO(bytes_release) struct bytes raw = {0};
    qsort(entry, n, sizeof(*entry), snapshot_tree_order);
    snapshot_tree_encode(entry, n, &raw);
    return store_put(s, STORE_TREE, raw.ptr, raw.len, ret, e);
}

static int write_files(struct store *s, const struct snapshot_dir *d, struct oid *ret, struct err *e)
{
    AUTO(mem_free_ptr) struct snapshot_tree_entry *entry = mem_array(d->n + 1, sizeof(*entry));
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++) {
        const struct snapshot_entry *x = &d->entry[i];
        unsigned mode = tree_mode(&x->node);
        if (mode == 0)
            continue;
        entry[n++] = (struct snapshot_tree_entry){{x->name, strlen(x->name)}, mode, mode == SNAPSHOT_TREE_DIR ? x->files : x->node.content};
    }
    return put_tree(s, entry, n, ret, e);
}

struct meta_names { /* of one meta tree, being built */
    struct snapshot_tree_entry *entry;
    char (*name)[SNAPSHOT_NAME_MAX + 2];
    size_t n;
};

static void meta_names_release(struct meta_names *m)
{
    mem_free(m->entry);
    mem_free(m->name);
}

static void meta_add(struct meta_names *m, char prefix, const char *rest, unsigned mode, const struct oid *id)
{
    char *name = m->name[m->n];
    size_t len = strlen(rest);
    name[0] = prefix;
    memcpy(name + 1, rest, len + 1);
    m->entry[m->n++] = (struct snapshot_tree_entry){{name, len + 1}, mode, *id};
}

static void meta_add_xattrs(struct meta_names *m, const struct oid *id)
{
    char hex[OID_HEX + 1];
    if (oid_is_zero(id))
        return;
    oid_to_hex(id, hex);
    meta_add(m, META_XATTR, hex, SNAPSHOT_TREE_FILE, id);
}

static void drop_duplicates(struct meta_names *m)
{
    size_t kept = 0;
    qsort(m->entry, m->n, sizeof(*m->entry), snapshot_tree_order);
    for (size_t i = 0; i < m->n; i++) {
        if (kept == 0 || snapshot_tree_order(&m->entry[kept - 1], &m->entry[i]) != 0)
            m->entry[kept++] = m->entry[i];
    }
    m->n = kept;
}

/* The entries of the meta tree of `d`, in git's order, given the id of its records. */
static void meta_of(const struct snapshot_dir *d, const struct oid *records, struct meta_names *ret)
{
    ret->entry = mem_array(2 * d->n + 2, sizeof(*ret->entry));
    ret->name = mem_array(2 * d->n + 2, sizeof(*ret->name));
    meta_add(ret, META_RECORDS[0], "", SNAPSHOT_TREE_FILE, records);
    meta_add_xattrs(ret, &d->self.xattrs);
    for (size_t i = 0; i < d->n; i++) {
        const struct snapshot_entry *x = &d->entry[i];
        meta_add_xattrs(ret, &x->node.xattrs);
        if (x->node.type == SNAPSHOT_DIR)
            meta_add(ret, META_DIR, x->name, SNAPSHOT_TREE_DIR, &x->meta);
    }
    drop_duplicates(ret);
}

static int write_meta(struct store *s, const struct snapshot_dir *d, struct oid *ret, struct err *e)
{
    AUTO(bytes_release) struct bytes records = {0};
    AUTO(meta_names_release) struct meta_names m = {0};
    struct oid id;
    if (d->n > SNAPSHOT_META_MAX_ENTRIES)
        return err_set(e, ERR_LIMIT, "more than %d entries in one directory", SNAPSHOT_META_MAX_ENTRIES);
    snapshot_meta_encode(d, &records);
    if (records.len > STORE_MAX_OBJECT)
        return err_set(e, ERR_LIMIT, "a directory of %zu entries is too large to be recorded", d->n);
    if (store_put(s, STORE_BLOB, records.ptr, records.len, &id, e) != 0)
        return e->class;
    meta_of(d, &id, &m);
    return put_tree(s, m.entry, m.n, ret, e);
}

int snapshot_dir_write(struct store *s, const struct snapshot_dir *d, struct oid *ret_files, struct oid *ret_meta, struct err *e)
{
    struct oid files;
    struct oid meta;
    if (write_files(s, d, &files, e) != 0 || write_meta(s, d, &meta, e) != 0)
        return e->class;
    *ret_files = files;
    *ret_meta = meta;
    return 0;
}

static int contradiction(struct err *e)
{
    return err_set(e, ERR_CORRUPT, "the stored records of a directory do not fit its tree");
}

static int by_name(const void *key, const void *entry)
{
    const struct view *name = key;
    const struct snapshot_entry *x = entry;
    size_t len = strlen(x->name);
    int order = memcmp(name->ptr, x->name, name->len < len ? name->len : len);
    return order != 0 ? order : (name->len > len) - (name->len < len);
}

static struct snapshot_entry *find_entry(const struct snapshot_dir *d, struct view name)
{
    return d->n == 0 ? NULL : bsearch(&name, d->entry, d->n, sizeof(*d->entry), by_name);
}

/* Each entry of the content tree has its record, each record that wants content has it: exactly once, as names in both are unique. */
static int join_files(struct snapshot_dir *d, const struct snapshot_tree *t, struct err *e)
{
    size_t expected = 0;
    for (size_t i = 0; i < d->n; i++)
        expected += tree_mode(&d->entry[i].node) != 0;
    if (expected != t->n)
        return contradiction(e);
    for (size_t i = 0; i < t->n; i++) {
        struct snapshot_entry *x = find_entry(d, t->entry[i].name);
        struct oid *id = x == NULL ? NULL : x->node.type == SNAPSHOT_DIR ? &x->files : &x->node.content;
        if (id == NULL || tree_mode(&x->node) != t->entry[i].mode || !oid_is_zero(id))
            return contradiction(e);
        *id = t->entry[i].id;
    }
    return 0;
}

/* The meta tree must be the one that these records make. */
static int join_meta(struct snapshot_dir *d, const struct snapshot_tree *t, const struct oid *records, struct err *e)
{
    AUTO(meta_names_release) struct meta_names m = {0};
    for (size_t i = 0; i < t->n; i++) {
        struct view name = t->entry[i].name;
        if (name.ptr[0] != META_DIR)
            continue;
        struct snapshot_entry *x = find_entry(d, (struct view){name.ptr + 1, name.len - 1});
        if (x == NULL || x->node.type != SNAPSHOT_DIR)
            return contradiction(e);
        x->meta = t->entry[i].id;
    }
    meta_of(d, records, &m);
    if (m.n != t->n)
        return contradiction(e);
    for (size_t i = 0; i < t->n; i++) {
        const struct snapshot_tree_entry *a = &m.entry[i];
        const struct snapshot_tree_entry *b = &t->entry[i];
        if (a->mode != b->mode || snapshot_tree_order(a, b) != 0 || !oid_equal(&a->id, &b->id))
            return contradiction(e);
    }
    return 0;
}

static const struct snapshot_tree_entry *find_records(const struct snapshot_tree *t)
{
    for (size_t i = 0; i < t->n; i++) {
        if (t->entry[i].name.len == 1 && t->entry[i].name.ptr[0] == META_RECORDS[0] && t->entry[i].mode == SNAPSHOT_TREE_FILE)
            return &t->entry[i];
    }
    return NULL;
}

static int read_tree(struct store *s, const struct oid *id, void **ret_raw, struct snapshot_tree *ret, struct err *e)
{
    size_t len = 0;
    if (store_get(s, id, STORE_TREE, ret_raw, &len, e) != 0)
        return e->class;
    return snapshot_tree_decode(*ret_raw, len, ret, e);
}

static int read_meta(struct store *s, const struct oid *meta, struct snapshot_dir *ret, struct err *e)
{
    AUTO(mem_free_ptr) void *raw = NULL;
    AUTO(mem_free_ptr) void *records = NULL;
    AUTO(snapshot_tree_release) struct snapshot_tree t = {0};
    AUTO(snapshot_dir_release) struct snapshot_dir d = {0};
    size_t len = 0;
    if (read_tree(s, meta, &raw, &t, e) != 0)
        return e->class;
    const struct snapshot_tree_entry *m = find_records(&t);
    if (m == NULL)
        return contradiction(e);
    if (store_get(s, &m->id, STORE_BLOB, &records, &len, e) != 0 || snapshot_meta_decode(records, len, &d, e) != 0 ||
        join_meta(&d, &t, &m->id, e) != 0)
        return e->class;
    *ret = d;
    d = (struct snapshot_dir){0};
    return 0;
}

int snapshot_dir_read(struct store *s, const struct oid *files, const struct oid *meta, struct snapshot_dir *ret, struct err *e)
{
    AUTO(mem_free_ptr) void *raw = NULL;
    AUTO(snapshot_tree_release) struct snapshot_tree t = {0};
    AUTO(snapshot_dir_release) struct snapshot_dir d = {0};
    if (read_meta(s, meta, &d, e) != 0 || read_tree(s, files, &raw, &t, e) != 0 || join_files(&d, &t, e) != 0)
        return e->class;
    *ret = d;
    d = (struct snapshot_dir){0};
    return 0;
}

int snapshot_find(struct store *s, const struct oid *commit, const char *root, const char *path, struct snapshot_node *ret, struct err *e)
{
    struct oid id[2] = {0};
    const char *rest = path_below(path, root);
    int rc = rest && *rest ? snapshot_read(s, commit, &id[0], &id[1], e) : err_set(e, ERR_MISSING, "it lies outside");
    while (rc == 0) {
        AUTO(snapshot_dir_release) struct snapshot_dir d = {0};
        size_t len = strcspn(rest, "/");
        rc = snapshot_dir_read(s, &id[0], &id[1], &d, e);
        const struct snapshot_entry *x = rc == 0 ? find_entry(&d, (struct view){rest, len}) : NULL;
        if (rc == 0 && (!x || (rest[len] == '/' && x->node.type != SNAPSHOT_DIR)))
            return err_set(e, ERR_MISSING, "it is not in the snapshot");
        if (rc == 0 && rest[len] == '\0') {
            *ret = x->node;
            return 0;
        }
        if (rc == 0) {
            id[0] = x->files;
            id[1] = x->meta;
            rest += len + 1;
        }
    }
    return rc;
}
