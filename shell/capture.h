/* capture: how a run or a shell keeps what its command changes: chosen before anything is written or asked, and set up for the start. */
#pragma once

#include <stdbool.h>

#include "core/cmd.h"
#include "core/err.h"
#include "core/notify.h"
#include "rollback/session.h"
#include "shell/sandbox.h"

enum capture_choice { CAPTURE_AUTO, CAPTURE_BROKER, CAPTURE_SCAN, CAPTURE_REVIEW /* --review */ };
extern const char *const capture_names[]; /* in that order but for the last; NULL at the end */
extern const char *const capture_help[];  /* what each means */

#define CAPTURE_OPT(S, member) \
    CHOICE(S, member, 0, "capture", capture_names, "WAY", "How changes are kept: each as it is made (broker), or by a look at the tree before and after (scan)", \
           .choice_help = capture_help, .heading = "ROLLBACK", .conflicts = "no-rollback")

#define MAX_COPY_OPT(S, member) \
    TEXT(S, member, 0, "max-copy", VAL_TEXT, "SIZE", "Let files up to SIZE (or unlimited) be copied before they are written to, instead of 1G", \
         .heading = "ROLLBACK", .conflicts = "no-rollback")

/* What --max-copy asks for, NULL: nothing, goes before what the profile says. ERR_USAGE. */
MUST_CHECK int capture_limit(const char *max_copy, struct caps *c, struct err *e);
/* What --review and --capture ask for together. ERR_USAGE. */
MUST_CHECK int capture_asked(bool review, int choice, enum capture_choice *ret, struct err *e);
/* What it will be, with a line for -v when the better one is not to be had. ERR_KERNEL when `asked` insists on what is not. Becomes the whole program where
 * that is needed (core/whole.h). */
MUST_CHECK int capture_choose(enum capture_choice asked, const struct world *w, const char *workdir /* NULL: the current one */, const struct session_capture **ret, struct err *e);
/* Once the policy is known: guarded files (core/guard.h) are held by the broker alone, whatever else was chosen. `*capture` NULL: nothing is kept, and
 * the broker is there all the same. ERR_KERNEL when it is not to be had, or `asked` is for another way. */
MUST_CHECK int capture_for_guards(enum capture_choice asked, const struct world *w, const struct sandbox *s, const struct session_capture **capture, struct err *e);
/* Before the start, and again before another try: the command is held such that it changes nothing itself, and nono is there for it. Nothing for other
 * captures. `s` and `session` outlive the command. */
MUST_CHECK int capture_prepare(struct sandbox *s, struct session *session, struct notify *ret, struct err *e);
/* After the start. */
void capture_started(pid_t command);
/* After notify_stop: a broker captured the session, and let nothing be changed or opened for writing, where it is not kept neither. */
bool capture_is_untouched(struct session *session);
/* A file was not let be written, because it is larger than what is copied (--max-copy); a note of the session says which. */
bool capture_refused_large(struct session *session);
/* After the command and all that it left. */
void capture_finish(struct session *session /* NULL: none */);
