/* edit_session: a profile that is being edited: its text, what was undone, what a line of input does to it. */
#pragma once

#include <stdbool.h>

#include "core/cmd.h"
#include "core/err.h"
#include "core/str.h"
#include "policy/profile_file.h"
#include "shell/prompt.h"

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

/* Reads the profile, or begins one; ERR_MISSING for a built-in one, with the way out. */
MUST_CHECK int edit_session_open(const struct cmd_context *ctx, const char *profile, struct edit_session *ret, struct err *e);
void edit_session_release(struct edit_session *s);
bool edit_session_is_changed(const struct edit_session *s);
/* Its commands. A line that fails changes nothing. */
void edit_session_prompt(struct edit_session *s, struct prompt *ret);
