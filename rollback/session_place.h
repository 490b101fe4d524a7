/* session_place: where sessions lie on disk, who holds them, and which of them are open. For the session files only.
 *
 *   sessions/ID/session.json   the record
 *   sessions/ID/lock           held with flock(2) for as long as the session's nono lives
 *   sessions/ID/with.OTHER     OTHER ran in the same tree meanwhile
 *   sessions/ID/temps          restore: directories in which a temporary name may be left
 *   sessions/ID/journal        capture by journal: what was done
 *   open/ID -> WORKDIR         marks what is not closed, or not sealed, so that nothing needs to list all sessions */
#pragma once

#include <stdbool.h>

#include "core/err.h"
#include "core/str.h"
#include "rollback/session.h"

struct session_place {
    int state_fd, sessions_fd, open_fd;
};

#define SESSION_SPARE ".nono-spare" /* in the directory of a session: what was its journal */

#define SESSION_PLACE_INIT \
    { \
        -1, -1, -1 \
    }

/* Without `create`, ERR_MISSING when there is no state directory. */
MUST_CHECK int session_place_open(const char *state_dir, bool create, struct session_place *ret, struct err *e);
void session_place_close(struct session_place *p);

/* Makes the directory of a new session and takes its lock before anybody can know of it; then the marker. Gives the record its id. */
MUST_CHECK int session_place_add(const struct session_place *p, struct session_record *r, int *ret_dir_fd, int *ret_lock_fd, struct err *e);
MUST_CHECK int session_place_open_dir(const struct session_place *p, const char *id, int *ret_fd, struct err *e);
MUST_CHECK int session_place_remove(const struct session_place *p, const char *id, struct err *e);

MUST_CHECK int session_place_read(const struct session_place *p, const char *id, struct session_record *ret, struct err *e);
MUST_CHECK int session_place_write(int dir_fd, const struct session_record *r, struct err *e);
/* The same without waiting for the disk, in SESSION_SPARE, which becomes the record. */
MUST_CHECK int session_place_write_spare(int dir_fd, const struct session_record *r, struct err *e);

/* It is captured by a journal, as far as can be told without reading its record. */
bool session_place_has_journal(const struct session_place *p, const char *id);
/* It was: what is left of that is being dropped. */
bool session_place_has_spare(const struct session_place *p, const char *id);

/* Who reads a record that is over, in order to write it, holds this for as long. */
MUST_CHECK int session_place_lock_record(int dir_fd, int *ret_fd, struct err *e);

/* Somebody holds the lock. */
bool session_place_is_held(const struct session_place *p, const char *id);
/* Another session than `but` that runs, and has a tree in common with one of these, or one in the other's; "" when there is none. */
MUST_CHECK int session_place_find_running(const struct session_place *p, const struct session_record *beside, size_t n, const char *but,
                                          char ret_id[SESSION_ID_MAX], struct err *e);
/* Takes over a session whose holder is gone. ERR_BUSY when there is one, ERR_MISSING when its directory is. */
MUST_CHECK int session_place_take(const struct session_place *p, const char *id, int *ret_dir_fd, int *ret_lock_fd, struct err *e);

struct session_marker {
    char id[SESSION_ID_MAX];
    char *workdir;
};
struct session_markers {
    struct session_marker *item;
    size_t n, cap;
};
MUST_CHECK int session_markers_read(const struct session_place *p, struct session_markers *ret, struct err *e);
void session_markers_release(struct session_markers *m);
/* The session of the marker, as its record says if it has one by now, and one of the others have a tree in common, or one in the other's. */
bool session_place_meets(const struct session_place *p, const struct session_marker *m, const struct session_record *other, size_t n);
void session_place_unmark(const struct session_place *p, const char *id);

/* Leaves a note for the session `id`, which is still running, and reads what others left for one's own. */
void session_place_tell(const struct session_place *p, const char *id, const char *other);
void session_place_told(int dir_fd, struct strlist *ret);
