/* restore_decide: what may be put back. */
#include "rollback/restore_decide.h"

const char *const restore_conflicts_names[] = {"keep", "before", "both", NULL};

bool restore_is_as_before(const struct change *c, const struct snapshot_node *now)
{
    struct snapshot_node before = c->before;
    if (now->type == 0)
        return before.type == 0;
    before.link_group = now->link_group;
    if (now->type == SNAPSHOT_DIR)
        before.flags = now->flags; /* about its entries, not about itself */
    return change_same_node(&before, now);
}

bool restore_needs_content(const struct change *c)
{
    return c->before.type == SNAPSHOT_FILE && (c->kind == CHANGE_DELETED || c->kind == CHANGE_MODIFIED);
}

/* Content that nobody could read is the same while size and time are. */
static bool same_substance(const struct snapshot_node *a, const struct snapshot_node *now)
{
    if (a->type != now->type || a->rdev != now->rdev)
        return false;
    if (a->type == SNAPSHOT_DIR)
        return true;
    if (a->type == SNAPSHOT_FILE && a->size != now->size)
        return false;
    if ((a->flags | now->flags) & SNAPSHOT_UNREADABLE)
        return a->flags == now->flags && a->mtime_ns == now->mtime_ns;
    return oid_equal(&a->content, &now->content);
}

/* chown(2) clears the set-id bits of a file; a restore may be killed between that and its chmod. */
static bool same_mode(const struct change *c, const struct snapshot_node *a, const struct snapshot_node *now)
{
    bool owner_changed = c->before.uid != c->after.uid || c->before.gid != c->after.gid;
    return a->type == SNAPSHOT_LINK || a->mode == now->mode || (owner_changed && (a->mode & 01777) == now->mode);
}

static bool is_ours(const struct change *c, const struct snapshot_node *now)
{
    const struct snapshot_node *b = &c->before;
    const struct snapshot_node *a = &c->after;
    bool from_before = b->type == now->type;
    bool from_after = a->type == now->type;
    if (now->type == 0)
        return from_before || from_after;
    return ((from_before && same_substance(b, now)) || (from_after && same_substance(a, now))) &&
           ((from_before && same_mode(c, b, now)) || (from_after && same_mode(c, a, now))) &&
           ((from_before && b->uid == now->uid) || (from_after && a->uid == now->uid)) &&
           ((from_before && b->gid == now->gid) || (from_after && a->gid == now->gid));
}

enum restore_verdict restore_decide(const struct change *c, const struct snapshot_node *now)
{
    if (restore_is_as_before(c, now))
        return RESTORE_DONE;
    if (!is_ours(c, now))
        return RESTORE_CONFLICT;
    if (restore_needs_content(c) && (c->before.flags & SNAPSHOT_UNREADABLE))
        return RESTORE_UNCOVERED;
    return RESTORE_PUT_BACK;
}
