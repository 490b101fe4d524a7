/* why_print: what `nono why` answers, as text and as JSON. */
#pragma once

#include "core/err.h"
#include "core/json.h"
#include "core/world.h"
#include "policy/explain.h"

enum why_op { WHY_READ, WHY_WRITE, WHY_READWRITE, WHY_EXEC };
extern const char *const why_op_names[], *const why_op_help[]; /* NULL-terminated, one for each other */

struct why_question {
    const char *what; /* "path", "host", "command", "env" */
    const char *text; /* as it was typed */
    const char *op;   /* "read", "write", "readwrite", "exec"; NULL but for a path */
    uint16_t port;    /* with a host */
};

/* Both append to `out`. */
void why_print_text(const struct world *w, const struct why_question *q, const struct explain_answer *a, struct str *out);
void why_print_json(const struct world *w, const struct why_question *q, const struct explain_answer *a, struct str *out);
/* The members of that object, the braces left to the caller. */
void why_print_members(const struct world *w, const struct why_question *q, const struct explain_answer *a, struct json_out *o);
/* Words as one line for a shell. */
void why_print_words(const struct strlist *words, struct str *out);
