/* session_list: the records on disk, read, found by id, and closed late where their nono was killed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "rollback/record.h"
#include "rollback/session.h"
#include "rollback/session_own.h"
#include "rollback/session_tree.h"
#include "rollback/take_back.h"

void session_launch_release(struct session_launch *l)
{
    mem_free(l->program);
    mem_free(l->wrapped);
    mem_free(l->failure);
    strlist_release(&l->options);
    *l = (struct session_launch){0};
}

void session_denials_release(struct session_denials *d)
{
    for (size_t i = 0; i < d->n; i++) {
        mem_free(d->item[i].target);
        mem_free(d->item[i].program);
    }
    mem_free(d->item);
    *d = (struct session_denials){0};
}

void session_record_release(struct session_record *r)
{
    mem_free(r->kind);
    strlist_release(&r->command);
    mem_free(r->workdir);
    mem_free(r->profile);
    mem_free(r->capture);
    mem_free(r->undoes);
    strlist_release(&r->undoes_more);
    strlist_release(&r->overlaps);
    strlist_release(&r->notes);
    strlist_release(&r->exclude);
    strlist_release(&r->roots);
    session_launch_release(&r->launch);
    session_denials_release(&r->denied);
    autorun_release(&r->autorun);
    *r = (struct session_record){0};
}

void session_list_release(struct session_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        session_record_release(&l->item[i]);
    mem_free(l->item);
    strlist_release(&l->damaged);
    *l = (struct session_list){0};
}

static int newest_first(const void *a, const void *b)
{
    const struct session_record *x = a;
    const struct session_record *y = b;
    if (x->started_ns != y->started_ns)
        return x->started_ns < y->started_ns ? 1 : -1;
    return strcmp(y->id, x->id);
}

static void read_one(const struct session_place *p, const char *id, const char *workdir, struct session_list *ret)
{
    struct session_record record = {0};
    struct err e = ERR_INIT;
    int rc = session_place_read(p, id, &record, &e);
    if (rc == ERR_MISSING) /* being opened, or never began */
        return;
    if (rc < 0) {
        AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
        str_addf(&line, "%s: %s", id, e.text);
        strlist_add(&ret->damaged, line.buf);
        return;
    }
    if (workdir && !session_tree_has(&record, workdir)) {
        session_record_release(&record);
        return;
    }
    mem_reserve(&ret->item, &ret->cap, ret->n + 1, sizeof(*ret->item));
    ret->item[ret->n++] = record;
}

/* Names of directories that are session ids, sorted: the oldest first, as far as local time tells. */
static int read_ids(const struct session_place *place, struct strlist *ret, struct err *e)
{
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    int rc = fs_list(place->sessions_fd, ".", &names, e);
    for (size_t i = 0; i < names.n; i++) {
        if (session_id_is_valid(names.item[i]))
            strlist_add_take(ret, take_ptr(&names.item[i]));
    }
    return rc;
}

/* Those whose id begins with `begun`, at most `most`, the latest ids first; with `workdir` those of that tree. */
static int list(const char *state_dir, const char *workdir, const char *begun, size_t most, struct session_list *ret, struct err *e)
{
    AUTO(session_place_close) struct session_place place = SESSION_PLACE_INIT;
    AUTO(strlist_release) struct strlist ids = STRLIST_INIT;
    *ret = (struct session_list){0};
    int rc = session_place_open(state_dir, false, &place, e);
    if (rc == ERR_MISSING)
        return 0;
    if (rc == 0)
        rc = read_ids(&place, &ids, e);
    for (size_t i = ids.n; rc == 0 && i-- > 0 && ret->n < most;) {
        if (str_starts(ids.item[i], begun))
            read_one(&place, ids.item[i], workdir, ret);
    }
    if (ret->n > 1)
        qsort(ret->item, ret->n, sizeof(*ret->item), newest_first);
    return rc;
}

int session_list_newest(const char *state_dir, const char *begun, size_t most, struct session_list *ret, struct err *e)
{
    return list(state_dir, NULL, begun, most, ret, e);
}

int session_list_read(const char *state_dir, const char *workdir, struct session_list *ret, struct err *e)
{
    return list(state_dir, workdir, "", SIZE_MAX, ret, e);
}

static int missing(const char *id, struct err *e)
{
    return err_set(e, ERR_MISSING, "there is no session %s; 'nono rollback list --all' names all of them", id);
}

/* A whole id means that session and no other: it may be the beginning of a later one's. */
static int find_id(const struct session_place *p, const char *id, char ret[SESSION_ID_MAX], struct err *e)
{
    AUTO(strlist_release) struct strlist ids = STRLIST_INIT;
    size_t found = 0;
    int rc = fs_list(p->sessions_fd, ".", &ids, e);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < ids.n; i++) {
        if (!session_id_is_valid(ids.item[i]) || !str_starts(ids.item[i], id))
            continue;
        (void)snprintf(ret, SESSION_ID_MAX, "%s", ids.item[i]);
        if (strcmp(ids.item[i], id) == 0)
            return 0;
        found += !session_id_is_valid(id);
    }
    if (found > 1)
        return err_set(e, ERR_INPUT, "%s is the beginning of %zu session ids: give more of it", id, found);
    return found == 1 ? 0 : missing(id, e);
}

int session_read(const char *state_dir, const char *id, struct session_record *ret, struct err *e)
{
    AUTO(session_place_close) struct session_place place = SESSION_PLACE_INIT;
    char full[SESSION_ID_MAX];
    if (*id == '\0' || strlen(id) >= SESSION_ID_MAX || id[strspn(id, "0123456789-")] != '\0') {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(id);
        return err_set(e, ERR_INPUT, "'%s' is not a session id; 'nono rollback list' names them", shown);
    }
    int rc = session_place_open(state_dir, false, &place, e);
    if (rc == ERR_MISSING)
        return missing(id, e);
    if (rc == 0)
        rc = find_id(&place, id, full, e);
    if (rc == 0)
        rc = session_place_read(&place, full, ret, e);
    return rc == ERR_MISSING ? missing(id, e) : rc;
}

enum session_state session_state_of(const char *state_dir, const struct session_record *r)
{
    AUTO(session_place_close) struct session_place place = SESSION_PLACE_INIT;
    struct err ignored = ERR_INIT;
    if (r->ended_ns != 0)
        return r->has_after ? SESSION_CLOSED : SESSION_UNSEALED;
    if (session_place_open(state_dir, false, &place, &ignored) == 0 && session_place_is_held(&place, r->id))
        return SESSION_OPEN;
    return SESSION_CUT_OFF;
}

bool session_is_over(enum session_state s)
{
    return s == SESSION_CLOSED || s == SESSION_UNSEALED;
}

int session_record_set_undone(const char *state_dir, const char *id, bool undone, struct session_record *ret, struct err *e)
{
    AUTO(session_place_close) struct session_place place = SESSION_PLACE_INIT;
    AUTO(session_record_release) struct session_record r = {0};
    AUTO(mem_close_fd) int dir = -1;
    AUTO(mem_close_fd) int lock = -1;
    int rc = session_place_open(state_dir, false, &place, e);
    if (rc == 0)
        rc = session_place_open_dir(&place, id, &dir, e);
    if (rc == 0)
        rc = session_place_lock_record(dir, &lock, e);
    if (rc == 0)
        rc = session_place_read(&place, id, &r, e);
    r.undone = undone;
    if (rc == 0)
        rc = session_place_write(dir, &r, e);
    if (rc < 0)
        return rc;
    *ret = r;
    r = (struct session_record){0};
    return 0;
}

int session_record_write(const char *state_dir, const struct session_record *r, struct err *e)
{
    AUTO(session_place_close) struct session_place place = SESSION_PLACE_INIT;
    AUTO(mem_close_fd) int dir = -1;
    int rc = session_place_open(state_dir, false, &place, e);
    if (rc == 0)
        rc = session_place_open_dir(&place, r->id, &dir, e);
    return rc < 0 ? rc : session_place_write(dir, r, e);
}

static bool is_marked_for(const struct session_place *p, const struct session_marker *m, const char *tree)
{
    AUTO(session_record_release) struct session_record r = {0};
    struct err ignored = ERR_INIT;
    if (path_is_clean(m->workdir) && path_is_within(tree, m->workdir))
        return true;
    return session_place_read(p, m->id, &r, &ignored) == 0 && session_tree_has(&r, tree);
}

static bool moves_back(const struct session_record *r)
{
    return r->journal.known && r->undoes && r->undoes_more.n == 0;
}

/* What was taken back to its end goes into `ended`; NULL: nothing is to be moved in a tree. */
static void close_late(struct session *s, struct strlist *ended)
{
    struct err ignored = ERR_INIT;
    if (!moves_back(&s->record))
        (void)!session_seal_now(s, &ignored);
    else if (ended && take_back_resume(s))
        strlist_add(ended, s->record.undoes);
    else if (ended)
        (void)!session_seal_now(s, &ignored);
}

static int recover(const char *state_dir, const char *workdir, struct strlist *ended, struct err *e)
{
    AUTO(session_place_close) struct session_place place = SESSION_PLACE_INIT;
    AUTO(session_markers_release) struct session_markers markers = {0};
    int rc = session_place_open(state_dir, false, &place, e);
    if (rc == ERR_MISSING)
        return 0;
    if (rc == 0)
        rc = session_markers_read(&place, &markers, e);
    for (size_t i = 0; rc == 0 && i < markers.n; i++) {
        AUTO(session_free_ptr) struct session *s = NULL;
        struct err ignored = ERR_INIT;
        const struct session_marker *m = &markers.item[i];
        if (workdir && !is_marked_for(&place, m, workdir))
            continue;
        if (session_adopt(state_dir, &place, m->id, &s, &ignored) == 0 && s)
            close_late(s, ended);
    }
    return rc;
}

int session_recover(const char *state_dir, const char *workdir, struct err *e)
{
    AUTO(strlist_release) struct strlist ended = STRLIST_INIT;
    return recover(state_dir, workdir, &ended, e);
}

int session_recover_telling(const char *state_dir, struct strlist *ret_ended, struct err *e)
{
    return recover(state_dir, NULL, ret_ended, e);
}

int session_recover_unasked(const char *state_dir, struct err *e)
{
    return recover(state_dir, NULL, NULL, e);
}
