/* retention: which sessions stay, and what the store may drop. Nothing goes that a kept session needs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/progress.h"
#include "rollback/session.h"

struct retention_request {
    size_t keep;             /* as many of the newest that changed something stay; SIZE_MAX: no limit */
    size_t keep_unchanged;   /* the same for those that changed nothing */
    int64_t older_than_ns;   /* age from which they go; 0: no limit */
    uint64_t max_bytes;      /* the oldest go until what stays takes no more; 0: no limit */
    bool all;
    bool dry_run;
    bool keep_objects; /* only the records go, which nobody asked for; what they needed is freed by the next call without it */
    bool measure;      /* fill in the sizes of the result */
    struct progress *progress; /* NULL: none */
};
struct retention_result {
    struct strlist removed; /* ids, the newest first; no running session, and unless `all` none that is staged */
    size_t kept, running;        /* sessions that stay, and how many of them run now */
    uint64_t bytes_freed;        /* of a dry run: that would be, about */
    uint64_t bytes_left;         /* what all that is kept takes of the disk; with `measure` */
};
/* A record that cannot be read is kept, with every object it seems to name, unless `all`. ERR_BUSY: sessions were removed, but their objects are
 * still there, because another nono kept on using the store. ERR_CORRUPT: with max_bytes or a dry run that measures, when what a session needs is
 * damaged, so that its size is not known. */
MUST_CHECK int retention_apply(const char *state_dir, const struct retention_request *r, struct retention_result *ret, struct err *e);
void retention_result_release(struct retention_result *r);

enum { RETENTION_KEEP_UNCHANGED = 200 };
/* Forgets the oldest sessions that changed nothing once there are twice as many sessions as that. One that changed something goes only when
 * a person says so. */
MUST_CHECK int retention_trim(const char *state_dir, struct err *e);

enum { RETENTION_MAX_DAMAGED = 200 };
struct retention_check {
    size_t sessions, objects;
    struct strlist damaged; /* one line each */
};
/* Reads and re-hashes every object that the session (NULL: all of them) needs; of one that is not sealed, its journal, and looks for each thing in
 * its stash, which count as objects. `progress` may be NULL. */
MUST_CHECK int retention_verify(const char *state_dir, const char *id, struct progress *progress, struct retention_check *ret, struct err *e);
void retention_check_release(struct retention_check *c);
