/* man: the manual page in mdoc(7). */
#include "completions/man.h"

#include <string.h>

#include "core/mem.h"
#include "core/quote.h"

static const char page_date[] = "November 21, 2026"; /* of this version */

/* A new sentence, a new line: mdoc's own rule, by which it sets the space between them. */
static void add_line(struct str *out, const char *text)
{
    const char *end;
    while ((end = strstr(text, ". "))) {
        AUTO(mem_free_ptr) char *sentence = mem_strndup(text, (size_t)(end + 1 - text));
        quote_roff(out, sentence);
        str_addc(out, '\n');
        text = end + 1 + strspn(end + 1, " ");
    }
    quote_roff(out, text);
    str_addc(out, '\n');
}

/* Help of an option or a command has no full stop; here it stands among sentences. */
static void add_sentence(struct str *out, const char *text)
{
    AUTO(str_release) struct str sentence = STR_INIT(STR_MAX_LINE);
    str_addf(&sentence, "%s%s", text, str_ends(text, ".") ? "" : ".");
    add_line(out, sentence.buf);
}

/* Lines of `text`; an empty one starts a paragraph. */
static void add_text(struct str *out, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        AUTO(mem_free_ptr) char *line = mem_strndup(text, len);
        if (len == 0)
            str_add(out, ".Pp\n");
        else
            add_line(out, line);
        text += len + (text[len] == '\n');
    }
}

static void add_operand_names(struct str *out, const struct cmd *c)
{
    for (const struct cmd_operand *o = c->operands; o && o->name; o++)
        str_addf(out, ".%s %s%s\n", o->required ? "Ar" : "Op Ar", o->name, o->rest || o->many ? " ..." : "");
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
    add_sentence(out, o->help);
    if (o->choices) {
        str_add(out, "One of\n");
        for (size_t i = 0; o->choices[i]; i++)
            str_addf(out, ".Cm %s%s\n", o->choices[i], o->choices[i + 1] ? " ," : " .");
    }
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
        add_sentence(out, o->help);
    }
    if (open)
        str_add(out, ".El\n");
}

static void add_opt_list(struct str *out, const struct cmd_opt *opts, size_t n)
{
    bool open = false;
    for (size_t i = 0; i < n; i++) {
        if (!opts[i].help)
            continue;
        if (!open)
            str_add(out, ".Bl -tag -width Ds\n");
        open = true;
        add_opt(out, &opts[i]);
    }
    if (open)
        str_add(out, ".El\n");
}

static void add_command(struct str *out, const struct cmd *c)
{
    str_addf(out, ".Ss nono %s\n", c->path);
    str_addf(out, ".Nm nono\n.Cm %s\n.Op Ar options\n", c->path);
    add_operand_names(out, c);
    str_add(out, ".Pp\n");
    add_sentence(out, c->summary);
    if (c->about) {
        str_add(out, ".Pp\n");
        add_text(out, c->about);
    }
    add_operand_list(out, c);
    add_opt_list(out, c->opts, c->n_opts);
}

static void add_commands(struct str *out, const struct cmd *const *table, const struct cmd_group *groups)
{
    const struct cmd_group *last = NULL;
    str_add(out, ".Sh COMMANDS\n");
    for (; *table; table++) {
        const struct cmd_group *group = cmd_group_of(groups, *table);
        if ((*table)->hidden)
            continue;
        if (group && group != last) {
            str_addf(out, ".Ss nono %s\n", group->name);
            add_sentence(out, group->summary);
            last = group;
        }
        add_command(out, *table);
    }
}

static void add_global_opts(struct str *out)
{
    size_t n = 0;
    while (cmd_global_opts[n].name)
        n++;
    str_add(out, "These options may stand before the command or among its own:\n");
    add_opt_list(out, cmd_global_opts, n);
    str_add(out, ".Pp\nThe value of a long option follows as the next word or after\n.Ql = ;\n"
                 "a word that starts with\n.Ql -\nis a value only after\n.Ql = .\n"
                 "A group of commands that is named without one of them prints its help to the standard error and exits with 2;\n"
                 "with\n.Fl -help\nthe same text is an answer.\n");
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

static void add_environment(struct str *out)
{
    str_add(out, ".Sh ENVIRONMENT\n.Bl -tag -width XDG_CONFIG_HOME\n");
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        str_addf(out, ".It Ev %s\n", variables[i].name);
        add_line(out, variables[i].text);
    }
    str_add(out, ".El\n.Pp\nOptions that a variable stands in for name it above.\n");
    str_add(out, ".Sh FILES\n.Bl -tag -width Ds\n");
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        str_addf(out, ".It Pa %s\n", files[i].name);
        add_line(out, files[i].text);
    }
    str_add(out, ".El\n");
}

static void add_statuses(struct str *out)
{
    str_add(out, ".Sh EXIT STATUS\n.Bl -tag -width 128+n\n");
    for (const struct cmd_status_row *row = cmd_status_rows; row->status; row++) {
        str_addf(out, ".It %s\n", row->status);
        add_line(out, row->meaning);
    }
    str_add(out, ".El\n");
}

static void add_examples(struct str *out, const struct cmd *const *table)
{
    str_add(out, ".Sh EXAMPLES\n.Bl -tag -width Ds\n");
    for (; *table; table++) {
        const char *const *pair = (*table)->hidden ? NULL : (*table)->examples;
        for (; pair && pair[0] && pair[1]; pair += 2) {
            str_add(out, ".It Li ");
            add_line(out, pair[0]);
            add_line(out, pair[1]);
        }
    }
    str_add(out, ".El\n");
}

void man_page(const struct cmd *const *table, const struct cmd_group *groups, const char *version, struct str *out)
{
    str_addf(out, ".Dd %s\n.Dt NONO 1\n.Os nono %s\n", page_date, version);
    str_add(out, ".Sh NAME\n.Nm nono\n.Nd run a command so that it reaches only what was granted, and undo what it changed\n");
    str_add(out, ".Sh SYNOPSIS\n.Nm nono\n.Op Ar options\n.Ar command\n.Op Ar argument ...\n");
    str_add(out, ".Sh DESCRIPTION\n.Nm\nruns a command that the kernel keeps away from everything that was not granted to it,\n"
                 "and records what the command changes, so that it can be taken back.\n.Pp\n");
    add_global_opts(out);
    add_commands(out, table, groups);
    add_environment(out);
    add_statuses(out);
    add_examples(out, table);
    str_add(out, ".Sh SEE ALSO\n.Xr prctl 2 ,\n.Xr seccomp 2 ,\n.Xr landlock 7\n");
}
