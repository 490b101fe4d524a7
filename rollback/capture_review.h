/* capture_review: sessions whose changes are staged: they reach the tree only when somebody keeps them. */
#pragma once

#include <stdbool.h>

#include "core/err.h"
#include "rollback/session.h"

#define REVIEW_STAGE "stage" /* directory of an open session, with the layer that core/layer.h makes of it */

extern const struct session_capture session_capture_review;

/* Absolute path of the stage of an open session. Caller owns. */
char *review_stage(const struct session *s);
/* After session_close: what the layer held is in the store. */
void review_drop_stage(struct session *s);

/* Its changes wait to be kept. */
bool review_is_staged(const struct session_record *r);
struct restore_result;
/* Puts what it changed into the tree, all of it or only these clean absolute paths and what is below them, as a restore does: what somebody changed
 * since is a conflict and stays. The session that did it can be taken back like any other. When all was put there the staged session is
 * forgotten. ERR_INPUT when it is not staged. */
MUST_CHECK int review_keep(const char *state_dir, const struct session_record *r, const struct strlist *paths, struct restore_result *ret, struct err *e);
/* Forgets it. */
MUST_CHECK int review_discard(const char *state_dir, const struct session_record *r, struct err *e);
