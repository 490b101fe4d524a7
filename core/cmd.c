/* cmd: looking things up in the table of commands. */
#include "core/cmd.h"

#include <string.h>

static const struct cmd_opt global_opts[] = {
    FLAG(struct cmd_args_head, silent, 's', "silent", "Print nothing but errors and answers"),
    COUNT(struct cmd_args_head, verbosity, 'v', "verbose", "Say more; repeat for more still"),
    FLAG(struct cmd_args_head, help, 'h', "help", "Print help"),
    FLAG(struct cmd_args_head, version, 'V', "version", "Print the version"),
    {.name = NULL},
};

enum { N_GLOBAL_OPTS = sizeof global_opts / sizeof global_opts[0] - 1 };

const struct cmd_status_row cmd_status_rows[] = {
    {"0", "Success."},
    {"1", "The answer is no, or an error that is none of those below."},
    {"2", "The command line is wrong."},
    {"125", "nono failed before the program started; nothing ran."},
    {"126", "The program was found but could not be executed."},
    {"127", "The program was not found."},
    {"128+n", "The program was ended by signal n."},
    {"other", "The exit status of the program."},
    {NULL, NULL},
};

const struct cmd *cmd_find(const struct cmd *const *table, const char *path)
{
    for (; *table; table++) {
        if (strcmp((*table)->path, path) == 0)
            return *table;
    }
    return NULL;
}

/* What follows "`word` " in `path`, NULL when it does not start so. */
static const char *after_word(const char *path, const char *word)
{
    size_t len = strlen(word);
    return len > 0 && strncmp(path, word, len) == 0 && path[len] == ' ' ? path + len + 1 : NULL;
}

const struct cmd *cmd_find_words(const struct cmd *const *table, const char *word, const char *leaf)
{
    if (!leaf)
        return strchr(word, ' ') ? NULL : cmd_find(table, word);
    for (; *table; table++) {
        const char *rest = after_word((*table)->path, word);
        if (rest && strcmp(rest, leaf) == 0)
            return *table;
    }
    return NULL;
}

const struct cmd_group *cmd_find_group(const struct cmd_group *groups, const char *name)
{
    for (; groups->name; groups++) {
        if (strcmp(groups->name, name) == 0)
            return groups;
    }
    return NULL;
}

const char *cmd_leaf(const struct cmd *c, const struct cmd_group *g)
{
    return after_word(c->path, g->name);
}

const struct cmd_group *cmd_group_of(const struct cmd_group *groups, const struct cmd *c)
{
    for (; groups->name; groups++) {
        if (cmd_leaf(c, groups))
            return groups;
    }
    return NULL;
}

void cmd_page(const char *path, struct str *out)
{
    str_add(out, *path ? "nono-" : "nono");
    for (const char *at = path; *at; at++) {
        if (*at == ' ')
            str_addc(out, '-');
        else
            str_addc(out, *at);
    }
}

const struct cmd_opt *cmd_opt_at(const struct cmd *c, size_t i)
{
    size_t own = c ? c->n_opts : 0;
    if (i >= CMD_MAX_OPTS)
        return NULL; /* what a table cannot have is missing everywhere, and seen at once */
    if (i < own)
        return &c->opts[i];
    return i - own < N_GLOBAL_OPTS ? &global_opts[i - own] : NULL;
}

static bool is_named(const char *candidate, const char *name, size_t len)
{
    return candidate && strncmp(candidate, name, len) == 0 && candidate[len] == '\0';
}

const struct cmd_opt *cmd_opt_named(const struct cmd *c, const char *name, size_t len, size_t *ret_index)
{
    const struct cmd_opt *o;
    for (size_t i = 0; (o = cmd_opt_at(c, i)); i++) {
        if (is_named(o->name, name, len) || is_named(o->alias, name, len)) {
            *ret_index = i;
            return o;
        }
    }
    return NULL;
}

const struct cmd_opt *cmd_opt_lettered(const struct cmd *c, char letter, size_t *ret_index)
{
    const struct cmd_opt *o;
    for (size_t i = 0; letter && (o = cmd_opt_at(c, i)); i++) {
        if (o->letter == letter) {
            *ret_index = i;
            return o;
        }
    }
    return NULL;
}

bool cmd_opt_has_value(const struct cmd_opt *o)
{
    return o->type != OPT_FLAG && o->type != OPT_COUNT;
}

const struct cmd_operand *cmd_operand_at(const struct cmd *c, size_t i)
{
    for (const struct cmd_operand *o = c->operands; o && o->name; o++) {
        if (i == 0 || o->rest || o->many)
            return o;
        i--;
    }
    return NULL;
}
