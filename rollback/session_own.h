/* session_own: what an open session is made of. For the session files and the captures only. */
#pragma once

#include "rollback/oid.h"
#include "rollback/session.h"
#include "rollback/session_place.h"

struct session {
    struct session_record record;
    char *state_dir;
    struct session_place place;
    int dir_fd, lock_fd;
    const struct session_capture *capture;
    struct store *store;
    bool has_spare;        /* SESSION_SPARE is in its directory, for the record to be written into */
    struct mutate *mutate; /* capture by journal; NULL before begin and after end */
    const struct strlist *request_paths; /* capture by paths, until it has begun; borrowed */
    uint64_t max_copy; /* of the request */
    bool skips_large;
    char *search; /* PATH; NULL */
    struct oid trees[2]; /* capture by scan: files and meta of the state before; zero when not known */
};

/* What the request says. ERR_INPUT, ERR_MISSING. */
MUST_CHECK int session_fill(struct session_record *r, const struct session_request *request, struct err *e);
/* The first of them go into the record. */
void session_keep_autorun(struct session_record *r, const struct autorun *found);
/* Takes over a session that was cut off: its lock is held from here on, and what a killed restore left in its tree is gone.
 * *ret is NULL when there was nothing to take over: it never began, is over after all, or its tree is not there any more. */
MUST_CHECK int session_adopt(const char *state_dir, const struct session_place *p, const char *id, struct session **ret, struct err *e);
/* Counts what changed, writes the record, takes the marker away. */
MUST_CHECK int session_seal(struct session *s, const struct oid *after, bool late, struct err *e);
/* Same, with a state that is captured now; with a journal, only counts: the session is left unsealed. */
MUST_CHECK int session_seal_now(struct session *s, struct err *e);
