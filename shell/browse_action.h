/* browse_action: what each command of a session of looking does. Private to browse_*.c. */
#pragma once

#include "core/err.h"
#include "core/str.h"

MUST_CHECK int browse_action_sessions(void *session, const struct strlist *words, struct err *e);
MUST_CHECK int browse_action_use(void *session, const struct strlist *words, struct err *e);
MUST_CHECK int browse_action_files(void *session, const struct strlist *words, struct err *e);
MUST_CHECK int browse_action_diff(void *session, const struct strlist *words, struct err *e);
MUST_CHECK int browse_action_before(void *session, const struct strlist *words, struct err *e);
MUST_CHECK int browse_action_after(void *session, const struct strlist *words, struct err *e);
MUST_CHECK int browse_action_preview(void *session, const struct strlist *words, struct err *e);
MUST_CHECK int browse_action_restore(void *session, const struct strlist *words, struct err *e);
MUST_CHECK int browse_action_undo(void *session, const struct strlist *words, struct err *e);
MUST_CHECK int browse_action_quit(void *session, const struct strlist *words, struct err *e);
