#include "rollback/seal_keep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/world.h"
#include "rollback/stash.h"

#define DAY_NS (INT64_C(24) * 3600 * 1000000000)

int seal_keep_lock(int session_dir, bool wait, int *ret_fd, struct err *e)
{
    return fs_lock(session_dir, "moving", true, wait, ret_fd, e);
}

/* The journal first: without it nobody looks into the stash. By its other name the session is found until all is gone. */
static int drop_files(int dir, struct err *e)
{
    if (renameat(dir, "journal", dir, SESSION_SPARE) < 0 && errno != ENOENT)
        return err_sys(e, err_class_of(errno), errno, "cannot remove a journal");
    int rc = stash_remove_all(dir, e);
    if (rc == 0)
        (void)unlinkat(dir, "left", 0);
    return rc;
}

static int read_outdated(const struct session_place *p, const char *id, bool is_too_many, struct session_record *ret, bool *ret_is, struct err *e)
{
    int rc = session_place_read(p, id, ret, e);
    bool is_old = is_too_many || ret->ended_ns <= world_now_ns() - SEAL_KEEP_DAYS * DAY_NS;
    *ret_is = rc == 0 && ret->has_after && (session_place_has_spare(p, id) || (ret->journal.kept && is_old));
    return rc;
}

/* Looked at without any lock first: most stay, and whoever takes things back from them is not to wait. */
static int drop(const struct session_place *p, const char *id, bool is_too_many, struct err *e)
{
    AUTO(session_record_release) struct session_record first = {0};
    AUTO(session_record_release) struct session_record r = {0};
    AUTO(mem_close_fd) int dir = -1;
    AUTO(mem_close_fd) int moving = -1;
    AUTO(mem_close_fd) int lock = -1;
    bool is_outdated = false;
    int rc = read_outdated(p, id, is_too_many, &first, &is_outdated, e);
    if (rc < 0 || !is_outdated)
        return rc;
    rc = session_place_open_dir(p, id, &dir, e);
    if (rc == 0)
        rc = seal_keep_lock(dir, false, &moving, e);
    if (rc == 0)
        rc = session_place_lock_record(dir, &lock, e);
    if (rc == 0)
        rc = read_outdated(p, id, is_too_many, &r, &is_outdated, e);
    if (rc < 0 || !is_outdated)
        return rc;
    rc = drop_files(dir, e);
    r.journal.kept = false;
    if (rc == 0)
        rc = session_place_write(dir, &r, e);
    return rc == 0 && unlinkat(dir, SESSION_SPARE, 0) < 0 ? err_sys(e, ERR_IO, errno, "cannot remove a journal") : rc;
}

int seal_keep_newest(const struct session_place *p, struct err *e)
{
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    size_t n = 0;
    int rc = fs_list(p->sessions_fd, ".", &names, e);
    for (size_t i = names.n; rc == 0 && i-- > 0;) {
        struct err ignored = ERR_INIT;
        if (session_id_is_valid(names.item[i]) && session_place_has_journal(p, names.item[i]))
            (void)!drop(p, names.item[i], ++n > SEAL_KEEP_JOURNALS, &ignored);
    }
    return rc;
}
