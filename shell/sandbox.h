/* sandbox: from the arguments of run, shell or wrap to something core/launch can start. Decides; starts nothing. */
#pragma once

#include <stdbool.h>

#include "core/caps.h"
#include "core/cmd.h"
#include "core/kernel.h"
#include "core/launch.h"
#include "policy/environment.h"
#include "shell/grant_opts.h"

struct sandbox_request {
    const struct cmd_context *context;
    const struct grant_args *grant;
    char *const *command; /* NULL-terminated; command[0] is looked up on PATH */
    bool stays;           /* nono stays beside the command, and can clean up after it */
    const char *program;  /* the name the shell hook wraps, NULL outside the hook: then nothing is asked and nothing printed */
};

struct sandbox {
    struct kernel kernel;
    struct caps caps;        /* after level_plan */
    struct caps asked;       /* before it, as long as another level may have to be planned */
    char *workdir;           /* clean, real */
    char *exe;               /* what is executed */
    struct strlist argv;
    struct environment environment;
    struct inherited inherited;
    bool writes_workdir;     /* the command may change the working directory */
};

/* The policy, decided. ERR_KERNEL, ERR_INPUT, ERR_MISSING, ERR_DENIED as the layers below say; ERR_DENIED too for a blocked command. */
MUST_CHECK int sandbox_prepare(const struct sandbox_request *r, struct sandbox *ret, struct err *e);
/* Namespaces cannot be made here, as launch_spawn said in `why`: plans without the PID namespace, and the second time for the lower level, with a notice.
 * Not at CAPS_LEVEL_LANDLOCK. ERR_DENIED as level_plan. */
MUST_CHECK int sandbox_lower(const struct world *w, struct sandbox *s, const struct err *why, struct err *e);
/* Looks the program up and fills exe, argv and environment: errors as launch_find, and only those, so that launch_status fits them; ERR_DENIED too for another
 * name of a blocked command. */
MUST_CHECK int sandbox_find(const struct sandbox_request *r, struct sandbox *s, struct err *e);
/* Sets ERR_KERNEL: what the policy guards cannot be held, because of `why`, which says what else to do. Returns e->class. */
int sandbox_cannot_guard(const struct caps *c, const char *why, struct err *e);
/* Prints the error of sandbox_find or of a start and returns the exit status for it. */
int sandbox_not_started(const struct err *e);
void sandbox_release(struct sandbox *s);
/* Borrows from `s`. */
struct launch sandbox_launch(struct sandbox *s);
/* The working directory of a command: `named` (--workdir), or the current one when it is NULL; clean, real. ERR_MISSING. */
MUST_CHECK int sandbox_workdir(const struct world *w, const char *named, char **ret, struct err *e);
/* What a command gets of the environment of this process: `caps` says which variables, NULL means all of them. nono's shim directory is taken out of
 * PATH: inside the sandbox a shim could not be executed, and would hide the program behind it. */
void sandbox_environment(const struct cmd_context *ctx, const struct caps *caps, struct environment *ret);
