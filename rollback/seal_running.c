/* seal_running: directories of a session that is being stored, and what a session that still runs did to their attributes since. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "rollback/seal_job.h"

enum { RUNNING_MAX = 64 * 1024 * 1024 }; /* bytes of a journal: of more anything is believed */

void seal_running_note(struct seal_job *j, const struct left_node *x, bool is_found)
{
    struct seal_read_dirs *d = &j->read_dirs;
    mem_reserve(&d->item, &d->cap, d->n + 1, sizeof(*d->item));
    d->item[d->n++] = (struct seal_read_dir){.device = x->device, .inode = x->inode};
    d->misses_any = d->misses_any || !is_found;
}

void seal_running_release(struct seal_read_dirs *d)
{
    mem_free(d->item);
    *d = (struct seal_read_dirs){0};
}

static int by_inode(const void *a, const void *b)
{
    const struct seal_read_dir *x = a;
    const struct seal_read_dir *y = b;
    if (x->inode != y->inode)
        return x->inode < y->inode ? -1 : 1;
    return x->device < y->device ? -1 : x->device > y->device;
}

static bool names_any(const struct seal_read_dirs *d, const struct journal_view *v)
{
    struct journal_entry x;
    for (uint64_t at = 0; journal_next(v, &at, &x);) {
        const struct seal_read_dir one = {.device = x.device, .inode = x.inode};
        if (x.kind == JOURNAL_ATTRIBUTE && bsearch(&one, d->item, d->n, sizeof one, by_inode))
            return true;
    }
    return false;
}

/* A copy, as its nono goes on writing. What was written to just now, and cannot be read, is as good as a yes. */
bool seal_running_changes(struct seal_job *j, const char *id)
{
    AUTO(mem_close_fd) int dir = -1;
    AUTO(mem_free_ptr) void *copy = NULL;
    struct journal_view v = {0};
    struct err ignored = ERR_INIT;
    struct stat st;
    if (j->read_dirs.n == 0)
        return false;
    if (session_place_open_dir(j->place, id, &dir, &ignored) < 0)
        return false;
    AUTO(mem_close_fd) int fd = openat(dir, "journal", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0) /* captured in another way, or over */
        return false;
    if (j->read_dirs.misses_any || st.st_size > RUNNING_MAX)
        return true;
    qsort(j->read_dirs.item, j->read_dirs.n, sizeof(*j->read_dirs.item), by_inode);
    copy = mem_array((size_t)st.st_size + 1, 1);
    ssize_t len = pread(fd, copy, (size_t)st.st_size, 0);
    return len < 0 || journal_parse(copy, (size_t)len, "journal", &v, &ignored) < 0 || names_any(&j->read_dirs, &v);
}
