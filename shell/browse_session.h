/* browse_session: sessions that somebody looks through: one is chosen, and what it changed is at hand. */
#pragma once

#include <stdbool.h>

#include "core/cmd.h"
#include "core/err.h"
#include "rollback/session.h"
#include "shell/prompt.h"
#include "shell/rollback_changes.h"

struct browse_session {
    const struct cmd_context *ctx;
    struct line *line;
    bool asks; /* somebody is there to answer */
    bool all;  /* sessions of every directory */
    bool is_done;
    struct session_list list;     /* as it was last shown; a number means an entry of it */
    struct session_record chosen; /* id "" when there is none */
    struct rollback_changes changes;
    char undo[SESSION_ID_MAX]; /* the last restore that was made here; "" */
};

/* Chooses the session that the operands name, else the newest of this directory that changed something. */
MUST_CHECK int browse_session_open(const struct cmd_context *ctx, const struct strlist *operands, bool all, struct browse_session *ret,
                                   struct err *e);
void browse_session_release(struct browse_session *s);
/* By number in the list, by id, or by the beginning of one. The one before stays when it fails. */
MUST_CHECK int browse_session_choose(struct browse_session *s, const char *word, struct err *e);
/* Reads which sessions there are. */
MUST_CHECK int browse_session_refresh(struct browse_session *s, struct err *e);
/* What stands on the line behind the command, as absolute paths; relative ones are in the tree of the session. ERR_INPUT: outside it. */
MUST_CHECK int browse_session_paths(const struct browse_session *s, const struct strlist *words, struct strlist *ret, struct err *e);
void browse_session_prompt(struct browse_session *s, struct prompt *ret);
