/* undo: one record taken back, where names came, went or moved. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rollback/undo_parts.h"

static bool is_dir(const struct undo_place *p)
{
    return p->is_there && S_ISDIR(p->look.mode);
}

static int move(struct undo *u, const struct undo_place *from, const struct undo_place *to, unsigned flags)
{
    bool moves_dir = is_dir(from) || is_dir(to);
    if (to->place.dir < 0)
        return undo_refuse(u, to->place.path);
    int r = mutate_rename(u->into, &from->place, &to->place, flags);
    if (moves_dir)
        undo_forget(u);
    return r == -EEXIST ? undo_refuse(u, to->place.path) : r;
}

/* The record does not know the inode: nono was killed before it could be told. What is there and older was not made then. */
static bool may_be_ours(const struct undo_place *p, const struct journal_entry *x)
{
    int64_t came_ns = p->look.birth_ns ? p->look.birth_ns : p->look.ctime_ns;
    return x->inode == 0 && came_ns >= x->time_ns;
}

static int take_away(struct undo *u, const struct undo_place *p)
{
    if (!is_dir(p))
        return mutate_unlink(u->into, &p->place);
    int r = mutate_take_tree(u->into, &p->place);
    undo_forget(u);
    return r;
}

static int undo_created(struct undo *u, const struct journal_entry *x)
{
    struct undo_place p;
    int r = undo_place_open(u, x->path, &p);
    if (r < 0 || !p.is_there)
        return r;
    if (!undo_is(&p, x->device, x->inode) && !may_be_ours(&p, x)) /* not this one's turn, unless somebody made it since */
        return p.look.ctime_ns > u->unchanged_since_ns ? undo_refuse(u, x->path) : 0;
    return take_away(u, &p);
}

static int undo_linked(struct undo *u, const struct journal_entry *x)
{
    struct undo_place p;
    struct undo_place twin;
    int r = undo_place_open(u, x->path, &p);
    if (r < 0 || !p.is_there)
        return r;
    if (!undo_is(&p, x->device, x->inode))
        return undo_refuse(u, x->path);
    r = undo_place_open(u, x->other, &twin);
    if (r < 0)
        return r;
    return undo_is(&twin, x->device, x->inode) ? mutate_unlink_twin(u->into, &p.place, &twin.place) : mutate_unlink(u->into, &p.place);
}

static int undo_unlinked(struct undo *u, const struct journal_entry *x)
{
    struct undo_place p;
    struct undo_place twin;
    int r = undo_place_open(u, x->path, &p);
    if (r == 0)
        r = undo_place_open(u, x->other, &twin);
    if (r < 0 || undo_is(&p, x->device, x->inode))
        return r;
    if (p.is_there || p.place.dir < 0 || !undo_is(&twin, x->device, x->inode))
        return undo_refuse(u, x->path);
    int fd = openat(twin.place.dir, twin.place.name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    const struct mutate_object o = {.fd = fd, .path = x->other};
    r = mutate_link(u->into, &o, &p.place);
    (void)close(fd);
    return r;
}

static int undo_renamed(struct undo *u, const struct journal_entry *x)
{
    struct undo_place from;
    struct undo_place to;
    int r = undo_place_open(u, x->path, &from);
    if (r == 0)
        r = undo_place_open(u, x->other, &to);
    if (r < 0)
        return r;
    if (undo_is(&to, x->device, x->inode) && !from.is_there)
        return move(u, &to, &from, RENAME_NOREPLACE);
    return undo_is(&from, x->device, x->inode) ? 0 : undo_refuse(u, x->other);
}

static int undo_exchanged(struct undo *u, const struct journal_entry *x)
{
    struct undo_place a;
    struct undo_place b;
    int r = undo_place_open(u, x->path, &a);
    if (r == 0)
        r = undo_place_open(u, x->other, &b);
    if (r < 0)
        return r;
    bool a_moved = undo_is(&b, x->device, x->inode);
    bool b_moved = undo_is(&a, x->device, x->other_inode);
    if (a_moved && b_moved)
        return move(u, &a, &b, RENAME_EXCHANGE);
    /* The other was as old as the session, and is gone for good. */
    if (a_moved && !a.is_there)
        return move(u, &b, &a, RENAME_NOREPLACE);
    if (b_moved && !b.is_there)
        return move(u, &a, &b, RENAME_NOREPLACE);
    bool never = undo_is(&a, x->device, x->inode) || undo_is(&b, x->device, x->other_inode);
    return never ? 0 : undo_refuse(u, x->path);
}

/* What lies in a stash is what was put there, and comes back by one call. */
static int return_file(struct undo *u, const struct journal_entry *x)
{
    struct undo_place p;
    struct undo_place kept;
    int r = undo_place_find_stash(u, x->stash, x->stash_id, &kept);
    if (r == 0)
        r = undo_place_find(u, x->path, &p);
    if (r < 0)
        return r;
    return kept.place.dir < 0 || p.place.dir < 0 ? -ENOENT : mutate_return(u->into, &kept.place, &p.place, x->device, x->inode);
}

static int undo_stashed(struct undo *u, const struct journal_entry *x)
{
    struct undo_place p;
    struct undo_place kept;
    int r = S_ISDIR(x->mode) ? -ENOENT : return_file(u, x);
    if (r != -ENOENT && r != -EEXIST && r != -EINVAL)
        return r;
    r = undo_place_stash(u, x->stash, x->stash_id, &kept);
    if (r == 0)
        r = undo_place_open(u, x->path, &p);
    if (r < 0)
        return r;
    if (undo_is(&kept, x->device, x->inode))
        r = p.is_there ? undo_refuse(u, x->path) : move(u, &kept, &p, RENAME_NOREPLACE);
    else if (!undo_is(&p, x->device, x->inode))
        r = undo_refuse(u, x->path);
    return r == 0 && S_ISDIR(x->mode) ? undo_settle_dir(u, x, x->path) : r;
}

/* The victim is in the stash, and what took its place is there, went back already, or is gone for good. */
static int put_back(struct undo *u, const struct journal_entry *x, struct undo_place *from, struct undo_place *to, struct undo_place *kept)
{
    if (undo_is(to, x->device, x->other_inode)) { /* linked to the stash, but not replaced */
        int r = unlinkat(kept->place.dir, kept->place.name, 0);
        return r < 0 ? -errno : 0;
    }
    if (undo_is(to, x->device, x->inode) && x->flags & JOURNAL_BORN && !is_dir(to))
        return move(u, kept, to, 0);
    if (undo_is(to, x->device, x->inode)) {
        int r = x->flags & JOURNAL_BORN ? take_away(u, to)
                : from->is_there        ? undo_refuse(u, x->path)
                                        : move(u, to, from, RENAME_NOREPLACE);
        if (r == 0)
            r = undo_place_open(u, x->other, to);
        if (r == 0)
            r = undo_place_stash(u, x->stash, x->stash_id, kept);
        return r == 0 ? move(u, kept, to, RENAME_NOREPLACE) : r;
    }
    bool is_clear = x->flags & JOURNAL_BORN || undo_is(from, x->device, x->inode);
    return is_clear && !to->is_there ? move(u, kept, to, RENAME_NOREPLACE) : undo_refuse(u, x->other);
}

static int undo_replaced(struct undo *u, const struct journal_entry *x)
{
    struct undo_place from;
    struct undo_place to;
    struct undo_place kept;
    int r = undo_place_open(u, x->path, &from);
    if (r == 0)
        r = undo_place_open(u, x->other, &to);
    if (r == 0)
        r = undo_place_stash(u, x->stash, x->stash_id, &kept);
    if (r < 0)
        return r;
    if (undo_is(&kept, x->device, x->other_inode))
        r = put_back(u, x, &from, &to, &kept);
    else if (undo_is(&from, x->device, x->other_inode) && undo_is(&to, x->device, x->inode)) /* killed between swap and stash */
        r = move(u, &from, &to, RENAME_EXCHANGE);
    else if (!undo_is(&to, x->device, x->other_inode))
        r = undo_refuse(u, x->other);
    return r == 0 && S_ISDIR(x->mode) ? undo_settle_dir(u, x, x->other) : r;
}

int undo_step(struct undo *u, const struct journal_entry *x)
{
    switch (x->kind) {
    case JOURNAL_CREATED:
        return undo_created(u, x);
    case JOURNAL_LINKED:
        return undo_linked(u, x);
    case JOURNAL_RENAMED:
        return undo_renamed(u, x);
    case JOURNAL_REPLACED:
        return undo_replaced(u, x);
    case JOURNAL_EXCHANGED:
        return undo_exchanged(u, x);
    case JOURNAL_STASHED:
        return undo_stashed(u, x);
    case JOURNAL_REMOVED:
        return undo_removed(u, x);
    case JOURNAL_UNLINKED:
        return undo_unlinked(u, x);
    case JOURNAL_CONTENT:
        return x->flags & JOURNAL_ABSENT ? undo_refuse(u, x->path) : undo_meta(u, x);
    case JOURNAL_TIMES:
    case JOURNAL_MODE:
    case JOURNAL_ATTRIBUTE:
        return undo_meta(u, x);
    }
    return -EINVAL;
}
