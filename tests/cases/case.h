/* case: one case of policy, and what its lines say. */
#pragma once

#include "core/caps.h"
#include "core/err.h"
#include "core/str.h"
#include "policy/resolve.h"
#include "tests/unit/home.h"

struct policy_case {
    const char *name;
    const char *directory;
    struct home home;
    struct strlist lines;
    struct strlist allow, read, write, allow_file, read_file, write_file, override_deny, allow_command, block_command, open_port, listen_port;
    struct strlist env, env_allow, env_deny;
    struct resolve_request request;
    struct caps caps;
    struct err err;
    int result;
    int failures;
};

/* Printed, and counted in `failures`. */
void case_fail(struct policy_case *r, const char *line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The next word of *at, cut off in place; "" at the end. */
char *case_word(char **at);
/* What a line calls a path; caller owns. */
char *case_path(const struct policy_case *r, const char *text);
/* Judges a line that says what must come out. */
void case_expect(struct policy_case *r, const char *line);
