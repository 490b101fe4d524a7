/* edit_complete: words of a line, and what the last of them may become. */
#include <stdlib.h>
#include <string.h>

#include "completions/complete.h"
#include "core/mem.h"
#include "policy/profile.h"
#include "shell/edit_session.h"
#include "shell/values.h"

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

int edit_words(const char *line, struct strlist *ret, struct err *e)
{
    bool is_open = false;
    for (line += strspn(line, blanks); *line; line += strspn(line, blanks)) {
        struct str word = STR_INIT(STR_MAX_LINE);
        line = read_word(line, &word, &is_open);
        strlist_add_take(ret, str_take(&word));
    }
    return is_open ? err_set(e, ERR_USAGE, "a quotation mark is not closed") : 0;
}

/* What the list holds as the text is now, saved or not. */
static void add_items(const struct edit_session *s, const struct complete_request *r, struct complete_values *ret)
{
    AUTO(profile_release) struct profile p = {0};
    struct err ignored = ERR_INIT;
    const char *key = complete_operand(r, VAL_KEY);
    const struct profile_key *k = key ? profile_key_find(key) : NULL;
    if (!k || profile_shape(k->type) != PROFILE_SHAPE_LIST || profile_parse(s->text.buf, s->text.len, s->profile, "text", &p, &ignored) < 0)
        return;
    const struct profile_list *list = profile_list_of(&p, k);
    for (size_t i = 0; i < list->n; i++)
        values_add(r, ret, list->item[i].text, NULL);
}

static void provide(const void *session, const struct complete_request *r, struct complete_values *ret)
{
    const struct edit_session *s = session;
    if (r->kind == VAL_KEY_ITEM)
        add_items(s, r, ret);
    else
        values_provide(s->ctx->world, r, ret);
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

void edit_complete(void *session, const char *line, struct line_candidates *ret)
{
    static const struct cmd_group no_groups[] = {{.name = NULL}};
    struct edit_session *s = session;
    AUTO(strlist_release) struct strlist words = STRLIST_INIT;
    AUTO(str_release) struct str answer = STR_INIT(STR_MAX_REPORT);
    struct err ignored = ERR_INIT;
    strlist_add(&words, "nono");
    int r = edit_words(line, &words, &ignored);
    size_t len = strlen(line);
    if (r == 0 && (len == 0 || strchr(blanks, line[len - 1])))
        strlist_add(&words, "");
    const struct complete_source source = {
        .table = edit_commands, .groups = no_groups, .provider = provide, .arg = s, .env = s->ctx->env, .paths = true};
    complete_answer(&source, (int)words.n, words.item, (int)words.n - 1, &answer);
    take_answer(answer.buf, ret);
    /* An item is whole even where it looks like the beginning of a path. */
    ret->is_path = ret->is_path && strcmp(words.item[1], "remove") != 0;
}
