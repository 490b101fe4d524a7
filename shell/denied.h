/* denied: what a command was denied while it ran, taken from core/denials, explained by the policy it had, and told when it has ended. */
#pragma once

#include "core/str.h"
#include "core/supervise.h"
#include "policy/explain.h"
#include "rollback/session.h"
#include "shell/sandbox.h"

/* What there is by now. `watched`: --diagnose. */
void denied_take(bool watched, struct session_denials *ret);
/* "read /home/u/.x (cat, 3 times)", for a terminal; appended. */
void denied_describe(const struct session_denial *d, struct str *out);
/* Why, and the smallest change that would allow it, tried. `ret` is EXPLAIN_ANSWER_INIT. */
void denied_explain(const struct explain_request *r, const struct explain_policy *p, const struct session_denial *d, struct explain_answer *ret);

enum {
    DENIED_MAX_SHOWN = 10,      /* where nobody asked for all */
    DENIED_MAX_EXPLAINED = 100, /* of those that are shown: what is tried takes time */
    DENIED_MAX_ALIKE = 3,       /* in one directory; more are shown as one */
};

struct denied_end {
    const struct sandbox_request *request;
    const struct sandbox *sandbox;
    const struct supervise_result *result;
    const struct session_denials *denied;
    bool refused_large; /* nono did not let a large file be written, which is said elsewhere */
    bool interactive;   /* a shell: its status is that of whatever came last in it */
};
/* One that stands for those that are alike: the same operation, by the same program, on files in one directory. `target` is then the directory. */
struct denied_group {
    struct session_denial shown; /* `target` is owned */
    size_t n;                    /* files; 1: it is the denial itself */
};
/* In the order of their first; caller frees with denied_groups_free. */
struct denied_group *denied_groups(const struct world *w, const struct session_denials *d, size_t *ret_n);
void denied_groups_free(struct denied_group *groups, size_t n);
/* denied_describe, of a group: "read 12 files in /home/u/data (cat)". */
void denied_describe_group(const struct denied_group *g, struct str *out);

/* On stderr, after a command that failed, or that was watched: what was denied and what allows it; or that nothing nono knows of was, and how to
 * learn more. Nothing after a command that went well, was not watched and touched nothing guarded. */
void denied_tell(const struct denied_end *end);
/* Behind the error of a program that nono itself could not execute (ERR_DENIED): what of it is not granted, and what allows it; nothing when it is granted. */
void denied_tell_not_started(const struct denied_end *end);
/* It failed, and not because somebody stopped it. */
bool denied_may_explain(const struct supervise_result *r);
/* What is guarded is told whatever became of the command. */
bool denied_has_guarded(const struct session_denials *d);
/* The same in one line, for the next prompt; appended, nothing where nothing was denied. */
void denied_hint(const struct session_denials *d, struct str *out);
