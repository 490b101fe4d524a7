/* last: what `nono why --last` needs later: how a command was started, and one that failed and has no session to say so. */
#pragma once

#include "core/err.h"
#include "rollback/session.h"
#include "shell/sandbox.h"

/* `s` is what was made of the request, as far as it got; NULL: nothing. Release with session_launch_release. */
void last_launch(const struct sandbox_request *r, const struct sandbox *s, struct session_launch *ret);
/* The directory that the command was started in: another than the session's where it could not write that. Points into `r`. */
const char *last_started_in(const struct session_record *r);
/* Nothing was started: `e` says why. Returns e->class. */
int last_refused(const struct sandbox_request *r, const char *kind, struct err *e);
/* The program was not found or could not be started. Prints the error; returns the exit status. */
int last_not_started(const struct sandbox_request *r, const char *kind, const struct sandbox *s, const struct err *e);
struct last_end {
    const struct sandbox_request *request;
    const char *kind;
    const struct sandbox *sandbox;
    bool signaled;
    int code;
    const char *failure; /* as in struct session_launch */
    struct session_denials *denied; /* what is in it is taken */
};
/* A command without a session is over. */
void last_ended(const struct last_end *end);
/* Another program takes this process over: what comes of it nobody will see. */
void last_forget(const struct cmd_context *ctx);
