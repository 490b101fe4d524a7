/* From a scan_dir to its descriptor, never by a path that could be longer than PATH_MAX or lead through a link. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/quote.h"
#include "core/str.h"
#include "rollback/scan_tree.h"

/* File systems that the kernel makes up: no content to keep, and no end. */
static const unsigned long made_up[] = {PROC_SUPER_MAGIC, SYSFS_MAGIC,      CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC,
                                        BPF_FS_MAGIC,     SECURITYFS_MAGIC, DEVPTS_SUPER_MAGIC, PSTOREFS_MAGIC,      EFIVARFS_MAGIC};

static bool is_made_up(int fd)
{
    struct statfs st;
    if (fstatfs(fd, &st) != 0)
        return false;
    for (size_t i = 0; i < sizeof(made_up) / sizeof(made_up[0]); i++) {
        if ((unsigned long)st.f_type == made_up[i])
            return true;
    }
    return false;
}

/* From the root down: its parent was closed to save descriptors. The root stays open. */
static int open_from_root(const struct scan *s, const struct scan_dir *d)
{
    AUTO(mem_free_ptr) const struct scan_dir **chain = mem_array((size_t)d->depth + 1, sizeof(*chain));
    size_t n = 0;
    AUTO(mem_close_fd) int at = -1;
    for (const struct scan_dir *up = d; up->parent != NULL; up = up->parent)
        chain[n++] = up;
    while (n-- > 0) {
        int flags = n == 0 ? O_RDONLY : O_PATH;
        int next = openat(at < 0 ? s->root.fd : at, chain[n]->name, flags | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (next < 0)
            return -1;
        mem_close_fd(&at);
        at = next;
    }
    return take_fd(&at);
}

static int named(const struct scan_dir *d, struct err *e)
{
    AUTO(mem_free_ptr) char *path = scan_dir_path(d, "");
    return err_add(e, "%s", path);
}

/* Checks that it is what its parent listed, and worth entering. */
static int check_opened(struct scan *s, struct scan_dir *d, struct err *e)
{
    struct stat st;
    if (fstat(d->fd, &st) != 0)
        return err_sys(e, ERR_IO, errno, "cannot look at it");
    if (st.st_ino != d->stat.ino || st.st_dev != d->stat.dev)
        return err_set(e, ERR_BUSY, "it was replaced while it was read: try again when nothing writes to it");
    if (d->stat.dev != d->parent->stat.dev && is_made_up(d->fd)) {
        scan_note(s, d, "", "is a file system of the kernel");
        d->gone = true;
    }
    return 0;
}

int scan_dir_open(struct scan *s, struct scan_dir *d, struct err *e)
{
    if (d->parent->fd >= 0)
        d->fd = openat(d->parent->fd, d->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    else
        d->fd = open_from_root(s, d);
    int sys = errno;
    scan_dir_leave(s, d->parent);
    if (d->fd < 0 && (sys == ENOENT || sys == ENOTDIR || sys == ELOOP)) {
        d->gone = true;
        return 0;
    }
    if (d->fd < 0 && (sys == EACCES || sys == EPERM))
        return SCAN_UNLISTABLE;
    if (d->fd < 0) {
        (void)err_sys(e, ERR_IO, sys, "cannot open it");
        return named(d, e);
    }
    (void)atomic_fetch_add(&s->n_fds, 1);
    return check_opened(s, d, e) == 0 ? 0 : named(d, e);
}

void scan_dir_leave(struct scan *s, struct scan_dir *d)
{
    if (atomic_fetch_sub(&d->users, 1) != 1 || d->fd < 0)
        return;
    mem_close_fd(&d->fd);
    (void)atomic_fetch_sub(&s->n_fds, 1);
}

/* Built from the end: the names of the ancestors, cut when they are too long for a line. */
char *scan_dir_path(const struct scan_dir *d, const char *name)
{
    char text[STR_MAX_PATH];
    size_t at = sizeof(text) - 1;
    text[at] = '\0';
    for (const char *part = name; d != NULL; part = d->name, d = d->parent) {
        size_t len = strlen(part);
        bool has_slash = text[at] != '\0';
        if (len + has_slash > at)
            break;
        if (has_slash && len > 0)
            text[--at] = '/';
        at -= len;
        memcpy(text + at, part, len);
    }
    return quote_term_dup(text[at] == '\0' ? "." : text + at);
}

void scan_note(struct scan *s, const struct scan_dir *d, const char *name, const char *what)
{
    AUTO(mem_free_ptr) char *path = scan_dir_path(d, name);
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    str_addf(&line, "%s %s: it is not covered", path, what);
    (void)pthread_mutex_lock(&s->lock);
    if (s->result.notes.n < SCAN_MAX_NOTES)
        strlist_add(&s->result.notes, line.buf);
    (void)pthread_mutex_unlock(&s->lock);
}
