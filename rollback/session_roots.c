/* session_roots: where outside its tree a session changed something, in the end. */
#include <string.h>

#include "core/mem.h"
#include "core/path.h"
#include "rollback/session_journal.h"

struct finding {
    const struct session_record *record;
    const struct seal_state *state;
    struct strlist roots;
};

static const char *root_of(const struct session_record *r, const char *path)
{
    const char *found = NULL;
    for (size_t i = 0; i < r->roots.n; i++) {
        const char *root = r->roots.item[i];
        if (path_is_within(path, root) && (!found || strlen(root) > strlen(found)))
            found = root;
    }
    return found;
}

/* Of a root around the tree, as the home directory may be, the uppermost part that is not: else what happened in one project would be found in all. */
static char *part_of(const struct session_record *r, const char *root, const char *path)
{
    if (!path_is_within(r->workdir, root))
        return mem_strdup(root);
    size_t len = strcmp(root, "/") == 0 ? 0 : strlen(root);
    while (path[len] == '/') {
        len += 1 + strcspn(path + len + 1, "/");
        AUTO(mem_free_ptr) char *part = mem_strndup(path, len);
        if (!path_is_within(r->workdir, part))
            return take_ptr(&part);
    }
    return mem_strdup(path);
}

static bool is_touched(const struct seal_state *s, const struct seal_pair *p)
{
    return !seal_pair_in_place(p) || seal_side_object(s, &p->before);
}

/* A directory around the tree changes its time with what is in it. */
static int find(void *arg, const char *path, const struct seal_pair *p, size_t n_children)
{
    struct finding *f = arg;
    const struct session_record *r = f->record;
    (void)n_children;
    if (path_is_within(path, r->workdir) || path_is_within(r->workdir, path) || !is_touched(f->state, p))
        return 0;
    const char *root = root_of(r, path);
    AUTO(mem_free_ptr) char *part = root ? part_of(r, root, path) : mem_strdup(path);
    for (size_t i = 0; i < f->roots.n; i++) {
        if (path_is_within(part, f->roots.item[i]))
            return 0;
    }
    if (f->roots.n < SESSION_MAX_ROOTS - 1)
        strlist_add_take(&f->roots, take_ptr(&part));
    else
        (void)strlist_add_once(&f->roots, root ? root : "/");
    return 0;
}

void session_roots_settle(const struct seal_state *s, struct session_record *r)
{
    struct finding f = {.record = r, .state = s};
    (void)seal_pair_walk(s, "/", find, &f);
    strlist_release(&r->roots);
    r->roots = f.roots;
}
