/* hook: hook.json, and scripts that hold what was put in and nothing it could do. */
#include "hooks/hook.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "tests/unit/home.h"
#include "tests/unit/tap.h"

enum { SCRIPT_MAX = 6 * 1024 }; /* a shell reads it at every start */

static int parse(const char *text, struct hook_settings *ret, struct err *e)
{
    return hook_settings_parse(text, strlen(text), "hook.json", ret, e);
}

TEST(a_missing_file_gives_the_defaults)
{
    AUTO(home_remove) struct home h;
    struct err e = ERR_INIT;
    AUTO(hook_settings_release) struct hook_settings s = {.programs = STRLIST_INIT};
    tap_drop_root();
    home_make(&h, tap_tmpdir());
    CHECK_OK(hook_settings_read(&h.world, &s, &e), &e);
    CHECK_INT(s.programs.n, 7);
    CHECK_STR(s.programs.item[0], "python");
    CHECK_STR(s.programs.item[6], "pip3");
    CHECK_STR(s.profile, NULL);
    CHECK(s.refuse_when_missing);
    CHECK(s.hints);
}

TEST(each_key_replaces_its_default_alone)
{
    struct err e = ERR_INIT;
    AUTO(hook_settings_release) struct hook_settings s = {.programs = STRLIST_INIT};
    CHECK_OK(parse("{\"programs\": [\"g++\", \"pip3.11\"]}", &s, &e), &e);
    CHECK_INT(s.programs.n, 2);
    CHECK_STR(s.programs.item[0], "g++");
    CHECK_STR(s.profile, NULL);
    hook_settings_release(&s);
    CHECK_OK(parse("{\"profile\": \"mine\", /* said */ \"on_missing\": \"warn\", \"hints\": false}", &s, &e), &e);
    CHECK_INT(s.programs.n, 7);
    CHECK_STR(s.profile, "mine");
    CHECK(!s.refuse_when_missing);
    CHECK(!s.hints);
    hook_settings_release(&s);
    CHECK_OK(parse("{\"programs\": []}", &s, &e), &e);
    CHECK_INT(s.programs.n, 0);
}

TEST(the_file_is_read_from_the_configuration)
{
    AUTO(home_remove) struct home h;
    struct err e = ERR_INIT;
    AUTO(hook_settings_release) struct hook_settings s = {.programs = STRLIST_INIT};
    tap_drop_root();
    home_make(&h, tap_tmpdir());
    home_file(&h, ".config/nono/hook.json", "{\"programs\": [\"ruby\"]}");
    CHECK_OK(hook_settings_read(&h.world, &s, &e), &e);
    CHECK_INT(s.programs.n, 1);
    CHECK_STR(s.programs.item[0], "ruby");
    home_file(&h, ".config/nono/hook.json", "{\"hint\": true}");
    CHECK_ERR(hook_settings_read(&h.world, &s, &e), ERR_INPUT, &e);
    CHECK(strstr(e.text, "hook.json") != NULL);
    CHECK(strstr(e.text, "hints") != NULL);
}

TEST(an_unreadable_file_is_not_a_missing_one)
{
    AUTO(home_remove) struct home h;
    struct err e = ERR_INIT;
    struct hook_settings s = {.programs = STRLIST_INIT};
    tap_drop_root();
    home_make(&h, tap_tmpdir());
    home_dir(&h, ".config/nono/hook.json");
    CHECK(hook_settings_read(&h.world, &s, &e) < 0);
}

TEST(wrong_settings_are_refused_by_name)
{
    static const struct {
        const char *text, *said;
    } row[] = {
        {"[]", "an object"},
        {"{\"program\": []}", "programs"},
        {"{\"programs\": \"python\"}", "/programs"},
        {"{\"programs\": [1]}", "/programs"},
        {"{\"programs\": [\"a\", \"a\"]}", "twice"},
        {"{\"profile\": \"\"}", "/profile"},
        {"{\"profile\": 1}", "/profile"},
        {"{\"on_missing\": \"ignore\"}", "refuse"},
        {"{\"on_missing\": true}", "/on_missing"},
        {"{\"hints\": \"yes\"}", "/hints"},
        {"{\"hints\": true, \"hints\": false}", "hints"},
        {"{", "hook.json"},
        {"", "hook.json"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct err e = ERR_INIT;
        struct hook_settings s = {.programs = STRLIST_INIT};
        CHECK_ERR(parse(row[i].text, &s, &e), ERR_INPUT, &e);
        if (strstr(e.text, row[i].said) == NULL)
            tap_fail(__FILE__, __LINE__, "'%s' does not say '%s'", e.text, row[i].said);
    }
}

TEST(names_a_shell_would_not_look_up_are_refused)
{
    static const char *const bad[] = {"",     "-x",  ".",        "..",    ".x",          "a/b",      "a b",  "a;b",   "$x",  "a\\nb", "a'b",
                                      "a\"b", "a`b", "if",       "cd",    "command",     "function", "exec", "nono",  "end", "not",   "nosandbox",
                                      "time", "set", "__nono_w", "local", "caf\xc3\xa9", "[",        "!",    "@EXE@", "=ls", "~"};
    static const char *const good[] = {"python", "python3.11", "g++", "7z", "a_b", "x-y", "node", "A", "make", "bash", "cdrecord"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (hook_name_is_valid(bad[i]))
            tap_fail(__FILE__, __LINE__, "'%s' passed", bad[i]);
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        if (!hook_name_is_valid(good[i]))
            tap_fail(__FILE__, __LINE__, "'%s' was refused", good[i]);
    }
}

TEST(a_bad_name_is_shown_safely)
{
    struct err e = ERR_INIT;
    struct hook_settings s = {.programs = STRLIST_INIT};
    CHECK_ERR(parse("{\"programs\": [\"python\", \"a\\u001b[31m\"]}", &s, &e), ERR_INPUT, &e);
    CHECK(strchr(e.text, '\x1b') == NULL);
    CHECK(strstr(e.text, "/programs/1") != NULL);
}

TEST(the_number_of_programs_and_their_length_have_a_maximum)
{
    struct err e = ERR_INIT;
    for (int more = 0; more < 2; more++) {
        AUTO(hook_settings_release) struct hook_settings s = {.programs = STRLIST_INIT};
        AUTO(str_release) struct str text = STR_INIT(STR_MAX_SCRIPT);
        str_add(&text, "{\"programs\": [\"p\"");
        for (int i = 1; i < HOOK_PROGRAMS_MAX + more; i++)
            str_addf(&text, ", \"p%d\"", i);
        str_add(&text, "]}");
        if (more == 0)
            CHECK_OK(parse(text.buf, &s, &e), &e);
        else
            CHECK_ERR(parse(text.buf, &s, &e), ERR_INPUT, &e);
    }
    char name[HOOK_NAME_MAX + 2];
    memset(name, 'n', sizeof name);
    name[HOOK_NAME_MAX + 1] = '\0';
    CHECK(!hook_name_is_valid(name));
    name[HOOK_NAME_MAX] = '\0';
    CHECK(hook_name_is_valid(name));
}

static void make_script(enum hook_shell shell, const struct world *w, const char *settings, struct str *out)
{
    struct err e = ERR_INIT;
    AUTO(hook_settings_release) struct hook_settings s = {.programs = STRLIST_INIT};
    CHECK_OK(parse(settings, &s, &e), &e);
    CHECK_OK(hook_script(shell, w, &s, &s.programs, out, &e), &e);
}

TEST(scripts_are_small_and_have_no_place_left_open)
{
    AUTO(home_remove) struct home h;
    home_make(&h, tap_tmpdir());
    for (int shell = HOOK_BASH; hook_shell_names[shell] != NULL; shell++) {
        AUTO(str_release) struct str text = STR_INIT(STR_MAX_SCRIPT);
        make_script((enum hook_shell)shell, &h.world, "{}", &text);
        CHECK(text.len > 0 && text.len <= SCRIPT_MAX);
        CHECK(text.buf[text.len - 1] == '\n');
        static const char *const places[] = {"@EXE@", "@SHIMS@", "@RUNTIME@", "@MISSING@", "@PROGRAMS@"};
        for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
            CHECK(strstr(text.buf, places[i]) == NULL);
        CHECK(strstr(text.buf, h.world.exe) != NULL);
        CHECK(strstr(text.buf, "python python3 node npm npx pip pip3") != NULL);
    }
}

static bool says(enum hook_shell shell, const struct world *w, const char *settings, const char *word)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_SCRIPT);
    make_script(shell, w, settings, &text);
    return strstr(text.buf, word) != NULL;
}

TEST(settings_reach_the_script)
{
    AUTO(home_remove) struct home h;
    home_make(&h, tap_tmpdir());
    for (int i = HOOK_BASH; hook_shell_names[i] != NULL; i++) {
        enum hook_shell shell = (enum hook_shell)i;
        CHECK(says(shell, &h.world, "{}", h.world.runtime_dir));
        CHECK(!says(shell, &h.world, "{\"hints\": false}", h.world.runtime_dir));
        CHECK(says(shell, &h.world, "{\"programs\": [\"ruby\"]}", "ruby"));
        CHECK(!says(shell, &h.world, "{\"programs\": [\"ruby\"]}", "npx"));
        CHECK(says(shell, &h.world, "{}", "missing=refuse") || says(shell, &h.world, "{}", "missing refuse"));
        CHECK(says(shell, &h.world, "{\"on_missing\": \"warn\"}", "missing=warn") ||
              says(shell, &h.world, "{\"on_missing\": \"warn\"}", "missing warn"));
    }
}

/* Runs the script in the real shell, told to be interactive, and asks it for the path that was put in. */
static void check_round_trip(const struct home *h, const char *const *argv, enum hook_shell shell, const char *path)
{
    struct err e = ERR_INIT;
    struct world w = h->world;
    char exe[STR_MAX_PATH];
    (void)snprintf(exe, sizeof exe, "%s", path);
    w.exe = exe;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_SCRIPT);
    AUTO(str_release) struct str got = STR_INIT(STR_MAX_SCRIPT);
    make_script(shell, &w, "{\"hints\": false}", &text);
    str_add(&text, "printf %s \"$__nono_exe\" >out\n");
    home_file(h, "work/script", text.buf);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        /* An interactive shell would take the terminal of whoever runs the tests. */
        if (setsid() < 0 || chdir(h->world.cwd) < 0 || !freopen("/dev/null", "r", stdin) || !freopen("/dev/null", "w", stderr))
            _exit(1);
        char *args[8] = {NULL};
        for (size_t i = 0; argv[i] != NULL; i++)
            args[i] = mem_strdup(argv[i]);
        (void)execvp(args[0], args);
        _exit(127);
    }
    int status = 0;
    CHECK(waitpid(pid, &status, 0) == pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        SKIP("%s is not installed", argv[0]);
    AUTO(mem_free_ptr) char *out = home_join(h, "work/out");
    CHECK_OK(fs_read(AT_FDCWD, out, &got, &e), &e);
    CHECK_STR(got.buf, path);
}

static const char *const hostile_paths[] = {
    "/plain/nono",         "/a b/nono",       "/it's/nono",         "/\"quoted\"/nono",   "/$HOME/$(touch out)/nono", "/`touch out`/nono",
    "/back\\slash\\/nono", "/new\nline/nono", "/@SHIMS@@EXE@/nono", "/*?[a-z]{1,2}/nono", "/~/!x#y;z&(|)</nono",      "/caf\xc3\xa9/\\'nono",
};

static void check_all_paths(const char *const *argv, enum hook_shell shell)
{
    AUTO(home_remove) struct home h;
    tap_drop_root();
    home_make(&h, tap_tmpdir());
    for (size_t i = 0; i < sizeof hostile_paths / sizeof hostile_paths[0]; i++)
        check_round_trip(&h, argv, shell, hostile_paths[i]);
}

TEST(bash_reads_any_path_back)
{
    check_all_paths((const char *[]){"bash", "--norc", "--noprofile", "-i", "script", NULL}, HOOK_BASH);
}

TEST(zsh_reads_any_path_back)
{
    check_all_paths((const char *[]){"zsh", "-f", "-i", "script", NULL}, HOOK_ZSH);
}

TEST(fish_reads_any_path_back)
{
    check_all_paths((const char *[]){"fish", "--no-config", "--interactive", "script", NULL}, HOOK_FISH);
}

TEST(a_version_belongs_to_its_program)
{
    static const struct {
        const char *name, *program;
    } cases[] = {
        {"python3", "python3"}, {"python3.11", "python3"}, {"python2.7", "python"}, {"python3.", NULL}, {"python3..1", NULL}, {"python3x", NULL},
        {"pip3.12", "pip3"},    {"node18", "node"},        {"npmx", NULL},          {"pytho", NULL},    {"", NULL},           {"3.11", NULL},
    };
    struct err e = ERR_INIT;
    AUTO(hook_settings_release) struct hook_settings s = {.programs = STRLIST_INIT};
    CHECK_OK(parse("{\"profiles\": {\"python\": \"old\"}}", &s, &e), &e);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_STR(hook_program_of(&s, cases[i].name), cases[i].program);
    CHECK_STR(hook_profile_of(&s, "python2.7"), "old");
    CHECK_STR(hook_profile_of(&s, "python3.11"), NULL);
    hook_settings_release(&s);
    CHECK_OK(parse("{\"profile\": \"all\", \"profiles\": {\"python\": \"old\"}}", &s, &e), &e);
    CHECK_STR(hook_profile_of(&s, "python2.7"), "old");
    CHECK_STR(hook_profile_of(&s, "bash"), "all");
}

TEST(profiles_are_of_listed_programs)
{
    struct err e = ERR_INIT;
    AUTO(hook_settings_release) struct hook_settings s = {.programs = STRLIST_INIT};
    CHECK_ERR(parse("{\"profiles\": {\"cargo\": \"x\"}}", &s, &e), ERR_INPUT, &e);
    CHECK_ERR(parse("{\"profiles\": {\"npm\": \"\"}}", &s, &e), ERR_INPUT, &e);
    CHECK_ERR(parse("{\"profiles\": [\"npm\"]}", &s, &e), ERR_INPUT, &e);
}
