/* session: opens and closes one sandboxed command, with its record on disk before the command starts. */
#include "rollback/session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "core/whole.h"
#include "core/world.h"
#include "rollback/capture_review.h"
#include "rollback/restore_touch.h"
#include "rollback/session_journal.h"
#include "rollback/session_own.h"
#include "rollback/session_tree.h"

/* The cut-off sessions that a new one seals with its own state before. */
struct adopted {
    struct session **item;
    size_t n, cap;
};

static void adopted_release(struct adopted *a)
{
    for (size_t i = 0; i < a->n; i++)
        session_free(a->item[i]);
    mem_free(a->item);
    *a = (struct adopted){0};
}

static bool same_list(const struct strlist *a, const struct strlist *b)
{
    bool same = a->n == b->n;
    for (size_t i = 0; same && i < a->n; i++)
        same = strlist_has(b, a->item[i]);
    return same;
}

/* Somebody changes where the other looks. What both reach but neither works in, as directories that every command may write, counts only when
 * something is taken back. */
static bool runs_beside(const struct session *s, const struct session_marker *other)
{
    AUTO(session_record_release) struct session_record r = {0};
    struct err ignored = ERR_INIT;
    return session_place_read(&s->place, other->id, &r, &ignored) == 0 &&
           (session_tree_has(&r, s->record.workdir) || session_tree_has(&s->record, r.workdir));
}

static bool trees_overlap(const char *a, const char *b)
{
    return path_is_within(a, b) || path_is_within(b, a);
}

/* A session that cannot be taken over stays cut off; that is no reason to refuse the new one. */
static void meet(struct session *s, const struct session_marker *other, struct adopted *adopted)
{
    struct err ignored = ERR_INIT;
    AUTO(session_free_ptr) struct session *old = NULL;
    if (strcmp(other->id, s->record.id) == 0 || !path_is_clean(other->workdir))
        return;
    bool is_near = trees_overlap(other->workdir, s->record.workdir);
    if (session_place_is_held(&s->place, other->id)) {
        if (!is_near && !runs_beside(s, other))
            return;
        if (s->record.overlaps.n < SESSION_MAX_NOTES)
            (void)strlist_add_once(&s->record.overlaps, other->id);
        session_place_tell(&s->place, other->id, s->record.id);
        return;
    }
    if (!is_near)
        return;
    if (s->capture->journals && session_place_has_journal(&s->place, other->id)) /* its own journal says all that there is to say */
        return;
    if (session_adopt(s->state_dir, &s->place, other->id, &old, &ignored) < 0 || !old)
        return;
    if (s->capture->journals || old->record.journal.known || old->capture == &session_capture_review || strcmp(old->record.workdir, s->record.workdir) != 0 || !same_list(&old->record.exclude, &s->record.exclude)) {
        (void)!session_seal_now(old, &ignored);
        return;
    }
    mem_reserve(&adopted->item, &adopted->cap, adopted->n + 1, sizeof(struct session *));
    adopted->item[adopted->n++] = take_ptr(&old);
}

static int meet_all(struct session *s, struct adopted *adopted, struct err *e)
{
    AUTO(session_markers_release) struct session_markers markers = {0};
    int rc = session_markers_read(&s->place, &markers, e);
    for (size_t i = 0; rc == 0 && i < markers.n; i++)
        meet(s, &markers.item[i], adopted);
    return rc;
}

/* What was cut off without a journal can be closed with the store only. Asked before anything is written, as nono may start anew for it. */
static int prepare(struct session *s, struct err *e)
{
    AUTO(session_markers_release) struct session_markers markers = {0};
    int rc = session_markers_read(&s->place, &markers, e);
    for (size_t i = 0; rc == 0 && i < markers.n; i++) {
        const struct session_marker *m = &markers.item[i];
        if (path_is_clean(m->workdir) && trees_overlap(m->workdir, s->record.workdir) && !session_place_is_held(&s->place, m->id) &&
            !session_place_has_journal(&s->place, m->id))
            return whole_become(e);
    }
    return rc;
}

/* The store stays locked from the first look at it until the record names what was found there: no sweep comes between. */
static int capture_before(struct session *s, struct err *e)
{
    int rc = s->capture->begin(s, &s->record.before, e);
    s->record.has_before = !s->capture->journals;
    s->record.journal.known = s->record.journal.kept = s->capture->journals;
    return rc < 0 ? rc : session_place_write(s->dir_fd, &s->record, e);
}

static int begin(struct session *s, struct err *e)
{
    AUTO(adopted_release) struct adopted adopted = {0};
    int rc = session_place_add(&s->place, &s->record, &s->dir_fd, &s->lock_fd, e);
    if (rc < 0)
        return rc;
    rc = meet_all(s, &adopted, e);
    if (rc == 0)
        rc = capture_before(s, e);
    if (rc < 0) {
        struct err ignored = ERR_INIT;
        (void)!session_place_remove(&s->place, s->record.id, &ignored);
        return rc;
    }
    for (size_t i = 0; i < adopted.n; i++) {
        struct err ignored = ERR_INIT;
        adopted.item[i]->record.ended_ns = s->record.started_ns;
        (void)!session_seal(adopted.item[i], &s->record.before, true, &ignored);
    }
    store_unlock(s->store);
    return 0;
}

static struct session *make(const char *state_dir)
{
    struct session *s = mem_alloc(sizeof(*s));
    s->state_dir = mem_strdup(state_dir);
    s->place = (struct session_place)SESSION_PLACE_INIT;
    s->dir_fd = s->lock_fd = -1;
    return s;
}

int session_open(const struct session_request *r, struct session **ret, struct err *e)
{
    AUTO(session_free_ptr) struct session *s = make(r->state_dir);
    s->capture = r->capture;
    s->request_paths = r->paths;
    s->max_copy = r->max_copy;
    s->skips_large = r->skips_large;
    s->search = mem_strdup(r->search);
    s->record.started_ns = world_now_ns();
    int rc = session_fill(&s->record, r, e);
    if (rc == 0)
        rc = session_place_open(r->state_dir, true, &s->place, e);
    if (rc == 0 && s->capture->journals)
        rc = prepare(s, e);
    if (rc == 0)
        rc = store_open(r->state_dir, &s->store, e);
    if (rc == 0)
        rc = begin(s, e);
    if (rc < 0)
        return rc;
    if (s->capture->journals)
        whole_stay();
    *ret = take_ptr(&s);
    return 0;
}

const struct session_record *session_record(const struct session *s)
{
    return &s->record;
}

void session_free(struct session *s)
{
    if (!s)
        return;
    if (s->capture && s->capture->release)
        s->capture->release(s);
    session_record_release(&s->record);
    session_place_close(&s->place);
    mem_close_fd(&s->dir_fd);
    mem_close_fd(&s->lock_fd);
    store_close_ptr(&s->store);
    mem_free(s->state_dir);
    mem_free(s->search);
    mem_free(s);
}

void session_free_ptr(struct session **s)
{
    session_free(*s);
    *s = NULL;
}

void session_keep_autorun(struct session_record *r, const struct autorun *found)
{
    autorun_release(&r->autorun);
    r->autorun_more = found->n > SESSION_MAX_NOTES ? found->n - SESSION_MAX_NOTES : 0;
    for (size_t i = 0; i < found->n && i < SESSION_MAX_NOTES; i++)
        autorun_add(&r->autorun, found->item[i].kind, found->item[i].path);
}

/* What a person does by taking something back is no surprise later. */
static int look_for_autorun(struct session *s, const struct change_list *changes, struct err *e)
{
    struct session_record *r = &s->record;
    const struct autorun_place place = {.root = r->workdir, .search = s->search};
    AUTO(autorun_release) struct autorun found = {0};
    if (strcmp(r->kind, "restore") == 0)
        return 0;
    const struct autorun_reader reader = autorun_reader_of(s->store);
    int rc = autorun_find(&reader, changes, &place, &found, e);
    if (rc == 0)
        session_keep_autorun(r, &found);
    return rc;
}

int session_seal(struct session *s, const struct oid *after, bool late, struct err *e)
{
    struct session_record *r = &s->record;
    AUTO(change_list_release) struct change_list changes = {0};
    int rc = change_between(s->store, &r->before, after, &changes, e);
    if (rc == 0)
        session_tree_name(r, &changes);
    if (rc == 0)
        rc = look_for_autorun(s, &changes, e);
    if (rc < 0)
        return rc;
    r->after = *after;
    r->has_after = true;
    r->sealed_late = late;
    r->created = changes.created;
    r->modified = changes.modified;
    r->deleted = changes.deleted;
    session_place_told(s->dir_fd, &r->overlaps);
    rc = session_place_write(s->dir_fd, r, e);
    if (rc == 0)
        session_place_unmark(&s->place, r->id);
    store_unlock(s->store);
    return rc;
}

/* The marker stays while the journal does: the session is not sealed. Without a change there is nothing to seal, and no commit to name. */
static int finish_journal(struct session *s, bool late, struct err *e)
{
    struct session_record *r = &s->record;
    r->sealed_late = late;
    r->has_before = r->has_after = !r->journal.kept;
    session_place_told(s->dir_fd, &r->overlaps);
    int rc = s->has_spare ? session_place_write_spare(s->dir_fd, r, e) : session_place_write(s->dir_fd, r, e);
    if (rc == 0 && !r->journal.kept)
        session_place_unmark(&s->place, r->id);
    return rc;
}

static int capture_after(struct session *s, bool late, struct err *e)
{
    struct oid after = {0};
    s->record.ended_ns = world_now_ns();
    int rc = s->capture->end(s, &after, e);
    if (rc < 0)
        return rc;
    return s->capture->journals ? finish_journal(s, late, e) : session_seal(s, &after, late, e);
}

int session_seal_now(struct session *s, struct err *e)
{
    bool is_review = s->capture == &session_capture_review; /* others do not write to the layer */
    int rc = capture_after(s, !is_review, e);
    if (rc == 0 && is_review)
        review_drop_stage(s);
    return rc;
}

int session_close(struct session *s, bool signaled, int code, struct err *e)
{
    s->record.has_exit = true;
    s->record.signaled = signaled;
    s->record.code = code;
    int rc = capture_after(s, false, e);
    return rc < 0 ? err_add(e, "session %s is not closed; the next nono in this directory closes it", s->record.id) : 0;
}

void session_not_started(struct session *s, const char *why)
{
    mem_free(s->record.launch.failure);
    s->record.launch.failure = mem_strdup(why);
}

static const char scratch_note[] = " (scratch)";

void session_scratch(struct session *s, const char *tree)
{
    AUTO(mem_free_ptr) char *shown = quote_term_dup(tree);
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    str_addf(&line, "what changed in %s%s", shown, scratch_note);
    if (s->record.notes.n < SESSION_MAX_NOTES)
        (void)strlist_add_once(&s->record.notes, line.buf);
}

bool session_note_is_scratch(const char *note)
{
    return str_ends(note, scratch_note);
}

void session_denied(struct session *s, struct session_denials *denied)
{
    session_denials_release(&s->record.denied);
    s->record.denied = *denied;
    *denied = (struct session_denials){0};
}

/* True when the tree is still the directory the session ran in. */
static bool tree_is_there(const struct session_record *r)
{
    struct stat st;
    return stat(r->workdir, &st) == 0 && S_ISDIR(st.st_mode) && (uint64_t)st.st_ino == r->root_inode;
}

/* A layer outlives the nono that made it. */
static const struct session_capture *capture_late(const struct session_record *r)
{
    if (r->journal.known)
        return &session_capture_journal_late;
    if (strcmp(r->capture, session_capture_paths.name) == 0)
        return &session_capture_paths;
    return strcmp(r->capture, session_capture_review.name) == 0 ? &session_capture_review : &session_capture_scan;
}

/* Not to be taken, and not even for a moment: whoever looks meanwhile would believe that it still runs. */
static bool is_over(const struct session_place *p, const char *id)
{
    AUTO(session_record_release) struct session_record r = {0};
    struct err ignored = ERR_INIT;
    if (session_place_read(p, id, &r, &ignored) < 0 || r.ended_ns == 0)
        return false;
    if (r.has_after) /* killed after the record, before the marker went */
        session_place_unmark(p, id);
    return true;
}

int session_adopt(const char *state_dir, const struct session_place *p, const char *id, struct session **ret, struct err *e)
{
    AUTO(session_free_ptr) struct session *s = make(state_dir);
    *ret = NULL;
    if (is_over(p, id))
        return 0;
    int rc = session_place_take(p, id, &s->dir_fd, &s->lock_fd, e);
    if (rc == ERR_MISSING) {
        session_place_unmark(p, id);
        return 0;
    }
    if (rc == 0)
        rc = session_place_read(p, id, &s->record, e);
    if (rc == ERR_MISSING) /* killed before its command could start */
        return session_place_remove(p, id, e);
    if (rc == 0 && s->record.ended_ns != 0) /* meanwhile */
        return 0;
    if (rc < 0 || !tree_is_there(&s->record))
        return rc;
    restore_touch_recover(s->dir_fd, &s->record);
    s->capture = capture_late(&s->record);
    rc = session_place_open(state_dir, true, &s->place, e);
    if (rc == 0)
        rc = store_open(state_dir, &s->store, e);
    if (rc == 0)
        *ret = take_ptr(&s);
    return rc;
}
