#include "rollback/session_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "rollback/left.h"
#include "rollback/seal_count.h"
#include "rollback/seal_job.h"
#include "rollback/session_autorun.h"
#include "rollback/stash.h"
#include "rollback/undo.h"

static bool is_at(const char *path, uint64_t inode)
{
    struct stat st;
    return lstat(path, &st) == 0 && (uint64_t)st.st_ino == inode;
}

/* A record is written before the thing is done: where the inode still has the old place, it was not. */
static bool never_happened(const struct journal_entry *x)
{
    switch (x->kind) {
    case JOURNAL_RENAMED:
    case JOURNAL_REPLACED:
    case JOURNAL_EXCHANGED:
    case JOURNAL_STASHED:
    case JOURNAL_REMOVED:
    case JOURNAL_UNLINKED:
        return is_at(x->path, x->inode);
    case JOURNAL_CREATED:
    case JOURNAL_LINKED:
    case JOURNAL_TIMES:
    case JOURNAL_MODE:
    case JOURNAL_ATTRIBUTE:
    case JOURNAL_CONTENT:
        break;
    }
    return false; /* undone, it changes nothing */
}

/* Its records name things in its own stash. */
static bool has_given_up(const struct journal_view *v)
{
    struct journal_entry x;
    uint64_t at = v->end;
    return journal_previous(v, &at, &x) && x.step & UNDO_GOES_BACK;
}

static void find_stashes(int session_dir, struct journal_net *n)
{
    for (unsigned i = 0; i < STASH_MAX; i++) {
        struct stash stash = STASH_INIT;
        struct err ignored = ERR_INIT;
        if (stash_open(session_dir, i, &stash, &ignored) < 0)
            return;
        n->stash[i] = mem_strdup(stash.path);
        stash_close(&stash);
    }
}

void session_journal_net(const struct journal_view *v, int session_dir, bool is_late, struct journal_net *ret)
{
    struct journal_entry x;
    uint64_t at = v->end;
    journal_net_init(ret);
    if (has_given_up(v))
        find_stashes(session_dir, ret);
    for (bool is_last = true; journal_previous(v, &at, &x); is_last = false) {
        if (!is_last || !is_late || !never_happened(&x))
            journal_net_undo(ret, &x);
    }
}

int session_journal_spare(struct session *s, struct err *e)
{
    struct stat st;
    bool is_done = fstatat(s->dir_fd, SESSION_SPARE, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (!is_done && renameat(s->dir_fd, "journal", s->dir_fd, SESSION_SPARE) < 0)
        return err_sys(e, ERR_IO, errno, "cannot remove the journal of session %s", s->record.id);
    s->has_spare = true;
    s->record.journal.kept = false;
    return 0;
}

static int drop(struct session *s, struct err *e)
{
    int rc = session_journal_spare(s, e);
    return rc == 0 ? stash_remove_all(s->dir_fd, e) : rc;
}

/* A victim of a rename that never happened has two names then, and the one in the stash is of no use. */
static void drop_unused(const struct journal_view *v, const struct seal_source *source)
{
    struct journal_entry x;
    struct stat st;
    char name[STASH_NAME];
    uint64_t at = v->end;
    if (!journal_previous(v, &at, &x) || x.kind != JOURNAL_REPLACED || !never_happened(&x) || x.stash >= seal_source_stashes(source))
        return;
    stash_name(x.stash_id, name);
    if (fstatat(source->stash[x.stash].dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_nlink > 1)
        (void)unlinkat(source->stash[x.stash].dir, name, 0);
}

static int count(struct session *s, const struct journal_view *v, bool is_late, struct err *e)
{
    AUTO(seal_source_release) struct seal_source source;
    struct seal_counts counts;
    seal_source_init(&source);
    session_journal_net(v, s->dir_fd, is_late, &source.net);
    int rc = left_take(&source.net, &source.left, e);
    if (rc == 0)
        rc = left_write(s->dir_fd, source.left, e);
    if (rc == 0 && (is_late || strcmp(s->record.kind, "restore") == 0)) { /* which stashes directories with what is in them */
        source.dir = fcntl(s->dir_fd, F_DUPFD_CLOEXEC, 3);
        rc = seal_source_open_stashes(&source, e);
    }
    if (rc < 0)
        return rc;
    if (is_late)
        drop_unused(v, &source);
    rc = seal_source_limit(&source, &s->record, s->dir_fd, e);
    if (rc < 0)
        return rc;
    const struct seal_state state = seal_source_state(&source);
    session_roots_settle(&state, &s->record);
    seal_count(&state, "/", &counts);
    s->record.created = counts.created;
    s->record.modified = counts.modified;
    s->record.deleted = counts.deleted;
    return session_autorun(s, &source, e);
}

/* A thing that was to be replaced has a name in the stash already, which would count among its links for as long as the stash lives. */
static void drop_prepared(const struct session *s, const struct journal_view *v)
{
    struct journal_entry x;
    struct stash stash = STASH_INIT;
    struct stat st;
    struct err ignored = ERR_INIT;
    char name[STASH_NAME];
    uint64_t at = v->end;
    if (!journal_previous(v, &at, &x) || x.kind != JOURNAL_REPLACED || !never_happened(&x) || !is_at(x.other, x.other_inode) ||
        stash_open(s->dir_fd, x.stash, &stash, &ignored) < 0)
        return;
    stash_name(x.stash_id, name);
    if (stash.device == x.device && fstatat(stash.dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && (uint64_t)st.st_ino == x.other_inode)
        (void)unlinkat(stash.dir, name, 0);
    stash_close(&stash);
}

static int end(struct session *s, bool is_late, struct err *e)
{
    AUTO(journal_view_release) struct journal_view view = {0};
    if (is_late && session_place_has_spare(&s->place, s->record.id))
        return drop(s, e);
    int rc = journal_read(s->dir_fd, "journal", &view, e);
    if (rc < 0)
        return rc;
    if (is_late)
        drop_prepared(s, &view);
    return view.n == 0 ? drop(s, e) : count(s, &view, is_late, e);
}

int session_journal_end(struct session *s, struct err *e)
{
    return end(s, false, e);
}

static int end_late(struct session *s, struct oid *ret_after, struct err *e)
{
    (void)ret_after;
    return end(s, true, e);
}

const struct session_capture session_capture_journal_late = {.name = "journal", .journals = true, .end = end_late};
