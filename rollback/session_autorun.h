/* session_autorun: what will be executed later because of a session that a journal captured, told before anything is sealed. */
#pragma once

#include "core/err.h"
#include "rollback/seal_job.h"
#include "rollback/session_own.h"

/* Into the record. `source` has the state before and after; its directory and stashes are opened where content has to be looked at. ERR_LIMIT, ERR_IO. */
MUST_CHECK int session_autorun(struct session *s, struct seal_source *source, struct err *e);
