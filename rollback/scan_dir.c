#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/path.h"
#include "core/str.h"
#include "rollback/exclude.h"
#include "rollback/scan_tree.h"

struct linux_dirent {
    uint64_t ino;
    int64_t off;
    uint16_t reclen;
    unsigned char type;
    char name[];
};

/* The entries of one directory while they are gathered. */
struct listing {
    struct bytes names;
    struct index_entry *entry;
    size_t n, cap;
};

static void listing_release(struct listing *l)
{
    bytes_release(&l->names);
    mem_free(l->entry);
}

/* "/a/b": from the root of the scan. */
static bool is_at(const struct scan_dir *d, const char *name, const char *wanted)
{
    if (strcmp(path_base(wanted), name) != 0)
        return false;
    AUTO(mem_free_ptr) char *path = scan_dir_path(d, name);
    return strcmp(path, wanted + 1) == 0;
}

static bool is_left_out(const struct scan *s, const struct scan_dir *d, const char *name)
{
    if (name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0')))
        return true;
    const struct strlist *exclude = s->request.exclude;
    for (size_t i = 0; exclude != NULL && i < exclude->n; i++) {
        if (exclude->item[i][0] == '/' && is_at(d, name, exclude->item[i]))
            return true;
    }
    return exclude_has_name(exclude, name);
}

static int add_name(struct listing *l, const char *name, struct err *e)
{
    size_t len = strlen(name);
    if (l->names.len + len + 1 > UINT32_MAX || l->n >= SCAN_MAX_ENTRIES)
        return err_set(e, ERR_LIMIT, "it has more than %d entries", SCAN_MAX_ENTRIES);
    mem_reserve(&l->entry, &l->cap, l->n + 1, sizeof(*l->entry));
    l->entry[l->n++] = (struct index_entry){.name = (uint32_t)l->names.len, .name_len = (uint16_t)len};
    bytes_add(&l->names, name, len + 1);
    return 0;
}

static int list_names(struct scan_worker *w, const struct scan_dir *d, int fd, struct listing *l, struct err *e)
{
    for (;;) {
        long n = syscall(SYS_getdents64, fd, w->buffer, SCAN_LIST_BUFFER);
        if (n < 0)
            return errno == EACCES ? SCAN_UNLISTABLE : err_sys(e, ERR_IO, errno, "cannot list it");
        if (n == 0)
            return 0;
        for (long at = 0; at < n;) {
            const struct linux_dirent *x = (const void *)(w->buffer + at);
            at += x->reclen;
            if (!is_left_out(w->scan, d, x->name) && add_name(l, x->name, e) != 0)
                return e->class;
        }
    }
}

static int by_name(const void *a, const void *b, void *names)
{
    const struct index_entry *x = a;
    const struct index_entry *y = b;
    return strcmp((const char *)names + x->name, (const char *)names + y->name);
}

static bool is_state_dir(const struct scan *s, const struct index_entry *x)
{
    return S_ISDIR(x->mode) && x->ino == s->state_ino && x->dev == s->state_dev;
}

/* SCAN_SKIP: the entry is not to be kept, as it has gone or may not be seen. */
static int read_entry(struct scan_worker *w, struct scan_dir *d, const char *name, const struct index_entry *cached, struct index_entry *x,
                      struct err *e)
{
    struct scan *s = w->scan;
    struct index_entry now;
    struct stat st;
    if (fstatat(d->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT)
            return SCAN_SKIP;
        return errno == EACCES ? SCAN_UNLISTABLE : err_sys(e, ERR_IO, errno, "cannot look at it");
    }
    index_entry_of(&st, &now);
    if (is_state_dir(s, &now))
        return SCAN_SKIP;
    if (cached != NULL && index_entry_holds(cached, &now, s->index.scanned_ns, s->request.settle_ns) && scan_has_ids(s, cached)) {
        now = *cached;
        now.name = x->name;
        now.name_len = x->name_len;
        *x = now;
        return 0;
    }
    d->changed = true;
    int status = scan_object(&w->reader, d->fd, name, x, e);
    if (cached != NULL && S_ISDIR(cached->mode) && S_ISDIR(x->mode))
        x->link = cached->link;
    x->flags |= SCAN_FRESH;
    if (status == ERR_MISSING && !w->reader.store_failed)
        return SCAN_SKIP;
    if (status == 0 && (x->flags & SNAPSHOT_UNREADABLE) != 0) {
        w->n_unreadable++;
        scan_note(s, d, name, "cannot be read");
    }
    return status;
}

static int at_name(const struct scan_dir *d, const char *name, struct err *e)
{
    AUTO(mem_free_ptr) char *path = scan_dir_path(d, name);
    return err_add(e, "%s", path);
}

/* Merge of the sorted names with the sorted cache; entries that are not kept are squeezed out. */
static int read_entries(struct scan_worker *w, struct scan_dir *d, struct listing *l, struct err *e)
{
    size_t kept = 0;
    size_t at = 0;
    for (size_t i = 0; i < l->n; i++) {
        const char *name = (const char *)l->names.ptr + l->entry[i].name;
        const struct index_entry *cached = NULL;
        int order = -1;
        while (at < d->cached.n && (order = strcmp(d->cached.names + d->cached.entry[at].name, name)) < 0)
            at++;
        if (at < d->cached.n && order == 0)
            cached = &d->cached.entry[at++];
        int status = read_entry(w, d, name, cached, &l->entry[i], e);
        if (status != 0 && status != SCAN_SKIP)
            return status > 0 ? status : at_name(d, name, e);
        if (status == 0)
            l->entry[kept++] = l->entry[i];
    }
    l->n = kept;
    d->changed = d->changed || !d->has_cached || kept != d->cached.n;
    w->n_entries += kept;
    return 0;
}

static void take_listing(struct scan_dir *d, struct listing *l)
{
    if (!d->changed) {
        d->list = d->cached;
        return;
    }
    d->own = take_ptr(&l->entry);
    d->list = (struct index_dir){.entry = d->own, .names = (char *)l->names.ptr, .n = (uint32_t)l->n, .names_len = (uint32_t)l->names.len};
    l->names = (struct bytes){0};
}

static struct scan_dir *make_child(const struct scan *s, struct scan_dir *d, const struct index_entry *x)
{
    struct scan_dir *c = mem_alloc(sizeof(*c));
    c->parent = d;
    c->name = d->list.names + x->name;
    c->stat = *x;
    c->stat.flags &= (uint16_t)~SCAN_FRESH;
    c->fd = -1;
    c->depth = d->depth + 1;
    c->unfinished = c->users = 1;
    c->has_cached = x->link != 0 && index_dir_at(&s->index, x->link, &c->cached);
    c->changed = (x->flags & SCAN_FRESH) != 0 || !c->has_cached;
    return c;
}

static void make_children(const struct scan *s, struct scan_dir *d)
{
    size_t n = 0;
    for (size_t i = 0; i < d->list.n; i++)
        n += S_ISDIR(d->list.entry[i].mode);
    d->child = n == 0 ? NULL : mem_array(n, sizeof(struct scan_dir *));
    for (size_t i = 0; i < d->list.n; i++) {
        if (S_ISDIR(d->list.entry[i].mode))
            d->child[d->n_made++] = make_child(s, d, &d->list.entry[i]);
        if (d->own != NULL)
            d->own[i].flags &= (uint16_t)~SCAN_FRESH;
    }
    d->n_children = d->n_made;
    (void)atomic_fetch_add(&d->unfinished, n);
    (void)atomic_fetch_add(&d->users, n);
}

static int list_entries(struct scan_worker *w, struct scan_dir *d, struct err *e)
{
    AUTO(listing_release) struct listing l = {0};
    if (scan_names_hold(w, d))
        return 0;
    int status = list_names(w, d, d->fd, &l, e);
    if (status != 0)
        return status > 0 ? status : at_name(d, "", e);
    if (l.n > 1)
        qsort_r(l.entry, l.n, sizeof(*l.entry), by_name, l.names.ptr);
    status = read_entries(w, d, &l, e);
    if (status != 0)
        return status;
    if (w->n_entries > SCAN_MAX_ENTRIES)
        return err_set(e, ERR_LIMIT, "the tree has more than %d entries", SCAN_MAX_ENTRIES);
    take_listing(d, &l);
    return 0;
}

static void close_early(struct scan *s, struct scan_dir *d)
{
    if (d->parent == NULL || d->fd < 0 || atomic_load(&s->n_fds) <= SCAN_MAX_FDS)
        return;
    mem_close_fd(&d->fd);
    (void)atomic_fetch_sub(&s->n_fds, 1);
}

/* What cannot be listed, or lies too deep, is recorded as empty and not covered. */
static void give_up(struct scan_worker *w, struct scan_dir *d, const char *why)
{
    d->unreadable = d->changed = true;
    w->n_unreadable++;
    scan_note(w->scan, d, "", why);
}

int scan_dir_read(struct scan_worker *w, struct scan_dir *d, struct err *e)
{
    struct scan *s = w->scan;
    if (d->depth > SCAN_MAX_DEPTH) {
        give_up(w, d, "lies too deep");
        scan_dir_leave(s, d->parent);
        return 0;
    }
    int status = d->parent == NULL ? 0 : scan_dir_open(s, d, e);
    if (status == 0 && !d->gone)
        status = list_entries(w, d, e);
    if (status == SCAN_UNLISTABLE && d->parent == NULL)
        status = err_set(e, ERR_DENIED, "it cannot be read");
    if (status == SCAN_UNLISTABLE) {
        give_up(w, d, "cannot be read");
        status = 0;
    }
    if (status == 0) {
        make_children(s, d);
        close_early(s, d);
        scan_push(s, d->child, d->n_children);
    }
    scan_dir_leave(s, d);
    return status;
}

void scan_dir_release(struct scan_dir *d)
{
    if (d->own != NULL) {
        mem_free(d->own);
        mem_free((void *)(uintptr_t)d->list.names);
    }
    mem_free(d->child);
    mem_close_fd(&d->fd);
}
