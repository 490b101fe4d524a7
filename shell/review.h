/* review: runs whose changes wait until somebody keeps them: before the command, and the question after it. */
#pragma once

#include <stdbool.h>

#include "core/cmd.h"
#include "core/err.h"
#include "rollback/restore.h"
#include "rollback/session.h"
#include "shell/sandbox.h"

#define REVIEW_OPT(S, member) \
    FLAG(S, member, 0, "review", "Let nothing reach the working directory until you keep it, wholly or by path", .heading = "ROLLBACK", \
         .conflicts = "no-rollback")

/* Gives the command the layer of the open session. ERR_KERNEL, naming what is missing, where there can be none. */
MUST_CHECK int review_begin(struct sandbox *s, const struct session *session, struct err *e);
/* What it breaks, before the command; nothing for the shell hook. */
void review_warn(const struct sandbox *s);
/* Tells what waits, and on a terminal asks what becomes of it. */
MUST_CHECK int review_end(const struct cmd_context *ctx, const struct session_record *r, bool quiet, struct err *e);
/* What keeping did: a line for each path that was left, and the sum. Returns an exit status. */
int review_report(const struct cmd_context *ctx, const struct session_record *r, const struct restore_result *result);
