/* mutate: names that go. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/mem.h"
#include "rollback/mutate_parts.h"

/* For good, as without nono: nothing of it was there before. */
static int remove_really(struct work *w, const struct mutate_place *p, const struct mutate_look *l)
{
    if (unlinkat(p->dir, p->name, is_dir(l) ? AT_REMOVEDIR : 0) < 0)
        return -errno;
    if (is_dir(l) || l->nlink <= 1)
        mutate_inodes_drop(&w->m->inodes, l, ~0U);
    return 0;
}

static int unlink_once(struct mutate *m, const struct mutate_place *p)
{
    struct mutate_look l;
    struct work w = work_begin(m);
    int r = mutate_look(p->dir, p->name, &l);
    if (r < 0)
        return r;
    if (is_dir(&l))
        return -EISDIR;
    if (is_plain_scratch(m, &l, p->is_scratch))
        return remove_really(&w, p, &l);
    if (is_born(m, &l)) {
        r = work_touch(&w, p, NULL);
        r = r == 0 ? remove_really(&w, p, &l) : r;
    } else {
        r = work_need(&w, p);
        r = r == 0 ? work_stash_away(&w, p, &l, -1, false) : r;
    }
    return r < 0 ? work_fail(&w, r) : 0;
}

int mutate_unlink(struct mutate *m, const struct mutate_place *p)
{
    const struct mutate_place at = work_place(m, p);
    int r = -EAGAIN;
    for (int i = 0; r == -EAGAIN && i < MUTATE_MAX_TRIES; i++)
        r = unlink_once(m, &at);
    return r;
}

/* A directory that may go but not move, since it is another's: it is made anew, should it come back. */
static int remove_recorded(struct work *w, const struct mutate_place *p, const struct mutate_look *l)
{
    const struct journal_entry x = work_entry(w, JOURNAL_REMOVED, p->path, l);
    int r = work_write(w, &x, NULL);
    return r == 0 && unlinkat(p->dir, p->name, AT_REMOVEDIR) < 0 ? -errno : r;
}

static int rmdir_older(struct work *w, const struct mutate_place *p, const struct mutate_look *l, int pin)
{
    int r = work_is_empty(w, pin, p->path, l);
    if (r == 0)
        return -ENOTEMPTY;
    bool is_known_empty = r == 1;
    r = work_need(w, p);
    if (r < 0)
        return r;
    uint64_t before = w->m->journal.end;
    r = is_known_empty ? work_stash_away(w, p, l, pin, false) : -EACCES;
    if (r != -EACCES && r != -EPERM && r != -EXDEV)
        return r;
    journal_cut(&w->m->journal, before);
    return remove_recorded(w, p, l);
}

static int rmdir_once(struct mutate *m, const struct mutate_place *p)
{
    struct mutate_look l;
    struct work w = work_begin(m);
    AUTO(mem_close_fd) int pin = openat(p->dir, p->name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int r = pin < 0 ? -errno : mutate_look(pin, "", &l);
    if (r < 0)
        return r == -ELOOP ? -ENOTDIR : r;
    if (is_plain_scratch(m, &l, p->is_scratch))
        return remove_really(&w, p, &l);
    if (is_born(m, &l)) {
        r = work_touch(&w, p, NULL);
        r = r == 0 ? remove_really(&w, p, &l) : r;
    } else {
        r = rmdir_older(&w, p, &l, pin);
    }
    return r < 0 ? work_fail(&w, r) : 0;
}

int mutate_rmdir(struct mutate *m, const struct mutate_place *p)
{
    const struct mutate_place at = work_place(m, p);
    int r = -EAGAIN;
    for (int i = 0; r == -EAGAIN && i < MUTATE_MAX_TRIES; i++)
        r = rmdir_once(m, &at);
    return r;
}

int mutate_take_tree(struct mutate *m, const struct mutate_place *p)
{
    struct mutate_look l;
    struct work w = work_begin(m);
    AUTO(mem_close_fd) int pin = openat(p->dir, p->name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int r = pin < 0 ? -errno : mutate_look(pin, "", &l);
    if (r == 0)
        r = work_need(&w, p);
    if (r == 0)
        r = work_stash_away(&w, p, &l, pin, true);
    return r < 0 ? work_fail(&w, r) : 0;
}

int mutate_unlink_twin(struct mutate *m, const struct mutate_place *p, const struct mutate_place *twin)
{
    struct mutate_look l;
    struct mutate_look other;
    struct work w = work_begin(m);
    int r = mutate_look(p->dir, p->name, &l);
    if (r == 0)
        r = mutate_look(twin->dir, twin->name, &other);
    if (r == 0 && (is_dir(&l) || !is_same(&l, &other)))
        r = -EINVAL;
    if (r == 0)
        r = work_need(&w, p);
    struct journal_entry x = work_entry(&w, JOURNAL_UNLINKED, p->path, &l);
    x.other = twin->path;
    if (r == 0)
        r = work_write(&w, &x, NULL);
    if (r == 0 && unlinkat(p->dir, p->name, 0) < 0)
        r = -errno;
    return r < 0 ? work_fail(&w, r) : 0;
}
