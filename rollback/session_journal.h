/* session_journal: the end of a session that a journal captured. */
#pragma once

#include "core/err.h"
#include "rollback/journal.h"
#include "rollback/journal_net.h"
#include "rollback/session_own.h"

/* For the end of a capture by journal, when nothing writes to it any more: looks at what was left, keeps that beside the journal, and counts
 * into the record. Where nothing was done, journal and stashes go, and record.journal.kept with them. */
MUST_CHECK int session_journal_end(struct session *s, struct err *e);
/* The state before, of a journal. `is_late`: its nono was killed, so that the last record may tell of what never happened. */
void session_journal_net(const struct journal_view *v, bool is_late, struct journal_net *ret);
/* Below which directory its changes count: a restore also moves things about in stashes. */
const char *session_journal_top(const struct session_record *r);
/* Takes over a session that was cut off; it has no begin. */
extern const struct session_capture session_capture_journal_late;
