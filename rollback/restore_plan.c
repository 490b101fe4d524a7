/* restore_plan: what a restore would do, found by looking only. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "rollback/restore_decide.h"
#include "rollback/restore_job.h"
#include "rollback/session_tree.h"

/* A directory above a wanted path has to be there for it. */
static bool is_wanted(const struct change *c, const struct strlist *below)
{
    for (size_t i = 0; i < below->n; i++) {
        if (change_path_within(c->path, below->item[i]))
            return true;
        if (c->before.type == SNAPSHOT_DIR && c->after.type != SNAPSHOT_DIR && change_path_within(below->item[i], c->path))
            return true;
    }
    return false;
}

/* How changes call the path; a directory around the working directory stands for that as well. */
static int add_below(const struct restore_request *q, const char *path, struct strlist *ret, struct err *e)
{
    const char *rest = NULL;
    for (size_t i = 0; !rest && i < q->n; i++)
        rest = session_tree_below(&q->session[i], path);
    if (!rest) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(path);
        AUTO(mem_free_ptr) char *tree = quote_term_dup(q->session[0].workdir);
        return err_set(e, ERR_INPUT, "%s lies outside %s, the tree of the session", shown, tree);
    }
    strlist_add(ret, rest);
    if (rest[0] == '/' && path_is_within(q->session[0].workdir, path))
        strlist_add(ret, "");
    return 0;
}

static int limit(struct restore_plan *p, const struct restore_request *q, struct err *e)
{
    struct change_list *l = &p->changes;
    AUTO(strlist_release) struct strlist below = STRLIST_INIT;
    size_t n = 0;
    for (size_t i = 0; i < q->paths->n; i++) {
        if (add_below(q, q->paths->item[i], &below, e) < 0)
            return e->class;
    }
    for (size_t i = 0; i < l->n; i++) {
        if (!is_wanted(&l->item[i], &below)) {
            mem_free(l->item[i].path);
            continue;
        }
        p->span[n] = p->span[i];
        l->item[n++] = l->item[i];
    }
    l->n = n;
    return 0;
}

static void find_parents(struct restore_job *j)
{
    ptrdiff_t open = RESTORE_NO_PARENT; /* innermost change above the current one */
    for (size_t i = 0; i < j->plan.n; i++) {
        const char *path = j->plan.changes.item[i].path;
        while (open != RESTORE_NO_PARENT && !change_path_within(path, j->plan.changes.item[open].path))
            open = j->parent[open];
        j->parent[i] = open;
        open = (ptrdiff_t)i;
    }
}

/* The change of the directory that directly holds change `i`, when there is one. */
static ptrdiff_t direct_parent(const struct restore_job *j, size_t i)
{
    ptrdiff_t p = j->parent[i];
    if (p == RESTORE_NO_PARENT)
        return p;
    const char *path = j->plan.changes.item[i].path;
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;
    return strlen(j->plan.changes.item[p].path) == len ? p : RESTORE_NO_PARENT;
}

/* Its directory is not there: that is fine when the directory will be. */
static enum restore_verdict decide_orphan(const struct restore_job *j, size_t i)
{
    const struct change *c = &j->plan.changes.item[i];
    ptrdiff_t p = direct_parent(j, i);
    if (j->seen[i].parent_sys == EACCES) { /* looked at again once that directory has its mode back */
        ptrdiff_t above = j->parent[i];
        return above != RESTORE_NO_PARENT && j->plan.step[above].verdict == RESTORE_PUT_BACK ? RESTORE_PUT_BACK : RESTORE_CONFLICT;
    }
    if (c->before.type == 0)
        return RESTORE_DONE;
    if (p == RESTORE_NO_PARENT || j->plan.step[p].verdict != RESTORE_PUT_BACK || j->plan.changes.item[p].before.type != SNAPSHOT_DIR)
        return RESTORE_CONFLICT;
    return restore_decide(c, &j->seen[i].node);
}

/* Which names were one inode is part of the state before. */
static bool links_are_right(struct restore_job *j, size_t i)
{
    const struct change *c = &j->plan.changes.item[i];
    const struct restore_seen *seen = &j->seen[i];
    struct restore_group *g = restore_links_find(&j->links, c->before.link_group);
    struct stat st;
    if (c->before.type == SNAPSHOT_DIR || c->before.type == 0)
        return true;
    if (!g)
        return c->after.link_group == 0 || c->kind == CHANGE_DELETED || seen->st.st_nlink == 1;
    const char *leader = restore_links_leader(j, g, c->path, &st);
    return !leader || (st.st_dev == seen->st.st_dev && st.st_ino == seen->st.st_ino);
}

/* A directory that could not be listed before: what is in it now may have been there all the time. */
static bool was_hidden(const struct restore_job *j, size_t i)
{
    ptrdiff_t p = j->parent[i];
    while (p != RESTORE_NO_PARENT && !(j->plan.changes.item[p].before.flags & SNAPSHOT_UNREADABLE))
        p = j->parent[p];
    return p != RESTORE_NO_PARENT;
}

/* What is there now can be read, hence is in the restore's own session. */
static bool is_kept(struct restore_job *j, size_t i)
{
    const char *name = NULL;
    struct err ignored = ERR_INIT;
    int dir = -1;
    if (j->seen[i].node.type != SNAPSHOT_FILE)
        return true;
    if (restore_tree_parent(&j->tree, j->plan.changes.item[i].path, &dir, &name, &ignored) < 0)
        return false;
    AUTO(mem_close_fd) int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return fd >= 0;
}

static enum restore_verdict decide(struct restore_job *j, size_t i)
{
    if (was_hidden(j, i))
        return RESTORE_UNCOVERED;
    if (j->seen[i].parent_sys != 0)
        return decide_orphan(j, i);
    enum restore_verdict v = restore_decide(&j->plan.changes.item[i], &j->seen[i].node);
    return v == RESTORE_DONE && !links_are_right(j, i) ? RESTORE_PUT_BACK : v;
}

/* It can be put there: its directory is there, or comes back itself in the place of what is not one. */
static bool has_place(const struct restore_job *j, size_t i)
{
    int sys = j->seen[i].parent_sys;
    ptrdiff_t p = direct_parent(j, i);
    if (sys == 0 || sys == EACCES || p == RESTORE_NO_PARENT)
        return sys == 0;
    return j->plan.step[p].verdict == RESTORE_PUT_BACK && j->plan.changes.item[p].before.type == SNAPSHOT_DIR;
}

enum restore_verdict restore_plan_decide(struct restore_job *j, size_t i)
{
    const struct change *c = &j->plan.changes.item[i];
    enum restore_verdict v = decide(j, i);
    j->plan.step[i].is_over = false;
    if (v != RESTORE_CONFLICT || j->request->conflicts != RESTORE_BEFORE || !has_place(j, i) || !is_kept(j, i))
        return v;
    if (c->before.type == SNAPSHOT_FILE && (c->before.flags & SNAPSHOT_UNREADABLE))
        return RESTORE_UNCOVERED;
    j->plan.step[i].is_over = true;
    return RESTORE_PUT_BACK;
}

/* A directory the command made goes only when nothing else has come into it. */
static bool holds_only_ours(struct restore_job *j, size_t i, const size_t *going)
{
    AUTO(mem_close_fd) int fd = -1;
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    struct err ignored = ERR_INIT;
    if (restore_tree_dir(&j->tree, j->plan.changes.item[i].path, O_RDONLY, &fd, &ignored) < 0)
        return true; /* what cannot be read is found out by rmdir */
    if (fs_list(fd, ".", &names, &ignored) < 0)
        return true;
    return names.n <= going[i];
}

/* What newer sessions did to the directory itself is taken back all the same. */
static void let_stay(struct restore_job *j, size_t i)
{
    struct change *c = &j->plan.changes.item[i];
    struct restore_span *span = &j->plan.span[i];
    struct restore_step *step = &j->plan.step[i];
    step->is_over = false;
    step->verdict = RESTORE_CONFLICT;
    if (span->is_cut || span->stays.type != SNAPSHOT_DIR || change_same_node(&span->stays, &c->after))
        return;
    span->is_cut = true;
    span->cut = span->stays_for;
    span->first = c->before;
    c->before = span->stays;
    c->kind = change_kind_of(&c->before, &c->after);
    step->verdict = restore_plan_decide(j, i);
}

static void check_created_dirs(struct restore_job *j)
{
    AUTO(mem_free_ptr) size_t *going = mem_array(j->plan.n + 1, sizeof(*going));
    for (size_t i = j->plan.n; i-- > 0;) {
        const struct change *c = &j->plan.changes.item[i];
        struct restore_step *step = &j->plan.step[i];
        if (c->before.type == SNAPSHOT_DIR || step->verdict != RESTORE_PUT_BACK || j->seen[i].node.type == 0)
            continue;
        if (j->seen[i].node.type == SNAPSHOT_DIR && !holds_only_ours(j, i, going))
            let_stay(j, i);
        ptrdiff_t p = direct_parent(j, i);
        if (step->verdict == RESTORE_PUT_BACK && c->before.type == 0 && p != RESTORE_NO_PARENT)
            going[p]++;
    }
}

int64_t restore_plan_believe_ns(const struct restore_job *j, size_t i)
{
    return j->request->session[j->plan.span[i].newest].ended_ns - RESTORE_SETTLE_NS;
}

int restore_plan_look(struct restore_job *j, size_t i, struct restore_seen *ret, struct err *e)
{
    j->tree.believe_ns = restore_plan_believe_ns(j, i);
    return restore_tree_look(&j->tree, &j->plan.changes.item[i], ret, e);
}

static int look_at_all(struct restore_job *j, struct err *e)
{
    struct restore_plan *p = &j->plan;
    progress_start(j->request->progress, "looking at what changed", p->changes.n);
    p->n = p->changes.n;
    p->step = mem_array(p->n + 1, sizeof(*p->step));
    j->seen = mem_array(p->n + 1, sizeof(*j->seen));
    j->parent = mem_array(p->n + 1, sizeof(*j->parent));
    j->handled = mem_array(p->n + 1, sizeof(*j->handled));
    find_parents(j);
    for (size_t i = 0; i < p->n; i++) {
        p->step[i].change = &p->changes.item[i];
        int rc = restore_plan_look(j, i, &j->seen[i], e);
        if (rc < 0)
            return rc;
        p->step[i].verdict = restore_plan_decide(j, i);
        progress_step(j->request->progress, i + 1);
    }
    check_created_dirs(j);
    if (j->request->conflicts == RESTORE_BOTH)
        restore_beside_plan(j);
    return 0;
}

static int check_sessions(const struct restore_request *q, struct err *e)
{
    for (size_t i = 0; i < q->n; i++) {
        if (!q->session[i].has_after)
            return err_set(e, ERR_INPUT, "session %s is not closed: nothing says yet what it changed", q->session[i].id);
    }
    return q->n > 0 ? 0 : err_set(e, ERR_INPUT, "no session to take back");
}

/* Who wants the state before in any case wants the oldest. */
static void skip_what_is_between(struct restore_plan *p)
{
    for (size_t i = 0; i < p->changes.n; i++) {
        struct change *c = &p->changes.item[i];
        if (!p->span[i].is_cut)
            continue;
        p->span[i].is_cut = false;
        c->before = p->span[i].first;
        c->kind = change_kind_of(&c->before, &c->after);
    }
}

static int make_changes(struct restore_job *j, struct err *e)
{
    const struct restore_request *q = j->request;
    struct restore_range range = {0};
    int rc = restore_range_make(j->store, q->session, q->n, &range, e);
    if (rc < 0)
        return rc;
    j->plan.changes = range.changes;
    j->plan.span = range.span;
    j->plan.touch = range.touch;
    if (q->conflicts == RESTORE_BEFORE)
        skip_what_is_between(&j->plan);
    if (q->paths && q->paths->n > 0)
        rc = limit(&j->plan, q, e);
    return rc < 0 ? rc : restore_links_make(j->store, q, &j->plan, &j->links, e);
}

int restore_job_make(const struct restore_request *q, struct restore_job *ret, struct err *e)
{
    *ret = (struct restore_job)RESTORE_JOB_INIT;
    ret->request = q;
    int rc = check_sessions(q, e);
    if (rc == 0)
        rc = restore_tree_open(&ret->tree, q->session[0].workdir, q->force ? 0 : q->session[0].root_inode, e);
    if (rc == 0)
        rc = store_open(q->state_dir, &ret->store, e);
    ret->tree.store = ret->stage.store = ret->store;
    if (rc == 0)
        rc = make_changes(ret, e);
    if (rc == 0)
        rc = look_at_all(ret, e);
    return rc;
}

void restore_job_release(struct restore_job *j)
{
    restore_plan_release(&j->plan);
    mem_free(j->seen);
    mem_free(j->parent);
    mem_free(j->handled);
    restore_links_release(&j->links);
    restore_touches_release(&j->touches);
    restore_tree_close(&j->tree);
    restore_tree_close(&j->stage);
    session_free(j->undo);
    store_close_ptr(&j->store);
    strlist_release(&j->failed);
}

void restore_plan_release(struct restore_plan *p)
{
    for (size_t i = 0; p->step && i < p->n; i++)
        mem_free(p->step[i].beside);
    change_list_release(&p->changes);
    mem_free(p->step);
    mem_free(p->span);
    mem_free(p->touch);
    *p = (struct restore_plan){0};
}

int restore_plan_make(const struct restore_request *q, struct restore_plan *ret, struct err *e)
{
    AUTO(restore_job_release) struct restore_job job = RESTORE_JOB_INIT;
    int rc = restore_job_make(q, &job, e);
    progress_stop(q->progress);
    if (rc < 0)
        return rc;
    restore_plan_settle(&job.plan);
    *ret = job.plan;
    job.plan = (struct restore_plan){0};
    return 0;
}

static void name_what_is_between(struct restore_step *step, const struct restore_span *span)
{
    if (!span->is_cut || (step->verdict != RESTORE_PUT_BACK && step->verdict != RESTORE_DONE))
        return;
    step->verdict = step->verdict == RESTORE_PUT_BACK ? RESTORE_PARTLY : RESTORE_CONFLICT;
    step->is_between = true;
    step->session = span->cut;
}

void restore_plan_settle(struct restore_plan *p)
{
    size_t n[RESTORE_FAILED + 1] = {0};
    p->over = 0;
    for (size_t i = 0; i < p->n; i++) {
        struct restore_step *step = &p->step[i];
        name_what_is_between(step, &p->span[i]);
        if (!change_is_visible(step->change) && !step->is_between)
            continue;
        n[step->verdict]++;
        p->over += step->verdict == RESTORE_PUT_BACK && step->is_over;
    }
    p->put_back = n[RESTORE_PUT_BACK];
    p->done = n[RESTORE_DONE];
    p->partly = n[RESTORE_PARTLY];
    p->conflicts = n[RESTORE_CONFLICT];
    p->uncovered = n[RESTORE_UNCOVERED];
}
