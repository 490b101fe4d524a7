/* outcome: what becomes of each grant, and the outcome of a profile that no run would accept. */
#include "policy/outcome.h"

#include <string.h>

#include "core/mem.h"
#include "core/namespaces.h"
#include "core/level.h"
#include "tests/unit/home.h"
#include "tests/unit/no_namespaces.h"
#include "tests/unit/tap.h"

struct rig {
    struct home home;
    struct resolve_request request;
    struct outcome outcome;
};

static void rig_make(struct rig *g, const char *profile)
{
    *g = (struct rig){0};
    home_make(&g->home, "/var/tmp"); /* commands may write to /tmp */
    home_profile(&g->home, "p", profile);
    g->request = (struct resolve_request){.world = &g->home.world, .profile = "p", .workdir = g->home.world.cwd};
}

static void rig_release(struct rig *g)
{
    outcome_release(&g->outcome);
    home_remove(&g->home);
}

static void rig_resolve(struct rig *g)
{
    struct err e = ERR_INIT;
    CHECK_OK(outcome_of(&g->request, &g->outcome, &e), &e);
}

static struct outcome_grant state_of(const struct rig *g, const char *text)
{
    struct outcome_grant what = {0};
    for (size_t i = 0; i < g->outcome.asked.n_grants; i++) {
        if (strcmp(g->outcome.asked.grant[i].origin.text, text) != 0)
            continue;
        outcome_of_grant(&g->outcome, &g->outcome.asked.grant[i], &what);
        return what;
    }
    tap_fail(__FILE__, __LINE__, "no grant of %s", text);
}

TEST(each_grant_has_a_state)
{
    struct rig g;
    CHECK(no_namespaces());
    rig_make(&g, "{\"security\": {\"groups\": [\"git_config\", \"node_runtime\"]}, \"filesystem\": {\"read\": [\"~/data\", \"~/whole\", "
                 "\"~/absent\"], \"read_file\": [\"~/whole\"]}, \"policy\": {\"add_deny_access\": [\"~/data/secret\", \"~/.npm\"]}}");
    home_dir(&g.home, "data/secret");
    home_file(&g.home, "data/one", "");
    home_file(&g.home, "data/two", "");
    home_dir(&g.home, "whole");
    home_dir(&g.home, ".npm/x");
    rig_resolve(&g);
    CHECK_INT(g.outcome.refused.class, 0);
    struct outcome_grant split = state_of(&g, "~/data");
    CHECK_INT(split.state, OUTCOME_SPLIT);
    CHECK_INT(split.n_parts, 2);
    CHECK_STR(split.deny->origin.text, "~/data/secret");
    CHECK_INT(state_of(&g, "~/whole").state, OUTCOME_GRANTED);
    CHECK_INT(state_of(&g, "~/absent").state, OUTCOME_ABSENT);
    CHECK_INT(state_of(&g, "~/.npm").state, OUTCOME_DENIED);
    CHECK_STR(state_of(&g, "~/.npm").deny->origin.text, "~/.npm");
    rig_release(&g);
}

TEST(a_grant_above_a_deny_may_stay_whole)
{
    struct rig g;
    if (!namespaces_work())
        tap_skip("namespaces do not work here");
    rig_make(&g, "{\"filesystem\": {\"read\": [\"~/data\", \"~/whole\"]}, \"policy\": {\"add_deny_access\": [\"~/data/secret\", \"~/whole/absent\"]}}");
    home_dir(&g.home, "data/secret");
    home_dir(&g.home, "whole");
    rig_resolve(&g);
    CHECK_INT(g.outcome.refused.class, 0);
    CHECK_INT(state_of(&g, "~/data").state, OUTCOME_MASKED);
    CHECK_STR(state_of(&g, "~/data").deny->origin.text, "~/data/secret");
    CHECK_INT(state_of(&g, "~/whole").state, OUTCOME_GRANTED);
    rig_release(&g);
}

TEST(held_is_what_a_run_enforces)
{
    struct rig g;
    struct err e = ERR_INIT;
    struct caps run;
    rig_make(&g, "{\"extends\": \"default\", \"filesystem\": {\"allow\": [\"~/data\"]}, \"workdir\": {\"access\": \"readwrite\"}}");
    home_file(&g.home, "data/one", "");
    home_dir(&g.home, ".local/state/other");
    rig_resolve(&g);
    CHECK_OK(resolve_caps(&g.request, &run, &e), &e);
    resolve_grant_workdir(&run, run.workdir_access, "workdir.access");
    CHECK_OK(resolve_seal(&g.request, &run, &e), &e);
    CHECK_OK(level_hold(&run, true, &e), &e);
    CHECK_INT(g.outcome.held.n_grants, run.n_grants);
    for (size_t i = 0; i < run.n_grants; i++) {
        CHECK_STR(g.outcome.held.grant[i].path, run.grant[i].path);
        CHECK_INT(g.outcome.held.grant[i].access, run.grant[i].access);
    }
    CHECK_INT(g.outcome.held.n_denies, run.n_denies);
    CHECK_INT(g.outcome.held.warnings.n, run.warnings.n);
    caps_release(&run);
    rig_release(&g);
}

TEST(a_refused_run_is_resolved_all_the_same)
{
    struct rig g;
    rig_make(&g, "{\"network\": {\"network_profile\": \"developer\"}, \"filesystem\": {\"read\": [\"~/work\"]}}");
    rig_resolve(&g);
    CHECK_INT(g.outcome.refused.class, ERR_KERNEL);
    CHECK(g.outcome.limits_network);
    CHECK_INT(state_of(&g, "~/work").state, OUTCOME_GRANTED);
    rig_release(&g);

    rig_make(&g, "{\"filesystem\": {\"read\": [\"~/.config/nono\", \"~/work\"]}}");
    rig_resolve(&g);
    CHECK_INT(g.outcome.refused.class, ERR_DENIED);
    CHECK_INT(state_of(&g, "~/.config/nono").state, OUTCOME_DENIED);
    CHECK_INT(state_of(&g, "~/work").state, OUTCOME_GRANTED);
    rig_release(&g);

    rig_make(&g, "{\"filesystem\": {\"read\": [\"relative\"]}}");
    struct err e = ERR_INIT;
    CHECK_ERR(outcome_of(&g.request, &g.outcome, &e), ERR_INPUT, &e);
    rig_release(&g);
}

TEST(limits_name_what_an_old_kernel_lacks)
{
    struct caps c;
    caps_init(&c);
    AUTO(strlist_release) struct strlist none = STRLIST_INIT, old = STRLIST_INIT, new = STRLIST_INIT;
    outcome_limits(&(struct kernel){.landlock_errno = 38, .seccomp = true, .release = "5.10"}, &c, &none);
    CHECK_INT(none.n, 1);
    CHECK(strstr(none.item[0], "5.10 has no Landlock"));
    outcome_limits(&(struct kernel){.landlock_abi = 1, .seccomp = true}, &c, &old);
    outcome_limits(&(struct kernel){.landlock_abi = 7, .seccomp = true}, &c, &new);
    CHECK(old.n > new.n && new.n > 0);
    caps_release(&c);
}
