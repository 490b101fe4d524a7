/* prompt: a session of lines, each of which is a command with its words. */
#include "shell/prompt.h"

#include <string.h>

#include "core/mem.h"
#include "core/out.h"
#include "core/quote.h"

enum { USAGE_WIDTH = 22 };

static void print_help(const struct prompt *p)
{
    for (size_t i = 0; i < p->n; i++) {
        AUTO(str_release) struct str usage = STR_INIT(STR_MAX_LINE);
        str_add(&usage, p->action[i].cmd->path);
        for (const struct cmd_operand *o = p->action[i].cmd->operands; o && o->name; o++)
            str_addf(&usage, o->required ? " %s%s" : " [%s%s]", o->name, o->many ? "..." : "");
        out_print("  %-*s %s\n", USAGE_WIDTH, usage.buf, p->action[i].cmd->summary);
    }
    out_print("%s\n", p->hint);
}

static int unknown_command(const struct prompt *p, const char *word, struct err *e)
{
    AUTO(mem_free_ptr) const char **name = mem_array(p->n + 1, sizeof *name);
    AUTO(mem_free_ptr) char *shown = quote_term_dup(word);
    name[p->n] = "help";
    for (size_t i = 0; i < p->n; i++)
        name[i] = p->action[i].cmd->path;
    const char *near = str_nearest(word, name, p->n + 1);
    return near ? err_set(e, ERR_USAGE, "unknown command '%s': did you mean '%s'?", shown, near)
                : err_set(e, ERR_USAGE, "unknown command '%s': 'help' lists them", shown);
}

static int check_words(const struct cmd *c, const struct strlist *words, struct err *e)
{
    size_t least = 1;
    size_t most = 1;
    for (const struct cmd_operand *o = c->operands; o && o->name; o++) {
        least += o->required;
        most = o->many ? SIZE_MAX : most + 1;
    }
    if (words->n < least)
        return err_set(e, ERR_USAGE, "'%s' needs a %s", c->path, c->operands[words->n - 1].name);
    return words->n > most ? err_set(e, ERR_USAGE, "'%s' takes no more words", c->path) : 0;
}

int prompt_run(const struct prompt *p, const char *line, struct err *e)
{
    AUTO(strlist_release) struct strlist words = STRLIST_INIT;
    int r = prompt_words(line, &words, e);
    if (r < 0 || words.n == 0 || words.item[0][0] == '#')
        return r;
    if (strcmp(words.item[0], "help") == 0) {
        print_help(p);
        return 0;
    }
    for (size_t i = 0; i < p->n; i++) {
        if (strcmp(words.item[0], p->action[i].cmd->path) != 0)
            continue;
        r = check_words(p->action[i].cmd, &words, e);
        return r < 0 ? r : p->action[i].run(p->session, &words, e);
    }
    return unknown_command(p, words.item[0], e);
}

int prompt_take_lines(const struct prompt_loop *l, struct err *e)
{
    for (size_t number = 1; !*l->is_done; number++) {
        AUTO(str_release) struct str label = STR_INIT(STR_MAX_LINE);
        AUTO(mem_free_ptr) char *line = NULL;
        l->label(l->prompt->session, &label);
        int r = line_read(l->line, label.buf, &line, e);
        if (r < 0)
            return r;
        r = prompt_run(l->prompt, r == 1 ? line : "quit", e);
        if (r < 0 && !l->asks) {
            e->class = ERR_INPUT; /* the command line was right */
            return line ? err_add(e, "line %zu", number) : e->class;
        }
        if (r < 0)
            out_error("%s", e->text);
        *e = (struct err)ERR_INIT;
    }
    return 0;
}

int prompt_ask(struct line *line, const char *question, bool *ret_yes, struct err *e)
{
    AUTO(mem_free_ptr) char *answer = NULL;
    int r = line_read(line, question, &answer, e);
    *ret_yes = r == 1 && (strcmp(answer, "y") == 0 || strcmp(answer, "yes") == 0 || strcmp(answer, "Y") == 0);
    return r < 0 ? r : 0;
}
