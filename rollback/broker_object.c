/* broker_object: the thing that a call is about, pinned. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "rollback/broker_own.h"

void broker_object_release(struct broker_object *o)
{
    mem_close_fd(&o->fd);
}

/* Fills what follows from where it lies. */
static int finish(struct broker *b, struct broker_object *o)
{
    o->is_direct = caps_is_direct(o->path);
    o->is_scratch = o->is_gone || o->is_direct || o->path[0] != '/' || !broker_is_captured(b, o->path);
    return 0;
}

static int finish_pin(struct broker *b, struct broker_object *o)
{
    int r = broker_path_of(o->fd, o->path, &o->is_gone);
    return r < 0 ? r : finish(b, o);
}

/* What the command made itself is its own wherever it lies: it was made where that was allowed, every name that it got since was judged, and who holds it
 * open can write all of it. */
static int of_descriptor(struct broker *b, const struct notify_call *c, int fd, struct broker_object *ret)
{
    ret->fd = notify_get_fd(c, fd);
    int r = ret->fd < 0 ? ret->fd : mutate_look(ret->fd, "", &ret->look);
    ret->is_own = r == 0 && mutate_is_own(b->mutate, &ret->look);
    ret->path[0] = '\0';
    return r < 0 || ret->is_own ? r : finish_pin(b, ret);
}

static int join(const char *dir, const char *name, char ret[STR_MAX_PATH])
{
    size_t len = strcmp(dir, "/") == 0 ? 0 : strlen(dir);
    size_t name_len = strlen(name);
    if (len + 1 + name_len >= STR_MAX_PATH)
        return -ENAMETOOLONG;
    memcpy(ret, dir, len);
    ret[len] = '/';
    memcpy(ret + len + 1, name, name_len + 1);
    return 0;
}

/* The entry, in nono's own view where there is one. A link: itself. */
static int open_entry(struct broker *b, const struct broker_name *n, struct broker_object *ret)
{
    int error = 0;
    const struct broker_dir *d = broker_dir(b, n->dir, &error);
    if (!d)
        return error;
    mem_close_fd(&ret->fd);
    ret->fd = openat(d->fd >= 0 ? d->fd : n->dir, n->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (ret->fd < 0)
        return -errno;
    ret->is_gone = false;
    return join(d->path, n->name, ret->path);
}

/* *ret_link: nothing is found yet: the text of a link to follow stands in `path`. */
static int step(struct broker *b, const struct broker_lookup *l, struct broker_name *n, char path[STR_MAX_PATH], struct broker_object *ret, bool *ret_link)
{
    *ret_link = false;
    if (n->object >= 0) {
        mem_close_fd(&ret->fd);
        ret->fd = take_fd(&n->object);
        int looked = mutate_look(ret->fd, "", &ret->look);
        return looked < 0 ? looked : finish_pin(b, ret);
    }
    int r = open_entry(b, n, ret);
    if (r == 0)
        r = mutate_look(ret->fd, "", &ret->look);
    if (r < 0)
        return r;
    if (S_ISLNK(ret->look.mode) && (l->follow || n->slash)) {
        *ret_link = true;
        return broker_read_link(ret->fd, "", path);
    }
    return n->slash && !S_ISDIR(ret->look.mode) ? -ENOTDIR : finish(b, ret);
}

static int of_path(struct broker *b, const struct notify_call *c, const struct broker_lookup *l, char path[STR_MAX_PATH], struct broker_object *ret)
{
    AUTO(mem_close_fd) int from = -1;
    for (int i = 0; i < BROKER_MAX_LINKS; i++) {
        AUTO(broker_name_release) struct broker_name n = BROKER_NAME_INIT;
        bool is_link = false;
        int r = broker_locate(b, c, from, l->dirfd, path, &n);
        if (r == 0)
            r = step(b, l, &n, path, ret, &is_link);
        if (r < 0 || !is_link)
            return r;
        if (from >= 0)
            (void)close(from);
        from = take_fd(&n.dir);
    }
    return -ELOOP;
}

int broker_object(struct broker *b, const struct notify_call *c, const struct broker_lookup *l, struct broker_object *ret)
{
    char path[STR_MAX_PATH];
    if (l->is_fd)
        return of_descriptor(b, c, l->dirfd, ret);
    int r = notify_read_text(c, l->address, path, sizeof path);
    if (r < 0)
        return r;
    if (*path || !l->may_be_empty)
        return of_path(b, c, l, path, ret);
    if (l->dirfd != AT_FDCWD)
        return of_descriptor(b, c, l->dirfd, ret);
    (void)snprintf(path, sizeof path, ".");
    return of_path(b, c, l, path, ret);
}
