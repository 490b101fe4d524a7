#include "rollback/session_tree.h"

#include <stdlib.h>

#include "core/mem.h"
#include "core/path.h"

const char *session_tree_top(const struct session_record *r)
{
    return r->roots.n > 0 ? "/" : r->workdir;
}

bool session_tree_has(const struct session_record *r, const char *path)
{
    bool is_in = path_is_within(path, r->workdir);
    for (size_t i = 0; !is_in && i < r->roots.n; i++)
        is_in = path_is_within(path, r->roots.item[i]);
    return is_in;
}

/* A tree of `a` lies in one of `b`. */
static bool lies_in(const struct session_record *a, const struct session_record *b)
{
    bool is_in = session_tree_has(b, a->workdir);
    for (size_t i = 0; !is_in && i < a->roots.n; i++)
        is_in = session_tree_has(b, a->roots.item[i]);
    return is_in;
}

bool session_tree_meet(const struct session_record *a, const struct session_record *b)
{
    return lies_in(a, b) || lies_in(b, a);
}

const char *session_tree_below(const struct session_record *r, const char *path)
{
    const char *below = path_below(path, r->workdir);
    if (below)
        return below;
    bool is_in = r->roots.n > 0 && path_is_within(r->workdir, path);
    for (size_t i = 0; !is_in && i < r->roots.n; i++)
        is_in = path_is_within(path, r->roots.item[i]) || path_is_within(r->roots.item[i], path);
    return is_in ? path : NULL;
}

char *session_tree_path(const struct session_record *r, const char *path)
{
    return path[0] == '/' ? mem_strdup(path) : path_join(r->workdir, path);
}

static int by_walk(const void *a, const void *b)
{
    const struct change *x = a;
    const struct change *y = b;
    return change_path_order(x->path, y->path);
}

void session_tree_name(const struct session_record *r, struct change_list *l)
{
    if (r->roots.n == 0)
        return;
    for (size_t i = 0; i < l->n; i++) {
        AUTO(mem_free_ptr) char *whole = path_join("/", l->item[i].path);
        const char *below = path_below(whole, r->workdir);
        mem_free(l->item[i].path);
        l->item[i].path = mem_strdup(below ? below : whole);
    }
    if (l->n > 1)
        qsort(l->item, l->n, sizeof(*l->item), by_walk);
}

int session_tree_changes(struct store *s, const struct session_record *r, struct change_list *ret, struct err *e)
{
    int rc = change_between(s, &r->before, &r->after, ret, e);
    if (rc == 0)
        session_tree_name(r, ret);
    return rc;
}
