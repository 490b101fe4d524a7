/* session_head: the newest snapshot of a tree, so that a run in a tree that did not change needs no object. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "rollback/oid.h"

struct session_head {
    struct oid trees[2]; /* files, meta */
    struct oid commit;   /* a commit of them that has no parent */
    uint64_t generation; /* of the store: under another one the objects may be gone */
};

/* False when there is none that can be used; the reason does not matter. */
bool session_head_read(const char *state_dir, const char *workdir, struct session_head *ret);
MUST_CHECK int session_head_write(const char *state_dir, const char *workdir, const struct session_head *h, struct err *e);
