/* banner: what nono says on stderr before and after a command. */
#pragma once

#include <stdbool.h>

#include "core/caps.h"
#include "core/kernel.h"
#include "core/str.h"
#include "rollback/session.h"
#include "shell/sandbox.h"

/* The grants of a person, the network, the kernel; with -v every grant and where it comes from, and what is not held. */
void banner_caps(const struct sandbox *s);
/* After sandbox_lower: what is no longer so of what banner_caps said. */
void banner_lowered(const struct sandbox *s);
void banner_dry_run(const struct sandbox *s);
/* "12 files changed (3 created, 8 modified, 1 deleted)", appended; nothing when nothing changed. */
/* "2 will run code later: .git/hooks/pre-commit (git hook), ..."; nothing when there is none. Appended, safe for a terminal. */
void banner_autorun(const struct session_record *r, struct str *out);
void banner_changes(const struct session_record *r, struct str *out);
