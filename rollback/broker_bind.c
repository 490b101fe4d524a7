/* broker_bind: the files of Unix sockets that the command makes (core/own_sockets.h). */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/own_sockets.h"
#include "rollback/broker_guard.h"

static int make_as_caller(struct broker *b, const struct notify_call *c, const char *path, int *ret_file, int *ret_dir)
{
    AUTO(broker_name_release) struct broker_name n = BROKER_NAME_INIT;
    struct broker_place p;
    if (broker_locate(b, c, -1, AT_FDCWD, path, &n) < 0 || n.slash)
        return BROKER_PROCEED;
    int r = broker_place_of(b, &n, CAPS_WRITE, &p);
    if (r != 0)
        return r;
    const struct mutate_place place = {.dir = p.dir->fd, .name = n.name, .path = p.path, .is_scratch = !broker_is_captured(b, p.path)};
    r = broker_guard_place(b, c, GUARD_MAKE_OTHER, &place, false);
    if (r == 0)
        r = mutate_mknod(b->mutate, &place, S_IFSOCK | S_IRWXU | S_IRWXG | S_IRWXO, 0);
    if (r < 0)
        return r;
    AUTO(mem_close_fd) int file = openat(p.dir->fd, n.name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    AUTO(mem_close_fd) int dir = fcntl(p.dir->fd, F_DUPFD_CLOEXEC, 0);
    if (file < 0 || dir < 0)
        return -errno;
    *ret_file = take_fd(&file);
    *ret_dir = take_fd(&dir);
    return 0;
}

static int make(const void *data, const struct notify_call *c, const char *path, int *ret_file, int *ret_dir)
{
    struct broker *b = (struct broker *)(uintptr_t)data;
    int r = broker_become(b, c);
    if (r == BROKER_PROCEED)
        return -EACCES;
    if (r == 0)
        r = make_as_caller(b, c, path, ret_file, ret_dir);
    broker_be_self(b);
    return r == BROKER_PROCEED ? own_sockets_plain.make(b->caps, c, path, ret_file, ret_dir) : r;
}

static void remove_file(const void *data, int dir, const char *name)
{
    struct broker *b = (struct broker *)(uintptr_t)data;
    char path[STR_MAX_PATH];
    bool is_gone = false;
    if (broker_path_of(dir, path, &is_gone) < 0 || is_gone)
        return;
    size_t len = strlen(path);
    if (snprintf(path + len, sizeof path - len, "%s%s", path[len - 1] == '/' ? "" : "/", name) >= (int)(sizeof path - len))
        return;
    (void)pthread_mutex_lock(&b->lock);
    const struct mutate_place place = {.dir = dir, .name = name, .path = path, .is_scratch = !broker_is_captured(b, path)};
    (void)!mutate_unlink(b->mutate, &place); /* one that cannot be removed is told as made */
    (void)pthread_mutex_unlock(&b->lock);
}

static int op_bind(struct broker *b, const struct notify_call *c, bool may_block)
{
    const struct own_sockets_files files = {.make = make, .remove = remove_file, .data = b};
    (void)may_block;
    if (!b->caps->own_sockets)
        return BROKER_PROCEED;
    int r = own_sockets_bind(b->caps, c, &files);
    return r == OWN_SOCKETS_PROCEED ? BROKER_PROCEED : r;
}

const struct broker_row broker_bind_rows[] = {
    {.number = SYS_bind, .op = op_bind},
    {0},
};
