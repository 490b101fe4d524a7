/* restore: applies a plan in an order that can be cut off anywhere and begun again. */
#include "rollback/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "rollback/restore_decide.h"
#include "rollback/restore_job.h"
#include "rollback/restore_meta.h"

/* What has to be done for a change, by what was there before and what is there now. */
enum task {
    TASK_NONE,
    TASK_STAGE,    /* a directory that is not there */
    TASK_REPLACE,  /* a file, link or special file; nothing or another one is there */
    TASK_OVER_DIR, /* the same, where a directory is */
    TASK_META,     /* the right thing, but not in all respects */
    TASK_DIR_META, /* a directory that is there */
    TASK_REMOVE,
};

static enum task task_of(const struct restore_job *j, size_t i)
{
    const struct snapshot_node *before = &j->plan.changes.item[i].before;
    const struct snapshot_node *now = &j->seen[i].node;
    enum restore_verdict verdict = j->plan.step[i].verdict;
    if (j->handled[i])
        return TASK_NONE;
    if (before->type == SNAPSHOT_DIR && now->type == SNAPSHOT_DIR)
        return verdict == RESTORE_PUT_BACK || verdict == RESTORE_DONE ? TASK_DIR_META : TASK_NONE;
    if (verdict != RESTORE_PUT_BACK)
        return TASK_NONE;
    if (before->type == 0)
        return now->type == 0 ? TASK_NONE : TASK_REMOVE;
    if (before->type == SNAPSHOT_DIR)
        return TASK_STAGE;
    if (now->type == SNAPSHOT_DIR)
        return TASK_OVER_DIR;
    bool same = now->type == before->type && now->rdev == before->rdev && oid_equal(&now->content, &before->content) && now->size == before->size &&
                now->flags == before->flags;
    bool is_unknown = before->flags & SNAPSHOT_UNREADABLE; /* restore_decide let it pass: the content is not what changed */
    return same || is_unknown ? TASK_META : TASK_REPLACE;
}

/* Books the outcome of one change. On a full disk it waits until removals have made room. */
static void book(struct restore_job *j, size_t i, int rc, const struct err *why)
{
    if (rc < 0 && (why->sys == ENOSPC || why->sys == EDQUOT) && !j->last_try) {
        j->needs_room = true;
        return;
    }
    j->handled[i] = true;
    const struct snapshot_node *after = &j->plan.changes.item[i].after;
    bool was_closed = after->type == SNAPSHOT_DIR && (after->flags & SNAPSHOT_UNREADABLE); /* what is in it may be the command's own */
    if (rc == ERR_EXISTS)
        j->plan.step[i].verdict = was_closed ? RESTORE_UNCOVERED : RESTORE_CONFLICT;
    else if (rc < 0)
        restore_fail(j, i, why);
}

/* Directories that somebody closed to us come first: what lies below cannot be reached otherwise. */
static void open_directories(struct restore_job *j)
{
    for (size_t i = 0; i < j->plan.n; i++) {
        const struct change *c = &j->plan.changes.item[i];
        AUTO(mem_close_fd) int fd = -1;
        struct err ignored = ERR_INIT;
        if (task_of(j, i) != TASK_DIR_META)
            continue;
        restore_touch_want(&j->touches, c->path, &c->before);
        if ((j->seen[i].node.mode & 0700) == 0700 || restore_tree_dir(&j->tree, c->path, O_PATH, &fd, &ignored) < 0)
            continue;
        (void)!restore_meta_put(j->store, fd, &c->before, &ignored);
    }
    for (size_t i = 0; i < j->plan.n; i++) {
        struct err ignored = ERR_INIT;
        if (j->seen[i].parent_sys != EACCES)
            continue;
        if (restore_plan_look(j, i, &j->seen[i], &ignored) == 0)
            j->plan.step[i].verdict = restore_plan_decide(j, i);
    }
}

/* What lies below a directory goes the way of the directory. */
static void book_below(struct restore_job *j, size_t first, size_t next)
{
    for (size_t i = first + 1; i < next && j->handled[first]; i++) {
        j->handled[i] = true;
        if (j->plan.step[i].verdict == RESTORE_PUT_BACK)
            j->plan.step[i].verdict = j->plan.step[first].verdict;
    }
}

static void put_back(struct restore_job *j)
{
    size_t next = 0;
    progress_start(j->request->progress, "putting back", j->plan.n);
    for (size_t i = 0; i < j->plan.n && (!j->needs_room || j->last_try); i = next) {
        struct err why = ERR_INIT;
        enum task task = task_of(j, i);
        next = i + 1;
        if (task == TASK_STAGE) {
            book(j, i, restore_stage(j, i, &next, &why), &why);
            book_below(j, i, next);
        } else if (task == TASK_REPLACE) {
            book(j, i, restore_put_replace(j, i, &why), &why);
        }
        progress_step(j->request->progress, next);
    }
}

/* A directory that the command made goes as a whole: only one that will stay needs its time kept. */
static bool parent_goes(const struct restore_job *j, size_t i)
{
    ptrdiff_t p = j->parent[i];
    return p != RESTORE_NO_PARENT && j->plan.changes.item[p].before.type == 0 && (j->seen[p].node.mode & 0300) == 0300;
}

static int remove_one(struct restore_job *j, size_t i, struct err *e)
{
    const char *path = j->plan.changes.item[i].path;
    bool is_dir = j->seen[i].node.type == SNAPSHOT_DIR;
    const char *name = path;
    int dir = -1;
    int rc = 0;
    if (!parent_goes(j, i)) {
        AUTO(mem_free_ptr) char *parent = restore_dir_of(path);
        rc = restore_touch(&j->touches, &j->tree, j->undo->dir_fd, parent, e);
    }
    if (rc == 0 && !is_dir)
        rc = restore_put_recheck(j, i, e);
    if (rc == 0)
        rc = restore_tree_parent(&j->tree, path, &dir, &name, e);
    if (rc < 0)
        return rc;
    if (unlinkat(dir, name, is_dir ? AT_REMOVEDIR : 0) == 0 || errno == ENOENT)
        return 0;
    if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR || errno == EISDIR)
        return err_set(e, ERR_EXISTS, "holds what the command did not make");
    return err_sys(e, err_class_of(errno), errno, "cannot remove it");
}

static void take_away(struct restore_job *j)
{
    progress_start(j->request->progress, "removing", j->plan.n);
    for (size_t i = j->plan.n; i-- > 0;) {
        struct err why = ERR_INIT;
        enum task task = task_of(j, i);
        if (task == TASK_REMOVE)
            book(j, i, remove_one(j, i, &why), &why);
        else if (task == TASK_OVER_DIR)
            book(j, i, restore_put_over_dir(j, i, &why), &why);
        progress_step(j->request->progress, j->plan.n - i);
    }
}

static void put_meta(struct restore_job *j)
{
    for (size_t i = 0; i < j->plan.n; i++) {
        struct err why = ERR_INIT;
        if (task_of(j, i) == TASK_META)
            book(j, i, restore_put_meta(j, i, &why), &why);
    }
}

/* A directory that nobody could list when the command was over: what it made in there is not known, and stays. */
static void tell_unlisted(struct restore_job *j)
{
    for (size_t i = 0; i < j->plan.n; i++) {
        const struct change *c = &j->plan.changes.item[i];
        struct err ignored = ERR_INIT;
        AUTO(strlist_release) struct strlist names = STRLIST_INIT;
        AUTO(mem_close_fd) int fd = -1;
        size_t known = 0;
        if (c->before.type != SNAPSHOT_DIR || !(c->after.flags & SNAPSHOT_UNREADABLE) || (c->before.flags & SNAPSHOT_UNREADABLE))
            continue;
        for (size_t k = i + 1; k < j->plan.n && change_path_within(j->plan.changes.item[k].path, c->path); k++)
            known += j->parent[k] == (ptrdiff_t)i;
        if (restore_tree_dir(&j->tree, c->path, O_RDONLY, &fd, &ignored) < 0 || fs_list(fd, ".", &names, &ignored) < 0 || names.n > known)
            j->plan.step[i].verdict = RESTORE_UNCOVERED;
    }
}

static void sync_trees(const struct restore_job *j)
{
    const struct strlist *roots = &j->undo->record.roots;
    (void)syncfs(j->tree.fd);
    for (size_t i = 0; i < roots->n; i++) {
        AUTO(mem_close_fd) int fd = -1;
        AUTO(mem_free_ptr) char *above = path_parent(roots->item[i]); /* it need not be there */
        struct err ignored = ERR_INIT;
        if (restore_tree_dir(&j->tree, roots->item[i], O_RDONLY, &fd, &ignored) == 0 || restore_tree_dir(&j->tree, above, O_RDONLY, &fd, &ignored) == 0)
            (void)syncfs(fd);
    }
}

/* New things before removals: on ext4 a file made just after thousands were removed takes ten times as long. */
static void work(struct restore_job *j)
{
    open_directories(j);
    put_back(j);
    take_away(j);
    if (j->needs_room) {
        j->last_try = true;
        put_back(j);
        take_away(j);
    }
    put_meta(j);
    if (!j->last_try) {
        j->last_try = true;
        put_meta(j);
    }
    tell_unlisted(j);
    restore_beside_put(j);
    if (j->temps_left)
        restore_touch_clean(&j->touches, &j->tree, j->undo->record.id, &j->failed);
    restore_touch_settle(&j->touches, &j->tree, j->store, &j->failed);
    sync_trees(j); /* before any record says that it is done */
    (void)unlinkat(j->undo->dir_fd, "temps", 0);
}

static bool has_work(const struct restore_job *j)
{
    for (size_t i = 0; i < j->plan.n; i++) {
        if (j->plan.step[i].verdict == RESTORE_PUT_BACK || j->plan.step[i].beside)
            return true;
    }
    return false;
}

static int run(struct restore_job *j, struct session_record *ret_undo, struct err *e)
{
    progress_start(j->request->progress, "keeping what is there now", 0);
    int rc = restore_undo_open(j, e);
    if (rc < 0)
        return rc;
    work(j);
    progress_start(j->request->progress, "closing the session of the restore", 0);
    return restore_undo_close(j, ret_undo, e);
}

int restore_apply(const struct restore_request *q, struct restore_result *ret, struct err *e)
{
    AUTO(restore_job_release) struct restore_job j = RESTORE_JOB_INIT;
    *ret = (struct restore_result){0};
    int rc = q->n > 0 ? session_recover(q->state_dir, q->session[0].workdir, e) : err_set(e, ERR_INPUT, "no session to take back");
    if (rc == 0 && !q->force)
        rc = restore_undo_check_busy(q, e);
    if (rc == 0)
        rc = restore_job_make(q, &j, e);
    if (rc == 0 && has_work(&j))
        rc = run(&j, &ret->undo, e);
    if (rc == 0)
        rc = restore_undo_mark(&j, e);
    progress_stop(q->progress);
    if (rc < 0) {
        restore_result_release(ret);
        return rc;
    }
    restore_plan_settle(&j.plan);
    ret->plan = j.plan;
    j.plan = (struct restore_plan){0};
    ret->failed = j.failed;
    j.failed = (struct strlist)STRLIST_INIT;
    return 0;
}

void restore_result_release(struct restore_result *r)
{
    session_record_release(&r->undo);
    restore_plan_release(&r->plan);
    strlist_release(&r->failed);
    *r = (struct restore_result){0};
}
