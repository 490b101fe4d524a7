/* The parser, --help, completion and the manual page of every command name the same options, the same values and the same variables. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "completions/complete.h"
#include "completions/man.h"
#include "core/mem.h"
#include "shell/commands.h"
#include "tests/unit/tap.h"

enum { MAX_NAME = 64 };

static bool is_visible(const struct cmd *c, const char *name)
{
    size_t i;
    const struct cmd_opt *o = cmd_opt_named(c, name, strlen(name), &i);
    return o && o->help && strcmp(o->name, name) == 0;
}

static bool is_visible_somewhere(const char *name)
{
    bool found = is_visible(NULL, name);
    for (const struct cmd *const *c = commands; *c && !found; c++)
        found = !(*c)->hidden && is_visible(*c, name);
    return found;
}

/* The name that starts at `at`, into `ret`. Returns its length. */
static size_t read_name(const char *at, char ret[MAX_NAME])
{
    size_t len = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789-");
    CHECK(len < MAX_NAME);
    memcpy(ret, at, len);
    ret[len] = '\0';
    return len;
}

/* Names of the rows of a list of options: "  -a, --allow <DIR>", "      --allow". */
static void names_in_help(const char *help, struct strlist *ret)
{
    for (const char *line = help; *line; line += strcspn(line, "\n") + 1) {
        const char *at = line + strspn(line, " ");
        if (at[0] == '-' && isalpha((unsigned char)at[1]) && at[2] == ',')
            at += 4;
        char name[MAX_NAME];
        if (at - line >= 2 && at - line <= 6 && str_starts(at, "--") && read_name(at + 2, name) > 0)
            (void)strlist_add_once(ret, name);
    }
}

static void names_in_page(const char *page, struct strlist *ret)
{
    for (const char *line = page; *line; line += strcspn(line, "\n") + 1) {
        char name[MAX_NAME];
        const char *at = line;
        if (!str_starts(line, ".It "))
            continue;
        while ((at = strstr(at, "Fl -")) && at < line + strcspn(line, "\n")) {
            at += strlen("Fl -");
            if (read_name(at, name) > 0)
                (void)strlist_add_once(ret, name);
        }
    }
}

/* What completion offers after the words of `path` and `begun`; options without their dashes. */
static void names_completed(const char *path, const char *begun, struct strlist *ret)
{
    struct complete_source source = {.table = commands, .groups = command_groups};
    AUTO(str_release) struct str out = STR_INIT(STR_MAX_SCRIPT);
    AUTO(strlist_release) struct strlist words = STRLIST_INIT;
    AUTO(mem_free_ptr) char *copy = mem_strdup(path);
    char *rest = copy;
    char *word;
    strlist_add(&words, "nono");
    while ((word = strsep(&rest, " ")))
        strlist_add(&words, word);
    strlist_add(&words, begun);
    complete_answer(&source, (int)words.n, words.item, (int)words.n - 1, &out);
    for (const char *line = out.buf; *line && *line != ':'; line += strcspn(line, "\n") + 1) {
        const char *value = str_starts(line, "--") ? line + 2 : line;
        strlist_add_take(ret, mem_strndup(value, strcspn(value, "\t\n")));
        CHECK(memchr(line, '\t', strcspn(line, "\n"))); /* each is explained */
    }
}

/* Every visible option of `c` is in `names`, and nothing else is. */
static void check_names(const struct cmd *c, const struct strlist *names, const char *where)
{
    const struct cmd_opt *o;
    for (size_t i = 0; (o = cmd_opt_at(c, i)); i++) {
        if (o->help && !strlist_has(names, o->name))
            tap_fail(__FILE__, __LINE__, "%s of '%s' lacks --%s", where, c->path, o->name);
    }
    for (size_t i = 0; i < names->n; i++) {
        if (!is_visible(c, names->item[i]))
            tap_fail(__FILE__, __LINE__, "%s of '%s' has --%s", where, c->path, names->item[i]);
    }
}

/* Prose and examples, too, name only options that some command has; variables only those of options. */
static void check_prose(const struct cmd *c, const char *text, const char *where)
{
    for (const char *at = text; (at = strstr(at, "--"));) {
        char name[MAX_NAME];
        bool starts = at == text || !(isalnum((unsigned char)at[-1]) || at[-1] == '-');
        at += 2;
        if (starts && isalpha((unsigned char)*at) && read_name(at, name) > 0 && !is_visible_somewhere(name))
            tap_fail(__FILE__, __LINE__, "%s of '%s' speaks of --%s, which no command has", where, c->path, name);
    }
    for (const char *at = text; (at = strstr(at, "NONO_")); at++) {
        size_t len = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
        const struct cmd_opt *o;
        bool known = false;
        for (size_t i = 0; (o = cmd_opt_at(c, i)); i++)
            known = known || (o->help && o->env && strlen(o->env) == len && strncmp(o->env, at, len) == 0);
        if (!known)
            tap_fail(__FILE__, __LINE__, "%s of '%s' speaks of %.*s, which no option of it names", where, c->path, (int)len, at);
    }
}

static char *help_of(const struct cmd *c)
{
    struct str out = STR_INIT(STR_MAX_SCRIPT);
    const struct cmd_group *group = cmd_find_group(command_groups, c->path);
    if (group)
        cmd_help_group(commands, group, &out);
    else
        cmd_help(c, &out);
    return str_take(&out);
}

static char *page_of(const char *path)
{
    struct str out = STR_INIT(STR_MAX_SCRIPT);
    CHECK(man_page(commands, command_groups, path, "0", &out));
    return str_take(&out);
}

/* Parses "nono PATH WORD VALUE" with what else the command needs; either may be NULL. Returns what the parser says. */
static int parse(const struct cmd *c, const char *word, const char *value, struct err *e)
{
    AUTO(strlist_release) struct strlist words = STRLIST_INIT;
    AUTO(cmd_parsed_release) struct cmd_parsed parsed = {0};
    AUTO(mem_free_ptr) char *copy = mem_strdup(c->path);
    char *rest = copy;
    char *name;
    strlist_add(&words, "nono");
    while ((name = strsep(&rest, " ")))
        strlist_add(&words, name);
    if (word)
        strlist_add(&words, word);
    if (value)
        strlist_add(&words, value);
    for (const struct cmd_operand *o = c->operands; o && o->name; o++) {
        if (o->required)
            strlist_add(&words, o->choices ? o->choices[0] : "x");
    }
    *e = (struct err)ERR_INIT;
    return cmd_parse(commands, command_groups, (int)words.n, words.item, &parsed, e);
}

static void check_accepted(const struct cmd *c, const struct cmd_opt *o, const char *word)
{
    struct err e;
    const char *value = !cmd_opt_has_value(o) ? NULL : o->choices ? o->choices[0] : o->type == OPT_UINT ? "1" : "x";
    if (parse(c, word, value, &e) < 0)
        tap_fail(__FILE__, __LINE__, "'%s' refuses %s: %s", c->path, word, e.text);
}

static void check_refused(const struct cmd *c, const char *name)
{
    struct err e;
    size_t i;
    char word[2 * MAX_NAME] = "--";
    if (cmd_opt_named(c, name, strlen(name), &i))
        return;
    (void)strncat(word, name, MAX_NAME);
    if (parse(c, word, NULL, &e) != ERR_USAGE || !strstr(e.text, "unknown option"))
        tap_fail(__FILE__, __LINE__, "'%s' takes %s", c->path, word);
}

static void check_parser(const struct cmd *c)
{
    const struct cmd_opt *o;
    for (size_t i = 0; (o = cmd_opt_at(c, i)); i++) {
        char word[2 * MAX_NAME] = "--";
        char letter[] = {'-', o->letter, '\0'};
        check_accepted(c, o, strncat(word, o->name, MAX_NAME));
        if (o->letter)
            check_accepted(c, o, letter);
        word[2] = '\0';
        if (o->alias)
            check_accepted(c, o, strncat(word, o->alias, MAX_NAME));
        (void)strncat(word, "x", 2);
        check_refused(c, word + 2);
        check_refused(c, o->name + 1);
    }
    for (const struct cmd *const *other = commands; *other; other++) {
        for (size_t i = 0; (o = cmd_opt_at(*other, i)); i++) {
            check_refused(c, o->name);
            check_refused(c, o->alias ? o->alias : "alias");
        }
    }
}

static size_t count(const char *const *list)
{
    size_t n = 0;
    while (list && list[n])
        n++;
    return n;
}

static void check_choices(const struct cmd *c, const struct cmd_opt *o, const char *page)
{
    AUTO(strlist_release) struct strlist offered = STRLIST_INIT;
    AUTO(str_release) struct str words = STR_INIT(STR_MAX_LINE);
    AUTO(str_release) struct str word = STR_INIT(STR_MAX_LINE);
    struct err e;
    str_addf(&words, "%s --%s", c->path, o->name);
    str_addf(&word, "--%s", o->name);
    names_completed(words.buf, "", &offered);
    CHECK_INT(offered.n, count(o->choices));
    CHECK_INT(count(o->choice_help), count(o->choices));
    for (size_t i = 0; o->choices[i]; i++) {
        CHECK(strlist_has(&offered, o->choices[i]));
        CHECK_OK(parse(c, word.buf, o->choices[i], &e), &e);
        AUTO(str_release) struct str item = STR_INIT(STR_MAX_LINE);
        str_addf(&item, "\n.It Cm %s\n", o->choices[i]);
        CHECK(strstr(page, item.buf) != NULL);
    }
    CHECK_ERR(parse(c, word.buf, "nosuchchoice", &e), ERR_USAGE, &e);
}

static void check_details(const struct cmd *c, const char *help, const char *page)
{
    for (size_t i = 0; i < c->n_opts; i++) {
        const struct cmd_opt *o = &c->opts[i];
        AUTO(str_release) struct str item = STR_INIT(STR_MAX_LINE);
        str_addf(&item, "\n.It Ev %s\n", o->env);
        if (o->help && o->env && (!strstr(help, o->env) || !strstr(page, item.buf)))
            tap_fail(__FILE__, __LINE__, "help or page of '%s' lacks %s", c->path, o->env);
        if (o->help && o->choices)
            check_choices(c, o, page);
    }
}

static void check_operands(const struct cmd *c, const char *help, const char *page)
{
    for (const struct cmd_operand *o = c->operands; o && o->name; o++) {
        AUTO(str_release) struct str item = STR_INIT(STR_MAX_LINE);
        AUTO(str_release) struct str row = STR_INIT(STR_MAX_LINE);
        str_addf(&item, "\n.It Ar %s\n", o->name);
        str_addf(&row, "\n  <%s>", o->name);
        if (!o->help || !strstr(help, row.buf) || !strstr(page, item.buf))
            tap_fail(__FILE__, __LINE__, "help or page of '%s' does not explain %s", c->path, o->name);
        CHECK_INT(count(o->choice_help), count(o->choices));
    }
}

static void check_command(const struct cmd *c)
{
    AUTO(mem_free_ptr) char *help = help_of(c);
    AUTO(mem_free_ptr) char *page = page_of(c->path);
    AUTO(strlist_release) struct strlist in_help = STRLIST_INIT;
    AUTO(strlist_release) struct strlist in_page = STRLIST_INIT;
    AUTO(strlist_release) struct strlist completed = STRLIST_INIT;
    names_in_help(help, &in_help);
    names_in_page(page, &in_page);
    names_completed(c->path, "--", &completed);
    check_names(c, &in_help, "--help");
    check_names(c, &in_page, "the page");
    check_names(c, &completed, "the completion");
    check_prose(c, help, "--help");
    check_prose(c, page, "the page");
    check_details(c, help, page);
    check_operands(c, help, page);
    check_parser(c);
}

TEST(every_command_names_the_same_options_everywhere)
{
    size_t n = 0;
    for (const struct cmd *const *c = commands; *c; c++) {
        if ((*c)->hidden)
            continue;
        check_command(*c);
        n++;
    }
    CHECK(n > 10);
}

/* The page of the whole has every variable, and no other. */
TEST(the_page_of_the_whole_lists_the_variables)
{
    AUTO(mem_free_ptr) char *page = page_of("");
    for (const struct cmd *const *c = commands; *c; c++) {
        for (size_t i = 0; !(*c)->hidden && i < (*c)->n_opts; i++) {
            AUTO(str_release) struct str item = STR_INIT(STR_MAX_LINE);
            str_addf(&item, "\n.It Ev %s\n", (*c)->opts[i].env);
            if ((*c)->opts[i].env && (*c)->opts[i].help && !strstr(page, item.buf))
                tap_fail(__FILE__, __LINE__, "nono(1) lacks %s", (*c)->opts[i].env);
        }
    }
}

TEST(every_command_is_offered_and_explained_where_it_stands)
{
    AUTO(strlist_release) struct strlist top = STRLIST_INIT;
    AUTO(str_release) struct str overview = STR_INIT(STR_MAX_SCRIPT);
    AUTO(mem_free_ptr) char *whole = page_of("");
    names_completed("-s", "", &top);
    cmd_help_overview(commands, command_groups, &overview);
    for (const struct cmd *const *c = commands; *c; c++) {
        const struct cmd_group *group = cmd_group_of(command_groups, *c);
        const char *name = group ? group->name : (*c)->path;
        AUTO(str_release) struct str row = STR_INIT(STR_MAX_LINE);
        AUTO(str_release) struct str reference = STR_INIT(STR_MAX_LINE);
        AUTO(strlist_release) struct strlist leaves = STRLIST_INIT;
        str_addf(&row, "\n  %s ", name);
        str_addf(&reference, "\n.It Xr nono-%s 1\n", name);
        CHECK_INT(strlist_has(&top, name), !(*c)->hidden);
        CHECK_INT(strstr(overview.buf, row.buf) != NULL, !(*c)->hidden);
        if (group) {
            names_completed(name, "", &leaves);
            CHECK_INT(strlist_has(&leaves, cmd_leaf(*c, group)), !(*c)->hidden);
        }
        CHECK(strstr(whole, reference.buf) || (*c)->hidden);
    }
}
