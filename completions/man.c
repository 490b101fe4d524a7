/* man: the pages of section 1, from the table of commands. */
#include "completions/man.h"

#include <string.h>

#include "completions/mdoc.h"
#include "core/mem.h"
#include "core/quote.h"

struct man {
    const struct cmd *const *table;
    const struct cmd_group *groups;
    const char *version;
    struct str *out;
};

static void add_choices(struct str *out, const char *const *choices, const char *const *help)
{
    if (!help) {
        str_add(out, "One of\n");
        for (size_t i = 0; choices[i]; i++)
            str_addf(out, ".Cm %s%s\n", choices[i], choices[i + 1] ? " ," : " .");
        return;
    }
    str_add(out, ".Bl -tag -width Ds -compact\n");
    for (size_t i = 0; choices[i]; i++) {
        str_addf(out, ".It Cm %s\n", choices[i]);
        mdoc_sentence(out, help[i]);
    }
    str_add(out, ".El\n");
}

static void add_opt(struct str *out, const struct cmd_opt *o)
{
    str_add(out, ".It ");
    if (o->letter)
        str_addf(out, "Fl %c , ", o->letter);
    str_addf(out, "Fl -%s", o->name);
    if (cmd_opt_has_value(o))
        str_addf(out, " Ar %s", o->metavar);
    str_addc(out, '\n');
    mdoc_sentence(out, o->help);
    if (o->choices)
        add_choices(out, o->choices, o->choice_help);
    if (o->type == OPT_LIST)
        str_add(out, "May be repeated.\n");
    if (o->conflicts)
        str_addf(out, "Excludes\n.Fl -%s .\n", o->conflicts);
    if (o->env)
        str_addf(out, "Without it, the variable\n.Ev %s\ncounts.\n", o->env);
}

static void add_operand_list(struct str *out, const struct cmd *c)
{
    bool open = false;
    for (const struct cmd_operand *o = c->operands; o && o->name; o++) {
        if (!o->help)
            continue;
        if (!open)
            str_add(out, ".Bl -tag -width Ds\n");
        open = true;
        str_addf(out, ".It Ar %s\n", o->name);
        mdoc_sentence(out, o->help);
    }
    if (open)
        str_add(out, ".El\n");
}

static void add_opt_list(struct str *out, const struct cmd *c)
{
    const struct cmd_opt *o;
    str_add(out, ".Bl -tag -width Ds\n");
    for (size_t i = 0; (o = cmd_opt_at(c, i)); i++) {
        if (o->help)
            add_opt(out, o);
    }
    str_add(out, ".El\n");
}

static void add_values_of_options(struct str *out)
{
    str_add(out, "The value of a long option follows as the next word or after\n.Ql = ;\n"
                 "a word that starts with\n.Ql -\nis a value only after\n.Ql = .\n");
}

/* A line "MACRO Xr" to the page of `path`, with what follows it. */
static void add_reference(struct str *out, const char *macro, const char *path, const char *more)
{
    str_add(out, macro);
    cmd_page(path, out);
    str_addf(out, " 1%s\n", more);
}

static const struct {
    const char *name, *text;
} variables[] = {
    {"HOME", "The user's home directory; must be absolute."},
    {"XDG_CONFIG_HOME", "Where profiles and settings are; ~/.config when unset."},
    {"XDG_STATE_HOME", "Where sessions and what they changed are kept; ~/.local/state when unset."},
    {"XDG_DATA_HOME", "Where the links for wrapped programs are; ~/.local/share when unset."},
    {"TMPDIR", "The directory for temporary files; /tmp when unset."},
    {"PATH", "Where programs are looked for."},
    {"SHELL", "The shell that is started when none is named."},
    {"NO_COLOR", "When not empty, nothing is printed in colour."},
}, files[] = {
    {"~/.config/nono/profiles/*.json", "Profiles of the user."},
    {"~/.config/nono/hook.json", "Settings of the shell hooks."},
    {"~/.local/state/nono/", "Sessions and the objects that hold what they changed; never reachable from inside a sandbox."},
    {"~/.local/share/nono/shims/", "Links to nono named after the programs it wraps."},
    {"~/.local/state/nono/run/", "Hints for the next prompt of a shell."},
};

/* What the variable does to the option. */
static void add_variable_of(struct str *out, const struct cmd_opt *o)
{
    str_addf(out, ".It Ev %s\nStands in for\n.Fl -%s\nwhere that is not given", o->env, o->name);
    str_add(out, o->type == OPT_LIST ? "; the items are separated by commas.\n" : o->type == OPT_FLAG ? ": 1 or 0.\n" : ".\n");
}

static bool has_variable_before(const struct man *m, const char *name, const struct cmd *until, size_t until_opt)
{
    for (const struct cmd *const *c = m->table; *c; c++) {
        for (size_t i = 0; i < (*c)->n_opts; i++) {
            if (*c == until && i == until_opt)
                return false;
            if (!(*c)->hidden && (*c)->opts[i].env && strcmp((*c)->opts[i].env, name) == 0)
                return true;
        }
    }
    return false;
}

static void add_environment(const struct man *m)
{
    str_add(m->out, ".Sh ENVIRONMENT\n.Bl -tag -width XDG_CONFIG_HOME\n");
    for (const struct cmd *const *c = m->table; *c; c++) {
        for (size_t i = 0; !(*c)->hidden && i < (*c)->n_opts; i++) {
            const struct cmd_opt *o = &(*c)->opts[i];
            if (o->env && o->help && !has_variable_before(m, o->env, *c, i))
                add_variable_of(m->out, o);
        }
    }
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        str_addf(m->out, ".It Ev %s\n", variables[i].name);
        mdoc_line(m->out, variables[i].text);
    }
    str_add(m->out, ".El\n.Sh FILES\n.Bl -tag -width Ds\n");
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        str_addf(m->out, ".It Pa %s\n", files[i].name);
        mdoc_line(m->out, files[i].text);
    }
    str_add(m->out, ".El\n");
}

static void add_environment_of(struct str *out, const struct cmd *c)
{
    bool open = false;
    for (size_t i = 0; i < c->n_opts; i++) {
        if (!c->opts[i].env || !c->opts[i].help)
            continue;
        str_add(out, open ? "" : ".Sh ENVIRONMENT\n.Bl -tag -width Ds\n");
        open = true;
        add_variable_of(out, &c->opts[i]);
    }
    str_add(out, open ? ".El\n" : "");
}

static void add_statuses(struct str *out)
{
    str_add(out, ".Sh EXIT STATUS\n.Bl -tag -width 128+n\n");
    for (const struct cmd_status_row *row = cmd_status_rows; row->status; row++) {
        str_addf(out, ".It %s\n", row->status);
        mdoc_line(out, row->meaning);
    }
    str_add(out, ".El\n");
}

static void add_examples(struct str *out, const struct cmd *c)
{
    if (!c->examples || !c->examples[0])
        return;
    str_add(out, ".Sh EXAMPLES\n.Bl -tag -width Ds\n");
    for (const char *const *pair = c->examples; pair[0] && pair[1]; pair += 2) {
        str_add(out, ".It Li ");
        quote_roff(out, pair[0]);
        str_addc(out, '\n');
        mdoc_line(out, pair[1]);
    }
    str_add(out, ".El\n");
}

static void add_synopsis(struct str *out, const struct cmd *c)
{
    str_addf(out, ".Nm nono\n.Cm %s\n.Op Ar options\n", c->path);
    for (const struct cmd_operand *o = c->operands; o && o->name; o++) {
        str_add(out, o->rest ? ".Op Fl -\n" : "");
        str_addf(out, ".%s %s%s\n", o->required ? "Ar" : "Op Ar", o->name, o->rest || o->many ? " ..." : "");
    }
}

static void add_description(struct str *out, const struct cmd *c)
{
    mdoc_sentence(out, c->summary);
    if (c->about) {
        str_add(out, ".Pp\n");
        mdoc_text(out, c->about);
    }
    add_operand_list(out, c);
}

/* The commands of a group, or with NULL those that are in none and the groups. */
static void add_commands(const struct man *m, const struct cmd_group *group)
{
    str_add(m->out, ".Bl -tag -width Ds\n");
    for (const struct cmd *const *c = m->table; *c; c++) {
        const struct cmd_group *of = cmd_group_of(m->groups, *c);
        if ((*c)->hidden || of != group || (!group && cmd_find_group(m->groups, (*c)->path)))
            continue;
        add_reference(m->out, ".It Xr ", (*c)->path, "");
        mdoc_sentence(m->out, (*c)->summary);
    }
    for (const struct cmd_group *g = m->groups; !group && g->name; g++) {
        add_reference(m->out, ".It Xr ", g->name, "");
        mdoc_sentence(m->out, g->summary);
    }
    str_add(m->out, ".El\n");
}

/* Sorted, as mdoc wants it: nono(1), the group or the other commands of it, nono-profile(5). */
static void add_see_also(const struct man *m, const struct cmd_group *group, const struct cmd *self)
{
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    if (group && self && strcmp(self->path, group->name) != 0)
        strlist_add(&names, group->name);
    for (const struct cmd *const *c = m->table; group && *c; c++) {
        if (*c != self && !(*c)->hidden && cmd_leaf(*c, group))
            strlist_add(&names, (*c)->path);
    }
    str_add(m->out, ".Sh SEE ALSO\n.Xr nono 1 ,\n");
    for (;;) {
        size_t least = names.n;
        for (size_t i = 0; i < names.n; i++) {
            if (*names.item[i] && (least == names.n || strcmp(names.item[i], names.item[least]) < 0))
                least = i;
        }
        if (least == names.n)
            break;
        add_reference(m->out, ".Xr ", names.item[least], " ,");
        names.item[least][0] = '\0';
    }
    str_add(m->out, ".Xr nono-profile 5\n");
}

static void add_whole(const struct man *m)
{
    struct str *out = m->out;
    mdoc_head(out, "nono", 1, m->version, "run a command so that it reaches only what was granted, and undo what it changed");
    str_add(out, ".Sh SYNOPSIS\n.Nm nono\n.Op Ar options\n.Ar command\n.Op Ar argument ...\n"
                 ".Sh DESCRIPTION\n.Nm\nruns a command that the kernel keeps away from everything that was not\n"
                 "granted to it,\nand records what the command changes, so that it can be taken back.\n.Pp\n"
                 "These options may stand before the command or among its own:\n");
    add_opt_list(out, NULL);
    str_add(out, ".Pp\n");
    add_values_of_options(out);
    str_add(out, "A group of commands that is named without one of them prints its help to\n"
                 "the standard error and exits with 2; with\n.Fl -help\nthe same text is an answer.\n.Sh COMMANDS\n");
    add_commands(m, NULL);
    add_environment(m);
    add_statuses(out);
    str_add(out, ".Sh SEE ALSO\n.Xr prctl 2 ,\n.Xr seccomp 2 ,\n.Xr nono-profile 5 ,\n.Xr landlock 7\n");
}

static void add_page(const struct man *m, const struct cmd *c, const struct cmd_group *group)
{
    struct str *out = m->out;
    AUTO(str_release) struct str name = STR_INIT(CMD_MAX_LABEL);
    cmd_page(c ? c->path : group->name, &name);
    mdoc_head(out, name.buf, 1, m->version, c ? c->summary : group->summary);
    str_add(out, ".Sh SYNOPSIS\n");
    if (group)
        str_addf(out, ".Nm nono\n.Cm %s\n.Ar command\n.Op Ar options\n", group->name);
    if (c)
        add_synopsis(out, c);
    str_add(out, ".Sh DESCRIPTION\n");
    if (c)
        add_description(out, c);
    else
        mdoc_sentence(out, group->summary);
    if (group) {
        str_add(out, ".Pp\nThe commands:\n");
        add_commands(m, group);
    }
    str_add(out, ".Pp\nThe options:\n");
    add_opt_list(out, c);
    if (c)
        add_environment_of(out, c);
    add_statuses(out);
    if (c)
        add_examples(out, c);
    add_see_also(m, group ? group : cmd_group_of(m->groups, c), c);
}

void man_names(const struct cmd *const *table, const struct cmd_group *groups, struct strlist *ret)
{
    strlist_add(ret, "");
    for (const struct cmd *const *c = table; *c; c++) {
        if (!(*c)->hidden && !cmd_find_group(groups, (*c)->path))
            strlist_add(ret, (*c)->path);
    }
    for (const struct cmd_group *g = groups; g->name; g++)
        strlist_add(ret, g->name);
}

bool man_page(const struct cmd *const *table, const struct cmd_group *groups, const char *path, const char *version, struct str *out)
{
    const struct man m = {table, groups, version, out};
    const struct cmd *c = cmd_find(table, path);
    const struct cmd_group *group = cmd_find_group(groups, path);
    if (*path == '\0')
        add_whole(&m);
    else if (group || (c && !c->hidden))
        add_page(&m, c, group);
    else
        return false;
    return true;
}
