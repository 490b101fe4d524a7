/* compare_view: how two policies differ, as text. */
#pragma once

#include "core/str.h"
#include "policy/compare.h"

/* A heading for each kind, then its rows, safe for a terminal and coloured for the standard output. Appended. */
void compare_view_rows(const struct compare *c, struct str *out);
const char *compare_view_kind(enum compare_kind kind);          /* "path", "command"... */
const char *compare_view_change(const struct compare_row *r);   /* "added", "removed" or "changed" */
