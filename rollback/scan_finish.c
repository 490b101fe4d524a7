/* A directory whose children are all known: its ids, from the cache or anew. */
#include <string.h>
#include <sys/stat.h>

#include "core/mem.h"
#include "rollback/scan_tree.h"

/* The list as its own, for changing it. */
static void own_list(struct scan_dir *d)
{
    if (d->own != NULL || d->list.n == 0)
        return;
    d->own = mem_dup(d->list.entry, d->list.n * sizeof(*d->own));
    d->list.entry = d->own;
    d->list.names = mem_dup(d->list.names, d->list.names_len);
}

/* What children found out about themselves after they were listed. */
static void revise(struct scan_dir *d)
{
    size_t kept = 0;
    size_t kept_children = 0;
    size_t at = 0;
    bool has_news = false;
    for (size_t i = 0; i < d->n_children; i++)
        has_news = has_news || d->child[i]->gone || d->child[i]->unreadable;
    if (!has_news)
        return;
    own_list(d);
    d->changed = true;
    for (size_t i = 0; i < d->list.n; i++) {
        struct scan_dir *c = S_ISDIR(d->own[i].mode) ? d->child[at] : NULL;
        at += c != NULL;
        if (c != NULL && c->gone)
            continue;
        d->own[kept] = d->own[i];
        if (c != NULL) {
            d->own[kept].flags |= c->unreadable ? SNAPSHOT_UNREADABLE : 0;
            /* Those that have gone move behind the others, to be freed with them. */
            d->child[at - 1] = d->child[kept_children];
            d->child[kept_children++] = c;
        }
        kept++;
    }
    d->list.n = (uint32_t)kept;
    d->n_children = kept_children;
}

static bool children_are_as_cached(const struct scan_dir *d)
{
    for (size_t i = 0; i < d->n_children; i++) {
        const struct scan_dir *c = d->child[i];
        if (!c->has_cached || !oid_equal(&c->files, &c->cached.files) || !oid_equal(&c->meta, &c->cached.meta))
            return false;
    }
    return true;
}

static bool store_has_dir(const struct scan *s, const struct scan_dir *d)
{
    return !s->check_ids || (store_has(s->store, &d->cached.files) && store_has(s->store, &d->cached.meta));
}

static int write_dir(const struct scan *s, struct scan_dir *d, struct err *e)
{
    AUTO(mem_free_ptr) struct snapshot_entry *entry = mem_array((size_t)d->list.n + 1, sizeof(*entry));
    /* Names are borrowed here; the snapshot only reads them. */
    struct snapshot_dir new = {.entry = entry, .n = d->list.n};
    size_t child = 0;
    index_entry_node(&d->stat, &new.self);
    new.self.flags |= d->unreadable ? SNAPSHOT_UNREADABLE : 0;
    for (size_t i = 0; i < d->list.n; i++) {
        const struct index_entry *x = &d->list.entry[i];
        entry[i].name = (char *)(uintptr_t)(d->list.names + x->name);
        index_entry_node(x, &entry[i].node);
        if (S_ISDIR(x->mode)) {
            entry[i].files = d->child[child]->files;
            entry[i].meta = d->child[child]->meta;
            child++;
        }
    }
    return snapshot_dir_write(s->store, &new, &d->files, &d->meta, e);
}

int scan_dir_finish(struct scan_worker *w, struct scan_dir *d, struct err *e)
{
    struct scan *s = w->scan;
    if (d->gone)
        return 0;
    revise(d);
    if (!d->changed && children_are_as_cached(d) && store_has_dir(s, d)) {
        d->files = d->cached.files;
        d->meta = d->cached.meta;
        return 0;
    }
    atomic_store(&s->differs, true);
    return write_dir(s, d, e);
}
