/* What will be executed later, by name, mode and content. */
#include "rollback/autorun.h"

#include <string.h>

#include "core/mem.h"
#include "tests/unit/tap.h"

static struct change made(const char *path, unsigned mode)
{
    return (struct change){.kind = CHANGE_CREATED, .path = (char *)(uintptr_t)path, .after = {.type = SNAPSHOT_FILE, .mode = (uint16_t)mode}};
}

static const char *judge(const char *path, bool is_new_dir)
{
    const struct autorun_place place = {.root = "/home/u/w", .search = "/usr/bin:/home/u/w/bin"};
    struct change c = made(path, 0644);
    return autorun_names[autorun_judge(&c, &place, is_new_dir)];
}

TEST(names_tell_what_will_be_executed)
{
    static const struct {
        const char *path;
        enum autorun_kind kind;
    } rows[] = {
        {".git/hooks/pre-commit", AUTORUN_GIT_HOOK}, {"a/.git/hooks/x", AUTORUN_GIT_HOOK}, {".git/modules/a/hooks/x", AUTORUN_GIT_HOOK},
        {".git/hooks/pre-commit.sample", AUTORUN_NONE}, {".git/config", AUTORUN_GIT_CONFIG}, {"a/.git", AUTORUN_GIT_POINTER},
        {".git/HEAD", AUTORUN_NONE}, {".husky/pre-push", AUTORUN_GIT_HOOK}, {".envrc", AUTORUN_DIRENV}, {"a/.envrc", AUTORUN_DIRENV},
        {".vscode/tasks.json", AUTORUN_EDITOR}, {"tasks.json", AUTORUN_NONE}, {".claude/settings.json", AUTORUN_AGENT}, {".bashrc", AUTORUN_SHELL},
        {"package.json", AUTORUN_PACKAGE}, {"node_modules/a/package.json", AUTORUN_NONE}, {"Makefile", AUTORUN_MAKE}, {"a/rules.mk", AUTORUN_MAKE},
        {".github/workflows/ci.yml", AUTORUN_CI}, {".venv/bin/python", AUTORUN_VENV}, {"bin/python", AUTORUN_NONE},
        {"a/__pycache__/b.cpython-311.pyc", AUTORUN_COMPILED}, {"lib/x.pth", AUTORUN_PYTHON}, {"x.service", AUTORUN_SERVICE}, {"main.c", AUTORUN_NONE},
        {"node_modules/a/.git/hooks/x", AUTORUN_GIT_HOOK},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_STR(judge(rows[i].path, false), autorun_names[rows[i].kind]);
}

TEST(what_a_new_directory_is_made_for_is_no_surprise)
{
    CHECK_STR(judge("a/Makefile", true), "nothing");
    CHECK_STR(judge("a/package.json", true), "nothing");
    CHECK_STR(judge("a/.envrc", true), "direnv file");
    CHECK_STR(judge("a/.git/hooks/x", true), "git hook");
}

TEST(what_is_gone_or_no_file_is_not_executed)
{
    const struct autorun_place place = {.root = "/w"};
    struct change c = made(".envrc", 0644);
    c.after.type = SNAPSHOT_DIR;
    CHECK_INT(autorun_judge(&c, &place, false), AUTORUN_NONE);
    c.after.type = SNAPSHOT_LINK;
    CHECK_INT(autorun_judge(&c, &place, false), AUTORUN_DIRENV);
    c = (struct change){.kind = CHANGE_DELETED, .path = c.path, .before = {.type = SNAPSHOT_FILE}};
    CHECK_INT(autorun_judge(&c, &place, false), AUTORUN_NONE);
}

TEST(mode_alone_counts_when_it_makes_a_program)
{
    const struct autorun_place place = {.root = "/w"};
    struct change c = made(".git/hooks/pre-commit", 0755);
    c.kind = CHANGE_METADATA;
    c.before = c.after;
    CHECK_INT(autorun_judge(&c, &place, false), AUTORUN_NONE);
    c.before.mode = 0644;
    CHECK_INT(autorun_judge(&c, &place, false), AUTORUN_GIT_HOOK);
}

TEST(programs_on_the_search_path)
{
    struct autorun_place place = {.root = "/home/u/w", .search = "/usr/bin:/home/u/w/bin"};
    struct change c = made("bin/tool", 0755);
    CHECK_INT(autorun_judge(&c, &place, false), AUTORUN_PROGRAM);
    c.after.mode = 0644;
    CHECK_INT(autorun_judge(&c, &place, false), AUTORUN_NONE);
    c = made("bin/sub/tool", 0755);
    CHECK_INT(autorun_judge(&c, &place, false), AUTORUN_NONE);
    c = made("bin/tool", 0755);
    place.search = NULL;
    CHECK_INT(autorun_judge(&c, &place, false), AUTORUN_NONE);
}

static bool matters(enum autorun_kind kind, const char *before, const char *after)
{
    return autorun_content_matters(kind, kind == AUTORUN_GIT_CONFIG ? ".git/config" : "package.json", (struct view){before, strlen(before)},
                                   (struct view){after, strlen(after)});
}

TEST(content_decides_about_scripts_and_configuration)
{
    const char *plain = "{\"scripts\": {\"test\": \"node t\"}, \"version\": \"1\"}";
    CHECK(!matters(AUTORUN_PACKAGE, plain, "{\"version\": \"2\", \"scripts\": {\"test\": \"node t\"}}"));
    CHECK(!matters(AUTORUN_PACKAGE, plain, "{\"version\": \"2\"}"));
    CHECK(matters(AUTORUN_PACKAGE, plain, "{\"scripts\": {\"test\": \"node t\", \"postinstall\": \"x\"}}"));
    CHECK(matters(AUTORUN_PACKAGE, plain, "{\"scripts\": {\"test\": \"node t; x\"}}"));
    CHECK(matters(AUTORUN_PACKAGE, "", plain));
    CHECK(!matters(AUTORUN_PACKAGE, "", "{\"name\": \"x\"}"));
    CHECK(!matters(AUTORUN_PACKAGE, "{\"scripts\":{\"a\":\"x\\\"}\"}}", "{ \"x\": [1, {\"scripts\": {\"b\": \"c\"}}], \"scripts\" : { \"a\" : \"x\\\"}\" } }"));
    CHECK(matters(AUTORUN_PACKAGE, plain, "{\"\\u0073cripts\": {\"a\": \"b\"}}"));
    CHECK(matters(AUTORUN_PACKAGE, plain, "{\"scripts\": {\"test\": \"node t\"}, \"scripts\": {\"a\": \"b\"}}"));
    CHECK(matters(AUTORUN_PACKAGE, plain, "{"));
    CHECK(matters(AUTORUN_PACKAGE, "{", plain));
    CHECK(!matters(AUTORUN_GIT_CONFIG, "[core]\nbare=false\n", "[core]\nbare=false\n[branch \"x\"]\nmerge=refs/heads/x\n"));
    CHECK(matters(AUTORUN_GIT_CONFIG, "", "[core]\nfsmonitor=./x\n"));
    CHECK(matters(AUTORUN_MAKE, "", ""));
}

TEST(the_source_of_a_compiled_file)
{
    static const char *const rows[][2] = {
        {"a/__pycache__/b.cpython-311.pyc", "a/b.py"}, {"__pycache__/b.cpython-311.opt-1.pyc", "b.py"}, {"a/b.pyc", "a/b.py"}, {"x__pycache__/b.pyc", "x__pycache__/b.py"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(str_release) struct str source = STR_INIT(STR_MAX_PATH);
        CHECK(autorun_source_of(rows[i][0], &source));
        CHECK_STR(source.buf, rows[i][1]);
    }
    AUTO(str_release) struct str none = STR_INIT(STR_MAX_PATH);
    CHECK(!autorun_source_of("a/b.py", &none));
}

static void add(struct change_list *l, const char *path, uint8_t type)
{
    mem_reserve(&l->item, &l->cap, l->n + 1, sizeof *l->item);
    l->item[l->n++] = (struct change){.kind = CHANGE_CREATED, .path = mem_strdup(path), .after = {.type = type, .mode = 0755}};
}

TEST(a_list_is_told_by_kind)
{
    AUTO(change_list_release) struct change_list l = {0};
    AUTO(autorun_release) struct autorun found = {0};
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_LINE);
    struct err e = ERR_INIT;
    add(&l, ".git/hooks/a", SNAPSHOT_FILE);
    add(&l, ".git/hooks/b", SNAPSHOT_FILE);
    add(&l, "new", SNAPSHOT_DIR);
    add(&l, "new/.venv", SNAPSHOT_DIR);
    add(&l, "new/.venv/bin", SNAPSHOT_DIR);
    add(&l, "new/.venv/bin/python", SNAPSHOT_FILE);
    add(&l, "new/.venv/pyvenv.cfg", SNAPSHOT_FILE);
    add(&l, "new/Makefile", SNAPSHOT_FILE);
    add(&l, "p/__pycache__/x.cpython-311.pyc", SNAPSHOT_FILE);
    add(&l, "p/__pycache__/y.cpython-311.pyc", SNAPSHOT_FILE);
    add(&l, "p/x.py", SNAPSHOT_FILE);
    add(&l, "z\033.service", SNAPSHOT_FILE);
    CHECK_OK(autorun_find(&(struct autorun_reader){0}, &l, &(struct autorun_place){.root = "/w"}, &found, &e), &e);
    CHECK_INT(found.n, 5);
    CHECK_STR(found.item[2].path, "new/.venv");
    CHECK_STR(found.item[3].path, "p/__pycache__/y.cpython-311.pyc");
    autorun_describe(&found, &text);
    CHECK_STR(text.buf, ".git/hooks/a and 1 more (git hook), new/.venv (virtual environment), p/__pycache__/y.cpython-311.pyc (compiled Python file "
                        "without a change of its source), z\\x1b.service (service or desktop entry)");
}
