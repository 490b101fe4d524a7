/* seal_source: a session's own files. */
#include <fcntl.h>
#include <unistd.h>

#include "core/mem.h"
#include "rollback/seal_job.h"
#include "rollback/session_journal.h"

void seal_source_init(struct seal_source *ret)
{
    *ret = (struct seal_source){.dir = -1};
    for (unsigned i = 0; i < STASH_MAX; i++)
        ret->stash[i] = (struct stash)STASH_INIT;
}

void seal_source_release(struct seal_source *s)
{
    for (unsigned i = 0; i < STASH_MAX; i++)
        stash_close(&s->stash[i]);
    left_free_ptr(&s->left);
    journal_net_release(&s->net);
    journal_view_release(&s->view);
    mem_close_fd(&s->dir);
}

static int open_stashes(struct seal_source *s, struct err *e)
{
    for (unsigned i = 0; i < STASH_MAX; i++) {
        int rc = stash_open(s->dir, i, &s->stash[i], e);
        if (rc == ERR_MISSING)
            return 0;
        if (rc < 0)
            return rc;
    }
    return 0;
}

int seal_source_open(const struct session_place *p, const struct session_record *r, struct seal_source *ret, struct err *e)
{
    int rc = session_place_open_dir(p, r->id, &ret->dir, e);
    if (rc == 0)
        rc = journal_read(ret->dir, "journal", &ret->view, e);
    if (rc == 0)
        rc = left_read(ret->dir, &ret->left, e);
    if (rc == 0)
        rc = open_stashes(ret, e);
    if (rc == 0)
        session_journal_net(&ret->view, r->sealed_late, &ret->net);
    return rc;
}

int seal_source_copy(const struct seal_source *s, unsigned stash, uint64_t id)
{
    char name[STASH_NAME];
    stash_name(id, name);
    return openat(stash < STASH_MAX ? s->stash[stash].dir : -1, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}
