/* policy_view: what a policy grants and denies as text and as JSON, the same in every policy command. */
#pragma once

#include "core/caps.h"
#include "core/cmd.h"
#include "core/json.h"
#include "core/kernel.h"
#include "core/str.h"
#include "policy/outcome.h"

/* The outcome of a profile for the working directory `workdir` (NULL: the current one; what does not exist is an error). *ret_workdir is
 * the caller's, and must outlive the outcome's request. */
MUST_CHECK int policy_view_outcome(const struct cmd_context *ctx, const char *profile, const char *workdir, struct outcome *ret, char **ret_workdir,
                                   struct err *e);

const char *policy_view_access(unsigned access); /* "none", "read", "write", "readwrite" */
/* "open", "blocked", "ports". */
const char *policy_view_network(enum caps_network network);
void policy_json_origin(struct json_out *o, const char *key, const struct caps_origin *origin);

struct policy_view {
    struct outcome *outcome;
    const struct kernel *kernel;
    const char *name; /* as the profile was asked for */
    bool raw;         /* paths as they were written */
    bool verbose;     /* also each entry that is granted instead of a directory, and each variable that nono withholds */
};
/* Both append to `out`, safe for a terminal. */
void policy_view_text(const struct policy_view *v, struct str *out);
void policy_view_keys(struct profile *p, struct str *out); /* part of it: keys that are neither paths nor groups */
void policy_view_environment(const struct policy_view *v, struct str *out); /* part of it: variables */
void policy_view_json(const struct policy_view *v, struct str *out);
