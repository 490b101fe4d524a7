/* edit_session: a profile that is being edited: its text, what was undone, what a line of input does to it. */
#pragma once

#include <stdbool.h>

#include "core/cmd.h"
#include "core/err.h"
#include "core/str.h"
#include "policy/profile_file.h"
#include "shell/line.h"

struct edit_session {
    const struct cmd_context *ctx;
    const char *profile;     /* as it was asked for */
    char *path;              /* of its file, for messages */
    bool is_new;             /* there is no file yet */
    bool is_done;
    bool asks;               /* somebody is there to answer */
    struct str base;         /* the text as the file has it; "" when it is new */
    struct str text;         /* as it is now */
    struct strlist undo;     /* earlier texts, the oldest first */
    struct strlist known;    /* warnings that were shown */
    struct line *line;
};

/* Commands of the session, by name as `path`; its completion and its help walk this table. NULL-terminated. */
extern const struct cmd *const edit_commands[];

/* Reads the profile, or begins one; ERR_MISSING for a built-in one, with the way out. */
MUST_CHECK int edit_session_open(const struct cmd_context *ctx, const char *profile, struct edit_session *ret, struct err *e);
void edit_session_release(struct edit_session *s);
bool edit_session_is_changed(const struct edit_session *s);
/* Does what a line says. Nothing is changed when it fails. */
MUST_CHECK int edit_session_run(struct edit_session *s, const char *line, struct err *e);

/* edit_complete: words of a line, and what the last of them may become. */
/* Cut at blanks; "…" and '…' hold blanks, a backslash the next character outside '…'. ERR_USAGE: a quotation mark is not closed; the words are
 * there all the same, the last one as far as it goes. */
MUST_CHECK int edit_words(const char *line, struct strlist *ret, struct err *e);
void edit_complete(void *session, const char *line, struct line_candidates *ret);
