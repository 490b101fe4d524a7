#include "rollback/take_back.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/mem.h"
#include "core/path.h"
#include "rollback/broker.h"
#include "rollback/restore_job.h"
#include "rollback/seal_count.h"
#include "rollback/seal_job.h"
#include "rollback/seal_keep.h"
#include "rollback/undo.h"

struct job {
    const struct restore_request *request;
    struct session_place place;
    struct seal_source source;
    struct restore_tree tree;   /* "/" */
    char missing[STR_MAX_PATH]; /* found last; "" before */
    struct change_list changes;
    struct session *into;
    int moving;
};

static void job_release(struct job *j)
{
    session_free(j->into);
    mem_close_fd(&j->moving);
    change_list_release(&j->changes);
    restore_tree_close(&j->tree);
    seal_source_release(&j->source);
    session_place_close(&j->place);
}

static bool is_possible(const struct restore_request *q)
{
    const struct session_record *r = &q->session[0];
    struct stat st;
    return q->n == 1 && (!q->paths || q->paths->n == 0) && r->journal.known && r->journal.kept && r->ended_ns != 0 && stat(r->workdir, &st) == 0 &&
           (uint64_t)st.st_ino == r->root_inode;
}

/* The journal would bring back what the policy leaves out as well. */
static bool is_left_out(const struct job *j, const char *path, const struct seal_pair *p)
{
    const struct session_record *r = &j->request->session[0];
    const struct seal_scope scope = {.workdir = r->workdir, .roots = &r->roots, .exclude = &r->exclude, .sessions = "/"};
    const struct seal_state state = seal_source_state(&j->source);
    bool is_same = seal_pair_in_place(p) && !seal_side_object(&state, &p->before);
    return r->exclude.n > 0 && !is_same && seal_scope_leaves_out(&scope, path);
}

/* Nothing is below what is not there: of a tree that was removed only its top is looked for. */
static bool look_at(struct job *j, const char *path, struct stat *ret)
{
    struct err ignored = ERR_INIT;
    const char *name = NULL;
    int dir = -1;
    size_t len = strlen(j->missing);
    if (path[1] == '\0' || (len > 0 && strncmp(path, j->missing, len) == 0 && path[len] == '/'))
        return false;
    size_t parent_len = (size_t)(path_base(path) - path) - 1;
    if (restore_tree_parent(&j->tree, path + 1, &dir, &name, &ignored) < 0)
        len = parent_len;
    else if (fstatat(dir, name, ret, AT_SYMLINK_NOFOLLOW) < 0)
        len = strlen(path);
    else
        return true;
    len = len < sizeof j->missing ? len : 0;
    memcpy(j->missing, path, len);
    j->missing[len] = '\0';
    return false;
}

/* Everything that was left is there as it was left, and in directories of its own nothing else. */
static bool is_still(struct job *j, const char *path, const struct seal_pair *p)
{
    struct stat st;
    if (is_left_out(j, path, p))
        return false;
    bool is_there = look_at(j, path, &st);
    if (p->after.from != SEAL_LEFT)
        return !is_there;
    bool is_above = S_ISDIR(p->after.left->mode) && p->before.node && seal_pair_in_place(p);
    if (path[1] == '\0' || (is_above && is_there && p->after.left->inode == (uint64_t)st.st_ino))
        return true;
    return is_there && left_is_still(p->after.left, &st);
}

static void node_of(const struct job *j, const struct seal_side *x, struct snapshot_node *ret)
{
    struct stat st = {.st_mode = S_IFREG};
    char name[STASH_NAME];
    bool is_known = x->from == SEAL_STASHED && (S_ISDIR(x->node->mode) || (S_ISREG(x->node->mode) && x->node->size > 0));
    *ret = (struct snapshot_node){0};
    if (x->from == SEAL_NOTHING)
        return;
    if (x->from == SEAL_LEFT) {
        st = (struct stat){.st_mode = x->left->mode, .st_uid = x->left->uid, .st_gid = x->left->gid, .st_size = (off_t)x->left->size};
        st.st_rdev = (dev_t)x->left->rdev;
    } else if (is_known) {
        st = (struct stat){.st_mode = x->node->mode, .st_uid = x->node->uid, .st_gid = x->node->gid, .st_size = (off_t)x->node->size};
    } else if (x->from == SEAL_STASHED && x->node->stash < STASH_MAX) {
        stash_name(x->node->stash_id, name);
        (void)fstatat(j->source.stash[x->node->stash].dir, name, &st, AT_SYMLINK_NOFOLLOW);
        st.st_nlink = 1; /* a name of it may be in the stash beside one in the tree */
    } else if (x->from == SEAL_REMOVED) {
        st.st_mode = x->node->mode;
        st.st_uid = x->node->uid;
        st.st_gid = x->node->gid;
    }
    snapshot_node_of(&st, ret);
    if (x->from == SEAL_LEFT)
        ret->mtime_ns = x->left->mtime_ns;
    else if (is_known)
        ret->mtime_ns = x->node->mtime_ns;
}

struct looking {
    struct job *job;
    struct seal_state state;
    const char *root;
};

/* What the inode itself was before. True when it had another content, which is not looked at. */
static bool was_other(const struct seal_state *s, const struct seal_pair *p, struct snapshot_node *before)
{
    const struct journal_net_object *o = seal_side_object(s, &p->before);
    if (o && o->has_content)
        before->size = o->size;
    if (o && o->has_mode) {
        before->mode = o->mode & 07777;
        before->uid = o->uid;
        before->gid = o->gid;
    }
    if (o && o->has_time)
        before->mtime_ns = o->mtime_ns;
    if (o && o->n_attributes > 0)
        before->xattrs.byte[0] ^= 1;
    return (o && o->has_content) || !seal_pair_in_place(p);
}

/* What there is to be told, without a look at any content. */
static void list(struct looking *l, const char *path, const struct seal_pair *p)
{
    struct change_list *changes = &l->job->changes;
    struct change c = {.kind = CHANGE_MODIFIED};
    node_of(l->job, &p->before, &c.before);
    node_of(l->job, &p->after, &c.after);
    if (c.before.type != 0 && c.after.type != 0 && !seal_is_modified(&l->state, p))
        return;
    const char *below = path_below(path, l->root);
    if (c.before.type == 0)
        c.kind = CHANGE_CREATED;
    else if (c.after.type == 0)
        c.kind = CHANGE_DELETED;
    else if (!was_other(&l->state, p, &c.before))
        c.kind = CHANGE_METADATA;
    if ((c.kind == CHANGE_METADATA && change_same_node(&c.before, &c.after)) || changes->n >= CHANGE_MAX)
        return;
    c.path = mem_strdup(below ? below : path);
    mem_reserve(&changes->item, &changes->cap, changes->n + 1, sizeof(*changes->item));
    changes->item[changes->n++] = c;
}

static int look_at_pair(void *arg, const char *path, const struct seal_pair *p, size_t n_children)
{
    struct looking *l = arg;
    (void)n_children;
    if (!is_still(l->job, path, p))
        return 1;
    list(l, path, p);
    return 0;
}

static int look(struct job *j, bool *ret_is_still, struct err *e)
{
    struct looking l = {.job = j, .state = seal_source_state(&j->source), .root = j->request->session[0].workdir};
    int rc = restore_tree_open(&j->tree, "/", 0, e);
    if (rc < 0)
        return rc;
    *ret_is_still = seal_pair_walk(&l.state, "/", look_at_pair, &l) == 0;
    return 0;
}

static int open_into(struct job *j, struct err *e)
{
    const struct session_record *r = &j->request->session[0];
    char word[][SESSION_ID_MAX] = {"nono", "rollback", "restore", ""};
    char *const command[] = {word[0], word[1], word[2], word[3], NULL};
    memcpy(word[3], r->id, sizeof(r->id));
    const struct session_request request = {
        .state_dir = j->request->state_dir,
        .workdir = r->workdir,
        .kind = "restore",
        .undoes = r->id,
        .command = command,
        .exclude = &r->exclude,
        .roots = &r->roots,
        .capture = &session_capture_broker,
    };
    return session_open(&request, &j->into, e);
}

/* UNDO_DONE, UNDO_CHANGED. The session that it is done in is closed either way. */
static int run(struct job *j, struct err *e)
{
    struct undo_result result = {0};
    struct err closing = ERR_INIT;
    const struct undo_request request = {
        .session_dir = j->source.dir,
        .journal_name = "journal",
        .n_stash = seal_source_stashes(&j->source),
        .into = session_mutate(j->into),
        .into_dir = j->into->dir_fd,
        .into_name = "journal",
        .unchanged_since_ns = j->request->session[0].ended_ns,
    };
    int rc = undo_run(&request, &result, e);
    if (session_close(j->into, false, rc == UNDO_DONE ? 0 : 1, &closing) < 0 && rc == UNDO_DONE) {
        *e = closing;
        return e->class;
    }
    return rc;
}

/* What was opened for nothing leaves no trace. */
static void forget(struct job *j)
{
    struct err ignored = ERR_INIT;
    if (!j->into->record.journal.kept)
        (void)!session_place_remove(&j->place, j->into->record.id, &ignored);
}

static int finish(struct job *j, struct restore_result *ret, struct err *e)
{
    const struct restore_request *q = j->request;
    struct restore_job marking = RESTORE_JOB_INIT;
    marking.request = q;
    int rc = restore_undo_mark(&marking, e);
    if (rc == 0)
        rc = session_read(q->state_dir, j->into->record.id, &ret->undo, e);
    if (rc < 0)
        return rc;
    struct restore_plan *p = &ret->plan;
    p->changes = j->changes;
    j->changes = (struct change_list){0};
    p->n = p->changes.n;
    p->step = mem_array(p->n + 1, sizeof(*p->step));
    for (size_t i = 0; i < p->n; i++)
        p->step[i] = (struct restore_step){.change = &p->changes.item[i], .verdict = RESTORE_PUT_BACK};
    for (size_t i = 0; i < p->n; i++)
        p->put_back += change_is_visible(p->step[i].change);
    return 0;
}

/* Waits: whoever drops what newer sessions have made superfluous holds it for an instant, and the other way loses the inodes. */
static int lock_moving(struct job *j, struct err *e)
{
    AUTO(mem_close_fd) int dir = -1;
    int rc = session_place_open_dir(&j->place, j->request->session[0].id, &dir, e);
    return rc < 0 ? rc : seal_keep_lock(dir, true, &j->moving, e);
}

int take_back(const struct restore_request *q, struct restore_result *ret, bool *ret_done, struct err *e)
{
    AUTO(job_release) struct job j = {.request = q, .place = SESSION_PLACE_INIT, .tree = RESTORE_TREE_INIT, .moving = -1};
    struct err ignored = ERR_INIT;
    bool is_still = false;
    *ret = (struct restore_result){0};
    *ret_done = false;
    seal_source_init(&j.source);
    if (!is_possible(q))
        return 0;
    if (!q->force && restore_undo_check_busy(q, e) < 0)
        return e->class;
    if (session_place_open(q->state_dir, false, &j.place, &ignored) < 0 || lock_moving(&j, &ignored) < 0 ||
        seal_source_open(&j.place, &q->session[0], &j.source, &ignored) < 0 || look(&j, &is_still, &ignored) < 0 || !is_still ||
        open_into(&j, &ignored) < 0)
        return 0;
    if (restore_undo_check_alone(q, j.into, e) < 0) {
        forget(&j);
        return e->class;
    }
    if (run(&j, &ignored) != UNDO_DONE) {
        forget(&j);
        return 0;
    }
    *ret_done = true;
    return finish(&j, ret, e);
}
