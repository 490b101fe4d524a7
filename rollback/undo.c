#include "rollback/undo.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/quote.h"
#include "rollback/undo_parts.h"

static void undo_release(struct undo *u)
{
    undo_forget(u);
    for (unsigned i = 0; i < u->n_stash; i++)
        stash_close(&u->stash[i]);
    mem_close_fd(&u->root);
}

static int set_up(struct undo *u, const struct undo_request *r, int session_dir, unsigned n_stash, struct err *e)
{
    *u = (struct undo){.into = r->into, .unchanged_since_ns = r->unchanged_since_ns, .root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)};
    if (u->root < 0 || n_stash > STASH_MAX)
        return err_set(e, ERR_IO, "cannot open the root directory");
    for (unsigned i = 0; i < n_stash; i++) {
        int rc = stash_open(session_dir, i, &u->stash[i], e);
        if (rc < 0)
            return rc;
        u->n_stash++;
    }
    return 0;
}

static bool is_later(const struct undo *u, const struct undo_place *p, const struct journal_entry *x)
{
    bool is_named = undo_is(p, x->device, x->inode) || (x->other_inode != 0 && undo_is(p, x->device, x->other_inode));
    return is_named && p->look.ctime_ns > u->unchanged_since_ns;
}

/* What a record names, where it still is where it was then: whether somebody changed it since. What has moved meanwhile is checked by its
 * inode when its turn comes. */
static int check_record(struct undo *u, const struct journal_entry *x)
{
    struct undo_place p;
    if (x->kind == JOURNAL_STASHED) /* nobody else comes there */
        return 0;
    if (x->kind == JOURNAL_CONTENT && x->flags & JOURNAL_ABSENT)
        return undo_refuse(u, x->path);
    int r = undo_place_open(u, x->path, &p);
    if (r == 0 && is_later(u, &p, x))
        return undo_refuse(u, x->path);
    if (r == 0 && x->kind != JOURNAL_ATTRIBUTE && x->other[0] != '\0')
        r = undo_place_open(u, x->other, &p);
    return r == 0 && is_later(u, &p, x) ? undo_refuse(u, x->other) : r;
}

/* That a directory cannot be opened says nothing yet: it may have been closed by the session. */
static int check_all(struct undo *u, const struct journal_view *v)
{
    struct journal_entry x;
    if (u->unchanged_since_ns == INT64_MAX)
        return 0;
    for (uint64_t at = 0; journal_next(v, &at, &x);) {
        if (check_record(u, &x) == UNDO_CHANGED)
            return UNDO_CHANGED;
    }
    undo_forget(u);
    return 0;
}

static int fail(const struct journal_entry *x, int error, struct err *e)
{
    AUTO(mem_free_ptr) char *shown = quote_term_dup(x->path);
    return err_sys(e, err_class_of(-error), -error, "cannot take back what was done to %s", shown);
}

static int run_back(struct undo *u, const struct journal_view *v, uint64_t from, uint64_t mark, size_t *ret_records, struct err *e)
{
    struct journal_entry x;
    for (uint64_t at = from; journal_previous(v, &at, &x);) {
        u->into->step = x.at | mark;
        int r = undo_step(u, &x);
        if (r != 0)
            return r < 0 ? fail(&x, r, e) : r;
        ++*ret_records;
    }
    return 0;
}

/* Where it goes on: behind the record that was being taken back when it was cut off. */
static uint64_t find_start(const struct journal_view *v, uint64_t step)
{
    struct journal_entry x;
    if (step == 0)
        return v->end;
    for (uint64_t at = 0; journal_next(v, &at, &x);) {
        if (x.at == step)
            return at;
    }
    return v->end;
}

/* What was taken back so far is put back in turn, as a part of the same session: it comes to nothing. */
static int give_up(const struct undo_request *r, uint64_t step, struct err *e)
{
    AUTO(undo_release) struct undo u = {.root = -1};
    AUTO(journal_view_release) struct journal_view v = {0};
    size_t ignored = 0;
    int rc = set_up(&u, r, r->into_dir, r->into->n_stash, e);
    u.unchanged_since_ns = INT64_MAX;
    if (rc == 0)
        rc = journal_read(r->into_dir, r->into_name, &v, e);
    if (rc == 0)
        rc = run_back(&u, &v, find_start(&v, step), UNDO_GOES_BACK, &ignored, e);
    return rc == UNDO_CHANGED ? err_set(e, ERR_IO, "stopped half way, and could not go back, since something was changed meanwhile") : rc;
}

int undo_run(const struct undo_request *r, struct undo_result *ret, struct err *e)
{
    AUTO(undo_release) struct undo u = {.root = -1};
    AUTO(journal_view_release) struct journal_view v = {0};
    *ret = (struct undo_result){0};
    uint64_t step = r->into->step;
    if (step & UNDO_GOES_BACK) { /* cut off while it gave up */
        int back = give_up(r, step & ~UNDO_GOES_BACK, e);
        return back < 0 ? back : UNDO_CHANGED;
    }
    int rc = set_up(&u, r, r->session_dir, r->n_stash, e);
    if (rc == 0)
        rc = journal_read(r->session_dir, r->journal_name, &v, e);
    if (rc < 0)
        return rc;
    if (step == 0)
        rc = check_all(&u, &v);
    if (rc == 0) {
        struct err second = ERR_INIT;
        rc = run_back(&u, &v, find_start(&v, step), 0, &ret->records, e);
        if (rc != 0 && give_up(r, 0, &second) < 0)
            rc = err_set(e, second.class, "%s", second.text);
    }
    (void)snprintf(ret->changed, sizeof ret->changed, "%s", u.changed);
    return rc;
}
