/* mutate: names that come to be. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rollback/mutate_parts.h"

/* What is to be made. */
struct make {
    mode_t mode; /* with the type */
    dev_t device;
    const char *target;
};

static int call(const struct mutate_place *p, const struct make *what)
{
    if (what->target)
        return symlinkat(what->target, p->dir, p->name) < 0 ? -errno : 0;
    if (S_ISDIR(what->mode))
        return mkdirat(p->dir, p->name, what->mode & 07777) < 0 ? -errno : 0;
    return mknodat(p->dir, p->name, what->mode, what->device) < 0 ? -errno : 0;
}

/* The record of a name to be, where one is needed. */
static int announce(struct work *w, const struct mutate_place *p, uint64_t *ret_at)
{
    const struct mutate_place at = work_place(w->m, p);
    bool is_kept = false;
    *ret_at = 0;
    int r = work_touch(w, &at, &is_kept);
    if (r < 0 || !is_kept)
        return r;
    const struct journal_entry x = work_entry(w, JOURNAL_CREATED, p->path, NULL);
    return work_write(w, &x, ret_at);
}

static int make(struct mutate *m, const struct mutate_place *p, const struct make *what)
{
    struct work w = work_begin(m);
    struct mutate_look made;
    uint64_t at = 0;
    int r = announce(&w, p, &at);
    if (r == 0)
        r = call(p, what);
    if (r < 0)
        return work_fail(&w, r);
    if (mutate_look(p->dir, p->name, &made) == 0)
        work_born(&w, &made, at);
    return 0;
}

int mutate_mkdir(struct mutate *m, const struct mutate_place *p, mode_t mode)
{
    return make(m, p, &(struct make){.mode = S_IFDIR | (mode & 07777)});
}

int mutate_mknod(struct mutate *m, const struct mutate_place *p, mode_t mode, dev_t device)
{
    return S_ISDIR(mode) ? -EPERM : make(m, p, &(struct make){.mode = mode, .device = device});
}

int mutate_symlink(struct mutate *m, const char *target, const struct mutate_place *p)
{
    return make(m, p, &(struct make){.mode = S_IFLNK, .target = target});
}

int mutate_will_create(struct mutate *m, const struct mutate_place *p, struct mutate_pending *ret)
{
    struct work w = work_begin(m);
    struct mutate_look l;
    if (mutate_look(p->dir, p->name, &l) == 0)
        return -EEXIST;
    *ret = (struct mutate_pending){.mark = w.mark, .begun_ns = w.begun_ns};
    int r = announce(&w, p, &ret->at);
    return r < 0 ? work_fail(&w, r) : 0;
}

/* The time of the directory stays in the journal, which does no harm. */
void mutate_did_create(struct mutate *m, const struct mutate_place *p, const struct mutate_pending *done, int result)
{
    struct work w = {.m = m, .mark = done->mark, .begun_ns = done->begun_ns};
    struct mutate_look made;
    if (result < 0 && done->at != 0)
        journal_cut(&m->journal, done->at);
    if (result >= 0 && mutate_look(p->dir, p->name, &made) == 0)
        work_born(&w, &made, done->at);
}

/* A name for what had none: it comes to be here. */
static int link_nameless(struct work *w, const struct mutate_place *to, const char *link, const struct mutate_look *l)
{
    uint64_t at = 0;
    int r = announce(w, to, &at);
    if (r == 0 && linkat(AT_FDCWD, link, to->dir, to->name, AT_SYMLINK_FOLLOW) < 0)
        r = -errno;
    if (r < 0)
        return r;
    bool is_known = mutate_inodes_add(&w->m->inodes, l, INODE_BORN | INODE_TIMES | INODE_SECURED) == 0;
    if (at != 0)
        journal_settle(&w->m->journal, at, l->device, l->inode, is_known);
    return 0;
}

static int link_older(struct work *w, const struct mutate_object *from, const struct mutate_place *to, const char *link, const struct mutate_look *l)
{
    int r = work_need(w, to);
    if (r < 0)
        return r;
    struct journal_entry x = work_entry(w, JOURNAL_LINKED, to->path, l);
    x.other = from->path;
    r = work_write(w, &x, NULL);
    return r == 0 && linkat(AT_FDCWD, link, to->dir, to->name, AT_SYMLINK_FOLLOW) < 0 ? -errno : r;
}

int mutate_link(struct mutate *m, const struct mutate_object *from, const struct mutate_place *to)
{
    struct work w = work_begin(m);
    struct mutate_look l;
    char link[WORK_LINK];
    int r = mutate_look(from->fd, "", &l);
    if (r < 0)
        return r;
    work_link(from->fd, link);
    const struct mutate_place at = work_place(m, to);
    if (is_dir(&l))
        return -EPERM;
    if (from->is_scratch && at.is_scratch && is_plain_scratch(m, &l, true))
        return linkat(AT_FDCWD, link, to->dir, to->name, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
    r = l.nlink == 0 || is_born(m, &l) ? link_nameless(&w, &at, link, &l) : link_older(&w, from, &at, link, &l);
    return r < 0 ? work_fail(&w, r) : 0;
}
