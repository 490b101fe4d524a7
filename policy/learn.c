/* learn: what is used, judged, and gathered into proposals. */
#include "policy/learn.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/path.h"
#include "policy/expand.h"
#include "policy/group.h"
#include "policy/real.h"

enum {
    COMPANY = 3,    /* uses in one directory that make it worth granting as a whole */
    GROUP_WORTH = 2, /* paths that a group must stand for */
};

static void judge(const struct learn_request *r, struct learn_need *n, struct learn *l)
{
    struct caps_answer answer;
    caps_evaluate_seen(r->caps, n->use.path, n->use.access, &answer);
    n->proposal = LEARN_NO_PROPOSAL;
    n->fate = LEARN_LEFT;
    if (answer.allowed) {
        n->fate = LEARN_COVERED;
        n->rule = answer.grant ? &answer.grant->origin : NULL;
        l->covered++;
    } else if (answer.deny) {
        n->fate = LEARN_DENIED;
        n->rule = &answer.deny->origin;
        l->denied++;
    } else if (path_is_within(n->use.path, r->workdir)) {
        n->fate = LEARN_WORKDIR;
        l->workdir_access |= n->use.access;
    }
}

static bool is_open(const struct learn_need *n)
{
    return n->fate == LEARN_LEFT && n->proposal == LEARN_NO_PROPOSAL;
}

/* What one entry of a group grants. */
struct entry {
    char *path;
    unsigned access;
};
struct entries {
    struct entry *item;
    size_t n, cap;
};

static void entries_release(struct entries *e)
{
    for (size_t i = 0; i < e->n; i++)
        mem_free(e->item[i].path);
    mem_free(e->item);
}

static void add_entries(const struct learn_request *r, const struct strlist *paths, unsigned access, struct real_cache *cache, struct entries *ret)
{
    for (size_t i = 0; i < paths->n; i++) {
        AUTO(mem_free_ptr) char *path = NULL;
        AUTO(real_release) struct real real = {0};
        struct err ignored = ERR_INIT;
        if (expand_path(r->world, r->workdir, paths->item[i], &path, &ignored) < 0)
            continue;
        real_find(cache, path, &real);
        mem_reserve(&ret->item, &ret->cap, ret->n + 1, sizeof *ret->item);
        ret->item[ret->n++] = (struct entry){.path = take_ptr(&real.path), .access = access};
    }
}

static bool grants(const struct entries *e, const struct learn_use *use)
{
    unsigned access = 0;
    for (size_t i = 0; i < e->n; i++)
        if (path_is_within(use->path, e->item[i].path))
            access |= e->item[i].access;
    return (use->access & ~access) == 0;
}

static size_t count_open(const struct learn *l, const struct entries *e)
{
    size_t n = 0;
    for (size_t i = 0; i < l->n_needs; i++)
        n += is_open(&l->need[i]) && grants(e, &l->need[i].use);
    return n;
}

static ptrdiff_t add_proposal(struct learn *l, struct learn_proposal p)
{
    mem_reserve(&l->proposal, &l->cap_proposals, l->n_proposals + 1, sizeof *l->proposal);
    l->proposal[l->n_proposals] = p;
    return (ptrdiff_t)l->n_proposals++;
}

static void give(struct learn *l, struct learn_need *n, ptrdiff_t proposal)
{
    n->fate = LEARN_PROPOSED;
    n->proposal = proposal;
    l->proposal[proposal].n_needs++;
}

/* One that only grants, and is not there yet. */
static bool is_candidate(const struct learn_request *r, const struct group *g)
{
    return group_applies(g) && !strlist_has(r->groups, g->name) && g->read.n + g->write.n + g->readwrite.n > 0 && g->deny.n + g->commands.n == 0;
}

static void read_groups(const struct learn_request *r, const struct group_set *set, struct entries *ret)
{
    AUTO(real_cache_release) struct real_cache cache = {0};
    for (size_t i = 0; i < set->n; i++) {
        const struct group *g = &set->group[i];
        if (!is_candidate(r, g))
            continue;
        add_entries(r, &g->read, CAPS_READ, &cache, &ret[i]);
        add_entries(r, &g->write, CAPS_WRITE, &cache, &ret[i]);
        add_entries(r, &g->readwrite, CAPS_READWRITE, &cache, &ret[i]);
    }
}

/* The one that stands for most, as long as one stands for several. */
static void propose_groups(const struct learn_request *r, struct learn *l)
{
    AUTO(group_set_release) struct group_set set = {0};
    group_set_load(&set);
    AUTO(mem_free_ptr) struct entries *entries = mem_array(set.n + 1, sizeof *entries);
    read_groups(r, &set, entries);
    for (;;) {
        size_t best = 0;
        size_t most = 0;
        for (size_t i = 0; i < set.n; i++) {
            size_t n = count_open(l, &entries[i]);
            if (n > most || (n == most && n > 0 && entries[i].n < entries[best].n)) {
                most = n;
                best = i;
            }
        }
        if (most < GROUP_WORTH)
            break;
        ptrdiff_t p = add_proposal(l, (struct learn_proposal){.group = mem_strdup(set.group[best].name)});
        for (size_t i = 0; i < l->n_needs; i++)
            if (is_open(&l->need[i]) && grants(&entries[best], &l->need[i].use))
                give(l, &l->need[i], p);
    }
    for (size_t i = 0; i < set.n; i++)
        entries_release(&entries[i]);
}

static int by_path(const void *a, const void *b)
{
    const struct learn_need *const *x = a;
    const struct learn_need *const *y = b;
    return strcmp((*x)->use.path, (*y)->use.path);
}

/* Those without a proposal, sorted, so that those of one directory stand together. */
static size_t open_needs(struct learn *l, struct learn_need **ret)
{
    size_t n = 0;
    for (size_t i = 0; i < l->n_needs; i++)
        if (is_open(&l->need[i]))
            ret[n++] = &l->need[i];
    qsort(ret, n, sizeof(struct learn_need *), by_path);
    return n;
}

static size_t parent_len(const char *path)
{
    return (size_t)(strrchr(path, '/') - path);
}

static bool same_parent(const char *a, const char *b)
{
    size_t len = parent_len(a);
    return len == parent_len(b) && strncmp(a, b, len) == 0;
}

static ptrdiff_t find_proposal(const struct learn *l, const char *path)
{
    for (size_t i = 0; i < l->n_proposals; i++)
        if (l->proposal[i].path && strcmp(l->proposal[i].path, path) == 0)
            return (ptrdiff_t)i;
    return LEARN_NO_PROPOSAL;
}

static void propose_path(const struct learn_request *r, struct learn *l, struct learn_need *need, bool has_company)
{
    bool is_file;
    AUTO(mem_free_ptr) char *path = learn_place(r, &need->use, has_company, &is_file);
    if (!path)
        return;
    unsigned access = learn_access(r, &need->use, path);
    ptrdiff_t p = find_proposal(l, path);
    if (p == LEARN_NO_PROPOSAL) {
        char *text = learn_text(r->world, path);
        p = add_proposal(l, (struct learn_proposal){.path = take_ptr(&path), .text = text, .is_file = is_file});
    }
    l->proposal[p].access |= access;
    give(l, need, p);
}

static void propose_paths(const struct learn_request *r, struct learn *l)
{
    AUTO(mem_free_ptr) struct learn_need **open = mem_array(l->n_needs + 1, sizeof *open);
    size_t n = open_needs(l, open);
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;
        while (end < n && same_parent(open[i]->use.path, open[end]->use.path))
            end++;
        for (size_t k = i; k < end; k++)
            propose_path(r, l, open[k], end - i >= COMPANY);
        i = end;
    }
}

/* What another proposal grants as well is not proposed on its own. */
static bool is_within_another(const struct learn *l, size_t i, ptrdiff_t *ret)
{
    const struct learn_proposal *p = &l->proposal[i];
    for (size_t k = 0; k < l->n_proposals; k++) {
        const struct learn_proposal *other = &l->proposal[k];
        if (k == i || !other->path || other->is_file || other->n_needs == 0 || !path_is_within(p->path, other->path) || (p->access & ~other->access) != 0)
            continue;
        *ret = (ptrdiff_t)k;
        return true;
    }
    return false;
}

static void merge(struct learn *l)
{
    for (size_t i = 0; i < l->n_proposals; i++) {
        ptrdiff_t into;
        if (!l->proposal[i].path || !is_within_another(l, i, &into))
            continue;
        for (size_t k = 0; k < l->n_needs; k++)
            if (l->need[k].proposal == (ptrdiff_t)i)
                l->need[k].proposal = into;
        l->proposal[into].n_needs += l->proposal[i].n_needs;
        l->proposal[i].n_needs = 0;
    }
}

struct place {
    struct learn_proposal proposal;
    size_t was;
};

static int by_kind(const void *a, const void *b)
{
    const struct learn_proposal *x = &((const struct place *)a)->proposal;
    const struct learn_proposal *y = &((const struct place *)b)->proposal;
    if (!x->path != !y->path)
        return x->path ? 1 : -1;
    return strcmp(x->path ? x->path : x->group, y->path ? y->path : y->group);
}

static void release_proposal(struct learn_proposal *p)
{
    mem_free(p->group);
    mem_free(p->path);
    mem_free(p->text);
}

/* Drops what was merged, and sorts the rest. */
static void order(struct learn *l)
{
    AUTO(mem_free_ptr) struct place *places = mem_array(l->n_proposals + 1, sizeof *places);
    AUTO(mem_free_ptr) ptrdiff_t *now = mem_array(l->n_proposals + 1, sizeof *now);
    size_t n = 0;
    for (size_t i = 0; i < l->n_proposals; i++) {
        if (l->proposal[i].n_needs > 0)
            places[n++] = (struct place){l->proposal[i], i};
        else
            release_proposal(&l->proposal[i]);
    }
    qsort(places, n, sizeof *places, by_kind);
    for (size_t i = 0; i < n; i++) {
        l->proposal[i] = places[i].proposal;
        now[places[i].was] = (ptrdiff_t)i;
    }
    l->n_proposals = n;
    for (size_t k = 0; k < l->n_needs; k++)
        if (l->need[k].proposal != LEARN_NO_PROPOSAL)
            l->need[k].proposal = now[l->need[k].proposal];
}

void learn_make(const struct learn_request *r, struct learn *ret)
{
    *ret = (struct learn){.need = mem_array(r->n + 1, sizeof *ret->need), .n_needs = r->n};
    for (size_t i = 0; i < r->n; i++) {
        ret->need[i].use = r->use[i];
        judge(r, &ret->need[i], ret);
    }
    propose_groups(r, ret);
    propose_paths(r, ret);
    merge(ret);
    order(ret);
    if (ret->workdir_access & CAPS_WRITE)
        ret->workdir_access = CAPS_READWRITE;
    for (size_t i = 0; i < ret->n_needs; i++) {
        struct learn_need *n = &ret->need[i];
        if (n->fate == LEARN_LEFT && n->use.is_dir && n->use.existed && n->use.access == CAPS_READ)
            n->fate = LEARN_LISTED;
        ret->left += n->fate == LEARN_LEFT;
        ret->listed += n->fate == LEARN_LISTED;
    }
}

void learn_release(struct learn *l)
{
    for (size_t i = 0; i < l->n_proposals; i++)
        release_proposal(&l->proposal[i]);
    mem_free(l->proposal);
    mem_free(l->need);
    *l = (struct learn){0};
}
