/* rollback_diff: what a session changed inside a file, and what of its metadata. */
#pragma once

#include <stdbool.h>

#include "core/err.h"
#include "core/str.h"
#include "rollback/change.h"
#include "shell/diff.h"

enum { ROLLBACK_DIFF_MAX = 4 * 1024 * 1024 /* bytes of a file that is compared */ };

/* Appends one change: a line that says what it is, then the lines that differ, or why they are not shown. `from`: it was renamed, and this is the
 * deleted half; NULL. */
MUST_CHECK int rollback_diff_change(struct store *s, const struct change *c, const struct change *from, const struct diff_look *look, struct str *out,
                                    struct err *e);
/* Only the lines: what a script wants. Nothing for what is no text. */
MUST_CHECK int rollback_diff_lines(struct store *s, const struct change *c, const struct diff_look *look, struct str *out, struct err *e);
/* For the terminal that stdout is, or for a file or another program when it is none. */
struct diff_look rollback_diff_look(bool is_terminal, bool sides);
