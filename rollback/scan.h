/* scan: capture by stat-cache walk. Reads a directory tree and yields the ids of its snapshot; a file whose stat data is unchanged is not
 * read again, a directory in which nothing changed is not written again. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"
#include "rollback/snapshot.h"

struct scan_request {
    const char *root;              /* clean, real */
    const char *state_dir;         /* the cache lives in state_dir/index/; anything of it inside root is left out */
    const struct strlist *exclude; /* names of directory entries that are left out everywhere, or shell patterns for them; "/a/b" is one path below root; NULL */
    int64_t settle_ns;             /* stat data younger than this before the scan began is not believed next time: 10 ms */
};

struct scan_result {
    struct oid files, meta;
    bool unchanged; /* the same as the cache says: nothing was put into the store */
    size_t n_entries, n_read;
    uint64_t bytes_read;
    size_t n_unreadable;  /* files whose content could not be read: not covered */
    struct strlist notes; /* what is not covered, one line each, at most 20 */
};

/* Two threads. The caller commits the store (store_commit) and then calls scan_keep, so that the cache never names an object that is not there.
 * ERR_BUSY: a file changed each of three times it was read. */
struct scan;
MUST_CHECK int scan_run(const struct scan_request *r, struct store *s, struct scan **ret, struct err *e);
const struct scan_result *scan_result(const struct scan *s);
/* Writes the cache (atomic); does nothing when it is unchanged. A failure loses only speed. */
MUST_CHECK int scan_keep(struct scan *s, struct err *e);
void scan_free(struct scan *s);
void scan_free_ptr(struct scan **s);

/* The node of one live object, exactly as a scan would record it; its content is hashed and not stored. Not for a directory's contents.
 * ERR_MISSING, ERR_BUSY. An unreadable file has the flag. */
MUST_CHECK int scan_one(struct store *s, int dirfd, const char *name, struct snapshot_node *ret, struct err *e);
