/* session_journal: the end of a session that a journal captured. */
#pragma once

#include "core/err.h"
#include "rollback/journal.h"
#include "rollback/journal_net.h"
#include "rollback/seal_pair.h"
#include "rollback/session_own.h"

/* For the end of a capture by journal, when nothing writes to it any more: looks at what was left, keeps that beside the journal, and counts
 * into the record. Where nothing was done, journal and stashes go, and record.journal.kept with them. */
MUST_CHECK int session_journal_end(struct session *s, struct err *e);
/* Of a session that changed nothing: its journal becomes what the record is written into, so that whoever finds a session without either knows. What it has
 * of stashes is the caller's to remove. */
MUST_CHECK int session_journal_spare(struct session *s, struct err *e);
/* The state before, of the journal of the session in `session_dir`. `is_late`: its nono was killed, so that the last record may tell of what never
 * happened. */
void session_journal_net(const struct journal_view *v, int session_dir, bool is_late, struct journal_net *ret);
/* Leaves of the roots of the record those in which something was touched, or the parts of them: with it more than one project would have to do
 * with it otherwise. What lies in none of them, as what was moved to a scratch tree, is one itself. The state is limited to the record. */
void session_roots_settle(const struct seal_state *s, struct session_record *r);
/* Takes over a session that was cut off; it has no begin. */
extern const struct session_capture session_capture_journal_late;
