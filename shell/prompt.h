/* prompt: a session of lines, each of which is a command with its words: typed at a terminal, or read from a script. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "completions/complete.h"
#include "core/cmd.h"
#include "core/err.h"
#include "core/str.h"
#include "shell/line.h"

struct prompt_action {
    const struct cmd *cmd;                                                 /* path, summary, operands; the path is one word */
    int (*run)(void *session, const struct strlist *words, struct err *e); /* words[0] is the command */
};

struct prompt {
    const struct prompt_action *action; /* n of them; help lists them in this order */
    size_t n;
    const char *hint;            /* last line of help: what TAB completes */
    complete_provider *provider; /* gets `session` */
    char *const *env;            /* for completion */
    void *session;               /* of whoever owns the actions */
};

/* Does what a line says; nothing for an empty one or a remark (#). ERR_USAGE, or what the action returns. */
MUST_CHECK int prompt_run(const struct prompt *p, const char *line, struct err *e);

struct prompt_loop {
    const struct prompt *prompt;
    struct line *line;
    bool asks; /* somebody is there: a mistake is said, and the next line may be better. A script that goes wrong ends */
    void (*label)(const void *session, struct str *ret); /* what stands before a line, blank included */
    const bool *is_done;                                 /* set by an action */
};
/* Line by line until it is done; the end of the input is the line "quit". ERR_INPUT: "line N: …", of a script. */
MUST_CHECK int prompt_take_lines(const struct prompt_loop *l, struct err *e);

/* A line that somebody answers: y, Y or yes. False at the end of the input. */
MUST_CHECK int prompt_ask(struct line *line, const char *question, bool *ret_yes, struct err *e);

/* prompt_complete: words of a line, and what the last of them may become. */
/* Cut at blanks; "…" and '…' hold blanks, a backslash the next character outside '…'. ERR_USAGE: a quotation mark is not closed; the words are
 * there all the same, the last one as far as it goes. */
MUST_CHECK int prompt_words(const char *line, struct strlist *ret, struct err *e);
/* A line_completer; `prompt` is a const struct prompt. */
void prompt_complete(void *prompt, const char *line, struct line_candidates *ret);
