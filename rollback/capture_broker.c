/* capture_broker: capture by a journal of what the broker does for the command. Costs what changes, not what is there. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "rollback/broker.h"
#include "rollback/journal.h"
#include "rollback/mutate.h"
#include "rollback/session_journal.h"
#include "rollback/session_own.h"
#include "rollback/stash.h"

static const char journal_name[] = "journal";

static void give_up(struct session *s)
{
    if (!s->mutate)
        return;
    mutate_end(s->mutate);
    mem_free(take_ptr(&s->mutate));
}

/* The stash of the tree lies beside its journal, or is linked there. */
static int prepare_stash(const struct session *s, struct stash *ret, struct err *e)
{
    AUTO(mem_free_ptr) char *sessions = path_join(s->state_dir, "sessions");
    AUTO(mem_free_ptr) char *directory = path_join(sessions, s->record.id);
    const struct stash_request request = {.session_dir = s->dir_fd, .session_path = directory, .id = s->record.id, .tree = s->record.workdir};
    return stash_prepare(&request, ret, e);
}

static int drop(struct session *s, struct err *e)
{
    int rc = stash_remove_all(s->dir_fd, e);
    if (rc == 0 && unlinkat(s->dir_fd, journal_name, 0) < 0 && errno != ENOENT)
        rc = err_sys(e, ERR_IO, errno, "cannot remove the journal of session %s", s->record.id);
    return rc;
}

static int begin(struct session *s, struct oid *ret_before, struct err *e)
{
    struct err ignored = ERR_INIT;
    struct stash stash = STASH_INIT;
    const struct mutate_setup setup = {.session_dir = s->dir_fd, .journal_name = journal_name, .prepared = &stash};
    (void)ret_before;
    int rc = prepare_stash(s, &stash, e);
    s->mutate = mem_alloc(sizeof *s->mutate);
    if (rc == 0)
        rc = mutate_begin(&setup, s->mutate, e);
    if (rc == 0)
        return 0;
    mem_free(take_ptr(&s->mutate));
    (void)!drop(s, &ignored);
    return rc;
}

static void tell_refused(struct session *s)
{
    if (s->mutate->refused == 0 || s->record.notes.n >= SESSION_MAX_NOTES)
        return;
    AUTO(mem_free_ptr) char *path = quote_term_dup(s->mutate->refused_path);
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    str_addf(&line, "not opened for writing, because a file this large is not copied for rollback: %s", path);
    if (s->mutate->refused > 1)
        str_addf(&line, " and %zu more", s->mutate->refused - 1);
    (void)strlist_add_once(&s->record.notes, line.buf);
}

/* Nothing was changed, and this process knows it: the journal is not read again, and its file gets the record that says so. */
static int end_unchanged(struct session *s, struct err *e)
{
    const struct stash *stash = &s->mutate->stash[0];
    bool has_stash = stash->dir >= 0 || stash->later < 0;
    if (renameat(s->dir_fd, journal_name, s->dir_fd, SESSION_SPARE) < 0)
        return err_sys(e, ERR_IO, errno, "cannot remove the journal of session %s", s->record.id);
    s->has_spare = true;
    s->record.journal.kept = false;
    give_up(s);
    return has_stash ? stash_remove_all(s->dir_fd, e) : 0;
}

static int end(struct session *s, struct oid *ret_after, struct err *e)
{
    (void)ret_after;
    if (s->mutate)
        tell_refused(s);
    if (s->mutate && !mutate_has_changes(s->mutate))
        return end_unchanged(s, e);
    give_up(s);
    return session_journal_end(s, e);
}

struct mutate *session_mutate(struct session *s)
{
    return s->mutate;
}

const struct session_capture session_capture_broker = {.name = "broker", .journals = true, .begin = begin, .end = end, .release = give_up};
