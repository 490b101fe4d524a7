/* cmd: parsing, defaults from the environment, usage errors, help. */
#include "core/cmd.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tests/unit/sample_commands.h"
#include "tests/unit/tap.h"

#define PARSE(p, e, ...) parse(p, e, (char *[]){(char[]){"nono"}, __VA_ARGS__, NULL})
#define W(text) ((char[]){text})

static int parse(struct cmd_parsed *p, struct err *e, char **argv)
{
    int argc = 0;
    while (argv[argc])
        argc++;
    *p = (struct cmd_parsed){0};
    *e = (struct err)ERR_INIT;
    return cmd_parse(sample_table, sample_groups, argc, argv, p, e);
}

/* Parses `line`, cut at spaces, and demands the usage error `wanted`. */
static void check_usage(const char *line, const char *wanted)
{
    struct strlist words = STRLIST_INIT;
    AUTO(mem_free_ptr) char *copy = mem_strdup(line);
    char *rest = copy;
    char *word;
    strlist_add(&words, "nono");
    while ((word = strsep(&rest, " ")))
        strlist_add(&words, word);
    struct cmd_parsed p;
    struct err e;
    CHECK_ERR(parse(&p, &e, words.item), ERR_USAGE, &e);
    CHECK_STR(e.text, wanted);
    strlist_release(&words);
}

TEST(every_spelling_of_an_option)
{
    struct cmd_parsed p;
    struct err e;
    CHECK_OK(PARSE(&p, &e, W("run"), W("--allow=/a"), W("--allow"), W("/b"), W("-a"), W("/c"), W("-a/d"), W("-a=/e"), W("-bp"), W("dev"), W("-vv"),
                   W("-t5"), W("--format"), W("text"), W("ls")),
             &e);
    const struct sample_run_args *a = p.args;
    CHECK(p.cmd == &sample_run);
    CHECK_INT(a->allow.n, 5);
    CHECK_STR(a->allow.item[1], "/b");
    CHECK_STR(a->allow.item[3], "/d");
    CHECK_STR(a->allow.item[4], "/e");
    CHECK_STR(a->profile, "dev");
    CHECK_INT(a->block_net, true);
    CHECK_INT(a->head.verbosity, 2);
    CHECK_INT(a->timeout, 5);
    CHECK_INT(a->format, 0);
    CHECK_INT(a->head.operands.n, 1);
    cmd_parsed_release(&p);
}

TEST(what_is_absent_keeps_its_default)
{
    struct cmd_parsed p;
    struct err e;
    CHECK_OK(PARSE(&p, &e, W("run"), W("ls")), &e);
    const struct sample_run_args *a = p.args;
    CHECK_INT(a->timeout, 30);
    CHECK_INT(a->format, 1);
    CHECK(!a->profile && !a->block_net && a->allow.n == 0);
    cmd_parsed_release(&p);
}

TEST(the_program_and_all_after_it_are_verbatim)
{
    struct cmd_parsed p;
    struct err e;
    CHECK_OK(PARSE(&p, &e, W("run"), W("-b"), W("ls"), W("--help"), W("-z"), W("--"), W("")), &e);
    const struct sample_run_args *a = p.args;
    CHECK(!p.help);
    CHECK_INT(a->head.operands.n, 5);
    CHECK_STR(a->head.operands.item[1], "--help");
    CHECK_STR(a->head.operands.item[3], "--");
    CHECK_STR(a->head.operands.item[4], "");
    cmd_parsed_release(&p);
    CHECK_OK(PARSE(&p, &e, W("run"), W("--"), W("--"), W("-x")), &e);
    a = p.args;
    CHECK_INT(a->head.operands.n, 2);
    CHECK_STR(a->head.operands.item[0], "--");
    cmd_parsed_release(&p);
}

TEST(options_may_stand_between_operands)
{
    struct cmd_parsed p;
    struct err e;
    CHECK_OK(PARSE(&p, &e, W("rollback"), W("restore"), W("id"), W("a"), W("--json"), W("b"), W("--"), W("--json")), &e);
    const struct sample_list_args *a = p.args;
    CHECK(a->json);
    CHECK_INT(a->head.operands.n, 4);
    CHECK_STR(a->head.operands.item[3], "--json");
    cmd_parsed_release(&p);
}

TEST(global_options_count_before_and_after)
{
    struct cmd_parsed p;
    struct err e;
    CHECK_OK(PARSE(&p, &e, W("-sv"), W("rollback"), W("-v"), W("list"), W("-v")), &e);
    const struct sample_list_args *a = p.args;
    CHECK(a->head.silent);
    CHECK_INT(a->head.verbosity, 3);
    cmd_parsed_release(&p);
}

TEST(an_alias_is_the_option)
{
    struct cmd_parsed p;
    struct err e;
    CHECK_OK(PARSE(&p, &e, W("run"), W("--net-block"), W("ls")), &e);
    CHECK(((const struct sample_run_args *)p.args)->block_net);
    cmd_parsed_release(&p);
}

TEST(variables_fill_in)
{
    struct cmd_parsed p;
    struct err e;
    CHECK(setenv("NONO_TEST_ALLOW", "/a,,/b", 1) == 0 && setenv("NONO_TEST_PROFILE", "env", 1) == 0 && setenv("NONO_TEST_BLOCK", "yes", 1) == 0);
    CHECK_OK(PARSE(&p, &e, W("run"), W("-p"), W("line"), W("ls")), &e);
    const struct sample_run_args *a = p.args;
    CHECK_INT(a->allow.n, 2);
    CHECK_STR(a->allow.item[1], "/b");
    CHECK_STR(a->profile, "line");
    CHECK(a->block_net);
    cmd_parsed_release(&p);
    CHECK_OK(PARSE(&p, &e, W("run"), W("--allow-net"), W("ls")), &e);
    a = p.args;
    CHECK(a->allow_net && !a->block_net);
    CHECK_STR(a->profile, "env");
    cmd_parsed_release(&p);
    CHECK(setenv("NONO_TEST_BLOCK", "perhaps", 1) == 0);
    check_usage("run ls", "NONO_TEST_BLOCK must be 0 or 1, not 'perhaps' (see 'nono run --help')");
    CHECK(setenv("NONO_TEST_BLOCK", "0", 1) == 0);
    CHECK_OK(PARSE(&p, &e, W("run"), W("ls")), &e);
    CHECK(!((const struct sample_run_args *)p.args)->block_net);
    cmd_parsed_release(&p);
}

TEST(variables_that_exclude_each_other)
{
    CHECK(setenv("NONO_TEST_BLOCK", "1", 1) == 0 && setenv("NONO_TEST_OPEN", "1", 1) == 0);
    check_usage("run ls", "NONO_TEST_BLOCK and NONO_TEST_OPEN exclude each other (see 'nono run --help')");
}

TEST(usage_errors_name_the_word_and_the_way_out)
{
    check_usage("run --alow x", "unknown option '--alow' for 'nono run': did you mean '--allow'? (see 'nono run --help')");
    check_usage("run --hok ls", "unknown option '--hok' for 'nono run' (see 'nono run --help')");
    check_usage("run -bz ls", "unknown option '-z' for 'nono run' (see 'nono run --help')");
    check_usage("run --profile", "option '--profile' needs a value (NAME) (see 'nono run --help')");
    check_usage("run -p -b ls", "option '-p' needs a value (NAME); one that starts with '-' is written '--profile=-b' (see 'nono run --help')");
    check_usage("run --profile= ls", "option '--profile' needs a value (see 'nono run --help')");
    check_usage("run --block-net=1 ls", "option '--block-net' takes no value (see 'nono run --help')");
    check_usage("run --format xml ls", "option '--format' cannot be 'xml': it is one of text, json (see 'nono run --help')");
    check_usage("run -t 5x ls", "option '-t' needs a number, not '5x' (see 'nono run --help')");
    check_usage("run -t 18446744073709551616 ls", "option '-t' needs a number, not '18446744073709551616' (see 'nono run --help')");
    check_usage("run -bn ls", "options '--block-net' and '--allow-net' exclude each other (see 'nono run --help')");
    check_usage("run", "'nono run' needs PROGRAM (see 'nono run --help')");
    check_usage("rollback list x", "'x' is one word too many for 'nono rollback list' (see 'nono rollback list --help')");
    check_usage("hook csh", "SHELL cannot be 'csh': it is one of bash, zsh (see 'nono hook --help')");
}

TEST(unknown_commands)
{
    check_usage("rnu ls", "unknown command 'rnu': did you mean 'run'? (see 'nono --help')");
    check_usage("rolback list", "unknown command 'rolback': did you mean 'rollback'? (see 'nono --help')");
    check_usage("rollback lst", "unknown command 'rollback lst': did you mean 'rollback list'? (see 'nono rollback --help')");
    check_usage("python3 x", "unknown command 'python3': to run a program, 'nono run python3' (see 'nono --help')");
    check_usage("-- ls", "a command must stand before '--' (see 'nono --help')");
    check_usage("\033[31m", "unknown command '\\x1b[31m': to run a program, 'nono run \\x1b[31m' (see 'nono --help')");
}

TEST(the_longest_words_still_give_an_error)
{
    char word[4000];
    memset(word, 'x', sizeof word);
    word[0] = word[1] = '-';
    word[sizeof word - 1] = '\0';
    struct cmd_parsed p;
    struct err e;
    CHECK_ERR(PARSE(&p, &e, W("run"), word), ERR_USAGE, &e);
    CHECK(strstr(e.text, "(see 'nono run --help')") != NULL);
}

static void check_help(char **argv, const struct cmd *cmd, const char *group, bool asked)
{
    struct cmd_parsed p;
    struct err e;
    CHECK_OK(parse(&p, &e, argv), &e);
    CHECK(p.cmd == cmd && !p.args && p.help == asked && !p.version);
    CHECK_STR(p.group ? p.group->name : "", group);
    cmd_parsed_release(&p);
}
#define HELP(cmd, group, asked, ...) check_help((char *[]){W("nono"), __VA_ARGS__}, cmd, group, asked)

TEST(help_is_asked_for_or_stands_in)
{
    HELP(NULL, "", false, NULL);
    HELP(NULL, "", true, W("--help"), NULL);
    HELP(NULL, "", true, W("help"), NULL);
    HELP(NULL, "rollback", false, W("rollback"), NULL);
    HELP(NULL, "rollback", true, W("rollback"), W("-h"), NULL);
    HELP(NULL, "rollback", true, W("help"), W("rollback"), NULL);
    HELP(&sample_list, "", true, W("help"), W("rollback"), W("list"), NULL);
    HELP(&sample_list, "", true, W("rollback"), W("list"), W("--help"), W("--bogus"), NULL);
    HELP(&sample_run, "", true, W("run"), W("-ah"), W("--help"), NULL);
    HELP(&sample_hook, "", true, W("hook"), W("--help"), NULL);
    HELP(&sample_hook_install, "", true, W("hook"), W("install"), W("--help"), NULL);
}

TEST(version_wins_wherever_it_stands)
{
    struct cmd_parsed p;
    struct err e;
    CHECK_OK(PARSE(&p, &e, W("run"), W("-V"), W("ls")), &e);
    CHECK(p.version && !p.args);
    CHECK_OK(PARSE(&p, &e, W("--version")), &e);
    CHECK(p.version);
}

TEST(a_command_may_have_the_name_of_its_group)
{
    struct cmd_parsed p;
    struct err e;
    CHECK_OK(PARSE(&p, &e, W("hook"), W("zsh")), &e);
    CHECK(p.cmd == &sample_hook);
    cmd_parsed_release(&p);
    CHECK_OK(PARSE(&p, &e, W("hook"), W("install")), &e);
    CHECK(p.cmd == &sample_hook_install);
    cmd_parsed_release(&p);
}

TEST(no_words_at_all)
{
    struct cmd_parsed p = {0};
    struct err e = ERR_INIT;
    char *none[] = {NULL};
    CHECK_OK(cmd_parse(sample_table, sample_groups, 0, none, &p, &e), &e);
    CHECK(!p.cmd && !p.help);
}

TEST(overview_lists_what_is_visible)
{
    AUTO(str_release) struct str out = STR_INIT(STR_MAX_SCRIPT);
    cmd_help_overview(sample_table, sample_groups, &out);
    CHECK(strstr(out.buf, "\nGETTING STARTED\n  hook      Wrap programs\n\nCORE USAGE\n  run       Run a command\n\n"
                          "SESSIONS\n  rollback  Manage sessions\n\nOPTIONS\n") != NULL);
    CHECK(!strstr(out.buf, "hidden"));
}

TEST(help_of_a_command_shows_all_but_private_options)
{
    AUTO(str_release) struct str out = STR_INIT(STR_MAX_SCRIPT);
    cmd_help(&sample_run, &out);
    CHECK(strstr(out.buf, "USAGE\n  nono run [options] [--] <PROGRAM>...\n") != NULL);
    CHECK(strstr(out.buf, "\nFILESYSTEM\n  -a, --allow <DIR>...        Grant read and write below DIR [env:\n") != NULL);
    CHECK(strstr(out.buf, "      --format <FORMAT>       Print so [text, json]\n") != NULL);
    CHECK(!strstr(out.buf, "hook"));
    for (const char *line = out.buf; *line; line += strcspn(line, "\n") + 1)
        CHECK(strcspn(line, "\n") <= 80);
}

TEST(help_of_a_group_lists_its_commands)
{
    AUTO(str_release) struct str out = STR_INIT(STR_MAX_SCRIPT);
    cmd_help_group(sample_table, &sample_groups[1], &out);
    CHECK(strstr(out.buf, "COMMANDS\n  list     List sessions\n  restore  Take a session back\n") != NULL);
    str_clear(&out);
    cmd_help_group(sample_table, &sample_groups[0], &out);
    CHECK(strstr(out.buf, "  nono hook <command> [options]\n  nono hook [options] <SHELL>\n") != NULL);
    CHECK(strstr(out.buf, "COMMANDS\n  install  Install shell code\n") != NULL);
}
