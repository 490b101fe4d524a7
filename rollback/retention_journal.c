/* retention_journal: is what an unsealed session needs still there? */
#include "rollback/retention_journal.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/mem.h"
#include "core/quote.h"
#include "rollback/journal.h"
#include "rollback/seal_keep.h"
#include "rollback/stash.h"

struct looking {
    int session_dir;
    struct stash stash; /* the one that was asked for last */
    int which;          /* -1: none yet */
    size_t things;
};

static int look(void *arg, const struct journal_entry *x, struct err *e)
{
    struct looking *l = arg;
    char name[STASH_NAME];
    struct stat st;
    if (x->stash_id == 0)
        return 0;
    if (l->which != (int)x->stash) {
        stash_close(&l->stash);
        l->which = -1;
        int rc = stash_open(l->session_dir, x->stash, &l->stash, e);
        if (rc < 0)
            return rc;
        l->which = (int)x->stash;
    }
    stash_name(x->stash_id, name);
    if (fstatat(l->stash.dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        l->things++;
        return 0;
    }
    AUTO(mem_free_ptr) char *path = quote_term_dup(x->path);
    return err_set(e, ERR_MISSING, "what was at %s is not in the stash any more", path);
}

/* The last record may announce what nono was killed before: then nothing is there. */
static int look_all(struct looking *l, const struct journal_view *v, struct err *e)
{
    struct journal_entry x;
    for (uint64_t at = 0; journal_next(v, &at, &x);) {
        int rc = look(l, &x, e);
        if (rc < 0 && !(rc == ERR_MISSING && at == v->end))
            return rc;
    }
    return 0;
}

/* Taken back, or dropped, since the record was read. */
static bool is_settled(const struct session_place *p, const char *id)
{
    AUTO(session_record_release) struct session_record now = {0};
    struct err ignored = ERR_INIT;
    return session_place_read(p, id, &now, &ignored) == 0 && (now.undone || !now.journal.kept);
}

int retention_journal_check(const struct session_place *p, const struct session_record *r, size_t *ret_things, struct err *e)
{
    AUTO(mem_close_fd) int dir = -1;
    AUTO(mem_close_fd) int moving = -1;
    AUTO(journal_view_release) struct journal_view view = {0};
    struct looking l = {.stash = STASH_INIT, .which = -1};
    *ret_things = 0;
    if (session_place_is_held(p, r->id))
        return 0;
    int rc = session_place_open_dir(p, r->id, &dir, e);
    if (rc == 0)
        rc = seal_keep_lock(dir, false, &moving, e);
    if (rc == ERR_BUSY || (rc == 0 && is_settled(p, r->id)))
        return 0;
    if (rc == 0)
        rc = journal_read(dir, "journal", &view, e);
    l.session_dir = dir;
    if (rc == 0)
        rc = look_all(&l, &view, e);
    stash_close(&l.stash);
    *ret_things = l.things;
    return rc;
}
