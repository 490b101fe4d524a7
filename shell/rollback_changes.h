/* rollback_changes: what a session changed, for whoever shows it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/cmd.h"
#include "core/err.h"
#include "core/json.h"
#include "rollback/session.h"
#include "shell/diff.h"
#include "shell/pager.h"
#include "shell/rollback_rename.h"

struct rollback_changes {
    const struct session_record *record; /* borrowed */
    struct store *store;
    struct change_list list; /* empty while the session runs */
    struct rollback_rename *renames;
};
MUST_CHECK int rollback_changes_open(const struct cmd_context *ctx, const struct session_record *r, struct rollback_changes *ret, struct err *e);
void rollback_changes_release(struct rollback_changes *c);

/* `paths`: clean absolute ones, these and what is below them; empty: all. ERR_INPUT: one lies outside the session's tree. */
MUST_CHECK int rollback_changes_check_paths(const struct rollback_changes *c, const struct strlist *paths, struct err *e);
/* A line that is shown: visible, wanted, and not told by another line. */
bool rollback_changes_is_shown(const struct rollback_changes *c, const struct strlist *paths, size_t i);
/* A line for each, at most `most` and then how many are left. Returns the number of all. */
size_t rollback_changes_list(const struct rollback_changes *c, const struct strlist *paths, size_t most, struct str *out);
/* Each with what differs inside, one after the other, until the reader leaves. Returns the number of all, or an error class. */
MUST_CHECK int rollback_changes_diff(const struct rollback_changes *c, const struct strlist *paths, const struct diff_look *look, struct pager *to,
                                     struct err *e);
/* An array; with the lines that differ when `with_diff`. */
MUST_CHECK int rollback_changes_json(const struct rollback_changes *c, const char *key, bool with_diff, struct json_out *o, struct err *e);
