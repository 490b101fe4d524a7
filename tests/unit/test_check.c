/* check: every problem of a profile at once, each at its place. */
#include "policy/check.h"

#include <string.h>

#include "core/mem.h"
#include "core/namespaces.h"
#include "tests/unit/home.h"
#include "tests/unit/no_namespaces.h"
#include "tests/unit/tap.h"

struct rig {
    struct home home;
    char *path;
    struct problems problems;
};

static void rig_make(struct rig *g)
{
    *g = (struct rig){0};
    home_make(&g->home, "/var/tmp"); /* commands may write to /tmp */
    g->path = home_join(&g->home, "p.json");
}

static void rig_check(struct rig *g, const char *text)
{
    struct err e = ERR_INIT;
    const struct check_request r = {.world = &g->home.world, .path = g->path, .name = "p", .workdir = g->home.world.cwd};
    home_file(&g->home, "p.json", text);
    CHECK_OK(check_profile(&r, &g->problems, &e), &e);
}

static void rig_release(struct rig *g)
{
    problems_release(&g->problems);
    mem_free(g->path);
    home_remove(&g->home);
}

/* Entry `i` stands at `line` and `pointer`, and its text holds `text`. */
static void check_problem(const struct rig *g, size_t i, bool is_error, unsigned line, const char *pointer, const char *text)
{
    if (i >= g->problems.n)
        tap_fail(__FILE__, __LINE__, "only %zu problems: no '%s'", g->problems.n, text);
    const struct problem *p = &g->problems.problem[i];
    CHECK_STR(p->pointer, pointer);
    CHECK_INT(p->line, line);
    CHECK_INT(p->is_error, is_error);
    if (!strstr(p->text, text))
        tap_fail(__FILE__, __LINE__, "'%s' is not in: %s", text, p->text);
}

TEST(a_good_profile_has_no_problem)
{
    struct rig g;
    rig_make(&g);
    home_dir(&g.home, "data");
    rig_check(&g, "// a comment\n{\"extends\": \"default\", \"filesystem\": {\"read\": [\"~/data\",],},}");
    CHECK_INT(g.problems.n, 0);
    rig_release(&g);
}

TEST(a_text_that_is_not_json_has_one_problem)
{
    struct rig g;
    rig_make(&g);
    rig_check(&g, "{\"filesystem\":\n {\"read\": [\"~/data\" \"x\"]}}");
    check_problem(&g, 0, true, 2, "", "expected ',' or ']'");
    CHECK_INT(g.problems.n, 1);
    problems_release(&g.problems);
    rig_check(&g, "[1]");
    check_problem(&g, 0, true, 1, "", "must be an object, not an array");
    CHECK_INT(g.problems.n, 1);
    problems_release(&g.problems);
    rig_check(&g, "{\"filesystem\": {\"read\": [\"~/a\\u0000b\"]}}");
    check_problem(&g, 0, true, 1, "", "NUL");
    rig_release(&g);
}

TEST(grammar_is_checked_to_the_end)
{
    struct rig g;
    rig_make(&g);
    rig_check(&g, "{\"securty\": {},\n"
                  "\"security\": {\"signal_mode\": \"isolatd\", \"groups\": \"git_config\"},\n"
                  "\"filesystem\": {\"read\": [1, \"\", true], \"raed\": []},\n"
                  "\"network\": {\"open_port\": [0, 65536, 80], \"block\": true, \"block\": 1},\n"
                  "\"hooks\": {\"a\": {\"x\": \"\"}},\n"
                  "\"env_credentials\": {\"k\": \"no name\"}, \"rollback\": {}, \"undo\": {}}");
    check_problem(&g, 0, true, 1, "/securty", "did you mean \"security\"?");
    CHECK_STR(g.problems.problem[0].near, "security");
    check_problem(&g, 1, true, 2, "/security/groups", "must be an array, not a string");
    check_problem(&g, 2, true, 2, "/security/signal_mode", "did you mean 'isolated'?");
    CHECK_STR(g.problems.problem[2].near, "isolated");
    check_problem(&g, 3, true, 3, "/filesystem/raed", "did you mean \"read\"?");
    check_problem(&g, 4, true, 3, "/filesystem/read/0", "must be a string");
    check_problem(&g, 5, true, 3, "/filesystem/read/1", "may not be empty");
    check_problem(&g, 6, true, 3, "/filesystem/read/2", "must be a string");
    check_problem(&g, 7, true, 4, "/network/block", "stands twice");
    check_problem(&g, 8, true, 4, "/network/open_port/0", "from 1 to 65535");
    check_problem(&g, 9, true, 4, "/network/open_port/1", "from 1 to 65535");
    check_problem(&g, 10, true, 5, "/hooks/a", "lacks 'event'");
    check_problem(&g, 13, false, 5, "/hooks/a", "is not installed");
    check_problem(&g, 14, true, 5, "/hooks/a/x", "unknown key");
    check_problem(&g, 15, true, 6, "/env_credentials/k", "not the name of an environment variable");
    check_problem(&g, 17, true, 6, "/undo", "is an older name of 'rollback'");
    CHECK_INT(g.problems.n, 18);
    rig_release(&g);
}

TEST(names_are_looked_up)
{
    struct rig g;
    rig_make(&g);
    home_profile(&g.home, "mine", "{}");
    home_profile(&g.home, "broken", "{\"filesystem\": []}");
    home_profile(&g.home, "cycle", "{\"extends\": \"cycle\"}");
    rig_check(&g, "{\"extends\": [\"mne\",\n \"broken\",\n \"cycle\",\n \"mine\"],\n"
                  "\"security\": {\"groups\": [\"git_confg\"]},\n"
                  "\"policy\": {\"exclude_groups\": [\"nothing_like_it\", \"deny_credentials\",\n \"deny_shell_configs\"]}}");
    check_problem(&g, 0, true, 1, "/extends/0", "Profile not found: mne; did you mean 'mine'?");
    CHECK_STR(g.problems.problem[0].near, "mine");
    check_problem(&g, 1, true, 2, "/extends/1", "/filesystem: must be an object");
    check_problem(&g, 2, true, 3, "/extends/2", "circular dependency detected: cycle -> cycle");
    check_problem(&g, 3, true, 5, "/security/groups/0", "did you mean 'git_config'?");
    CHECK_STR(g.problems.problem[3].near, "git_config");
    check_problem(&g, 4, true, 6, "/policy/exclude_groups/0", "there is no group 'nothing_like_it'");
    check_problem(&g, 5, true, 6, "/policy/exclude_groups/1", "Cannot exclude required groups: 'deny_credentials'");
    check_problem(&g, 6, true, 7, "/policy/exclude_groups/2", "Cannot exclude required groups: 'deny_shell_configs'");
    CHECK_INT(g.problems.n, 7);
    rig_release(&g);
}

TEST(paths_are_tried)
{
    struct rig g;
    CHECK(no_namespaces());
    rig_make(&g);
    home_file(&g.home, "file", "");
    home_dir(&g.home, "data/secret");
    home_dir(&g.home, ".ssh");
    home_dir(&g.home, ".local/state/nono");
    rig_check(&g, "{\"filesystem\": {\"read\": [\"relative\",\n\"$NOPE\",\n\"~/absent\",\n\"~/file/below\",\n\"~/data\",\n\"~/.local/state/nono\",\n"
                  "\"~/.ssh\"],\n\"read_file\": [\"~/data\"]},\n"
                  "\"policy\": {\"add_deny_access\": [\"~/data/secret\"], \"override_deny\": [\"~/.aws\"]}}");
    check_problem(&g, 0, true, 1, "/filesystem/read/0", "is relative");
    check_problem(&g, 1, true, 2, "/filesystem/read/1", "unknown variable '$NOPE'");
    check_problem(&g, 2, false, 3, "/filesystem/read/2", "does not exist");
    check_problem(&g, 3, false, 4, "/filesystem/read/3", "cannot exist");
    check_problem(&g, 4, false, 5, "/filesystem/read/4", "itself cannot be listed");
    check_problem(&g, 5, true, 6, "/filesystem/read/5", "protected nono state root");
    check_problem(&g, 6, true, 7, "/filesystem/read/6", "(group deny_credentials) is denied");
    check_problem(&g, 7, false, 8, "/filesystem/read_file/0", "is a directory");
    check_problem(&g, 8, true, 9, "/policy/override_deny/0", "has no matching grant");
    CHECK_INT(g.problems.n, 9);
    CHECK_INT(g.problems.n_errors, 5);
    rig_release(&g);
}

TEST(a_deny_inside_a_group_is_told_at_the_deny)
{
    struct rig g;
    rig_make(&g);
    rig_check(&g, "{\"extends\": \"default\", \"policy\": {\"add_deny_access\": [\"/usr/share/nono-test\",\n \"/usr/share/doc\"]}}");
    check_problem(&g, 0, false, 2, "/policy/add_deny_access/1", "/usr/share itself cannot be listed");
    CHECK_INT(g.problems.n, 1);
    rig_release(&g);
}

TEST(what_a_base_says_is_told_with_its_file)
{
    struct rig g;
    rig_make(&g);
    home_profile(&g.home, "base", "{\"filesystem\":\n {\"read\": [\"relative\"]}}");
    rig_check(&g, "{\"extends\": \"base\"}");
    check_problem(&g, 0, true, 2, "/filesystem/read/0", "is relative");
    CHECK(strstr(g.problems.problem[0].source, "/profiles/base.json"));
    rig_release(&g);
}

TEST(the_working_directory_makes_no_profile_invalid)
{
    struct rig g;
    CHECK(no_namespaces());
    rig_make(&g);
    home_dir(&g.home, "work/secret");
    rig_check(&g, "{\"workdir\": {\"access\": \"read\"}, \"policy\": {\"add_deny_access\": [\"~/work/secret\"]}}");
    CHECK_INT(g.problems.n_errors, 0);
    check_problem(&g, 0, false, 0, "", "a run in this directory is refused");
    CHECK_INT(g.problems.n, 1);
    rig_release(&g);
}

TEST(a_deny_inside_a_grant_is_hidden_where_namespaces_work)
{
    struct rig g;
    if (!namespaces_work())
        tap_skip("namespaces do not work here");
    rig_make(&g);
    home_dir(&g.home, "work/secret");
    home_dir(&g.home, "data/secret");
    rig_check(&g, "{\"filesystem\": {\"read\": [\n\"~/data\"]}, \"workdir\": {\"access\": \"read\"}, \"policy\": {\"add_deny_access\": "
                  "[\"~/work/secret\", \"~/data/secret\"]}}");
    CHECK_INT(g.problems.n_errors, 0);
    check_problem(&g, 0, false, 2, "/filesystem/read/0", "hidden by mounts");
    CHECK_INT(g.problems.n, 1);
    rig_release(&g);
}

TEST(there_is_an_end_to_the_list)
{
    struct rig g;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE);
    rig_make(&g);
    str_add(&text, "{\"filesystem\": {\"read\": [");
    for (int i = 0; i < 1000; i++)
        str_addf(&text, "%d,", i);
    str_add(&text, "1]}, \"security\": {\"groups\": [\"nope\"]}}");
    rig_check(&g, text.buf);
    CHECK_INT(g.problems.n, PROBLEMS_MAX);
    CHECK(problems_is_full(&g.problems));
    rig_release(&g);
}

TEST(a_file_that_cannot_be_read_is_an_error)
{
    struct rig g;
    struct err e = ERR_INIT;
    rig_make(&g);
    const struct check_request r = {.world = &g.home.world, .path = "/var/tmp/absent/p.json", .name = "p", .workdir = "/"};
    CHECK_ERR(check_profile(&r, &g.problems, &e), ERR_MISSING, &e);
    rig_release(&g);
}
