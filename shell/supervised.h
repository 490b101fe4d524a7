/* supervised: a sandboxed command with nono staying above it: session before, supervision, session after, one line to the user. */
#pragma once

#include <stdbool.h>

#include "core/cmd.h"
#include "core/err.h"
#include "core/supervise.h"
#include "core/trace.h"
#include "rollback/session.h"
#include "shell/sandbox.h"

enum supervised_rollback {
    SUPERVISED_AUTO,     /* a session when the command may write the working directory, or what somebody asked for */
    SUPERVISED_REQUIRED, /* --rollback: an error when there is nothing to secure */
    SUPERVISED_NONE,     /* --no-rollback */
};

struct supervised_request {
    const struct cmd_context *context;
    const struct sandbox_request *request; /* what the sandbox was made from */
    struct sandbox *sandbox;
    enum supervised_rollback rollback;
    const struct session_capture *capture; /* of the session, from capture_choose */
    const char *kind;    /* of the session: "run", "shell" */
    const char *profile; /* name for the record; NULL: "default" */
    bool hint;           /* say what changed at the next prompt instead of now */
    bool diagnose;       /* watch what the kernel denies, and tell it */
    bool quiet;          /* say nothing now: the shell hook */
    const struct trace *trace; /* with diagnose: is told of what is seen, and nothing is said about denials; NULL: none */
    unsigned timeout;          /* seconds; 0: none */
    void (*ended)(void *data, const struct supervise_result *result); /* when all is over, and before the command's end is imitated; NULL */
    void *data;
};

/* For supervised.c: opens the session; *ret NULL when there is to be none. Whatever is not kept is said. */
MUST_CHECK int supervised_open(const struct supervised_request *r, struct session **ret, struct err *e);
/* Returns the exit status of the command; does not return when a signal ended it. An error class when nothing was started because its
 * changes could not be secured. */
MUST_CHECK int supervised_run(const struct supervised_request *r, struct err *e);
