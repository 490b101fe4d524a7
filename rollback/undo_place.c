/* undo: the names in records, reached from the root of the file system without following a link. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "rollback/undo_parts.h"

static int open_beneath(int from, const char *path)
{
    int fd = fs_open_how(from, path, O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
    return fd < 0 ? -errno : fd;
}

/* `key` is what it is known by, `path` what is opened. *ret NULL: there is no such directory. */
static int open_dir(struct undo *u, const char *key, size_t key_len, int from, const char *path, const struct undo_dir **ret)
{
    struct undo_dir *d = &u->dir[0];
    for (unsigned i = 0; i < UNDO_DIRS; i++) {
        struct undo_dir *x = &u->dir[i];
        if (x->path[0] && strncmp(x->path, key, key_len) == 0 && x->path[key_len] == '\0') {
            x->used = ++u->clock;
            *ret = x;
            return 0;
        }
        if (d->path[0] && (!x->path[0] || x->used < d->used))
            d = x;
    }
    *ret = NULL;
    AUTO(mem_close_fd) int fd = open_beneath(from, path);
    if (fd < 0)
        return fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP ? 0 : fd;
    if (d->path[0])
        (void)close(d->fd);
    d->path[0] = '\0';
    int r = mutate_look(fd, "", &d->look);
    if (r < 0)
        return r;
    d->fd = take_fd(&fd);
    d->used = ++u->clock;
    memcpy(d->path, key, key_len);
    d->path[key_len] = '\0';
    *ret = d;
    return 0;
}

void undo_forget(struct undo *u)
{
    for (unsigned i = 0; i < UNDO_DIRS; i++) {
        if (u->dir[i].path[0])
            (void)close(u->dir[i].fd);
        u->dir[i].path[0] = '\0';
    }
}

static void fill(struct undo_place *p, const struct undo_dir *d, const char *name, const char *path)
{
    p->is_there = false;
    p->place = (struct mutate_place){.dir = d ? d->fd : -1, .name = name, .path = path, .in = d ? &d->look : NULL};
}

int undo_place_find(struct undo *u, const char *path, struct undo_place *ret)
{
    char parent[STR_MAX_PATH];
    const struct undo_dir *dir = NULL;
    const char *slash = strrchr(path, '/');
    size_t len = slash > path ? (size_t)(slash - path) : 1;
    memcpy(parent, path, len);
    parent[len] = '\0';
    int r = open_dir(u, parent, len, u->root, parent, &dir);
    fill(ret, dir, slash + 1, path);
    return r;
}

int undo_place_find_stash(struct undo *u, unsigned stash, uint64_t id, struct undo_place *ret)
{
    char name[STASH_NAME];
    const struct undo_dir *dir = NULL;
    fill(ret, NULL, NULL, NULL);
    if (stash >= u->n_stash)
        return -ESTALE;
    stash_name(id, name);
    size_t top = strlen(u->stash[stash].path);
    size_t len = strlen(name);
    if (top + 1 + len >= STR_MAX_PATH)
        return -ENAMETOOLONG;
    memcpy(ret->path, u->stash[stash].path, top);
    ret->path[top] = '/';
    memcpy(ret->path + top + 1, name, len + 1);
    char *slash = strchr(name, '/');
    memcpy(ret->name, slash + 1, strlen(slash));
    *slash = '\0';
    int r = open_dir(u, ret->path, top + 1 + (size_t)(slash - name), u->stash[stash].dir, name, &dir);
    fill(ret, dir, ret->name, ret->path);
    return r;
}

static int look(struct undo_place *p)
{
    if (p->place.dir < 0)
        return 0;
    int r = mutate_look(p->place.dir, p->place.name, &p->look);
    p->is_there = r == 0;
    return r == -ENOENT ? 0 : r;
}

int undo_place_open(struct undo *u, const char *path, struct undo_place *ret)
{
    int r = undo_place_find(u, path, ret);
    return r < 0 ? r : look(ret);
}

int undo_place_stash(struct undo *u, unsigned stash, uint64_t id, struct undo_place *ret)
{
    int r = undo_place_find_stash(u, stash, id, ret);
    return r < 0 ? r : look(ret);
}

bool undo_is(const struct undo_place *p, uint64_t device, uint64_t inode)
{
    return p->is_there && p->look.device == device && p->look.inode == inode;
}

int undo_refuse(struct undo *u, const char *path)
{
    (void)snprintf(u->changed, sizeof u->changed, "%s", path);
    return UNDO_CHANGED;
}
