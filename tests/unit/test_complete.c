/* complete: the protocol, what readline gets, the scripts and the page. */
#include "completions/complete.h"

#include <string.h>

#include "completions/man.h"
#include "core/mem.h"
#include "tests/unit/sample_commands.h"
#include "tests/unit/tap.h"

/* What is offered is the words that the request knows; the key decides what else may stand there. */
static void provide_value(const struct complete_request *r, struct complete_values *ret)
{
    static const struct {
        const char *key;
        enum cmd_value as;
    } kinds[] = {{"paths", VAL_DIR}, {"extends", VAL_PROFILE}, {"again", VAL_KEY_VALUE}};
    const char *key = complete_operand(r, VAL_KEY);
    CHECK(!complete_operand(r, VAL_SESSION) && r->cmd == &sample_set);
    CHECK_STR(complete_operand(r, VAL_OWN_PROFILE), "name");
    strlist_add(&ret->value, key);
    strlist_add(&ret->value, r->prefix);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        ret->as = strcmp(kinds[i].key, key) == 0 ? kinds[i].as : ret->as;
}

static void provide(const void *arg, const struct complete_request *r, struct complete_values *ret)
{
    static const char *const profiles[] = {"claude-code", "my prof", "team:ci", "it's", "bad\nname"};
    static const char *const groups[] = {"a", "node_runtime", "no_more"};
    CHECK_STR(arg, "arg");
    for (size_t i = 0; r->kind == VAL_PROFILE && i < sizeof profiles / sizeof profiles[0]; i++) {
        strlist_add(&ret->value, profiles[i]);
        strlist_add(&ret->description, "a\033profile");
    }
    for (size_t i = 0; r->kind == VAL_GROUPS && i < sizeof groups / sizeof groups[0]; i++)
        strlist_add(&ret->value, groups[i]);
    if (r->kind == VAL_DIR || r->kind == VAL_FILE)
        strlist_add(&ret->value, "co:lon/");
    if (r->kind == VAL_FILE)
        strlist_add(&ret->value, "file");
    if (r->kind == VAL_KEY)
        strlist_add(&ret->value, "workdir.access");
    if (r->kind == VAL_KEY_VALUE)
        provide_value(r, ret);
}

static const struct complete_source source = {.table = sample_table, .groups = sample_groups, .provider = provide, .arg = "arg"};

/* Words of `line`, cut at '|'; the last one is under the cursor. */
static void check_answer(const char *line, const char *wanted)
{
    AUTO(str_release) struct str out = STR_INIT(STR_MAX_LINE);
    struct strlist words = STRLIST_INIT;
    AUTO(mem_free_ptr) char *copy = mem_strdup(line);
    char *rest = copy;
    char *word;
    while ((word = strsep(&rest, "|")))
        strlist_add(&words, word);
    complete_answer(&source, (int)words.n, words.item, (int)words.n - 1, &out);
    CHECK_STR(out.buf, wanted);
    strlist_release(&words);
}

TEST(commands)
{
    check_answer("nono|r", "run\tRun a command\nrollback\tManage sessions\n:4\n");
    check_answer("nono|-s|ho", "hook\tWrap programs\n:4\n");
    check_answer("nono|rollback|", "list\tList sessions\nrestore\tTake a session back\n:4\n");
    check_answer("nono|rollback|-v|li", "list\tList sessions\n:4\n");
    check_answer("nono|help|rollback|li", "list\tList sessions\n:4\n");
    check_answer("nono|help|run|", ":4\n");
    check_answer("nono|hook|", "install\tInstall shell code\nbash\nzsh\n:4\n");
    check_answer("nono|__h", ":4\n");
    check_answer("nono|nosuch|", ":4\n");
    check_answer("nono", ":4\n");
}

TEST(options)
{
    check_answer("nono|run|--pro", "--profile\tUse a profile\n:4\n");
    check_answer("nono|run|--b", "--block-net\tBlock the network\n:4\n");
    check_answer("nono|run|-b|--b", ":4\n");
    check_answer("nono|run|-n|--b", ":4\n");
    check_answer("nono|run|-a|/x|--al", "--allow\tGrant read and write below DIR\n--allow-net\tOpen the network\n:4\n");
    check_answer("nono|run|--ho", ":4\n");
    check_answer("nono|rollback|restore|--js", "--json\tPrint JSON\n:4\n");
    check_answer("nono|run|--bogus|--al", ":4\n");
    check_answer("nono|--si", "--silent\tPrint nothing but errors and answers\n:4\n");
}

TEST(values)
{
    check_answer("nono|run|--profile|cl", "claude-code\ta\\x1bprofile\n:0\n");
    check_answer("nono|run|--profile=cl", "--profile=claude-code\ta\\x1bprofile\n:64\n");
    check_answer("nono|run|-p|team:", "team:ci\ta\\x1bprofile\n:0\n");
    check_answer("nono|run|-bp|my", "my prof\ta\\x1bprofile\n:0\n");
    check_answer("nono|run|-p|bad", ":0\n");
    check_answer("nono|run|--format|", "text\tfor people\njson\tfor programs\n:4\n");
    check_answer("nono|run|--format=j", "--format=json\tfor programs\n:4\n");
    check_answer("nono|run|--workdir|x", ":16\n");
    check_answer("nono|run|--workdir=x", ":80\n");
    check_answer("nono|run|--note|x", ":4\n");
    check_answer("nono|run|--block-net=", ":4\n");
    check_answer("nono|hook|z", "zsh\n:4\n");
    check_answer("nono|rollback|restore|id|x", ":0\n");
}

TEST(comma_lists)
{
    check_answer("nono|run|--groups|no", "node_runtime\nno_more\n:6\n");
    check_answer("nono|run|--groups|a,nod", "a,node_runtime\n:6\n");
    check_answer("nono|run|--groups=a,no_", "--groups=a,no_more\n:6\n");
    check_answer("nono|run|--groups|a,node_runtime,", "a,node_runtime,no_more\n:6\n");
}

TEST(a_value_by_the_words_before_it)
{
    check_answer("nono|set|name|work", "workdir.access\n:4\n");
    check_answer("nono|set|name|key|", "key\n:4\n");
    check_answer("nono|set|name|--silent|key|--|one|tw", "tw\n:4\n");
    check_answer("nono|set|name|paths|p", "paths\np\n:16\n");
    check_answer("nono|set|name|extends|claude", "claude\nclaude-code\ta\\x1bprofile\n:0\n");
    check_answer("nono|set|name|again|x", "x\n:4\n");
}

TEST(the_wrapped_command_is_delegated)
{
    check_answer("nono|run|gi", ":32:2\n");
    check_answer("nono|run|-b|--|", ":32:4\n");
    check_answer("nono|run|--|-x", ":32:3\n");
    check_answer("nono|run|git|checkout|--b", ":32:2\n");
    check_answer("nono|run|-p|dev|git|-p", ":32:4\n");
}

TEST(nonsense_is_answered_with_nothing)
{
    char *words[] = {(char[]){"nono"}, (char[]){"run"}, NULL};
    static const int bad[] = {-1, 0, 3, 1000000};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        AUTO(str_release) struct str out = STR_INIT(STR_MAX_LINE);
        complete_answer(&(struct complete_source){.table = sample_table, .groups = sample_groups}, 2, words, bad[i], &out);
        CHECK_STR(out.buf, ":4\n");
    }
}

static const char breaks[] = " \t\n\"'@><=;|&(:";

static void check_bash(const char *line, const char *wanted)
{
    AUTO(str_release) struct str out = STR_INIT(STR_MAX_LINE);
    complete_answer_bash(&source, &(struct complete_bash){.line = line, .breaks = breaks, .type = '\t'}, &out);
    CHECK_STR(out.buf, wanted);
}

TEST(bash_gets_what_readline_inserts)
{
    check_bash("nono ru", "run\n:4\n");
    check_bash("nono run --profile cl", "claude-code\n:0\n");
    check_bash("nono run --profile=cl", "claude-code\n:64\n");
    check_bash("nono run --profile=", "claude-code\nmy\\ prof\nteam:ci\nit\\'s\n:64\n");
    check_bash("nono run --profile=team:c", "ci\n:64\n");
    check_bash("nono run -p my", "my\\ prof\n:0\n");
    check_bash("nono run -p my\\ p", "my\\ prof\n:0\n");
    check_bash("nono run -p \"my p", "my prof\n:0\n");
    check_bash("nono run -p 'my p", "my prof\n:0\n");
    check_bash("nono run -p 'it", ":0\n");
    check_bash("nono run -p \"it", "it's\n:0\n");
    check_bash("nono run --groups a,nod", "a,node_runtime\n:6\n");
    check_bash("nono run --workdir=\"x y", ":80\n");
}

static void check_list(const char *line, int type, size_t columns, const char *wanted)
{
    AUTO(str_release) struct str out = STR_INIT(STR_MAX_LINE);
    complete_answer_bash(&source, &(struct complete_bash){.line = line, .breaks = breaks, .type = type, .columns = columns}, &out);
    CHECK_STR(out.buf, wanted);
}

TEST(bash_gets_descriptions_only_where_it_inserts_none)
{
    check_list("nono r", '?', 80, "run       (Run a command)\nrollback  (Manage sessions)\n:4\n");
    check_list("nono r", '!', 80, "run       (Run a command)\nrollback  (Manage sessions)\n:4\n");
    check_list("nono r", '\t', 80, "run\nrollback\n:4\n");
    check_list("nono r", '%', 80, "run\nrollback\n:4\n");
    check_list("nono r", '*', 80, "run\nrollback\n:4\n");
    check_list("nono \"r", '!', 80, "run\nrollback\n:4\n");
    check_list("nono ru", '?', 80, "run\n:4\n");
    check_list("nono r", '?', 25, "run       (Run a comma)\nrollback  (Manage sess)\n:4\n");
    check_list("nono r", '?', 24, "run\nrollback\n:4\n");
    check_list("nono run --groups a,", '?', 80, "a,node_runtime\na,no_more\n:6\n");
}

TEST(paths_come_from_the_provider_where_they_are_asked_for)
{
    check_bash("nono run --workdir co:", "lon/\n:6\n");
    check_bash("nono run --workdir=co:", "lon/\n:6\n");
    check_bash("nono run --workdir=", ":80\n");
    check_bash("nono run --workdir co\\:", ":16\n");
    check_bash("nono run --workdir x:", ":16\n");
    AUTO(str_release) struct str out = STR_INIT(STR_MAX_LINE);
    struct complete_source with_paths = source;
    char *words[] = {(char[]){"nono"}, (char[]){"rollback"}, (char[]){"restore"}, (char[]){"id"}, (char[]){""}, NULL};
    with_paths.paths = true;
    complete_answer(&with_paths, 5, words, 4, &out);
    CHECK_STR(out.buf, "co:lon/\nfile\n:4\n");
}

TEST(bash_counts_words_as_comp_words_does)
{
    check_bash("nono run -p dev git che", ":32:4\n");
    check_bash("nono run --profile=team:ci -- git che", ":32:8\n");
    check_bash("nono run \"--profile=a:b\" git che", ":32:3\n");
    check_bash("nono run -p 'a b'c git ", ":32:4\n");
    check_bash("nono run -a ==x git ", ":32:5\n");
}

TEST(the_line_is_data)
{
    check_bash("nono run -p $(touch x)", ":32:6\n");
    check_bash("nono run -p `touch", ":0\n");
    check_bash("nono run -p \"\\", ":0\n");
    check_bash("nono run -p \\", ":0\n");
    check_bash("", ":4\n");
    check_bash("nono '", "run\nhook\nrollback\nhelp\n:4\n");
}

TEST(scripts_are_for_plain_names_only)
{
    static void (*const scripts[])(const char *, struct str *) = {complete_script_bash, complete_script_zsh, complete_script_fish};
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        AUTO(str_release) struct str out = STR_INIT(STR_MAX_SCRIPT);
        scripts[i]("a b", &out);
        scripts[i]("$(x)", &out);
        scripts[i]("", &out);
        CHECK_INT(out.len, 0);
        scripts[i]("nono", &out);
        CHECK(strstr(out.buf, "command nono __complete") != NULL && !strstr(out.buf, "@program@") && !strstr(out.buf, "eval "));
    }
}

TEST(the_pages_tell_what_help_tells)
{
    AUTO(str_release) struct str out = STR_INIT(STR_MAX_SCRIPT);
    CHECK(man_page(sample_table, sample_groups, "rollback restore", "1.2.3", &out));
    CHECK(strstr(out.buf, ".Os nono 1.2.3\n") && strstr(out.buf, ".Nm nono-rollback-restore\n"));
    CHECK(strstr(out.buf, ".Xr nono-rollback-list 1 ,\n") && !strstr(out.buf, "EXAMPLES"));
    str_clear(&out);
    CHECK(man_page(sample_table, sample_groups, "run", "1.2.3", &out));
    CHECK(strstr(out.buf, ".It Fl a , Fl -allow Ar DIR\n") && strstr(out.buf, ".It Ev NONO_TEST_ALLOW\n"));
    CHECK(strstr(out.buf, ".It 125\n") && !strstr(out.buf, "-hook\n") && !strstr(out.buf, "\n.starting"));
    str_clear(&out);
    CHECK(man_page(sample_table, sample_groups, "", "1.2.3", &out));
    CHECK(strstr(out.buf, ".It Xr nono-rollback 1\n") && strstr(out.buf, ".It Ev NONO_TEST_OPEN\n") && !strstr(out.buf, "__hidden"));
    CHECK(!man_page(sample_table, sample_groups, "__hidden", "1.2.3", &out));
    CHECK(!man_page(sample_table, sample_groups, "nosuch", "1.2.3", &out));
}

TEST(every_visible_command_has_one_page)
{
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    man_names(sample_table, sample_groups, &names);
    static const char *const wanted[] = {"", "hook install", "run", "rollback list", "rollback restore", "hook", "rollback"};
    CHECK_INT(names.n, sizeof wanted / sizeof wanted[0]);
    for (size_t i = 0; i < names.n; i++)
        CHECK_STR(names.item[i], wanted[i]);
}
