#include "rollback/kept.h"

#include <string.h>

#include "core/mem.h"
#include "core/path.h"

/* Bytes of the longest that the path lies in, plus one; 0: it lies in none. `but`: not counted. */
static size_t longest(const struct strlist *trees, const char *path, const char *but)
{
    size_t most = 0;
    for (size_t i = 0; trees && i < trees->n; i++) {
        const char *tree = trees->item[i];
        size_t len = strlen(tree) + 1;
        if (len > most && path_is_within(path, tree) && !(but && strcmp(but, tree) == 0))
            most = len;
    }
    return most;
}

static bool is_kept(const struct kept *k, const char *path, const char *but)
{
    if (k->workdir && !k->workdir[0])
        return false;
    if (k->workdir && path_is_within(path, k->workdir))
        return true;
    size_t root = longest(k->roots, path, but);
    return root > 0 && root > longest(k->scratch, path, NULL);
}

bool kept_has(const struct kept *k, const char *path)
{
    return is_kept(k, path, NULL);
}

int kept_scratch(const struct kept *k, const char *path)
{
    size_t len = longest(k->scratch, path, NULL);
    for (size_t i = 0; len > 0 && !kept_has(k, path) && i < k->scratch->n; i++) {
        if (strlen(k->scratch->item[i]) + 1 == len && path_is_within(path, k->scratch->item[i]))
            return (int)i;
    }
    return -1;
}

static bool is_asked(const struct caps_grant *g)
{
    return g->origin.source == CAPS_FROM_USER || g->origin.source == CAPS_FROM_PROFILE;
}

void kept_never(const struct caps *c, struct strlist *ret)
{
    for (size_t i = 0; i < c->n_grants; i++) {
        const struct caps_grant *g = &c->grant[i];
        if (is_asked(g) && (g->access & CAPS_WRITE) && g->exists && caps_is_direct(g->path))
            (void)strlist_add_once(ret, g->path);
    }
}

void kept_roots(const struct caps *c, const char *workdir, bool only_asked, struct strlist *ret)
{
    AUTO(strlist_release) struct strlist all = STRLIST_INIT;
    const struct kept k = {.workdir = workdir, .roots = &all, .scratch = &c->scratch};
    for (size_t i = 0; i < c->n_grants; i++) {
        const struct caps_grant *g = &c->grant[i];
        if ((is_asked(g) || !only_asked) && (g->access & CAPS_WRITE) && g->exists && !caps_is_direct(g->path))
            (void)strlist_add_once(&all, g->path);
    }
    for (size_t i = 0; i < all.n; i++) {
        if (kept_has(&k, all.item[i]) && !is_kept(&k, all.item[i], all.item[i]))
            (void)strlist_add_once(ret, all.item[i]);
    }
}
