/* cmd_parse: the command line, read against the table of commands. */
#include "core/cmd.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "core/quote.h"

struct parse {
    const struct cmd *const *table;
    const struct cmd_group *groups;
    char **argv;
    int argc, at; /* at: the next word */
    struct cmd_parsed *out;
    bool seen[CMD_MAX_OPTS]; /* by index as in cmd_opt_at */
};

static struct cmd_args_head *head_of(struct parse *p)
{
    return p->out->args ? p->out->args : &p->out->global;
}

/* "nono run": what messages call the part of the line that is understood. */
static void label(const struct parse *p, char *buf)
{
    const char *name = p->out->cmd ? p->out->cmd->path : p->out->group ? p->out->group->name : "";
    (void)snprintf(buf, CMD_MAX_LABEL, "nono%s%s", *name ? " " : "", name);
}

/* Appends where to read on, and returns ERR_USAGE. */
static int see_help(const struct parse *p, struct err *e)
{
    struct err plain = *e;
    char where[CMD_MAX_LABEL];
    label(p, where);
    return err_set(e, ERR_USAGE, "%.*s (see '%s --help')", ERR_TEXT_MAX - CMD_MAX_LABEL - 20, plain.text, where);
}

static int __attribute__((format(printf, 3, 4))) usage(const struct parse *p, struct err *e, const char *fmt, ...)
{
    char text[ERR_TEXT_MAX];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    (void)err_set(e, ERR_USAGE, "%s", text);
    return see_help(p, e);
}

static int unknown_option(const struct parse *p, const char *word, struct err *e)
{
    const char *names[CMD_MAX_OPTS];
    const char *near = NULL;
    const struct cmd_opt *o;
    size_t n = 0;
    for (size_t i = 0; (o = cmd_opt_at(p->out->cmd, i)) && n < CMD_MAX_OPTS; i++) {
        if (o->help)
            names[n++] = o->name;
    }
    char where[CMD_MAX_LABEL];
    label(p, where);
    AUTO(mem_free_ptr) char *bare = mem_strndup(word, strcspn(word, "="));
    AUTO(mem_free_ptr) char *shown = quote_term_dup(bare);
    if (str_starts(bare, "--"))
        near = str_nearest(bare + 2, names, n);
    if (near)
        return usage(p, e, "unknown option '%s' for '%s': did you mean '--%s'?", shown, where, near);
    return usage(p, e, "unknown option '%s' for '%s'", shown, where);
}

static int unknown_command(const struct parse *p, const char *word, struct err *e)
{
    const struct cmd_group *group = p->out->group;
    AUTO(mem_free_ptr) char *shown = quote_term_dup(word);
    enum { MAX_NAMES = 256 };
    const char *names[MAX_NAMES];
    size_t n = 0;
    for (const struct cmd *const *c = p->table; *c && n < MAX_NAMES; c++) {
        const char *name = group ? cmd_leaf(*c, group) : strchr((*c)->path, ' ') ? NULL : (*c)->path;
        if (name && !(*c)->hidden)
            names[n++] = name;
    }
    for (const struct cmd_group *g = p->groups; !group && g->name && n < MAX_NAMES; g++)
        names[n++] = g->name;
    const char *near = str_nearest(word, names, n);
    const char *of = group ? group->name : "";
    const char *space = group ? " " : "";
    if (near)
        return usage(p, e, "unknown command '%s%s%s': did you mean '%s%s%s'?", of, space, shown, of, space, near);
    if (!group && cmd_find(p->table, "run"))
        return usage(p, e, "unknown command '%s': to run a program, 'nono run %s'", shown, shown);
    return usage(p, e, "unknown command '%s%s%s'", of, space, shown);
}

static int store(struct parse *p, const struct cmd_opt *o, const char *text, const char *source, struct err *e)
{
    return cmd_store(o, head_of(p), text, source, e) < 0 ? see_help(p, e) : 0;
}

static void set_flag(struct parse *p, const struct cmd_opt *o)
{
    void *field = (char *)head_of(p) + o->offset;
    if (o->type == OPT_COUNT)
        ++*(int *)field;
    else
        *(bool *)field = true;
}

/* The value of option `source` in the next word. A word that looks like an option is refused: it is far more often a value
 * forgotten than a value meant. */
static int store_next(struct parse *p, const struct cmd_opt *o, const char *source, struct err *e)
{
    const char *next = p->at < p->argc ? p->argv[p->at] : NULL;
    if (!next)
        return usage(p, e, "option '%s' needs a value (%s)", source, o->metavar);
    if (next[0] == '-' && next[1]) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(next);
        return usage(p, e, "option '%s' needs a value (%s); one that starts with '-' is written '--%s=%s'", source, o->metavar, o->name, shown);
    }
    p->at++;
    char quoted[CMD_MAX_LABEL];
    (void)snprintf(quoted, sizeof quoted, "option '%s'", source);
    return store(p, o, next, quoted, e);
}

static int parse_long(struct parse *p, const char *word, struct err *e)
{
    const char *name = word + 2;
    size_t len = strcspn(name, "=");
    size_t i;
    const struct cmd_opt *o = cmd_opt_named(p->out->cmd, name, len, &i);
    if (!o)
        return unknown_option(p, word, e);
    p->seen[i] = true;
    char source[CMD_MAX_LABEL];
    (void)snprintf(source, sizeof source, "--%s", o->name);
    if (!cmd_opt_has_value(o)) {
        if (name[len] == '=')
            return usage(p, e, "option '%s' takes no value", source);
        set_flag(p, o);
        return 0;
    }
    if (name[len] != '=')
        return store_next(p, o, source, e);
    (void)snprintf(source, sizeof source, "option '--%s'", o->name);
    return store(p, o, name + len + 1, source, e);
}

/* "-vs", "-pdev", "-p=dev", "-p dev". */
static int parse_letters(struct parse *p, const char *word, struct err *e)
{
    for (const char *at = word + 1; *at; at++) {
        char source[3] = {'-', *at, '\0'};
        size_t i;
        const struct cmd_opt *o = cmd_opt_lettered(p->out->cmd, *at, &i);
        if (!o)
            return unknown_option(p, (unsigned char)*at < 0x80 ? source : word, e);
        p->seen[i] = true;
        if (!cmd_opt_has_value(o)) {
            set_flag(p, o);
            continue;
        }
        if (!at[1])
            return store_next(p, o, source, e);
        char quoted[CMD_MAX_LABEL];
        (void)snprintf(quoted, sizeof quoted, "option '%s'", source);
        return store(p, o, at + 1 + (at[1] == '='), quoted, e);
    }
    return 0;
}

static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0';
}

static bool is_done(struct parse *p)
{
    const struct cmd_args_head *h = head_of(p);
    p->out->help = p->out->help || h->help;
    p->out->version = p->out->version || h->version;
    return p->out->help || p->out->version;
}

static int parse_option(struct parse *p, struct err *e)
{
    const char *word = p->argv[p->at++];
    return word[1] == '-' ? parse_long(p, word, e) : parse_letters(p, word, e);
}

/* The first word that is no option, NULL at the end of the line; `ret_done` when help or version was asked for. */
static int next_word(struct parse *p, const char **ret, bool *ret_done, struct err *e)
{
    *ret = NULL;
    *ret_done = false;
    while (p->at < p->argc && is_option(p->argv[p->at])) {
        if (strcmp(p->argv[p->at], "--") == 0)
            return usage(p, e, "a command must stand before '--'");
        if (parse_option(p, e) < 0)
            return e->class;
        if ((*ret_done = is_done(p)))
            return 0;
    }
    if (p->at < p->argc)
        *ret = p->argv[p->at++];
    return 0;
}

/* After the name of a group: the command in it. The group stays when the line ends or asks for help instead. */
static int parse_leaf(struct parse *p, const char *group, struct err *e)
{
    const char *leaf;
    bool done;
    if (next_word(p, &leaf, &done, e) < 0)
        return e->class;
    if (done || !leaf)
        return 0;
    p->out->cmd = cmd_find_words(p->table, group, leaf);
    if (!p->out->cmd)
        return unknown_command(p, leaf, e);
    p->out->group = NULL;
    return 0;
}

/* Finds the command or the group; both stay NULL when the line ends before one is named. */
static int parse_command(struct parse *p, struct err *e)
{
    const char *word;
    bool done;
    if (next_word(p, &word, &done, e) < 0)
        return e->class;
    if (!done && word && strcmp(word, "help") == 0) {
        p->out->help = true;
        if (next_word(p, &word, &done, e) < 0)
            return e->class;
    }
    if (done || !word)
        return 0;
    const struct cmd *named = cmd_find_words(p->table, word, NULL);
    const struct cmd *nested = p->at < p->argc ? cmd_find_words(p->table, word, p->argv[p->at]) : NULL;
    if (named && nested) { /* "hook install" beside "hook": the next word decides */
        p->at++;
        named = nested;
    }
    p->out->cmd = named;
    if (named)
        return 0;
    p->out->group = cmd_find_group(p->groups, word);
    return p->out->group ? parse_leaf(p, word, e) : unknown_command(p, word, e);
}

static int add_operand(struct parse *p, const char *word, struct err *e)
{
    struct strlist *operands = &head_of(p)->operands;
    const struct cmd_operand *o = cmd_operand_at(p->out->cmd, operands->n);
    char where[CMD_MAX_LABEL];
    label(p, where);
    AUTO(mem_free_ptr) char *shown = quote_term_dup(word);
    if (!o)
        return usage(p, e, "'%s' is one word too many for '%s'", shown, where);
    if (o->choices && !o->rest) {
        AUTO(str_release) struct str known = STR_INIT(ERR_TEXT_MAX);
        size_t i = 0;
        for (; o->choices[i] && strcmp(o->choices[i], word) != 0; i++)
            str_addf(&known, "%s%s", i ? ", " : "", o->choices[i]);
        if (!o->choices[i])
            return usage(p, e, "%s cannot be '%s': it is one of %s", o->name, shown, known.buf);
    }
    strlist_add(operands, word);
    return 0;
}

/* Whether the next operand takes everything that is left of the line. */
static bool is_rest(struct parse *p)
{
    const struct cmd_operand *o = cmd_operand_at(p->out->cmd, head_of(p)->operands.n);
    return o && o->rest;
}

static int parse_arguments(struct parse *p, struct err *e)
{
    bool literal = false;
    while (p->at < p->argc) {
        const char *word = p->argv[p->at];
        if (!literal && is_option(word)) {
            if (strcmp(word, "--") == 0) {
                literal = true;
                p->at++;
            } else if (parse_option(p, e) < 0) {
                return e->class;
            }
            if (is_done(p))
                return 0;
            continue;
        }
        literal = literal || is_rest(p);
        p->at++;
        if (add_operand(p, word, e) < 0)
            return e->class;
    }
    return 0;
}

static int check_complete(struct parse *p, struct err *e)
{
    const struct cmd *c = p->out->cmd;
    char where[CMD_MAX_LABEL];
    label(p, where);
    size_t n = head_of(p)->operands.n;
    for (const struct cmd_operand *o = c->operands; o && o->name; o++) {
        if (n == 0 && o->required)
            return usage(p, e, "'%s' needs %s", where, o->name);
        n -= n > 0;
    }
    const struct cmd_opt *o;
    for (size_t i = 0; (o = cmd_opt_at(c, i)); i++) {
        size_t other;
        if (p->seen[i] && o->conflicts && cmd_opt_named(c, o->conflicts, strlen(o->conflicts), &other) && p->seen[other])
            return usage(p, e, "options '--%s' and '--%s' exclude each other", o->name, o->conflicts);
    }
    return cmd_store_env(c, p->out->args, p->seen, e) < 0 ? see_help(p, e) : 0;
}

/* From here on options are the command's: what was seen of the global ones moves into its arguments. */
static void begin_arguments(struct parse *p)
{
    const struct cmd *c = p->out->cmd;
    struct cmd_args_head *head = mem_alloc(c->args_size);
    if (c->args_init)
        memcpy(head, c->args_init, c->args_size);
    head->silent = head->silent || p->out->global.silent;
    head->verbosity += p->out->global.verbosity;
    p->out->args = head;
    memset(p->seen, 0, sizeof p->seen);
}

static int parse_all(struct parse *p, struct err *e)
{
    if (parse_command(p, e) < 0)
        return e->class;
    if (!p->out->cmd || is_done(p))
        return 0;
    begin_arguments(p);
    if (parse_arguments(p, e) < 0)
        return e->class;
    return is_done(p) ? 0 : check_complete(p, e);
}

int cmd_parse(const struct cmd *const *table, const struct cmd_group *groups, int argc, char **argv, struct cmd_parsed *ret, struct err *e)
{
    struct cmd_parsed parsed = {0};
    struct parse p = {.table = table, .groups = groups, .argv = argv, .argc = argc, .at = 1, .out = &parsed};
    int result = parse_all(&p, e);
    if (result < 0 || parsed.help || parsed.version) {
        struct cmd_parsed asked = parsed;
        asked.args = NULL;
        cmd_parsed_release(&parsed);
        parsed = asked;
    }
    if (result == 0)
        *ret = parsed;
    return result;
}

void cmd_parsed_release(struct cmd_parsed *p)
{
    if (!p->args)
        return;
    struct cmd_args_head *head = p->args;
    strlist_release(&head->operands);
    for (size_t i = 0; i < p->cmd->n_opts; i++) {
        void *field = (char *)p->args + p->cmd->opts[i].offset;
        if (p->cmd->opts[i].type == OPT_LIST)
            strlist_release(field);
    }
    mem_free(p->args);
    p->args = NULL;
}
