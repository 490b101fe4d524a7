/* environment: which variables of its environment a command gets, and by which rule. Pure: reads no environment of its own.
 *
 * What decides, in this order: the options of the run, the profile, the table of nono, and else a variable is passed on. Among options, and among
 * what a profile says, a value to set wins; a name wins over a pattern, a longer pattern over a shorter one, and of two alike the one that
 * withholds. So a profile that denies "*" and allows "LC_*" passes on the latter and nothing else. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/caps.h"
#include "core/err.h"
#include "core/str.h"

enum environment_kind {
    ENVIRONMENT_SECRET, /* holds a secret itself */
    ENVIRONMENT_REACH,  /* leads to a program outside that does what it is told */
    ENVIRONMENT_CODE,   /* has other code run in what is started */
    ENVIRONMENT_KEPT,   /* passed on: an exception to one of the others, or what somebody might look for among them */
};

struct environment_row {
    const char *pattern; /* in capitals; letters of either case fit */
    size_t len;          /* of the pattern */
    enum environment_kind kind;
    const char *why; /* for a person, no full stop */
};
extern const struct environment_row environment_rows[];
extern const size_t environment_n_rows;
extern const char *const environment_kinds[]; /* "secret", "reach", "code", "kept" */
extern const char *const environment_kind_help[];

/* "*" in `pattern` stands for any bytes. With `fold` the letters a to z of `name` count as capitals. */
bool environment_fits(const char *pattern, struct view name, bool fold);

enum environment_fate { ENVIRONMENT_PASSED, ENVIRONMENT_WITHHELD, ENVIRONMENT_SET };
struct environment_verdict {
    enum environment_fate fate;
    const struct caps_variable *rule;  /* of the options or the profile; NULL */
    const struct environment_row *row; /* when there is no such rule: of the table; NULL */
};
void environment_judge(const struct caps *c, struct view name, struct environment_verdict *ret);
/* "environment list, *_TOKEN: a token acts for its owner", "--env-deny X": for a person, appended; a name is safe on a terminal. */
void environment_describe(const struct environment_verdict *v, struct str *out);

/* What a person may write in environment.allow and .deny, where '*' stands for any text: ERR_INPUT says what is wrong with it. */
MUST_CHECK int environment_check_name(const char *name, struct err *e);
/* The same for a name to set. */
MUST_CHECK int environment_check_set(const char *name, struct err *e);

struct environment {
    struct strlist env;      /* for execve */
    struct strlist withheld; /* names, as often as they stood there; their bytes are anything but '=' and NUL */
    size_t n_malformed;      /* entries without a name or without '='; left out */
};
/* The environment of a command from `from`, which ends in NULL. */
void environment_make(const struct caps *c, char *const *from, struct environment *ret);
/* Whether `env`, which ends in NULL, has a value for the name. */
bool environment_has(char *const *env, const char *name);
void environment_release(struct environment *n);
