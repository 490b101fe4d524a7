/* restore: applies a plan in an order that can be cut off anywhere and begun again. */
#include "rollback/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
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
        if (restore_tree_look(&j->tree, &j->plan.changes.item[i], &j->seen[i], &ignored) == 0)
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
    for (size_t i = j->plan.n; i-- > 0;) {
        struct err why = ERR_INIT;
        enum task task = task_of(j, i);
        if (task == TASK_REMOVE)
            book(j, i, remove_one(j, i, &why), &why);
        else if (task == TASK_OVER_DIR)
            book(j, i, restore_put_over_dir(j, i, &why), &why);
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
    tell_unlisted(j);
    restore_touch_settle(&j->touches, &j->tree, j->store, &j->failed);
    (void)syncfs(j->tree.fd); /* before any record says that it is done */
    (void)unlinkat(j->undo->dir_fd, "temps", 0);
}

static int check_busy(const char *state_dir, const char *workdir, struct err *e)
{
    AUTO(session_place_close) struct session_place place = SESSION_PLACE_INIT;
    AUTO(session_markers_release) struct session_markers markers = {0};
    int rc = session_place_open(state_dir, false, &place, e);
    if (rc == 0)
        rc = session_markers_read(&place, &markers, e);
    for (size_t i = 0; rc == 0 && i < markers.n; i++) {
        const struct session_marker *m = &markers.item[i];
        bool same_tree = path_is_clean(m->workdir) && (path_is_within(m->workdir, workdir) || path_is_within(workdir, m->workdir));
        if (same_tree && session_place_is_held(&place, m->id))
            return err_set(e, ERR_BUSY, "session %s is still running in this tree; wait for it, or use --force", m->id);
    }
    return rc;
}

static int open_undo(struct restore_job *j, bool force, struct err *e)
{
    char nono[] = "nono";
    char rollback[] = "rollback";
    char restore[] = "restore";
    char id[SESSION_ID_MAX];
    char *const command[] = {nono, rollback, restore, id, NULL};
    (void)snprintf(id, sizeof(id), "%s", j->target->id);
    const struct session_request request = {
        .state_dir = j->state_dir,
        .workdir = j->target->workdir,
        .kind = "restore",
        .undoes = j->target->id,
        .command = command,
        .exclude = &j->target->exclude,
        .capture = &session_capture_scan,
    };
    int rc = session_open(&request, &j->undo, e);
    if (rc < 0)
        return rc;
    restore_touch_names(j->undo->record.id, j->new_name, j->old_name);
    if (j->undo->record.overlaps.n > 0 && !force) { /* began since check_busy */
        const char *other = j->undo->record.overlaps.item[0];
        rc = err_set(e, ERR_BUSY, "session %s is still running in this tree; wait for it, or use --force", other);
        struct err ignored = ERR_INIT;
        (void)!session_close(j->undo, false, 1, &ignored);
    }
    return rc;
}

static bool is_complete(const struct restore_plan *p)
{
    for (size_t i = 0; i < p->n; i++) {
        if (p->step[i].verdict != RESTORE_DONE && p->step[i].verdict != RESTORE_PUT_BACK)
            return false;
    }
    return true;
}

/* A restore that is taken back puts what it had undone in force again, and so on down. It had undone it only if it ended with 0. */
static int set_undone(const char *state_dir, const char *target, struct err *e)
{
    char id[SESSION_ID_MAX];
    bool undone = true;
    (void)snprintf(id, sizeof(id), "%s", target);
    for (int depth = 0; depth < 64; depth++) {
        AUTO(session_record_release) struct session_record r = {0};
        int rc = session_read(state_dir, id, &r, e);
        if (rc < 0)
            return depth > 0 && rc == ERR_MISSING ? 0 : rc;
        r.undone = undone;
        rc = session_record_write(state_dir, &r, e);
        if (rc < 0 || strcmp(r.kind, "restore") != 0 || !r.undoes || r.code != 0)
            return rc;
        (void)snprintf(id, sizeof(id), "%s", r.undoes);
        undone = !undone;
    }
    return 0;
}

static bool has_work(const struct restore_job *j)
{
    for (size_t i = 0; i < j->plan.n; i++) {
        if (j->plan.step[i].verdict == RESTORE_PUT_BACK)
            return true;
    }
    return false;
}

static int run(struct restore_job *j, bool force, struct restore_result *ret, struct err *e)
{
    int rc = open_undo(j, force, e);
    if (rc < 0)
        return rc;
    work(j);
    rc = session_close(j->undo, false, is_complete(&j->plan) && j->failed.n == 0 ? 0 : 1, e);
    if (rc == 0)
        rc = session_read(j->state_dir, j->undo->record.id, &ret->undo, e);
    return rc;
}

int restore_apply(const char *state_dir, const struct session_record *r, const struct strlist *paths, bool force, struct restore_result *ret,
                  struct err *e)
{
    AUTO(restore_job_release) struct restore_job j = RESTORE_JOB_INIT;
    *ret = (struct restore_result){0};
    int rc = session_recover(state_dir, r->workdir, e);
    if (rc == 0 && !force)
        rc = check_busy(state_dir, r->workdir, e);
    if (rc == 0)
        rc = restore_job_make(state_dir, r, paths, force, &j, e);
    if (rc == 0 && has_work(&j))
        rc = run(&j, force, ret, e);
    if (rc == 0 && (!paths || paths->n == 0) && is_complete(&j.plan))
        rc = set_undone(state_dir, r->id, e);
    if (rc < 0) {
        restore_result_release(ret);
        return rc;
    }
    restore_plan_count(&j.plan);
    ret->plan = j.plan;
    j.plan = (struct restore_plan){0};
    ret->failed = j.failed;
    j.failed = (struct strlist)STRLIST_INIT;
    ret->put_back = ret->plan.put_back;
    ret->conflicts = ret->plan.conflicts;
    ret->uncovered = ret->plan.uncovered;
    return 0;
}

void restore_result_release(struct restore_result *r)
{
    session_record_release(&r->undo);
    restore_plan_release(&r->plan);
    strlist_release(&r->failed);
    *r = (struct restore_result){0};
}
