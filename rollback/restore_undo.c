/* restore_undo: the session of a restore itself, and which sessions it marks as taken back. */
#include <string.h>

#include "core/mem.h"
#include "rollback/restore_job.h"

enum { MAX_DEPTH = 64, MAX_WRITES = 100000 };

static int is_running(const char *id, struct err *e)
{
    return err_set(e, ERR_BUSY, "session %s is still running in this tree; wait for it, or use --force", id);
}

int restore_undo_check_busy(const struct restore_request *q, struct err *e)
{
    AUTO(session_place_close) struct session_place place = SESSION_PLACE_INIT;
    char id[SESSION_ID_MAX];
    int rc = session_place_open(q->state_dir, false, &place, e);
    if (rc == 0)
        rc = session_place_find_running(&place, q->session, q->n, "", id, e);
    return rc == 0 && *id ? is_running(id, e) : rc;
}

/* Left out is what all of the sessions left out: the rest may be changed here. */
static void common_exclude(const struct restore_request *q, struct strlist *ret)
{
    const struct strlist *first = &q->session[0].exclude;
    for (size_t i = 0; i < first->n; i++) {
        bool in_all = true;
        for (size_t k = 1; in_all && k < q->n; k++)
            in_all = strlist_has(&q->session[k].exclude, first->item[i]);
        if (in_all)
            strlist_add(ret, first->item[i]);
    }
}

/* As it would be typed. */
static void words_of(const struct restore_request *q, struct strlist *ret)
{
    const char *oldest = q->session[q->n - 1].id;
    strlist_add(ret, "nono");
    strlist_add(ret, "rollback");
    strlist_add(ret, "restore");
    if (q->n > 1)
        strlist_add(ret, "--since");
    strlist_add(ret, oldest);
    if (q->conflicts != RESTORE_KEEP) {
        strlist_add(ret, "--conflicts");
        strlist_add(ret, restore_conflicts_names[q->conflicts]);
    }
    for (size_t i = 0; q->paths && i < q->paths->n; i++)
        strlist_add(ret, q->paths->item[i]);
}

int restore_undo_check_alone(const struct restore_request *q, struct session *undo, struct err *e)
{
    struct err ignored = ERR_INIT;
    if (q->force || undo->record.overlaps.n == 0)
        return 0;
    int rc = is_running(undo->record.overlaps.item[0], e);
    (void)!session_close(undo, false, 1, &ignored);
    return rc;
}

int restore_undo_open(struct restore_job *j, struct err *e)
{
    const struct restore_request *q = j->request;
    AUTO(strlist_release) struct strlist words = STRLIST_INIT;
    AUTO(strlist_release) struct strlist exclude = STRLIST_INIT;
    AUTO(strlist_release) struct strlist more = STRLIST_INIT;
    AUTO(strlist_release) struct strlist roots = STRLIST_INIT;
    AUTO(strlist_release) struct strlist paths = STRLIST_INIT;
    int rc = restore_paths_list(j, &roots, &paths, e);
    if (rc < 0)
        return rc;
    words_of(q, &words);
    common_exclude(q, &exclude);
    for (size_t i = 0; i + 1 < q->n; i++)
        strlist_add(&more, q->session[i].id);
    AUTO(mem_free_ptr) char **command = mem_array(words.n + 1, sizeof(*command));
    for (size_t i = 0; i < words.n; i++)
        command[i] = words.item[i];
    const struct session_request request = {
        .state_dir = q->state_dir,
        .workdir = q->session[0].workdir,
        .kind = "restore",
        .undoes = q->session[q->n - 1].id,
        .undoes_more = &more,
        .command = command,
        .exclude = &exclude,
        .roots = &roots,
        .paths = &paths,
        .capture = roots.n > 0 ? &session_capture_paths : &session_capture_scan,
    };
    rc = session_open(&request, &j->undo, e);
    if (rc < 0)
        return rc;
    restore_touch_names(j->undo->record.id, j->new_name, j->old_name);
    return restore_undo_check_alone(q, j->undo, e);
}

/* Which sessions have nothing left to take back. The number of those that have. */
static size_t find_incomplete(const struct restore_job *j, bool *ret_is_left)
{
    const struct restore_plan *p = &j->plan;
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++) {
        const struct restore_step *step = &p->step[i];
        if (step->verdict == RESTORE_DONE || step->verdict == RESTORE_PUT_BACK)
            continue;
        for (size_t t = p->span[i].touch; t != 0; t = p->touch[t - 1].next) {
            size_t session = p->touch[t - 1].session;
            if (!step->is_between || session >= step->session)
                ret_is_left[session] = true;
        }
    }
    for (size_t i = 0; i < j->request->n; i++)
        n += ret_is_left[i];
    return n;
}

/* So that they are in force again when this restore is taken back, also when it ended with 1. */
static void keep_only_taken_back(struct strlist *more, const struct restore_request *q, const bool *is_left)
{
    strlist_release(more);
    for (size_t i = 0; i + 1 < q->n; i++) {
        if (!is_left[i])
            strlist_add(more, q->session[i].id);
    }
}

int restore_undo_close(struct restore_job *j, struct session_record *ret, struct err *e)
{
    const struct restore_request *q = j->request;
    AUTO(mem_free_ptr) bool *is_left = mem_array(q->n, sizeof(*is_left));
    restore_plan_settle(&j->plan);
    bool complete = find_incomplete(j, is_left) == 0 && j->failed.n == 0;
    keep_only_taken_back(&j->undo->record.undoes_more, q, is_left);
    int rc = session_close(j->undo, false, complete ? 0 : 1, e);
    return rc < 0 ? rc : session_read(q->state_dir, j->undo->record.id, ret, e);
}

struct marking {
    const char *state_dir;
    size_t writes;
};

static int mark(struct marking *m, const char *id, bool undone, int depth, struct err *e);

/* What a restore had undone is in force again when it is taken back, and the other way round: in the order in which it did it, or backwards,
 * since one of them may be a restore of another. The oldest counts only when the restore ended with 0. */
static int mark_undone_by(struct marking *m, const struct session_record *r, bool undone, int depth, struct err *e)
{
    const size_t n = r->undoes_more.n;
    int rc = 0;
    if (strcmp(r->kind, "restore") != 0 || !r->undoes)
        return 0;
    if (undone && r->code == 0)
        rc = mark(m, r->undoes, false, depth + 1, e);
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = mark(m, r->undoes_more.item[undone ? n - 1 - i : i], !undone, depth + 1, e);
    if (rc == 0 && !undone && r->code == 0)
        rc = mark(m, r->undoes, true, depth + 1, e);
    return rc;
}

static int mark(struct marking *m, const char *id, bool undone, int depth, struct err *e)
{
    AUTO(session_record_release) struct session_record r = {0};
    if (depth >= MAX_DEPTH || m->writes++ >= MAX_WRITES)
        return 0;
    int rc = session_record_set_undone(m->state_dir, id, undone, &r, e);
    if (rc < 0)
        return depth > 0 && rc == ERR_MISSING ? 0 : rc;
    return mark_undone_by(m, &r, undone, depth, e);
}

int restore_undo_mark(struct restore_job *j, struct err *e)
{
    const struct restore_request *q = j->request;
    struct marking m = {.state_dir = q->state_dir};
    AUTO(mem_free_ptr) bool *is_left = mem_array(q->n, sizeof(*is_left));
    int rc = 0;
    if (q->paths && q->paths->n > 0)
        return 0;
    restore_plan_settle(&j->plan);
    bool complete = find_incomplete(j, is_left) == 0;
    for (size_t i = 0; rc == 0 && i < q->n; i++) {
        if (i + 1 < q->n ? !is_left[i] : complete)
            rc = mark(&m, q->session[i].id, true, 0, e);
    }
    return rc;
}
