/* complete: answers to `nono __complete`, and the glue each shell needs to ask. Walks core/cmd's table; knows no command by name. */
#pragma once

#include "core/cmd.h"
#include "core/err.h"
#include "core/str.h"

enum complete_directive { /* the last line, ":BITS" or ":BITS:INDEX"; 0: files may stand here too */
    COMPLETE_NOSPACE = 2,
    COMPLETE_NOFILE = 4,
    COMPLETE_DIRS = 16,
    COMPLETE_DELEGATE = 32, /* the shell completes the wrapped command that starts at word INDEX */
    COMPLETE_VALUE = 64,    /* files are wanted for what follows the '=' in the word */
};

/* What is asked of the program for a value that the table cannot know. All of it is what somebody typed. */
struct complete_request {
    enum cmd_value kind;
    const char *prefix; /* what stands of the value before the cursor */
    const struct cmd *cmd;
    const struct strlist *operands; /* of `cmd`, those before the cursor */
    char *const *env; /* as in complete_source */
};
/* The operand nearest to the cursor that is a `kind`, NULL when there is none. */
const char *complete_operand(const struct complete_request *r, enum cmd_value kind);

/* The answer: (value, description) pairs, appended. */
struct complete_values {
    struct strlist value, description;
    enum cmd_value as; /* what else may stand here, where words before decide: VAL_DIR for the value of "filesystem.allow" */
};
typedef void complete_provider(const void *arg, const struct complete_request *r, struct complete_values *ret);

struct complete_source {
    const struct cmd *const *table;
    const struct cmd_group *groups;
    complete_provider *provider; /* NULL: nothing varies */
    const void *arg;
    char *const *env; /* NAME=VALUE, ends in NULL; NULL: no variable is offered */
    bool paths; /* the shell wants files and directories from the provider, as VAL_FILE and VAL_DIR, rather than list them itself */
};

/* words[cword] is the word under the cursor up to the cursor (may be ""); words[0] is "nono". Appends lines "value\tdescription", each value a
 * replacement for that whole word, and the directive. Never fails: bad input gives no candidates. */
void complete_answer(const struct complete_source *from, int n, char **words, int cword, struct str *out);

struct complete_bash { /* what bash says when it asks */
    const char *line;   /* the command line up to the cursor */
    const char *breaks; /* COMP_WORDBREAKS */
    int type;           /* COMP_TYPE: the key that asked */
    size_t columns;     /* of the screen; 0: no descriptions */
};
/* Same for bash, which hands over no clean words. The values are what readline has to insert, quoted as the open quote asks; behind them
 * stands "  (description)" where bash only lists them. INDEX counts like COMP_WORDS. Paths are listed where readline would look for the
 * wrong ones: behind a break character that is not quoted. */
void complete_answer_bash(const struct complete_source *from, const struct complete_bash *asked, struct str *out);
/* The script for one shell; `program` is the name it completes, of [a-z0-9_] only: nothing is written for another. */
void complete_script_bash(const char *program, struct str *out);
void complete_script_zsh(const char *program, struct str *out);
void complete_script_fish(const char *program, struct str *out);
