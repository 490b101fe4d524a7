/* prompt_complete: words of a line, and what the last of them may become. */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "shell/prompt.h"

static const char blanks[] = " \t";

/* One word from `line` on; returns what follows it. *ret_open: a quotation mark is not closed. */
static const char *read_word(const char *line, struct str *word, bool *ret_open)
{
    char mark = '\0';
    for (; *line && (mark || !strchr(blanks, *line)); line++) {
        if (*line == mark)
            mark = '\0';
        else if (!mark && (*line == '"' || *line == '\''))
            mark = *line;
        else if (*line == '\\' && mark != '\'' && line[1])
            str_addc(word, *++line);
        else
            str_addc(word, *line);
    }
    *ret_open = mark != '\0';
    return line;
}

int prompt_words(const char *line, struct strlist *ret, struct err *e)
{
    bool is_open = false;
    for (line += strspn(line, blanks); *line; line += strspn(line, blanks)) {
        struct str word = STR_INIT(STR_MAX_LINE);
        line = read_word(line, &word, &is_open);
        strlist_add_take(ret, str_take(&word));
    }
    return is_open ? err_set(e, ERR_USAGE, "a quotation mark is not closed") : 0;
}

/* "VALUE\tDESCRIPTION" lines, then ":BITS". */
static void take_answer(const char *answer, struct line_candidates *ret)
{
    for (; *answer && *answer != ':'; answer += strcspn(answer, "\n") + 1) {
        size_t len = strcspn(answer, "\n");
        size_t value = strcspn(answer, "\t\n");
        size_t rest = value < len ? value + 1 : len;
        strlist_add_take(&ret->value, mem_strndup(answer, value));
        strlist_add_take(&ret->description, mem_strndup(answer + rest, len - rest));
        ret->is_path = ret->is_path || memchr(answer, '/', value) != NULL;
    }
    if (*answer == ':')
        ret->is_open = (strtoul(answer + 1, NULL, 10) & COMPLETE_NOSPACE) != 0;
}

/* What is completed here is one whole thing, even where it looks like the beginning of a path. */
static bool is_whole(const struct prompt *p, const struct strlist *words)
{
    for (size_t i = 0; i < p->n && words->n > 2; i++) {
        if (strcmp(p->action[i].cmd->path, words->item[1]) != 0)
            continue;
        const struct cmd_operand *o = cmd_operand_at(p->action[i].cmd, words->n - 3);
        return o && (o->value == VAL_KEY_ITEM || o->value == VAL_CHANGED);
    }
    return false;
}

void prompt_complete(void *prompt, const char *line, struct line_candidates *ret)
{
    static const struct cmd_group no_groups[] = {{.name = NULL}};
    const struct prompt *p = prompt;
    AUTO(mem_free_ptr) const struct cmd **table = mem_array(p->n + 1, sizeof(struct cmd *));
    AUTO(strlist_release) struct strlist words = STRLIST_INIT;
    AUTO(str_release) struct str answer = STR_INIT(STR_MAX_REPORT);
    struct err ignored = ERR_INIT;
    for (size_t i = 0; i < p->n; i++)
        table[i] = p->action[i].cmd;
    strlist_add(&words, "nono");
    int r = prompt_words(line, &words, &ignored);
    size_t len = strlen(line);
    if (r == 0 && (len == 0 || strchr(blanks, line[len - 1])))
        strlist_add(&words, "");
    const struct complete_source source = {
        .table = table, .groups = no_groups, .provider = p->provider, .arg = p->session, .env = p->env, .paths = true};
    complete_answer(&source, (int)words.n, words.item, (int)words.n - 1, &answer);
    take_answer(answer.buf, ret);
    ret->is_path = ret->is_path && !is_whole(p, &words);
}
