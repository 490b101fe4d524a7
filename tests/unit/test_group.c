/* group: the groups compiled in, and the strictness of their parser. */
#include "policy/group.h"

#include <string.h>

#include "core/mem.h"
#include "policy/expand.h"
#include "tests/unit/tap.h"

TEST(all_groups_are_there)
{
    static const char *const names[] = {
        "deny_credentials",       "deny_keychains_macos", "deny_keychains_linux", "deny_browser_data_macos",
        "deny_browser_data_linux", "deny_macos_private",  "deny_shell_history",   "deny_shell_configs",
        "system_read_macos",      "system_read_linux",    "system_write_macos",   "system_write_linux",
        "user_caches_macos",      "user_caches_linux",    "claude_cache_linux",   "user_tools",
        "node_runtime",           "opencode_linux",       "python_runtime",       "rust_runtime",
        "go_runtime",             "homebrew",             "claude_code_macos",    "claude_code_linux",
        "codex_macos",            "vscode_macos",         "vscode_linux",         "nix_runtime",
        "git_config",             "unlink_protection",    "dangerous_commands",   "dangerous_commands_macos",
        "dangerous_commands_linux", "guard_autorun",
    };
    AUTO(group_set_release) struct group_set s = {0};
    group_set_load(&s);
    CHECK_INT(s.n, sizeof names / sizeof *names);
    for (size_t i = 0; i < s.n; i++) {
        const struct group *g = group_set_find(&s, names[i]);
        CHECK(g != NULL);
        CHECK_INT(g->required, str_starts(names[i], "deny_"));
        CHECK_INT(g->platform, strstr(names[i], "_macos") || strcmp(names[i], "homebrew") == 0 ? GROUP_MACOS
                               : str_ends(names[i], "_linux") || strcmp(names[i], "nix_runtime") == 0 ? GROUP_LINUX
                                                                                                       : GROUP_ANY);
        CHECK(*g->description);
    }
}

TEST(contents_are_complete)
{
    static const struct {
        const char *name;
        size_t read, write, readwrite, deny, commands;
    } wanted[] = {
        {"deny_credentials", 0, 0, 0, 24, 0},    {"deny_shell_configs", 0, 0, 0, 13, 0},
        {"system_read_linux", 98, 0, 0, 0, 0},   {"system_write_linux", 0, 11, 0, 0, 0},
        {"system_read_macos", 35, 0, 0, 0, 0},   {"user_tools", 5, 0, 1, 0, 0},
        {"node_runtime", 8, 0, 0, 0, 0},         {"dangerous_commands", 0, 0, 0, 0, 26},
        {"dangerous_commands_linux", 0, 0, 0, 0, 20}, {"vscode_linux", 0, 0, 2, 0, 0},
    };
    AUTO(group_set_release) struct group_set s = {0};
    group_set_load(&s);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const struct group *g = group_set_find(&s, wanted[i].name);
        CHECK(g != NULL);
        CHECK_INT(g->read.n, wanted[i].read);
        CHECK_INT(g->write.n, wanted[i].write);
        CHECK_INT(g->readwrite.n, wanted[i].readwrite);
        CHECK_INT(g->deny.n, wanted[i].deny);
        CHECK_INT(g->commands.n, wanted[i].commands);
    }
    CHECK(group_set_find(&s, "unlink_protection")->unlink);
    CHECK(group_set_find(&s, "unlink_protection")->unlink_override);
    CHECK_INT(group_set_find(&s, "system_read_macos")->symlinks.n, 6);
}

static void paths_expand(const struct strlist *paths)
{
    char home[] = "/home/u";
    char tmpdir[] = "/tmp";
    const struct world w = {.home = home, .tmpdir = tmpdir};
    struct err e = ERR_INIT;
    for (size_t i = 0; i < paths->n; i++) {
        AUTO(mem_free_ptr) char *path = NULL;
        CHECK_OK(expand_path(&w, NULL, paths->item[i], &path, &e), &e);
    }
}

TEST(every_path_expands)
{
    AUTO(group_set_release) struct group_set s = {0};
    group_set_load(&s);
    for (size_t i = 0; i < s.n; i++) {
        paths_expand(&s.group[i].read);
        paths_expand(&s.group[i].write);
        paths_expand(&s.group[i].readwrite);
        paths_expand(&s.group[i].deny);
    }
}

TEST(macos_groups_do_not_apply_here)
{
    AUTO(group_set_release) struct group_set s = {0};
    group_set_load(&s);
    CHECK(!group_applies(group_set_find(&s, "system_read_macos")));
    CHECK(group_applies(group_set_find(&s, "system_read_linux")));
    CHECK(group_applies(group_set_find(&s, "deny_credentials")));
}

TEST(nearest)
{
    AUTO(group_set_release) struct group_set s = {0};
    group_set_load(&s);
    CHECK_STR(group_set_nearest(&s, "node_runtim"), "node_runtime");
    CHECK(group_set_nearest(&s, "zzzzzzzz") == NULL);
    CHECK(group_set_find(&s, "node_runtim") == NULL);
}

static void is_refused(const char *text, const char *message)
{
    struct group_set s = {0};
    struct err e = ERR_INIT;
    CHECK_ERR(group_set_parse(text, strlen(text), "t", &s, &e), ERR_INPUT, &e);
    CHECK_STR(e.text, message);
    CHECK(s.group == NULL);
}

TEST(the_parser_is_strict)
{
    is_refused("{}", "t:1: the text: lacks 'groups'");
    is_refused("{\"groups\":{\"a\":{}}}", "t:1: /groups/a: lacks a description");
    is_refused("{\"groups\":{\"a\":{\"description\":\"d\",\"alow\":{}}}}",
               "t:1: /groups/a/alow: unknown key: did you mean \"allow\"?");
    is_refused("{\"groups\":{\"a\":{\"description\":\"d\",\"platform\":\"plan9\"}}}",
               "t:1: /groups/a/platform: must be linux or macos");
    is_refused("{\"groups\":{\"a\":{\"description\":\"d\",\"deny\":{\"access\":[1]}}}}",
               "t:1: /groups/a/deny/access/0 must be a string");
}
