/* why_last: why the last command of this terminal, or else of this directory, ended as it did: from its record, and from the policy that was in
 * force. Says what the record shows and no more: of accesses that a program makes itself, those that nono refused or watched. */
#pragma once

#include "core/err.h"
#include "core/str.h"
#include "core/world.h"
#include "policy/explain.h"
#include "rollback/session.h"

/* Appends the answer, text or JSON; of the variables that `env` sets it names those that were withheld.
 * Without a record: one line that says so (JSON: status "no_record"). */
MUST_CHECK int why_last(const struct world *w, char *const *env, bool json, struct str *out, struct err *e);

/* why_last_judge.c: one thing that was denied, or that the record names and the policy would deny. */
struct why_last_item {
    const struct session_denial *denial; /* what was denied; NULL: it would be */
    const char *what; /* "program", "working directory", "argument", "command"; with a denial its operation */
    const char *op;   /* "read", "write", "exec"; NULL for a command */
    struct explain_answer answer;
};
struct why_last_judged {
    struct explain_policy policy; /* what the answers borrow from */
    struct why_last_item *item;
    size_t n, cap;
    size_t n_denied; /* the first so many are what was denied */
    struct strlist notes;
    bool complete; /* all that the record names was judged */
};
/* `r` has its launch, and outlives `ret`. Never fails: what cannot be judged is a note. What the record names is judged with `names` only. */
void why_last_judge(const struct world *w, const struct session_record *r, bool names, struct why_last_judged *ret);
void why_last_judged_release(struct why_last_judged *j);

/* why_last_words.c: names of the programs that a command line names, without directories, each once, appended: "sh" and "rm" of sh -c 'rm x'. A guess by
 * the words alone. */
void why_last_programs(const struct strlist *command, struct strlist *ret);
