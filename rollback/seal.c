/* seal: objects first, then the record that names them; until then the journal says it all. */
#include "rollback/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "core/world.h"
#include "rollback/left.h"
#include "rollback/seal_job.h"
#include "rollback/seal_keep.h"
#include "rollback/session_journal.h"
#include "rollback/session_tree.h"

enum { MAX_TRIES = 8 }; /* as others go on in the same tree; then the next call has its turn */

struct sealing {
    struct session_place place;
    struct session_record record;
    int dir, lock;
    struct seal_job job;
    bool has_news; /* worth another try at once */
};

static void sealing_release(struct sealing *s)
{
    struct seal_job *j = &s->job;
    scan_reader_release(&j->reader);
    restore_tree_close(&j->tree);
    seal_inodes_release(&j->inodes);
    seal_running_release(&j->read_dirs);
    mem_free(j->lost);
    seal_later_release(&j->later);
    seal_source_release(&j->source);
    store_close_ptr(&j->store);
    session_record_release(&s->record);
    mem_close_fd(&s->lock);
    mem_close_fd(&s->dir);
    session_place_close(&s->place);
}

static bool is_unsealed(const struct session_record *r)
{
    return r->ended_ns != 0 && r->journal.known && r->journal.kept && !r->has_after;
}

static int open_session(struct sealing *s, const char *state_dir, const char *id, bool wait, struct err *e)
{
    int rc = session_place_open(state_dir, false, &s->place, e);
    if (rc == 0)
        rc = session_place_open_dir(&s->place, id, &s->dir, e);
    if (rc == 0)
        rc = fs_lock(s->dir, "seal", true, wait, &s->lock, e);
    return rc < 0 ? rc : session_place_read(&s->place, id, &s->record, e);
}

static int open_sources(struct sealing *s, const char *state_dir, struct err *e)
{
    struct seal_job *j = &s->job;
    int rc = seal_source_open(&s->place, &s->record, &j->source, e);
    if (rc == 0)
        rc = seal_source_limit(&j->source, &s->record, s->dir, e);
    if (rc == 0)
        rc = restore_tree_open(&j->tree, "/", 0, e);
    if (rc == 0)
        rc = store_open(state_dir, &j->store, e);
    if (rc < 0)
        return rc;
    j->state = seal_source_state(&j->source);
    session_roots_settle(&j->state, &s->record);
    j->place = &s->place;
    j->record = &s->record;
    j->state_dir = state_dir;
    j->reader = (struct scan_reader){.store = j->store, .keep = true};
    return 0;
}

static int put_states(struct sealing *s, struct err *e)
{
    struct session_record *r = &s->record;
    struct oid before[2] = {0};
    struct oid after[2] = {0};
    bool has_any = false;
    int rc = seal_build(&s->job, session_tree_top(r), before, after, &has_any, e);
    if (rc < 0 || !has_any)
        return rc;
    rc = snapshot_write(s->job.store, &before[0], &before[1], NULL, r->id, r->started_ns, &r->before, e);
    if (rc < 0)
        return rc;
    r->after = r->before;
    if (!oid_equal(&before[0], &after[0]) || !oid_equal(&before[1], &after[1]))
        rc = snapshot_write(s->job.store, &after[0], &after[1], &r->before, r->id, r->ended_ns, &r->after, e);
    return rc;
}

static int recount(struct sealing *s, struct err *e)
{
    struct session_record *r = &s->record;
    AUTO(change_list_release) struct change_list changes = {0};
    int rc = change_between(s->job.store, &r->before, &r->after, &changes, e);
    if (rc < 0)
        return rc;
    r->created = changes.created;
    r->modified = changes.modified;
    r->deleted = changes.deleted;
    return 0;
}

/* A restore that was cut off, and is not gone on with yet. */
static bool is_half_restored(const struct session_place *p, const char *id)
{
    AUTO(session_record_release) struct session_record r = {0};
    struct err ignored = ERR_INIT;
    return session_place_read(p, id, &r, &ignored) == 0 && r.ended_ns == 0 && strcmp(r.kind, "restore") == 0;
}

static bool is_in_the_way(struct sealing *s, const char *id)
{
    return s->job.n_lost > 0 || seal_running_changes(&s->job, id);
}

/* What a command that still runs in the tree took away, or made of a directory, can be found once it is over. */
static int wait_for_others(struct sealing *s, struct err *e)
{
    AUTO(session_markers_release) struct session_markers markers = {0};
    int rc = session_markers_read(&s->place, &markers, e);
    for (size_t i = 0; rc == 0 && i < markers.n; i++) {
        const struct session_marker *m = &markers.item[i];
        if (!session_place_meets(&s->place, m, &s->record, 1))
            continue;
        if (session_place_is_held(&s->place, m->id) && is_in_the_way(s, m->id))
            return err_set(e, ERR_BUSY, "session %s, which still runs, changes what this one left", m->id);
        if (is_half_restored(&s->place, m->id) && is_in_the_way(s, m->id))
            return err_set(e, ERR_BUSY, "the restore %s was cut off: 'nono rollback list' goes on with it", m->id);
    }
    return rc;
}

/* A restore that moved things back out of the stash did the opposite: its states are those of the session, the other way round. */
static bool find_opposite(const struct sealing *s, const char *state_dir, char ret[SESSION_ID_MAX])
{
    AUTO(session_list_release) struct session_list list = {0};
    struct err ignored = ERR_INIT;
    if (session_list_read(state_dir, s->record.workdir, &list, &ignored) < 0)
        return false;
    for (size_t i = list.n; i-- > 0;) {
        const struct session_record *r = &list.item[i];
        bool fits = r->journal.known && r->undoes && strcmp(r->undoes, s->record.id) == 0 && r->undoes_more.n == 0 && r->has_exit && r->code == 0;
        if (!fits)
            continue;
        memcpy(ret, r->id, SESSION_ID_MAX);
        return true;
    }
    return false;
}

/* Nor is it lost when such a command ended, or a restore took it out of the stash, while this was looked for: the next look finds it. */
static int check_news(struct sealing *s, struct err *e)
{
    char opposite[SESSION_ID_MAX];
    int rc = seal_later_has_news(&s->job, &s->has_news, e);
    s->has_news = s->has_news || find_opposite(s, s->job.state_dir, opposite);
    return rc == 0 && s->has_news ? err_set(e, ERR_BUSY, "a session that ended meanwhile changed what this one left") : rc;
}

static void tell_lost(struct sealing *s)
{
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    if (s->job.n_lost == 0 || s->record.notes.n >= SESSION_MAX_NOTES)
        return;
    quote_term(&line, s->job.lost);
    if (s->job.n_lost > 1)
        str_addf(&line, " and %zu more", s->job.n_lost - 1);
    str_add(&line, ": changed by somebody else before it could be stored");
    (void)strlist_add_once(&s->record.notes, line.buf);
}

static void tell_elsewhere(struct sealing *s)
{
    static const char note[] = "a changed file has names outside the tree: once the journal is gone, only those inside can be taken back";
    if (s->job.n_elsewhere > 0 && s->record.notes.n < SESSION_MAX_NOTES)
        (void)strlist_add_once(&s->record.notes, note);
}

/* What else was written into the record meanwhile stays. */
static int write_record(struct sealing *s, struct err *e)
{
    AUTO(session_record_release) struct session_record now = {0};
    AUTO(mem_close_fd) int lock = -1;
    struct session_record *r = &s->record;
    int rc = session_place_lock_record(s->dir, &lock, e);
    if (rc == 0)
        rc = session_place_read(&s->place, r->id, &now, e);
    if (rc < 0)
        return rc;
    if (s->job.n_lost > 0 && now.undone != r->undone)
        return err_set(e, ERR_BUSY, "session %s was taken back meanwhile", r->id);
    r->undone = now.undone;
    r->has_before = r->has_after = true;
    rc = session_place_write(s->dir, r, e);
    if (rc == 0)
        session_place_unmark(&s->place, r->id);
    return rc;
}

static int seal_by_journal(struct sealing *s, const char *state_dir, struct err *e)
{
    int rc = open_sources(s, state_dir, e);
    if (rc == 0)
        rc = put_states(s, e);
    if (rc == 0)
        rc = wait_for_others(s, e);
    if (rc == 0 && (s->job.n_lost > 0 || s->job.later.is_read))
        rc = check_news(s, e);
    if (rc == 0)
        rc = recount(s, e);
    if (rc == 0)
        rc = store_commit(s->job.store, e);
    if (rc == 0)
        tell_lost(s);
    if (rc == 0)
        tell_elsewhere(s);
    return rc;
}

static int seal_by_opposite(struct sealing *s, const char *state_dir, const char *opposite, struct err *e)
{
    AUTO(session_record_release) struct session_record r = {0};
    int rc = seal_session(state_dir, opposite, true, e);
    if (rc == 0)
        rc = session_read(state_dir, opposite, &r, e);
    if (rc == 0 && !r.has_after)
        rc = err_set(e, ERR_BUSY, "session %s is not stored yet", opposite);
    if (rc < 0)
        return rc;
    s->record.before = r.after;
    s->record.after = r.before;
    strlist_release(&s->record.roots);
    for (size_t i = 0; i < r.roots.n; i++)
        strlist_add(&s->record.roots, r.roots.item[i]);
    return 0;
}

/* NOLINTNEXTLINE(misc-no-recursion): a restore may be taken back itself, and so on. */
static int seal_once(const char *state_dir, const char *id, bool wait, bool *ret_again, struct err *e)
{
    AUTO(sealing_release) struct sealing s = {.place = SESSION_PLACE_INIT, .dir = -1, .lock = -1, .job = {.tree = RESTORE_TREE_INIT}};
    char opposite[SESSION_ID_MAX];
    seal_source_init(&s.job.source);
    int rc = open_session(&s, state_dir, id, wait, e);
    if (rc < 0 || !is_unsealed(&s.record))
        return rc;
    if (find_opposite(&s, state_dir, opposite))
        rc = seal_by_opposite(&s, state_dir, opposite, e);
    else
        rc = seal_by_journal(&s, state_dir, e);
    if (rc == 0)
        rc = write_record(&s, e);
    *ret_again = s.has_news;
    return rc;
}

/* NOLINTNEXTLINE(misc-no-recursion): see seal_once */
int seal_session(const char *state_dir, const char *id, bool wait, struct err *e)
{
    bool again = true;
    int rc = ERR_BUSY;
    for (unsigned i = 0; i < MAX_TRIES && rc == ERR_BUSY && again; i++) {
        *e = (struct err)ERR_INIT;
        again = false;
        rc = seal_once(state_dir, id, wait, &again, e);
    }
    return rc < 0 ? err_add(e, "session %s cannot be stored", id) : 0;
}

int seal_record(const char *state_dir, struct session_record *r, struct err *e)
{
    char id[SESSION_ID_MAX];
    if (!is_unsealed(r))
        return 0;
    memcpy(id, r->id, sizeof(id));
    int rc = seal_session(state_dir, id, true, e);
    if (rc < 0)
        return rc;
    session_record_release(r);
    return session_read(state_dir, id, r, e);
}

static void seal_marked(const char *state_dir, const struct session_place *p, const struct session_marker *m)
{
    struct err ignored = ERR_INIT;
    if (!session_place_is_held(p, m->id))
        (void)!seal_session(state_dir, m->id, false, &ignored);
}

static int seal_what_is_over(const char *state_dir, struct err *e)
{
    AUTO(session_place_close) struct session_place place = SESSION_PLACE_INIT;
    AUTO(session_markers_release) struct session_markers markers = {0};
    int rc = session_place_open(state_dir, false, &place, e);
    if (rc == 0)
        rc = session_markers_read(&place, &markers, e);
    for (size_t i = markers.n; rc == 0 && i-- > 0;)
        seal_marked(state_dir, &place, &markers.item[i]);
    if (rc == 0)
        rc = seal_keep_newest(&place, e);
    return rc == ERR_MISSING ? 0 : rc;
}

int seal_all(const char *state_dir, struct err *e)
{
    int rc = session_recover(state_dir, NULL, e);
    return rc < 0 ? rc : seal_what_is_over(state_dir, e);
}

int seal_all_unasked(const char *state_dir, struct err *e)
{
    int rc = session_recover_unasked(state_dir, e);
    return rc < 0 ? rc : seal_what_is_over(state_dir, e);
}

/* Somebody marked a session since the last look, which is over by now. */
static bool has_news(const struct session_place *p, struct strlist *known)
{
    AUTO(session_markers_release) struct session_markers markers = {0};
    struct err ignored = ERR_INIT;
    bool is_new = false;
    if (session_markers_read(p, &markers, &ignored) < 0)
        return false;
    for (size_t i = 0; i < markers.n; i++) {
        if (!session_place_is_held(p, markers.item[i].id) && strlist_add_once(known, markers.item[i].id))
            is_new = true;
    }
    return is_new;
}

static const char sealer_name[] = "sealer";

int seal_all_alone(const char *state_dir, struct err *e)
{
    AUTO(session_place_close) struct session_place place = SESSION_PLACE_INIT;
    AUTO(strlist_release) struct strlist known = STRLIST_INIT;
    int rc = session_place_open(state_dir, false, &place, e);
    while (rc == 0 && has_news(&place, &known)) {
        AUTO(mem_close_fd) int lock = -1;
        rc = fs_lock(place.state_fd, sealer_name, true, false, &lock, e);
        if (rc == ERR_BUSY)
            return 0;
        if (rc == 0)
            rc = seal_all_unasked(state_dir, e);
    }
    return rc == ERR_MISSING ? 0 : rc;
}

bool seal_is_at_work(const char *state_dir)
{
    AUTO(mem_free_ptr) char *path = path_join(state_dir, sealer_name);
    AUTO(mem_close_fd) int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}
