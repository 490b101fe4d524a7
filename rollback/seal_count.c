#include "rollback/seal_count.h"

#include <sys/stat.h>

struct counting {
    const struct seal_state *state;
    struct seal_counts *counts;
};

static bool differs_in_mode(const struct journal_net_object *o, const struct left_node *now)
{
    return o->n_attributes > 0 || (o->has_mode && (o->mode != now->mode || o->uid != now->uid || o->gid != now->gid));
}

/* A file that was opened for writing and never written to keeps its size and time. */
static bool is_modified_in_place(const struct seal_state *s, const struct seal_pair *p)
{
    const struct left_node *now = p->after.left;
    const struct journal_net_object *o = seal_side_object(s, &p->before);
    if (!o)
        return false;
    if (differs_in_mode(o, now))
        return true;
    return !S_ISDIR(now->mode) && ((o->has_time && o->mtime_ns != now->mtime_ns) || (o->has_content && o->size != now->size));
}

/* Another directory in the place of one: its entries are what counts. */
bool seal_is_modified(const struct seal_state *s, const struct seal_pair *p)
{
    if (seal_pair_in_place(p))
        return is_modified_in_place(s, p);
    return !(seal_side_is_dir(&p->before) && seal_side_is_dir(&p->after));
}

/* A directory that came or went counts only when nothing in it does. */
static int count(void *arg, const char *path, const struct seal_pair *p, size_t n_children)
{
    struct counting *c = arg;
    (void)path;
    bool was_there = p->before.from != SEAL_NOTHING;
    bool is_there = p->after.from != SEAL_NOTHING;
    if (was_there && is_there)
        c->counts->modified += seal_is_modified(c->state, p);
    else if (is_there)
        c->counts->created += n_children == 0;
    else if (was_there)
        c->counts->deleted += n_children == 0;
    return 0;
}

void seal_count(const struct seal_state *s, const char *path, struct seal_counts *ret)
{
    struct counting c = {.state = s, .counts = ret};
    *ret = (struct seal_counts){0};
    (void)seal_pair_walk(s, path, count, &c);
}
