/* denied_group: many files of one directory are one thing to a person, and one option allows them. */
#include <string.h>

#include "core/mem.h"
#include "core/path.h"
#include "shell/denied.h"

/* NULL where a grant of the directory would be far more than was asked for. */
static char *directory_of(const struct world *w, const struct session_denial *d)
{
    static const char *const wide[] = {"/", "/etc", "/tmp", "/usr", "/var", "/home", "/root", "/run", "/proc", "/dev", "/sys"};
    bool is_file = d->operation <= DENIALS_WRITE || d->operation == DENIALS_READWRITE || d->operation == DENIALS_EXECUTE;
    if (!is_file || *d->target != '/')
        return NULL;
    AUTO(mem_free_ptr) char *parent = path_parent(d->target);
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (strcmp(parent, wide[i]) == 0)
            return NULL;
    return path_is_within(w->home, parent) ? NULL : take_ptr(&parent);
}

static bool is_alike(const struct session_denial *a, const struct session_denial *b, const char *directory)
{
    const char *below = path_below(b->target, directory);
    return a->operation == b->operation && strcmp(a->program, b->program) == 0 && *b->target == '/' && below && *below && !strchr(below, '/');
}

static size_t count_alike(const struct session_denials *d, size_t first, const char *directory)
{
    size_t n = 0;
    for (size_t i = first; i < d->n; i++)
        n += is_alike(&d->item[first], &d->item[i], directory);
    return n;
}

static bool is_in_group(const struct denied_group *groups, size_t n, const struct session_denial *d)
{
    for (size_t i = 0; i < n; i++)
        if (groups[i].n > 1 && is_alike(&groups[i].shown, d, groups[i].shown.target))
            return true;
    return false;
}

struct denied_group *denied_groups(const struct world *w, const struct session_denials *d, size_t *ret_n)
{
    struct denied_group *groups = mem_array(d->n + 1, sizeof *groups);
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++) {
        if (is_in_group(groups, n, &d->item[i]))
            continue;
        AUTO(mem_free_ptr) char *directory = directory_of(w, &d->item[i]);
        size_t alike = directory ? count_alike(d, i, directory) : 1;
        struct denied_group *g = &groups[n++];
        *g = (struct denied_group){.shown = d->item[i], .n = 1};
        if (alike > DENIED_MAX_ALIKE) {
            g->n = alike;
            g->shown.count = 1;
            g->shown.target = take_ptr(&directory);
        } else {
            g->shown.target = mem_strdup(d->item[i].target);
        }
    }
    *ret_n = n;
    return groups;
}

void denied_groups_free(struct denied_group *groups, size_t n)
{
    for (size_t i = 0; i < n; i++)
        mem_free(groups[i].shown.target);
    mem_free(groups);
}
