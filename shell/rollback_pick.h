/* rollback_pick: which session a rollback command means. */
#pragma once

#include <stddef.h>

#include "core/cmd.h"
#include "core/err.h"
#include "rollback/session.h"

enum rollback_want {
    ROLLBACK_LATEST, /* the newest that changed something */
    ROLLBACK_STAGED, /* the newest whose changes wait to be kept */
    ROLLBACK_UNDO,   /* the newest that can be taken back: closed, changed something, not taken back yet, and no restore itself */
};

/* The session named by the first word of `operands` when that looks like an id (digits and '-'), else the one of the current directory
 * that `want` says. *ret_used is how many words named it: 0 or 1. Sessions that were cut off are closed first; the one that is picked is sealed,
 * but for ROLLBACK_UNDO (rollback/take_back.h). */
MUST_CHECK int rollback_pick(const struct cmd_context *ctx, const struct strlist *operands, enum rollback_want want, struct session_record *ret,
                             size_t *ret_used, struct err *e);
/* The session `id` and all that ended after it in the same tree, the latest end first; a second id among `operands` is an error. */
MUST_CHECK int rollback_pick_since(const struct cmd_context *ctx, const char *id, const struct strlist *operands, struct session_list *ret,
                                   struct err *e);
/* For a command that takes nothing but an id. */
MUST_CHECK int rollback_pick_only(const struct cmd_context *ctx, const struct strlist *operands, struct session_record *ret, struct err *e);
/* The words from `first` on, and `more`, as clean absolute paths; relative ones start at the current directory. */
MUST_CHECK int rollback_pick_paths(const struct cmd_context *ctx, const struct strlist *operands, size_t first, const struct strlist *more,
                                   struct strlist *ret, struct err *e);
