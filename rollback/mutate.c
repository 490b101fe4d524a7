#include "rollback/mutate.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "rollback/mutate_parts.h"

#define SECOND_NS INT64_C(1000000000)
#define COARSE_NS (2 * SECOND_NS) /* file systems whose times have no fraction */

static int open_stashes(struct mutate *m, const struct mutate_setup *s, struct err *e)
{
    int r = 0;
    for (unsigned i = 0; r == 0 && i < s->n_stash; i++) {
        r = stash_open(s->session_dir, i, &m->stash[i], e);
        m->n_stash += r == 0;
    }
    return r;
}

/* The stashes that there are not, tens of kilobytes, are left as they are. */
static void clear(struct mutate *m)
{
    m->journal = (struct journal)JOURNAL_INIT;
    m->n_stash = 0;
    m->inodes = (struct mutate_inodes){0};
    m->guise = (struct mutate_guise){0};
    m->max_copy = m->step = 0;
    m->keeps_nothing = m->skips_large = false;
    m->large = 0;
    m->large_size = 0;
    m->large_path[0] = '\0';
}

static int set_up(const struct mutate_setup *s, struct mutate *m, struct err *e)
{
    clear(m);
    m->guise = s->guise;
    m->max_copy = s->max_copy ? s->max_copy : MUTATE_MAX_COPY;
    m->skips_large = s->skips_large;
    if (s->n_stash > STASH_MAX)
        return err_set(e, ERR_LIMIT, "a session changes at most %d file systems", STASH_MAX);
    for (unsigned i = 0; s->prepared && i < s->n_stash; i++) {
        m->stash[m->n_stash++] = s->prepared[i];
        s->prepared[i] = (struct stash)STASH_INIT;
    }
    if (s->prepared)
        return 0;
    int r = open_stashes(m, s, e);
    if (r < 0)
        mutate_end(m);
    return r;
}

int mutate_begin(const struct mutate_setup *s, struct mutate *ret, struct err *e)
{
    int r = set_up(s, ret, e);
    if (r < 0)
        return r;
    r = journal_create(s->session_dir, s->journal_name, &ret->journal, e);
    if (r < 0)
        mutate_end(ret);
    return r;
}

void mutate_begin_scratch(struct mutate *ret)
{
    clear(ret);
    ret->max_copy = MUTATE_MAX_COPY;
    ret->keeps_nothing = true;
}

bool mutate_is_made(const struct mutate *m, int fd)
{
    struct mutate_look l;
    return mutate_look(fd, "", &l) == 0 && (mutate_inodes_flags(&m->inodes, &l) & INODE_MADE);
}

bool mutate_is_own(const struct mutate *m, const struct mutate_look *l)
{
    const unsigned own = INODE_MADE | INODE_BORN;
    return l->nlink > 0 && l->birth_ns != 0 && (mutate_inodes_flags(&m->inodes, l) & own) == own;
}

/* What the records say of inodes; the time of birth is looked up where the path still leads there, since it is not in the journal. */
static int learn(void *arg, const struct journal_entry *x, struct err *e)
{
    struct mutate *m = arg;
    struct mutate_look l;
    m->step = x->step;
    unsigned flags = x->kind == JOURNAL_CONTENT ? INODE_SECURED | INODE_TIMES : x->kind == JOURNAL_TIMES ? INODE_TIMES : 0;
    if (x->kind == JOURNAL_CREATED && x->flags & JOURNAL_BORN)
        flags = INODE_BORN;
    if (flags == 0 || mutate_look(AT_FDCWD, x->path, &l) < 0 || l.inode != x->inode || l.device != x->device)
        return 0;
    return mutate_inodes_add(&m->inodes, &l, flags) < 0 ? err_set(e, ERR_LIMIT, "too many files were changed") : 0;
}

int mutate_resume(const struct mutate_setup *s, struct mutate *ret, struct err *e)
{
    struct journal_view v = {0};
    int r = set_up(s, ret, e);
    if (r < 0)
        return r;
    r = journal_resume(s->session_dir, s->journal_name, &ret->journal, e);
    if (r == 0)
        r = journal_read(s->session_dir, s->journal_name, &v, e);
    if (r == 0)
        r = journal_each(&v, learn, ret, e);
    journal_view_release(&v);
    if (r < 0)
        mutate_end(ret);
    return r;
}

void mutate_end(struct mutate *m)
{
    for (unsigned i = 0; i < m->n_stash; i++)
        stash_close(&m->stash[i]);
    m->n_stash = 0;
    journal_close(&m->journal);
    mutate_inodes_release(&m->inodes);
}

bool mutate_has_changes(const struct mutate *m)
{
    return journal_has_records(&m->journal);
}

static int64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME_COARSE, &t);
    return (int64_t)t.tv_sec * SECOND_NS + t.tv_nsec;
}

struct work work_begin(struct mutate *m)
{
    return (struct work){.m = m, .mark = m->journal.end, .begun_ns = now_ns()};
}

int work_fail(struct work *w, int error)
{
    journal_cut(&w->m->journal, w->mark);
    for (size_t i = 0; i < w->n_touched; i++)
        mutate_inodes_drop(&w->m->inodes, &w->touched[i], INODE_TIMES);
    w->n_touched = 0;
    if (w->has_secured)
        mutate_inodes_drop(&w->m->inodes, &w->secured, INODE_SECURED | INODE_TIMES);
    w->has_secured = false;
    return error;
}

static bool has_stash(const struct mutate *m, uint64_t device)
{
    for (unsigned i = 0; i < m->n_stash; i++) {
        if (m->stash[i].device == device)
            return true;
    }
    return false;
}

/* A file with more names may have one in a tree that is kept, where that is on the same file system. */
bool is_plain_scratch(const struct mutate *m, const struct mutate_look *l, bool is_scratch)
{
    bool is_alone = m->keeps_nothing || is_dir(l) || l->nlink <= 1 || !has_stash(m, l->device);
    return is_scratch && is_alone && !(mutate_inodes_flags(&m->inodes, l) & INODE_TRACKED);
}

void work_as_own(const struct mutate *m)
{
    if (m->guise.own)
        m->guise.own(m->guise.arg);
}

void work_as_caller(const struct mutate *m)
{
    if (m->guise.caller)
        m->guise.caller(m->guise.arg);
}

struct journal_entry work_entry(const struct work *w, enum journal_kind kind, const char *path, const struct mutate_look *l)
{
    struct journal_entry x = {.kind = kind, .step = w->m->step, .time_ns = w->begun_ns, .path = path};
    if (l) {
        x.device = l->device;
        x.inode = l->inode;
        x.mode = l->mode;
        x.uid = l->uid;
        x.gid = l->gid;
        x.mtime_s = l->mtime_s;
        x.mtime_ns = l->mtime_ns;
    }
    return x;
}

/* Whoever reads a journal with records finds its stash. */
static int need_stash(struct mutate *m)
{
    if (m->n_stash == 0 || m->stash[0].dir >= 0)
        return 0;
    work_as_own(m);
    int r = stash_need(&m->stash[0]);
    work_as_caller(m);
    return r;
}

int work_write(struct work *w, const struct journal_entry *x, uint64_t *ret_at)
{
    uint64_t at = 0;
    int r = need_stash(w->m);
    if (r == 0)
        r = journal_write(&w->m->journal, x, &at);
    if (r == 0 && ret_at)
        *ret_at = at;
    return r;
}

int work_times(struct work *w, const char *path, const struct mutate_look *l)
{
    if (mutate_inodes_flags(&w->m->inodes, l) & (INODE_BORN | INODE_TIMES))
        return 0;
    const struct journal_entry x = work_entry(w, JOURNAL_TIMES, path, l);
    int r = work_write(w, &x, NULL);
    if (r == 0)
        r = mutate_inodes_add(&w->m->inodes, l, INODE_TIMES);
    if (r == 0 && w->n_touched < sizeof w->touched / sizeof *w->touched)
        w->touched[w->n_touched++] = *l;
    return r;
}

static int look_at_dir(const struct mutate_place *p, struct mutate_look *ret)
{
    if (!p->in)
        return mutate_look(p->dir, "", ret);
    *ret = *p->in;
    return 0;
}

/* The times of the directory that the place is in, as they are now. */
static int touch_dir(struct work *w, const struct mutate_place *p, const struct mutate_look *known)
{
    char path[STR_MAX_PATH];
    struct mutate_look now;
    const struct mutate_look *dir = known;
    if (mutate_inodes_flags(&w->m->inodes, dir) & (INODE_BORN | INODE_TIMES))
        return 0;
    if (p->in) {
        int r = mutate_look(p->dir, "", &now);
        if (r < 0)
            return r;
        dir = &now;
    }
    const char *slash = strrchr(p->path, '/');
    size_t len = slash && slash > p->path ? (size_t)(slash - p->path) : 1;
    if (len >= sizeof path)
        return -ENAMETOOLONG;
    memcpy(path, p->path, len);
    path[len] = '\0';
    return work_times(w, path, dir);
}

int work_touch(struct work *w, const struct mutate_place *p, bool *ret_is_kept)
{
    struct mutate_look dir;
    if (ret_is_kept)
        *ret_is_kept = false;
    if (p->is_scratch)
        return 0;
    int r = look_at_dir(p, &dir);
    if (r == 0 && ret_is_kept)
        *ret_is_kept = !is_born(w->m, &dir);
    return r == 0 ? touch_dir(w, p, &dir) : r;
}

static bool goes_up(const struct mutate *m, const struct mutate_look *l, bool is_scratch)
{
    return is_born(m, l) || (is_scratch && !(mutate_inodes_flags(&m->inodes, l) & INODE_TRACKED));
}

struct mutate_place work_place(const struct mutate *m, const struct mutate_place *p)
{
    struct mutate_place known = *p;
    struct mutate_look dir;
    if (p->is_scratch && look_at_dir(p, &dir) == 0 && mutate_inodes_flags(&m->inodes, &dir) & INODE_TRACKED)
        known.is_scratch = false;
    return known;
}

/* Their own times need no record: what was born goes away with its name. */
static int grow_one(struct mutate *m, const struct mutate_look *l, bool is_scratch)
{
    mutate_inodes_drop(&m->inodes, l, INODE_BORN);
    return mutate_inodes_add(&m->inodes, l, is_scratch ? INODE_TRACKED | INODE_TIMES : INODE_TIMES);
}

/* Whatever is done to this directory and to those it lies in is recorded from now on: what is older is found again by their paths. */
static int grow_old(struct mutate *m, const struct mutate_place *p, struct mutate_look l)
{
    int at = p->dir;
    int r = 0;
    for (int depth = 0; r == 0 && depth < STR_MAX_PATH / 2 && goes_up(m, &l, p->is_scratch); depth++) {
        r = grow_one(m, &l, p->is_scratch);
        int above = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (above < 0)
            r = -errno;
        if (at != p->dir)
            (void)close(at);
        at = above < 0 ? p->dir : above;
        if (r == 0)
            r = mutate_look(at, "", &l);
    }
    if (at != p->dir)
        (void)close(at);
    return r;
}

int work_need(struct work *w, const struct mutate_place *p)
{
    struct mutate_look dir;
    int r = look_at_dir(p, &dir);
    if (r == 0 && goes_up(w->m, &dir, p->is_scratch)) {
        work_as_own(w->m);
        r = grow_old(w->m, p, dir);
        work_as_caller(w->m);
    }
    return r == 0 && !p->is_scratch ? touch_dir(w, p, &dir) : r;
}

void work_born(struct work *w, const struct mutate_look *made, uint64_t at)
{
    bool is_coarse = made->birth_ns % SECOND_NS == 0;
    if (made->birth_ns != 0 && made->birth_ns < w->begun_ns - (is_coarse ? COARSE_NS : 0))
        return; /* somebody put an older thing in its place */
    bool is_known = mutate_inodes_add(&w->m->inodes, made, INODE_MADE | INODE_BORN | INODE_TIMES | INODE_SECURED) == 0;
    if (at != 0)
        journal_settle(&w->m->journal, at, made->device, made->inode, is_known);
}

struct stash *work_stash(struct mutate *m, const struct mutate_look *l, unsigned *ret_index)
{
    for (unsigned i = 0; i < m->n_stash; i++) {
        const struct stash *s = &m->stash[i];
        if (s->device == l->device && (s->mount == l->mount || s->mount == 0 || l->mount == 0)) {
            *ret_index = i;
            return &m->stash[i];
        }
    }
    return NULL;
}
