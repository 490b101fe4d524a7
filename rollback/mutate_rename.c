/* mutate: names that move. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "rollback/mutate_parts.h"

struct move {
    struct work work;
    const struct mutate_place *from, *to;
    struct mutate_look a, b; /* what is at from, at to */
    bool has_b;
    bool from_scratch, to_scratch; /* as the caller says */
    bool a_older, b_older; /* older than the session */
};

/* Nothing of either needs to be kept. */
static bool is_all_scratch(const struct move *v)
{
    const struct mutate *m = v->work.m;
    return is_plain_scratch(m, &v->a, v->from->is_scratch) && v->to->is_scratch && (!v->has_b || is_plain_scratch(m, &v->b, true));
}

/* What goes from a kept tree to a scratch tree is followed there by its inode: a directory has too many. */
static int check_border(const struct move *v)
{
    bool a_leaves = v->to_scratch && !v->from_scratch && v->a_older && is_dir(&v->a);
    bool b_leaves = v->has_b && v->from_scratch && !v->to_scratch && v->b_older && is_dir(&v->b);
    return a_leaves || b_leaves ? -EXDEV : 0;
}

static int follow(struct move *v)
{
    struct mutate_inodes *t = &v->work.m->inodes;
    int r = v->to_scratch && !v->from_scratch && v->a_older ? mutate_inodes_add(t, &v->a, INODE_TRACKED) : 0;
    if (r == 0 && v->has_b && v->from_scratch && !v->to_scratch && v->b_older)
        r = mutate_inodes_add(t, &v->b, INODE_TRACKED);
    return r;
}

/* A file system may write ".." of a directory that gets another parent, and the time with it. */
static int record_own_times(struct move *v, const struct mutate_place *p, const struct mutate_look *l)
{
    struct mutate_look from;
    struct mutate_look to;
    if (!is_dir(l) || is_born(v->work.m, l))
        return 0;
    int r = mutate_look(v->from->dir, "", &from);
    if (r == 0)
        r = mutate_look(v->to->dir, "", &to);
    return r == 0 && !is_same(&from, &to) ? work_times(&v->work, p->path, l) : r;
}

/* The directories of both places, for a record that names them. */
static int need_both(struct move *v)
{
    int r = work_need(&v->work, v->from);
    if (r == 0)
        r = work_need(&v->work, v->to);
    if (r == 0)
        r = record_own_times(v, v->from, &v->a);
    return r;
}

/* What is as old as the session comes to be where it goes: there is nothing to bring back to where it came from. */
static int announce_born(struct work *w, const struct mutate_place *to, const struct mutate_look *l)
{
    bool is_kept = false;
    int r = work_touch(w, to, &is_kept);
    if (r < 0 || !is_kept)
        return r;
    struct journal_entry x = work_entry(w, JOURNAL_CREATED, to->path, l);
    x.flags = JOURNAL_BORN;
    return work_write(w, &x, NULL);
}

static int announce_move(struct move *v, uint64_t *ret_at)
{
    *ret_at = 0;
    if (!v->a_older) {
        int touched = work_touch(&v->work, v->from, NULL);
        return touched < 0 ? touched : announce_born(&v->work, v->to, &v->a);
    }
    int r = need_both(v);
    if (r < 0)
        return r;
    struct journal_entry x = work_entry(&v->work, JOURNAL_RENAMED, v->from->path, &v->a);
    x.other = v->to->path;
    return work_write(&v->work, &x, ret_at);
}

/* Somebody may have put another thing in its place just before. */
static void settle(struct move *v, uint64_t at)
{
    struct mutate_look moved;
    if (at != 0 && mutate_look(v->to->dir, v->to->name, &moved) == 0 && !is_same(&moved, &v->a))
        journal_settle(&v->work.m->journal, at, moved.device, moved.inode, false);
}

/* To a free name, or over what is as old as the session. */
static int move_plainly(struct move *v, unsigned flags)
{
    uint64_t at = 0;
    int r = announce_move(v, &at);
    if (r == 0)
        r = follow(v);
    if (r < 0)
        return r;
    unsigned guard = v->has_b ? 0 : RENAME_NOREPLACE;
    r = fs_rename(v->from->dir, v->from->name, v->to->dir, v->to->name, flags | guard) < 0 ? -errno : 0;
    if (r == -EINVAL && guard && !flags) /* a file system without the flag */
        r = fs_rename(v->from->dir, v->from->name, v->to->dir, v->to->name, 0) < 0 ? -errno : 0;
    if (r == -EEXIST && guard && !flags)
        r = -EAGAIN;
    if (r == 0 && v->has_b && (is_dir(&v->b) || v->b.nlink <= 1))
        mutate_inodes_drop(&v->work.m->inodes, &v->b, ~0U);
    if (r == 0)
        settle(v, at);
    return r;
}

/* The victim gets a second name in the stash, and loses its first by the rename: there is always something at the name. */
static int replace_by_link(struct move *v, int dir, const char *name)
{
    const struct mutate *m = v->work.m;
    struct mutate_look kept;
    work_as_own(m);
    int r = linkat(v->to->dir, v->to->name, dir, name, 0) < 0 ? -errno : 0;
    if (r == 0)
        r = mutate_look(dir, name, &kept);
    if (r == 0 && !is_same(&kept, &v->b)) {
        (void)unlinkat(dir, name, 0);
        r = -EAGAIN;
    }
    work_as_caller(m);
    if (r < 0)
        return r == -EACCES || r == -EMLINK || r == -EOPNOTSUPP || r == -ENOSYS ? -EPERM : r;
    if (renameat(v->from->dir, v->from->name, v->to->dir, v->to->name) == 0)
        return 0;
    r = errno == EPERM ? -EACCES : -errno; /* EPERM means that there is no link */
    work_as_own(m);
    (void)unlinkat(dir, name, 0);
    work_as_caller(m);
    return r;
}

static int swap(const struct move *v)
{
    return fs_rename(v->from->dir, v->from->name, v->to->dir, v->to->name, RENAME_EXCHANGE) < 0 ? -errno : 0;
}

/* Both change places, and the victim goes to the stash from where the other was. */
static int replace_by_swap(struct move *v, int dir, const char *name)
{
    struct mutate_look kept;
    AUTO(mem_close_fd) int pin = openat(v->to->dir, v->to->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    int r = pin < 0 ? -errno : mutate_look(pin, "", &kept);
    if (r == 0 && !is_same(&kept, &v->b))
        r = -EAGAIN;
    if (r == 0 && is_dir(&v->b))
        r = work_is_empty(&v->work, pin, v->to->path, &v->b) == 0 ? -ENOTEMPTY : 0;
    if (r < 0)
        return r;
    work_as_own(v->work.m);
    bool is_unlocked = work_unlock(&v->b, pin);
    work_as_caller(v->work.m);
    r = swap(v);
    if (r == 0) {
        work_as_own(v->work.m);
        r = renameat(v->from->dir, v->from->name, dir, name) < 0 ? -errno : 0;
        bool is_moved = r == 0;
        if (r == 0 && is_dir(&v->b))
            r = work_is_empty(&v->work, pin, v->to->path, &v->b) == 0 ? -ENOTEMPTY : 0;
        if (r < 0 && is_moved)
            (void)renameat(dir, name, v->from->dir, v->from->name);
        work_as_caller(v->work.m);
        if (r < 0)
            (void)swap(v);
    }
    if (r < 0 && is_unlocked)
        work_lock(&v->b, pin);
    return r;
}

static int replace(struct move *v)
{
    struct mutate *m = v->work.m;
    char name[STASH_NAME];
    int dir = -1;
    struct journal_entry x = work_entry(&v->work, JOURNAL_REPLACED, v->from->path, &v->b);
    x.other = v->to->path;
    x.inode = v->a.inode;
    x.other_inode = v->b.inode;
    x.size = S_ISREG(v->b.mode) ? v->b.size : 0;
    x.flags = v->a_older ? 0 : JOURNAL_BORN;
    if (is_dir(&v->a) != is_dir(&v->b))
        return is_dir(&v->a) ? -ENOTDIR : -EISDIR;
    struct stash *s = work_stash(m, &v->b, &x.stash);
    if (!s)
        return -EXDEV;
    int r = need_both(v);
    if (r == 0)
        r = work_may_remove(m, v->to->dir, &v->b);
    work_as_own(m);
    if (r == 0)
        r = stash_slot(s, &dir, name);
    work_as_caller(m);
    x.stash_id = s->next;
    if (r == 0)
        r = work_write(&v->work, &x, NULL);
    if (r == 0)
        r = follow(v);
    if (r < 0)
        return r;
    r = is_dir(&v->b) ? -EPERM : replace_by_link(v, dir, name);
    if (r == -EPERM)
        r = replace_by_swap(v, dir, name);
    if (r == 0)
        (void)stash_take(s);
    return r;
}

static int announce_exchange(struct move *v)
{
    if (!v->a_older && !v->b_older) {
        int r = announce_born(&v->work, v->to, &v->a);
        return r < 0 ? r : announce_born(&v->work, v->from, &v->b);
    }
    int r = need_both(v);
    if (r == 0)
        r = record_own_times(v, v->to, &v->b);
    if (r < 0)
        return r;
    struct journal_entry x = work_entry(&v->work, JOURNAL_EXCHANGED, v->from->path, &v->a);
    x.other = v->to->path;
    x.other_inode = v->b.inode;
    return work_write(&v->work, &x, NULL);
}

static int exchange(struct move *v)
{
    int r = announce_exchange(v);
    if (r == 0)
        r = follow(v);
    return r < 0 ? r : swap(v);
}

int mutate_return(struct mutate *m, const struct mutate_place *from, const struct mutate_place *to, uint64_t device, uint64_t inode)
{
    struct work w = work_begin(m);
    struct journal_entry x = work_entry(&w, JOURNAL_RENAMED, from->path, NULL);
    x.other = to->path;
    x.device = device;
    x.inode = inode;
    int r = work_need(&w, from);
    if (r == 0)
        r = work_need(&w, to);
    if (r == 0)
        r = work_write(&w, &x, NULL);
    if (r == 0 && fs_rename(from->dir, from->name, to->dir, to->name, RENAME_NOREPLACE) < 0)
        r = -errno;
    return r < 0 ? work_fail(&w, r) : 0;
}

static int look_both(struct move *v)
{
    const struct mutate *m = v->work.m;
    int r = mutate_look(v->from->dir, v->from->name, &v->a);
    if (r < 0)
        return r;
    v->a_older = !is_born(m, &v->a);
    r = mutate_look(v->to->dir, v->to->name, &v->b);
    v->has_b = r == 0;
    v->b_older = v->has_b && !is_born(m, &v->b);
    return r == -ENOENT ? 0 : r;
}

static int rename_once(struct mutate *m, const struct mutate_place *from, const struct mutate_place *to, unsigned flags)
{
    const struct mutate_place a = work_place(m, from);
    const struct mutate_place b = work_place(m, to);
    struct move v = {.work = work_begin(m), .from = &a, .to = &b, .from_scratch = from->is_scratch, .to_scratch = to->is_scratch};
    int r = look_both(&v);
    if (r < 0)
        return r;
    if (flags == RENAME_EXCHANGE && !v.has_b)
        return -ENOENT;
    if (flags == RENAME_NOREPLACE && v.has_b)
        return -EEXIST;
    /* Two names of one file: nothing happens. */
    if ((v.has_b && is_same(&v.a, &v.b)) || is_all_scratch(&v))
        return fs_rename(from->dir, from->name, to->dir, to->name, flags) < 0 ? -errno : 0;
    r = check_border(&v);
    if (r == 0 && flags == RENAME_EXCHANGE)
        r = exchange(&v);
    else if (r == 0)
        r = v.b_older ? replace(&v) : move_plainly(&v, flags);
    return r < 0 ? work_fail(&v.work, r) : 0;
}

int mutate_rename(struct mutate *m, const struct mutate_place *from, const struct mutate_place *to, unsigned flags)
{
    int r = -EAGAIN;
    if (flags != 0 && flags != RENAME_NOREPLACE && flags != RENAME_EXCHANGE)
        return -EINVAL;
    for (int i = 0; r == -EAGAIN && i < MUTATE_MAX_TRIES; i++)
        r = rename_once(m, from, to, flags);
    return r;
}
