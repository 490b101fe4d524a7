/* cmd_help: help for a person, printed from the table of commands. */
#include "core/cmd.h"

#include <string.h>

#include "core/mem.h"

enum { WIDTH = 80, OPT_COLUMN = 30, EXAMPLE_COLUMN = 44 };

static void pad(struct str *out, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        str_addc(out, ' ');
}

/* Words of `text` from column `column` on; following lines start at `indent`. Line breaks in `text` stay. */
static void add_wrapped(struct str *out, const char *text, size_t column, size_t indent)
{
    bool at_start = true;
    while (*text) {
        size_t len = strcspn(text, " \n");
        if (!at_start && column + 1 + len > WIDTH) {
            str_addc(out, '\n');
            pad(out, 0, indent);
            column = indent;
        } else if (!at_start && len > 0) {
            str_addc(out, ' ');
            column++;
        }
        str_addn(out, text, len);
        column += len;
        at_start = false;
        text += len;
        if (*text == '\n') {
            str_addc(out, '\n');
            pad(out, 0, text[1] && text[1] != '\n' ? indent : 0);
            column = indent;
            at_start = true;
        }
        text += *text != '\0';
    }
    str_addc(out, '\n');
}

/* "  name      text". */
static void add_row(struct str *out, const char *name, const char *text, size_t column)
{
    size_t len = 2 + strlen(name);
    str_addf(out, "  %s", name);
    if (len + 2 > column) {
        str_addc(out, '\n');
        len = 0;
    }
    pad(out, len, column);
    add_wrapped(out, text, column, column);
}

/* "-a, --allow <DIR>". */
static void add_opt_name(const struct cmd_opt *o, struct str *out)
{
    if (o->letter)
        str_addf(out, "-%c, ", o->letter);
    str_addf(out, "--%s", o->name);
    if (cmd_opt_has_value(o))
        str_addf(out, " <%s>", o->metavar);
    if (o->type == OPT_COUNT || o->type == OPT_LIST)
        str_add(out, "...");
}

static void add_opt(struct str *out, const struct cmd_opt *o)
{
    AUTO(str_release) struct str left = STR_INIT(STR_MAX_LINE);
    AUTO(str_release) struct str right = STR_INIT(STR_MAX_LINE);
    if (!o->letter)
        str_add(&left, "    ");
    add_opt_name(o, &left);
    str_add(&right, o->help);
    for (size_t i = 0; o->choices && o->choices[i]; i++)
        str_addf(&right, "%s%s%s", i ? ", " : " [", o->choices[i], o->choices[i + 1] ? "" : "]");
    if (o->env)
        str_addf(&right, " [env: %s]", o->env);
    add_row(out, left.buf, right.buf, OPT_COLUMN);
}

static const char *heading_of(const struct cmd_opt *o)
{
    return o->heading ? o->heading : "OPTIONS";
}

/* True when no visible option before the i-th has its heading. */
static bool opens_heading(const struct cmd *c, size_t i)
{
    const char *heading = heading_of(cmd_opt_at(c, i));
    for (size_t k = 0; k < i; k++) {
        const struct cmd_opt *o = cmd_opt_at(c, k);
        if (o->help && strcmp(heading_of(o), heading) == 0)
            return false;
    }
    return true;
}

static void add_opts_under(struct str *out, const struct cmd *c, const char *heading)
{
    const struct cmd_opt *o;
    str_addf(out, "\n%s\n", heading);
    for (size_t i = 0; (o = cmd_opt_at(c, i)); i++) {
        if (o->help && strcmp(heading_of(o), heading) == 0)
            add_opt(out, o);
    }
}

/* Headings in the order of their first option; OPTIONS, which holds the global ones, last. */
static void add_all_opts(struct str *out, const struct cmd *c)
{
    const struct cmd_opt *o;
    for (size_t i = 0; (o = cmd_opt_at(c, i)); i++) {
        if (o->help && o->heading && opens_heading(c, i))
            add_opts_under(out, c, o->heading);
    }
    add_opts_under(out, c, "OPTIONS");
}

static void add_operands(struct str *out, const struct cmd *c)
{
    bool first = true;
    for (const struct cmd_operand *o = c->operands; o && o->name; o++) {
        if (!o->help)
            continue;
        if (first)
            str_add(out, "\nARGUMENTS\n");
        first = false;
        AUTO(str_release) struct str name = STR_INIT(STR_MAX_LINE);
        str_addf(&name, "<%s>%s", o->name, o->rest || o->many ? "..." : "");
        add_row(out, name.buf, o->help, OPT_COLUMN);
    }
}

static void add_examples(struct str *out, const struct cmd *c)
{
    if (!c->examples || !c->examples[0])
        return;
    str_add(out, "\nEXAMPLES\n");
    for (const char *const *pair = c->examples; pair[0] && pair[1]; pair += 2) {
        AUTO(str_release) struct str meaning = STR_INIT(STR_MAX_LINE);
        str_addf(&meaning, "# %s", pair[1]);
        add_row(out, pair[0], meaning.buf, EXAMPLE_COLUMN);
    }
}

/* "nono run [options] [--] <PROGRAM>...", no newline. */
static void add_usage(const struct cmd *c, struct str *out)
{
    str_addf(out, "nono %s [options]", c->path);
    for (const struct cmd_operand *o = c->operands; o && o->name; o++) {
        const char *more = o->rest || o->many ? "..." : "";
        str_add(out, o->rest ? " [--]" : "");
        str_addf(out, o->required ? " <%s>%s" : " [%s]%s", o->name, more);
    }
}

static void add_page(struct str *out, const char *path)
{
    str_add(out, "\nLEARN MORE\n  'man ");
    cmd_page(path, out);
    str_add(out, "' has the same, and the exit statuses.\n");
}

static void add_about(struct str *out, const struct cmd *c)
{
    if (!c->about)
        return;
    str_add(out, "\nDESCRIPTION\n  ");
    add_wrapped(out, c->about, 2, 2);
}

void cmd_help(const struct cmd *c, struct str *out)
{
    add_wrapped(out, c->summary, 0, 0);
    str_add(out, "\nUSAGE\n  ");
    add_usage(c, out);
    str_addc(out, '\n');
    add_about(out, c);
    add_operands(out, c);
    add_all_opts(out, c);
    add_examples(out, c);
    add_page(out, c->path);
}

/* One overview line per command, and one per group where its first command stands. */
struct entry {
    const char *name, *section, *summary;
};

static bool entry_at(const struct cmd *const *table, const struct cmd_group *groups, size_t i, struct entry *ret)
{
    const struct cmd_group *group = cmd_group_of(groups, table[i]);
    if (table[i]->hidden || cmd_find_group(groups, table[i]->path))
        return false;
    *ret = (struct entry){table[i]->path, table[i]->section, table[i]->summary};
    if (!group)
        return true;
    *ret = (struct entry){group->name, group->section, group->summary};
    for (size_t k = 0; k < i; k++) {
        if (!table[k]->hidden && cmd_leaf(table[k], group))
            return false;
    }
    return true;
}

static bool opens_section(const struct cmd *const *table, const struct cmd_group *groups, size_t i, const char *section)
{
    struct entry entry;
    for (size_t k = 0; k < i; k++) {
        if (entry_at(table, groups, k, &entry) && strcmp(entry.section, section) == 0)
            return false;
    }
    return true;
}

void cmd_help_overview(const struct cmd *const *table, const struct cmd_group *groups, struct str *out)
{
    struct entry entry;
    size_t column = 0;
    str_add(out, "Run a command that reaches only what you granted, and take back what it changed\n");
    str_add(out, "\nUSAGE\n  nono <command> [options]\n");
    for (size_t i = 0; table[i]; i++) {
        if (entry_at(table, groups, i, &entry) && strlen(entry.name) + 4 > column)
            column = strlen(entry.name) + 4;
    }
    for (size_t i = 0; table[i]; i++) {
        if (!entry_at(table, groups, i, &entry) || !opens_section(table, groups, i, entry.section))
            continue;
        const char *section = entry.section;
        str_addf(out, "\n%s\n", section);
        for (size_t k = i; table[k]; k++) {
            if (entry_at(table, groups, k, &entry) && strcmp(entry.section, section) == 0)
                add_row(out, entry.name, entry.summary, column);
        }
    }
    add_all_opts(out, NULL);
    str_add(out, "\nLEARN MORE\n  'nono <command> --help' and 'man nono-<command>' explain a command,\n  'man 5 nono-profile' what a profile may hold.\n");
}

void cmd_help_group(const struct cmd *const *table, const struct cmd_group *group, struct str *out)
{
    const struct cmd *own = cmd_find(table, group->name); /* "hook" beside "hook install" */
    size_t column = 0;
    for (size_t i = 0; table[i]; i++) {
        const char *leaf = cmd_leaf(table[i], group);
        if (leaf && !table[i]->hidden && strlen(leaf) + 4 > column)
            column = strlen(leaf) + 4;
    }
    add_wrapped(out, group->summary, 0, 0);
    str_addf(out, "\nUSAGE\n  nono %s <command> [options]\n", group->name);
    if (own) {
        str_add(out, "  ");
        add_usage(own, out);
        str_addc(out, '\n');
    }
    str_add(out, "\nCOMMANDS\n");
    for (size_t i = 0; table[i]; i++) {
        const char *leaf = cmd_leaf(table[i], group);
        if (leaf && !table[i]->hidden)
            add_row(out, leaf, table[i]->summary, column);
    }
    if (own) {
        add_about(out, own);
        add_operands(out, own);
    }
    add_all_opts(out, own);
    if (own)
        add_examples(out, own);
    str_addf(out, "\nLEARN MORE\n  'nono %s <command> --help' explains one of them;\n  'man nono-%s' names their pages.\n", group->name, group->name);
}
