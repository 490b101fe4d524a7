/* edit_action: what each command of a session does. Private to edit_*.c. */
#pragma once

#include "shell/edit_session.h"

MUST_CHECK int edit_action_set(void *session, const struct strlist *words, struct err *e);
MUST_CHECK int edit_action_add(void *session, const struct strlist *words, struct err *e);
MUST_CHECK int edit_action_remove(void *session, const struct strlist *words, struct err *e);
MUST_CHECK int edit_action_show(void *session, const struct strlist *words, struct err *e);
MUST_CHECK int edit_action_diff(void *session, const struct strlist *words, struct err *e);
MUST_CHECK int edit_action_undo(void *session, const struct strlist *words, struct err *e);
MUST_CHECK int edit_action_save(void *session, const struct strlist *words, struct err *e);
MUST_CHECK int edit_action_quit(void *session, const struct strlist *words, struct err *e);
MUST_CHECK int edit_action_drop(void *session, const struct strlist *words, struct err *e);
/* What the text asks for and does not get, each line once in a session; `quietly` only remembers them. */
void edit_show_warnings(struct edit_session *s, bool quietly);
void edit_set_text(struct str *s, const char *text);
