/* compare: two policies differ where they grant or deny something else, and nowhere else. */
#include "policy/compare.h"

#include <string.h>

#include "core/mem.h"
#include "tests/unit/home.h"
#include "tests/unit/tap.h"

struct rig {
    struct home home;
    struct outcome first, second;
    struct compare compare;
};

static void resolve(struct rig *g, const char *name, const char *text, struct outcome *ret)
{
    struct err e = ERR_INIT;
    struct resolve_request request = {.world = &g->home.world, .profile = name, .workdir = g->home.world.cwd};
    home_profile(&g->home, name, text);
    CHECK_OK(outcome_of(&request, ret, &e), &e);
}

static void rig_make(struct rig *g, const char *first, const char *second)
{
    *g = (struct rig){0};
    home_make(&g->home, "/var/tmp"); /* commands may write to /tmp */
    resolve(g, "first", first, &g->first);
    resolve(g, "second", second, &g->second);
    compare_outcomes(&g->first, &g->second, &g->compare);
}

static void rig_release(struct rig *g)
{
    compare_release(&g->compare);
    outcome_release(&g->first);
    outcome_release(&g->second);
    home_remove(&g->home);
}

/* Row `i` is about `subject` (below the home directory when it is relative). */
static void check_row(const struct rig *g, size_t i, enum compare_kind kind, const char *subject, const char *first, const char *second)
{
    CHECK(i < g->compare.n);
    const struct compare_row *r = &g->compare.row[i];
    AUTO(mem_free_ptr) char *full = kind == COMPARE_PATH && *subject != '/' ? home_join(&g->home, subject) : mem_strdup(subject);
    CHECK_INT(r->kind, kind);
    CHECK_STR(r->subject, full);
    CHECK_STR(r->first, first);
    CHECK_STR(r->second, second);
}

TEST(other_words_for_the_same_are_the_same)
{
    struct rig g;
    rig_make(&g, "{\"extends\": \"default\", \"filesystem\": {\"read\": [\"~/work\", \"~/work/inside\"]}}",
             "{\"filesystem\": {\"read\": [\"$HOME/./work\"]}, \"policy\": {\"add_allow_read\": [\"~/work\"]}}");
    CHECK_INT(g.compare.n, 0);
    rig_release(&g);
}

TEST(each_difference_has_a_row_and_its_rules)
{
    struct rig g;
    rig_make(&g, "{\"filesystem\": {\"read\": [\"~/a\", \"~/b\", \"~/a/below\"]}, \"policy\": {\"add_deny_commands\": [\"x\"]}}",
             "{\"filesystem\": {\"allow\": [\"~/b\"], \"write\": [\"~/c\"]}, \"policy\": {\"add_deny_access\": [\"~/d\"]},"
             "\"network\": {\"block\": true}, \"workdir\": {\"access\": \"write\"}, \"rollback\": {\"exclude_patterns\": [\"y\"]}}");
    check_row(&g, 0, COMPARE_PATH, "a", "read", "none");
    CHECK_STR(g.compare.row[0].first_rule->key, "/filesystem/read/0");
    CHECK(!g.compare.row[0].second_rule);
    check_row(&g, 1, COMPARE_PATH, "b", "read", "readwrite");
    CHECK_STR(g.compare.row[1].first_rule->key, "/filesystem/read/1");
    CHECK_STR(g.compare.row[1].second_rule->key, "/filesystem/allow/0");
    check_row(&g, 2, COMPARE_PATH, "c", "none", "write");
    check_row(&g, 3, COMPARE_PATH, "d", "none", "denied");
    check_row(&g, 4, COMPARE_COMMAND, "x", "refused", "none");
    check_row(&g, 5, COMPARE_NETWORK, "", "open", "blocked");
    check_row(&g, 6, COMPARE_WORKDIR, "", "none", "write");
    check_row(&g, 7, COMPARE_ROLLBACK, "y", "none", "skipped");
    CHECK_INT(g.compare.n, 8);
    rig_release(&g);
}

TEST(rules_about_variables)
{
    struct rig g;
    rig_make(&g, "{\"environment\": {\"allow\": [\"A\", \"B\"], \"set\": {\"X\": \"1\", \"Y\": \"1\"}}}",
             "{\"environment\": {\"deny\": [\"A\"], \"allow\": [\"B\"], \"set\": {\"X\": \"1\", \"Y\": \"2\"}}}");
    check_row(&g, 0, COMPARE_ENVIRONMENT, "A", "passed", "none");
    CHECK_STR(g.compare.row[0].first_rule->key, "/environment/allow/0");
    check_row(&g, 1, COMPARE_ENVIRONMENT, "Y=1", "set", "none");
    check_row(&g, 2, COMPARE_ENVIRONMENT, "A", "none", "withheld");
    CHECK_STR(g.compare.row[2].second_rule->key, "/environment/deny/0");
    check_row(&g, 3, COMPARE_ENVIRONMENT, "Y=2", "none", "set");
    CHECK_INT(g.compare.n, 4);
    rig_release(&g);
}

TEST(a_file_is_not_the_directory_of_that_name)
{
    struct rig g;
    rig_make(&g, "{\"filesystem\": {\"read\": [\"~/x\"]}}", "{\"filesystem\": {\"read_file\": [\"~/x\"]}}");
    check_row(&g, 0, COMPARE_PATH, "x/*", "read", "none");
    CHECK_INT(g.compare.n, 1);
    rig_release(&g);
}

TEST(a_deny_within_a_grant_is_a_difference)
{
    struct rig g;
    rig_make(&g, "{\"filesystem\": {\"read\": [\"~/x\"]}}",
             "{\"filesystem\": {\"read\": [\"~/x\"]}, \"policy\": {\"add_deny_access\": [\"~/x/y\"]}}");
    check_row(&g, 0, COMPARE_PATH, "x/y", "read", "denied");
    CHECK_INT(g.compare.n, 1);
    rig_release(&g);
}

TEST(limits_that_cannot_be_held_are_compared_as_written)
{
    struct rig g;
    rig_make(&g, "{\"network\": {\"network_profile\": \"developer\", \"allow_domain\": [\"a\", \"b\"]}}",
             "{\"network\": {\"allow_domain\": [\"b\"]}}");
    check_row(&g, 0, COMPARE_NETWORK, "network_profile developer", "set", "none");
    check_row(&g, 1, COMPARE_NETWORK, "allow_domain a", "set", "none");
    CHECK_INT(g.compare.n, 2);
    rig_release(&g);

    rig_make(&g, "{}", "{\"network\": {\"allow_domain\": [\"b\"]}}");
    check_row(&g, 0, COMPARE_NETWORK, "", "open", "limited");
    check_row(&g, 1, COMPARE_NETWORK, "allow_domain b", "none", "set");
    check_row(&g, 2, COMPARE_START, "", "starts", "refused");
    CHECK_INT(g.compare.n, 3);
    rig_release(&g);
}
