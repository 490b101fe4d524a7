/* retention: which sessions stay, and what the store may drop. Nothing goes that a kept session needs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "rollback/session.h"

struct retention_request {
    size_t keep;              /* as many of the newest that changed something, and of those that changed nothing, stay; SIZE_MAX: no limit */
    unsigned older_than_days; /* 0: no limit */
    bool all;
    bool dry_run;
};
struct retention_result {
    struct strlist removed; /* ids; running sessions are never among them */
    uint64_t bytes_freed;
};
/* A record that cannot be read is kept, with every object it seems to name, unless `all`. ERR_BUSY: sessions were removed, but their objects are
 * still there, because another nono kept on using the store. */
MUST_CHECK int retention_apply(const char *state_dir, const struct retention_request *r, struct retention_result *ret, struct err *e);
void retention_result_release(struct retention_result *r);

enum { RETENTION_MAX_SESSIONS = 500, RETENTION_KEEP = 400 };
#define RETENTION_MAX_BYTES (UINT64_C(5) * 1024 * 1024 * 1024) /* of the store */
/* After a session that changed something: when there are more sessions, or more is stored, than the maxima above, the oldest go, never the
 * newest that changed something. The caller tells the person how many. Does nothing when another nono uses the store. */
MUST_CHECK int retention_trim(const char *state_dir, size_t *ret_removed, struct err *e);

enum { RETENTION_MAX_DAMAGED = 200 };
struct retention_check {
    size_t sessions, objects;
    struct strlist damaged; /* one line each */
};
/* Reads and re-hashes every object that the session (NULL: all of them) needs. */
MUST_CHECK int retention_verify(const char *state_dir, const char *id, struct retention_check *ret, struct err *e);
void retention_check_release(struct retention_check *c);
