/* complete: answers to `nono __complete`, and the glue each shell needs to ask. Walks core/cmd's table; knows no command by name. */
#pragma once

#include "core/cmd.h"
#include "core/err.h"
#include "core/str.h"

enum complete_directive { /* printed last, as ":N" or ":N:INDEX" */
    COMPLETE_NOSPACE = 2,
    COMPLETE_NOFILE = 4,
    COMPLETE_DIRS = 16,
    COMPLETE_DELEGATE = 32, /* the shell completes the wrapped command that starts at word INDEX */
};

/* Candidates that vary come from here: (value, description) pairs appended by the program. */
struct complete_values {
    struct strlist value, description;
};
typedef void complete_provider(void *arg, enum cmd_value kind, const char *prefix, struct complete_values *ret);

/* words[cword] is the word under the cursor (may be ""); words[0] is "nono". Lines "value\tdescription" and the directive. Never fails: bad input gives no candidates. */
void complete_answer(const struct cmd *const *table, const struct cmd_group *groups, int n, char **words, int cword, complete_provider *provider, void *arg, struct str *out);
/* The script for one shell; `program` is the name it completes. */
void complete_script_bash(const char *program, struct str *out);
void complete_script_zsh(const char *program, struct str *out);
void complete_script_fish(const char *program, struct str *out);
