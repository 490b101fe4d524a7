/* undo: one record taken back, where the thing stays in its place: mode, owner, time, attribute, content. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "rollback/undo_parts.h"

/* A thing, pinned. */
struct pinned {
    struct mutate_object object;
    struct mutate_look look;
};

static int pin(struct undo *u, const char *path, struct undo_place *p, struct pinned *ret)
{
    int fd = openat(p->place.dir, p->place.name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    ret->object = (struct mutate_object){.fd = fd, .path = path};
    int r = mutate_look(fd, "", &ret->look);
    if (r == 0 && (ret->look.inode != p->look.inode || ret->look.device != p->look.device))
        r = undo_refuse(u, path);
    return r;
}

static int put_times(struct undo *u, const struct pinned *o, const struct journal_entry *x)
{
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = (time_t)x->mtime_s, .tv_nsec = (long)x->mtime_ns}};
    struct mutate_look now;
    int r = mutate_look(o->object.fd, "", &now);
    if (r < 0 || (now.mtime_s == x->mtime_s && now.mtime_ns == x->mtime_ns))
        return r;
    return mutate_utimens(u->into, &o->object, times);
}

/* A new owner costs the mode its special bits: it comes second. */
static int put_mode(struct undo *u, const struct pinned *o, const struct journal_entry *x)
{
    struct mutate_look now;
    int r = mutate_look(o->object.fd, "", &now);
    if (r == 0 && (now.uid != x->uid || now.gid != x->gid))
        r = mutate_chown(u->into, &o->object, x->uid, x->gid);
    if (r == 0)
        r = mutate_look(o->object.fd, "", &now);
    if (r == 0 && !S_ISLNK(x->mode) && now.mode != x->mode)
        r = mutate_chmod(u->into, &o->object, x->mode & 07777);
    return r;
}

static int put_attribute(struct undo *u, const struct pinned *o, const struct journal_entry *x)
{
    int r = x->flags & JOURNAL_ABSENT ? mutate_removexattr(u->into, &o->object, x->other)
                                      : mutate_setxattr(u->into, &o->object, x->other, x->value, x->value_len, 0);
    return x->flags & JOURNAL_ABSENT && (r == -ENODATA || r == -EOPNOTSUPP) ? 0 : r;
}

/* For writing, whatever the mode says: the file had another one when it was written to. */
static int open_for_writing(struct undo *u, const struct pinned *o)
{
    char link[32];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", o->object.fd);
    int fd = open(link, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 || errno != EACCES)
        return fd < 0 ? -errno : fd;
    int r = mutate_chmod(u->into, &o->object, (o->look.mode & 07777) | S_IWUSR);
    if (r < 0)
        return r;
    fd = open(link, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

/* Into the same inode: hard links and whoever has it open go on with it. */
static int put_content(struct undo *u, const struct pinned *o, const struct journal_entry *x)
{
    struct undo_place kept = {.is_there = false};
    int r = x->size > 0 ? undo_place_stash(u, x->stash, x->stash_id, &kept) : 0;
    if (r < 0)
        return r;
    if (x->size > 0 && (!kept.is_there || !S_ISREG(kept.look.mode) || kept.look.size != x->size))
        return undo_refuse(u, x->path);
    r = mutate_will_write(u->into, &o->object);
    if (r < 0)
        return r;
    AUTO(mem_close_fd) int to = open_for_writing(u, o);
    if (to < 0)
        return to;
    AUTO(mem_close_fd) int from = x->size > 0 ? openat(kept.place.dir, kept.place.name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
    if ((x->size > 0 && from < 0) || ftruncate(to, 0) < 0)
        return -errno;
    if (from >= 0)
        r = stash_copy_content(from, to, &u->stash[x->stash].cannot_clone);
    if (r == 0)
        r = put_mode(u, o, x);
    return r == 0 ? put_times(u, o, x) : r;
}

int undo_meta(struct undo *u, const struct journal_entry *x)
{
    struct undo_place p;
    struct pinned o;
    int r = undo_place_open(u, x->path, &p);
    if (r < 0)
        return r;
    if (!undo_is(&p, x->device, x->inode))
        return undo_refuse(u, x->path);
    r = pin(u, x->path, &p, &o);
    if (r == 0 && x->kind == JOURNAL_TIMES)
        r = put_times(u, &o, x);
    else if (r == 0 && x->kind == JOURNAL_MODE)
        r = put_mode(u, &o, x);
    else if (r == 0 && x->kind == JOURNAL_ATTRIBUTE)
        r = put_attribute(u, &o, x);
    else if (r == 0)
        r = put_content(u, &o, x);
    (void)close(o.object.fd);
    return r;
}

int undo_settle_dir(struct undo *u, const struct journal_entry *x, const char *path)
{
    struct undo_place p;
    struct pinned o;
    int r = undo_place_open(u, path, &p);
    if (r < 0)
        return r;
    if (!p.is_there)
        return undo_refuse(u, path);
    if (p.look.mode == x->mode && p.look.mtime_s == x->mtime_s && p.look.mtime_ns == x->mtime_ns)
        return 0;
    r = pin(u, path, &p, &o);
    if (r == 0)
        r = put_mode(u, &o, x);
    if (r == 0)
        r = put_times(u, &o, x);
    (void)close(o.object.fd);
    return r;
}

int undo_removed(struct undo *u, const struct journal_entry *x)
{
    struct undo_place p;
    int r = undo_place_open(u, x->path, &p);
    if (r < 0 || undo_is(&p, x->device, x->inode))
        return r;
    if (p.place.dir < 0 || (p.is_there && !S_ISDIR(p.look.mode)))
        return undo_refuse(u, x->path);
    if (!p.is_there)
        r = mutate_mkdir(u->into, &p.place, S_IRWXU);
    return r == 0 ? undo_settle_dir(u, x, x->path) : r;
}
