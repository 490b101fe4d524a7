/* complete: what may stand under the cursor, read off the table of commands. */
#include "completions/complete.h"

#include <string.h>

#include "core/mem.h"
#include "core/quote.h"

enum { MAX_DESCRIPTION = 200 };

struct walk {
    const struct complete_source *from;
    struct str *out;
    int cword;
    const char *cur;
    /* What the words before the cursor said. */
    const struct cmd *cmd;
    const struct cmd_group *group;
    const struct cmd *own;         /* the command of the group's own name, until a word tells which is meant; NULL */
    const struct cmd_opt *pending; /* its value is next */
    bool after_help, literal;
    struct strlist operands;
    int rest_at; /* index of the first word of the wrapped command, 0 when not there yet */
    bool seen[CMD_MAX_OPTS];
    bool failed; /* a word made no sense: nothing to offer */
    size_t n_offered;
};

/* Candidates travel as lines with a tab: what has control characters cannot be offered. */
static bool is_carriable(const char *value)
{
    for (const unsigned char *p = (const unsigned char *)value; *p; p++) {
        if (*p < 0x20 || *p == 0x7f)
            return false;
    }
    return *value != '\0';
}

static void offer(struct walk *w, const char *before, const char *value, const char *description)
{
    AUTO(str_release) struct str whole = STR_INIT(STR_MAX_LINE);
    AUTO(str_release) struct str safe = STR_INIT(STR_MAX_LINE);
    str_addf(&whole, "%s%s", before, value);
    if (whole.failed || !is_carriable(whole.buf) || !str_starts(whole.buf, w->cur))
        return;
    str_addn(w->out, whole.buf, whole.len);
    if (description && *description) {
        quote_termn(&safe, description, strnlen(description, MAX_DESCRIPTION));
        str_addf(w->out, "\t%s", safe.buf);
    }
    str_addc(w->out, '\n');
    w->n_offered++;
}

static void directive(struct walk *w, unsigned bits)
{
    str_addf(w->out, ":%u\n", bits);
}

static void delegate(struct walk *w, int at)
{
    str_addf(w->out, ":%d:%d\n", COMPLETE_DELEGATE, at);
}

static void see_operand(struct walk *w, const char *word, int i)
{
    const struct cmd_operand *o = cmd_operand_at(w->cmd, w->operands.n);
    if (o && o->rest)
        w->rest_at = i;
    w->failed = w->failed || !o;
    strlist_add(&w->operands, word);
}

static void see_letters(struct walk *w, const char *word)
{
    for (const char *at = word + 1; *at && !w->failed; at++) {
        size_t i;
        const struct cmd_opt *o = cmd_opt_lettered(w->cmd, *at, &i);
        w->failed = !o;
        if (!o)
            return;
        w->seen[i] = true;
        if (cmd_opt_has_value(o)) {
            w->pending = at[1] ? NULL : o;
            return;
        }
    }
}

static void see_option(struct walk *w, const char *word)
{
    size_t len = strcspn(word + 2, "=");
    size_t i;
    if (word[1] != '-') {
        see_letters(w, word);
        return;
    }
    const struct cmd_opt *o = cmd_opt_named(w->cmd, word + 2, len, &i);
    w->failed = !o;
    if (!o)
        return;
    w->seen[i] = true;
    w->pending = cmd_opt_has_value(o) && word[2 + len] != '=' ? o : NULL;
}

static void see_name(struct walk *w, const char *word, int i)
{
    if (!w->group && !w->after_help && strcmp(word, "help") == 0) {
        w->after_help = true;
        return;
    }
    if (!w->group) {
        w->cmd = cmd_find_words(w->from->table, word, NULL);
        w->group = cmd_find_group(w->from->groups, word);
        w->failed = !w->cmd && !w->group;
        w->own = w->group ? take_ptr(&w->cmd) : NULL;
        return;
    }
    w->cmd = cmd_find_words(w->from->table, w->group->name, word);
    if (!w->cmd && w->own) {
        w->cmd = w->own;
        see_operand(w, word, i);
    }
    w->failed = w->failed || !w->cmd;
}

static void see_word(struct walk *w, const char *word, int i)
{
    if (w->pending)
        w->pending = NULL;
    else if (!w->literal && strcmp(word, "--") == 0)
        w->literal = true;
    else if (!w->literal && word[0] == '-' && word[1])
        see_option(w, word);
    else if (w->cmd)
        see_operand(w, word, i);
    else
        see_name(w, word, i);
    w->failed = w->failed || (w->literal && !w->cmd);
}

/* `used` holds, cut at commas, what is not offered again. */
static bool is_used(const char *used, const char *value)
{
    size_t len = strlen(value);
    for (; *used; used += strcspn(used, ",") + 1) { /* each item is followed by a comma */
        if (strncmp(used, value, len) == 0 && used[len] == ',')
            return true;
    }
    return false;
}

/* Returns what else may stand there. */
static enum cmd_value offer_provided(struct walk *w, const char *before, const char *used, enum cmd_value kind)
{
    struct complete_values values = {STRLIST_INIT, STRLIST_INIT, VAL_NONE};
    const char *prefix = str_starts(w->cur, before) ? w->cur + strlen(before) : "";
    struct complete_request request = {.kind = kind, .prefix = prefix, .cmd = w->cmd, .operands = &w->operands, .env = w->from->env};
    if (w->from->provider)
        w->from->provider(w->from->arg, &request, &values);
    for (size_t i = 0; i < values.value.n; i++) {
        if (!is_used(used, values.value.item[i]))
            offer(w, before, values.value.item[i], i < values.description.n ? values.description.item[i] : NULL);
    }
    strlist_release(&values.value);
    strlist_release(&values.description);
    return values.as;
}

static void offer_choices(struct walk *w, const char *before, const char *const *choices, const char *const *help)
{
    for (size_t i = 0; choices && choices[i]; i++)
        offer(w, before, choices[i], help ? help[i] : NULL);
}

/* What stands before the last comma is kept, and its names are not offered again. */
static void answer_list(struct walk *w, const char *before, enum cmd_value kind)
{
    const char *comma = strrchr(w->cur + strlen(before), ',');
    AUTO(mem_free_ptr) char *kept = comma ? mem_strndup(w->cur, (size_t)(comma + 1 - w->cur)) : mem_strdup(before);
    (void)offer_provided(w, kept, kept + strlen(before), kind);
    directive(w, COMPLETE_NOFILE | COMPLETE_NOSPACE);
}

/* Files or directories: from the provider where the shell asked for them and there are any, else the shell lists its own. */
static void answer_path(struct walk *w, const char *before, enum cmd_value kind)
{
    size_t had = w->n_offered;
    unsigned bits = (*before ? COMPLETE_VALUE : 0) | (kind == VAL_DIR ? COMPLETE_DIRS : 0);
    if (w->from->paths)
        (void)offer_provided(w, before, "", kind);
    if (w->n_offered > had)
        bits = COMPLETE_NOFILE | (str_ends(w->out->buf, "/\n") ? COMPLETE_NOSPACE : 0);
    directive(w, bits);
}

/* Paths that the program knows, else any. */
static void answer_changed(struct walk *w, const char *before)
{
    size_t had = w->n_offered;
    (void)offer_provided(w, before, "", VAL_CHANGED);
    if (w->n_offered > had)
        directive(w, COMPLETE_NOFILE);
    else
        answer_path(w, before, VAL_FILE);
}

/* Candidates for a value of `kind`; `before` is what the word under the cursor starts with ("--profile=", ""). */
static void answer_value(struct walk *w, const char *before, enum cmd_value kind)
{
    if (kind == VAL_KEY_VALUE || kind == VAL_KEY_ITEM)
        kind = offer_provided(w, before, "", kind);
    switch (kind) {
    case VAL_FILE:
    case VAL_DIR:
        answer_path(w, before, kind);
        return;
    case VAL_PROFILE:
    case VAL_OWN_PROFILE:
        (void)offer_provided(w, before, "", kind);
        answer_path(w, before, VAL_FILE);
        return;
    case VAL_GROUPS:
        answer_list(w, before, kind);
        return;
    case VAL_CHANGED:
        answer_changed(w, before);
        return;
    case VAL_GROUP:
    case VAL_KEY:
    case VAL_SESSION:
    case VAL_VARIABLE:
    case VAL_WRAPPED:
        (void)offer_provided(w, before, "", kind);
        break;
    case VAL_COMMAND:
        delegate(w, w->cword);
        return;
    case VAL_KEY_VALUE:
    case VAL_KEY_ITEM:
    case VAL_CHOICE:
    case VAL_NONE:
    case VAL_TEXT:
    case VAL_NUMBER:
        break;
    }
    directive(w, COMPLETE_NOFILE);
}

static void answer_option_value(struct walk *w, const char *before, const struct cmd_opt *o)
{
    offer_choices(w, before, o->choices, o->choice_help);
    answer_value(w, before, o->value);
}

static bool is_excluded(const struct walk *w, const struct cmd_opt *o)
{
    const struct cmd_opt *other;
    for (size_t i = 0; (other = cmd_opt_at(w->cmd, i)); i++) {
        if (w->seen[i] && ((o->conflicts && strcmp(o->conflicts, other->name) == 0) || (other->conflicts && strcmp(other->conflicts, o->name) == 0)))
            return true;
    }
    return false;
}

static void answer_option(struct walk *w)
{
    const char *equals = strchr(w->cur, '=');
    const struct cmd_opt *o;
    size_t i;
    if (equals && w->cur[1] == '-') {
        o = cmd_opt_named(w->cmd, w->cur + 2, (size_t)(equals - w->cur - 2), &i);
        AUTO(mem_free_ptr) char *before = mem_strndup(w->cur, (size_t)(equals + 1 - w->cur));
        if (o && cmd_opt_has_value(o))
            answer_option_value(w, before, o);
        else
            directive(w, COMPLETE_NOFILE);
        return;
    }
    for (i = 0; (o = cmd_opt_at(w->cmd, i)); i++) {
        bool again = o->type == OPT_LIST || o->type == OPT_COUNT;
        if (o->help && (again || !w->seen[i]) && !is_excluded(w, o))
            offer(w, "--", o->name, o->help);
    }
    directive(w, COMPLETE_NOFILE);
}

static void answer_name(struct walk *w)
{
    for (const struct cmd *const *c = w->from->table; *c; c++) {
        const char *name = w->group ? cmd_leaf(*c, w->group) : strchr((*c)->path, ' ') ? NULL : (*c)->path;
        if (name && !(*c)->hidden && (w->group || !cmd_find_group(w->from->groups, name)))
            offer(w, "", name, (*c)->summary);
    }
    for (const struct cmd_group *g = w->from->groups; !w->group && g->name; g++)
        offer(w, "", g->name, g->summary);
    if (!w->group && !w->after_help)
        offer(w, "", "help", "Explain a command");
}

static void answer_operand(struct walk *w, const struct cmd *c)
{
    const struct cmd_operand *operand = w->after_help ? NULL : cmd_operand_at(c, w->operands.n);
    if (!operand) {
        directive(w, COMPLETE_NOFILE);
        return;
    }
    offer_choices(w, "", operand->choices, operand->choice_help);
    answer_value(w, "", operand->value);
}

static void answer(struct walk *w)
{
    const struct cmd_operand *operand = w->cmd ? cmd_operand_at(w->cmd, w->operands.n) : NULL;
    if (w->failed) {
        directive(w, COMPLETE_NOFILE);
    } else if (w->rest_at && operand && operand->value == VAL_COMMAND) {
        delegate(w, w->rest_at);
    } else if (w->pending) {
        answer_option_value(w, "", w->pending);
    } else if (!w->literal && !w->rest_at && w->cur[0] == '-') {
        answer_option(w);
    } else if (w->cmd) {
        answer_operand(w, w->cmd);
    } else {
        answer_name(w);
        if (w->own)
            answer_operand(w, w->own);
        else
            directive(w, COMPLETE_NOFILE);
    }
}

void complete_answer(const struct complete_source *from, int n, char **words, int cword, struct str *out)
{
    struct walk w = {.from = from, .out = out, .cword = cword, .cur = ""};
    w.failed = cword < 1 || cword > n;
    if (!w.failed && cword < n)
        w.cur = words[cword];
    for (int i = 1; i < cword && !w.failed; i++) {
        if (w.rest_at)
            strlist_add(&w.operands, words[i]);
        else
            see_word(&w, words[i], i);
    }
    answer(&w);
    strlist_release(&w.operands);
}

const char *complete_operand(const struct complete_request *r, enum cmd_value kind)
{
    for (size_t i = r->operands->n; r->cmd && i-- > 0;) {
        const struct cmd_operand *o = cmd_operand_at(r->cmd, i);
        if (o && o->value == kind)
            return r->operands->item[i];
    }
    return NULL;
}
