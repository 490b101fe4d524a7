/* mask: from a deny below a grant to mounts. */
#include "core/mask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/mem.h"
#include "core/mounts.h"
#include "core/path.h"

/* What lies on the way and could be renamed would take the mask with it, and leave its name free. A missing directory gets a placeholder; a file in
 * the place of one keeps the denied path from coming to exist for as long as it stays. */
static void pin_ancestors(struct caps *c, const char *grant, const char *path)
{
    AUTO(mem_free_ptr) char *at = path_parent(path);
    while (strcmp(at, grant) != 0 && path_is_within(at, grant)) {
        struct stat st;
        bool exists = lstat(at, &st) == 0;
        if (exists || errno == ENOENT)
            caps_add_mask(c, mem_strdup(at), CAPS_MASK_PIN);
        char *above = path_parent(at);
        mem_free(at);
        at = above;
    }
}

static bool is_granted(const struct caps *c, const char *path)
{
    struct caps_answer reading;
    struct caps_answer writing;
    caps_evaluate(c, path, CAPS_READ, &reading);
    caps_evaluate(c, path, CAPS_WRITE, &writing);
    return (reading.granted | writing.granted) != 0;
}

static const char *hide(struct caps *c, const char *path, bool placeholders)
{
    struct stat st;
    if (lstat(path, &st) < 0) {
        if (errno == ENOTDIR)
            return NULL;
        if (errno != ENOENT)
            return " below it, and cannot be looked at";
        if (!placeholders)
            return " below it and does not exist, which needs nono to stay beside the command";
        caps_add_mask(c, mem_strdup(path), CAPS_MASK_PLACEHOLDER);
        return NULL;
    }
    if (S_ISLNK(st.st_mode)) /* what it leads to is denied by a rule of its own, or may be seen */
        return strlist_has(&c->links, path) ? NULL : " below it, and is a link, which could be replaced";
    if (S_ISREG(st.st_mode) && st.st_nlink > 1)
        return " below it, and has another name (a hard link) that may lie below a grant";
    caps_add_mask(c, mem_strdup(path), S_ISDIR(st.st_mode) ? CAPS_MASK_DIR : CAPS_MASK_FILE);
    return NULL;
}

/* A bind mount shows the denied object, or something in it, a second time. */
static const char *hide_aliases(struct caps *c, const char *mountinfo, const char *path, bool placeholders)
{
    AUTO(strlist_release) struct strlist alias = STRLIST_INIT;
    mounts_aliases(mountinfo, path, mounts_is_shown, &alias);
    for (size_t i = 0; i < alias.n; i++) {
        const char *why = is_granted(c, alias.item[i]) ? hide(c, alias.item[i], placeholders) : NULL;
        if (why)
            return why;
    }
    return NULL;
}

const char *mask_add(struct caps *c, const struct caps_grant *g, const char *path, const char *mountinfo, bool placeholders)
{
    if (g->access & CAPS_WRITE)
        pin_ancestors(c, g->path, path);
    const char *why = hide(c, path, placeholders);
    return why ? why : hide_aliases(c, mountinfo, path, placeholders);
}

void mask_add_links(struct caps *c)
{
    for (size_t i = 0; i < c->links.n; i++) {
        const char *link = c->links.item[i];
        for (size_t j = 0; j < c->n_grants; j++) {
            const struct caps_grant *g = &c->grant[j];
            if (!g->exists || g->file_only || !(g->access & CAPS_WRITE) || !path_is_within(link, g->path))
                continue;
            pin_ancestors(c, g->path, link);
            caps_add_mask(c, mem_strdup(link), CAPS_MASK_PIN);
        }
    }
}

static int compare(const void *a, const void *b)
{
    const struct caps_mask *x = a;
    const struct caps_mask *y = b;
    int order = strcmp(x->path, y->path);
    return order ? order : (x->kind == CAPS_MASK_PIN) - (y->kind == CAPS_MASK_PIN);
}

static bool is_hidden(const struct caps *c, size_t n, const char *path)
{
    for (size_t i = 0; i < n; i++)
        if (c->mask[i].kind != CAPS_MASK_PIN && path_is_within(path, c->mask[i].path))
            return true;
    return false;
}

void mask_order(struct caps *c)
{
    size_t kept = 0;
    if (c->n_masks > 1)
        qsort(c->mask, c->n_masks, sizeof *c->mask, compare);
    for (size_t i = 0; i < c->n_masks; i++) {
        bool again = kept > 0 && strcmp(c->mask[kept - 1].path, c->mask[i].path) == 0;
        if (again || is_hidden(c, kept, c->mask[i].path))
            mem_free(c->mask[i].path);
        else
            c->mask[kept++] = c->mask[i];
    }
    c->n_masks = kept;
}

void mask_drop(struct caps *c)
{
    while (c->n_masks > 0)
        mem_free(c->mask[--c->n_masks].path);
}
