/* nono __complete: what may stand under the cursor, for the completion scripts. */
#include <stdlib.h>

#include "completions/complete.h"
#include "core/mem.h"
#include "core/out.h"
#include "shell/commands.h"
#include "shell/values.h"

struct complete_args {
    struct cmd_args_head head;
    const char *line, *breaks;
    const char *type, *columns;
    bool paths;
};

/* Operands are CWORD and the words; they come from a script, so nonsense is answered with nothing. */
static void answer_words(const struct complete_source *from, const struct strlist *operands, struct str *out)
{
    char *end = NULL;
    if (operands->n == 0)
        return;
    long cword = strtol(operands->item[0], &end, 10);
    if (*end || cword < 0 || (unsigned long)cword >= operands->n)
        cword = -1;
    complete_answer(from, (int)operands->n - 1, operands->item + 1, (int)cword, out);
}

/* Nonsense is 0. */
static int number(const char *text)
{
    enum { MOST = 10000 };
    long value = text ? strtol(text, NULL, 10) : 0;
    return value < 0 || value > MOST ? 0 : (int)value;
}

static int run(const struct cmd_context *ctx, const void *args, struct err *e)
{
    const struct complete_args *a = args;
    struct complete_source from = {ctx->table, ctx->groups, values_provide, ctx->world, ctx->env, a->paths};
    struct complete_bash bash = {a->line, a->breaks ? a->breaks : "", (int)number(a->type), (size_t)number(a->columns)};
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    if (a->line)
        complete_answer_bash(&from, &bash, &text);
    else
        answer_words(&from, &a->head.operands, &text);
    return out_text(&text, "the answer", e);
}

static const struct cmd_opt opts[] = {
    TEXT(struct complete_args, line, 0, "line", VAL_TEXT, "TEXT", "The command line up to the cursor, as bash has it"),
    TEXT(struct complete_args, breaks, 0, "breaks", VAL_TEXT, "TEXT", "COMP_WORDBREAKS"),
    TEXT(struct complete_args, type, 0, "type", VAL_TEXT, "N", "COMP_TYPE"),
    TEXT(struct complete_args, columns, 0, "columns", VAL_TEXT, "N", "Width of the screen that bash lists the answers on"),
    FLAG(struct complete_args, paths, 0, "paths", "List files and directories, too"),
};

static const struct cmd_operand operands[] = {
    {.name = "CWORD", .value = VAL_NUMBER},
    {.name = "WORD", .value = VAL_TEXT, .rest = true},
    {.name = NULL},
};

const struct cmd cmd_complete = {
    .path = "__complete",
    .section = "",
    .summary = "Answer a completion script",
    .operands = operands,
    .opts = opts,
    .n_opts = sizeof opts / sizeof opts[0],
    .args_size = sizeof(struct complete_args),
    .hidden = true,
    .without_home = true,
    .light = true,
    .run = run,
};
