/* A directory whose names need not be listed again: when nothing came or went, its own times tell. */
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "core/str.h"
#include "rollback/index_sum.h"
#include "rollback/scan_tree.h"

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif
#ifndef F2FS_SUPER_MAGIC
#define F2FS_SUPER_MAGIC 0xF2F52010
#endif

/* File systems of this machine alone, where each change of a name sets mtime and ctime of its directory. */
static const unsigned long known[] = {EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC, TMPFS_MAGIC};

static bool is_known(int fd)
{
    struct statfs st;
    if (fstatfs(fd, &st) != 0)
        return false;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if ((unsigned long)st.f_type == known[i])
            return true;
    }
    return false;
}

/* Changes with what an excluded name stands for: a cache made under another rule lists other names. */
enum { LEFT_OUT_RULE = 2 };

static uint32_t sum_of(const struct strlist *names)
{
    uint64_t sum = 0;
    for (size_t i = 0; names != NULL && i < names->n; i++)
        sum += index_sum(names->item[i], strlen(names->item[i]), LEFT_OUT_RULE);
    return names == NULL || names->n == 0 ? 0 : (uint32_t)sum | 1;
}

void scan_names_begin(struct scan *s)
{
    s->left_out = sum_of(s->request.exclude);
    s->names_are_kept = s->index.data != NULL && s->left_out == s->index.left_out && is_known(s->root.fd);
}

bool scan_has_ids(const struct scan *s, const struct index_entry *x)
{
    if (!s->check_ids)
        return true;
    bool has_content = S_ISREG(x->mode) || S_ISLNK(x->mode);
    return (!has_content || store_has(s->store, &x->content)) && (oid_is_zero(&x->xattrs) || store_has(s->store, &x->xattrs));
}

bool scan_names_hold(struct scan_worker *w, struct scan_dir *d)
{
    const struct scan *s = w->scan;
    if (!s->names_are_kept || !d->has_cached || d->changed || d->stat.dev != s->root.stat.dev)
        return false;
    for (size_t i = 0; i < d->cached.n; i++) {
        const struct index_entry *cached = &d->cached.entry[i];
        struct index_entry now;
        struct stat st;
        if (fstatat(d->fd, d->cached.names + cached->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            return false;
        index_entry_of(&st, &now);
        if (!index_entry_holds(cached, &now, s->index.scanned_ns, s->request.settle_ns) || !scan_has_ids(s, cached))
            return false;
    }
    d->list = d->cached;
    w->n_entries += d->cached.n;
    return true;
}
