/* explain: every answer is the evaluator's, and every change that is named works. */
#include "policy/explain.h"

#include <string.h>
#include <sys/stat.h>

#include "core/landlock_rules.h"
#include "core/mem.h"
#include "core/path.h"
#include "tests/unit/explain_rig.h"
#include "tests/unit/no_namespaces.h"
#include "tests/unit/tap.h"

TEST(a_file_that_nothing_grants)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, "developer");
    rig_denied_and_allowed(&g, "other/file", CAPS_READ, EXPLAIN_PATH_NOT_GRANTED);
    CHECK_STR(g.list[RIG_READ_FILE].item[0], g.answer.path);
    rig_denied_and_allowed(&g, "other/file", CAPS_READWRITE, EXPLAIN_INSUFFICIENT_ACCESS);
    CHECK_INT(g.list[RIG_WRITE_FILE].n, 1); /* only what is missing */
    rig_denied_and_allowed(&g, "other", CAPS_READWRITE, EXPLAIN_PATH_NOT_GRANTED);
}

TEST(a_file_to_be_created)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, "developer");
    rig_denied_and_allowed(&g, "other/deep/new", CAPS_WRITE, EXPLAIN_PATH_NOT_GRANTED);
    CHECK(str_ends(g.list[RIG_WRITE].item[0], "/other"));
    CHECK(!g.answer.exists);
}

TEST(a_secret)
{
    static const char *const paths[] = {".ssh/id_rsa", ".ssh", ".ssh/new"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        AUTO(rig_release) struct rig g;
        rig_make(&g, NULL);
        rig_ask(&g, paths[i], CAPS_READ);
        CHECK(g.answer.rule && g.answer.change.item);
        CHECK_STR(g.answer.rule->name, "deny_credentials");
        CHECK_STR(g.answer.change.item[0], "--override-deny");
        rig_denied_and_allowed(&g, paths[i], CAPS_READ, EXPLAIN_SENSITIVE_PATH);
    }
}

/* One file of a denied directory is given back alone: its neighbours stay closed. */
TEST(the_change_for_a_secret_opens_nothing_else)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, NULL);
    home_file(&g.home, ".ssh/other", "");
    rig_denied_and_allowed(&g, ".ssh/id_rsa", CAPS_READ, EXPLAIN_SENSITIVE_PATH);
    rig_ask(&g, ".ssh/other", CAPS_READ);
    CHECK(!g.answer.allowed);
    rig_ask(&g, ".ssh/id_rsa", CAPS_WRITE);
    CHECK(!g.answer.allowed);
}

TEST(a_secret_below_a_grant)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, NULL);
    rig_add(&g, RIG_READ, "");
    CHECK(chmod(g.home.path, 0755) == 0);
    rig_denied_and_allowed(&g, ".ssh/id_rsa", CAPS_READ, EXPLAIN_SENSITIVE_PATH);
}

TEST(a_link_is_judged_by_what_it_leads_to)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, "developer");
    home_link(&g.home, "work/link", "../.ssh/id_rsa");
    rig_ask(&g, "work/link", CAPS_READ);
    CHECK(str_ends(g.answer.path, "/work/link"));
    CHECK(str_ends(g.answer.real, "/.ssh/id_rsa"));
    rig_denied_and_allowed(&g, "work/link", CAPS_READ, EXPLAIN_SENSITIVE_PATH);
}

TEST(the_working_directory_is_granted_by_its_own_option)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, NULL);
    rig_ask(&g, "work/file", CAPS_READ);
    CHECK(g.answer.change.n == 1 && g.answer.change.item);
    CHECK_STR(g.answer.change.item[0], "--allow-cwd");
    rig_denied_and_allowed(&g, "work/file", CAPS_READ, EXPLAIN_PATH_NOT_GRANTED);
    rig_denied_and_allowed(&g, "work/file", CAPS_WRITE, EXPLAIN_INSUFFICIENT_ACCESS);
}

TEST(what_no_option_opens)
{
    AUTO(rig_release) struct rig g;
    CHECK(no_namespaces());
    rig_make(&g, NULL);
    home_file(&g.home, ".local/state/nono/sessions/x", "");
    rig_denied_for_good(&g, ".local/state/nono/sessions/x", CAPS_READ, "nothing overrides");
    CHECK_INT(g.answer.reason, EXPLAIN_SENSITIVE_PATH);
    rig_denied_for_good(&g, ".aws/credentials", CAPS_READ, "create it first");
    rig_denied_for_good(&g, "/proc/1/environ", CAPS_READ, "no grant opens it");
    CHECK_INT(g.answer.reason, EXPLAIN_PROCESS_ISOLATED);
    rig_denied_for_good(&g, "/proc/1/cwd", CAPS_READ, "no grant opens it"); /* a link: wherever it leads */
    rig_add(&g, RIG_ALLOW, "");
    CHECK(chmod(g.home.path, 0755) == 0);
    rig_denied_for_good(&g, "new", CAPS_WRITE, "nothing can be created directly in it");
}

TEST(rules_that_contradict_one_another)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, NULL);
    rig_add(&g, RIG_READ, ".ssh");
    rig_ask(&g, "/usr/bin/env", CAPS_READ);
    CHECK(g.policy.refused && !g.answer.allowed);
    CHECK_INT(g.answer.reason, EXPLAIN_POLICY_REFUSED);
    CHECK_INT(g.answer.change.n, 0);
    rig_denied_and_allowed(&g, ".ssh/id_rsa", CAPS_READ, EXPLAIN_SENSITIVE_PATH);
    CHECK(!g.policy.refused);
}

TEST(a_rule_of_a_profile_is_named_with_its_line)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, "p");
    home_profile(&g.home, "p", "{\"extends\":\"default\",\n\"policy\":{\n\"add_deny_access\":[\n\"~/other\"]}}");
    rig_ask(&g, "other/file", CAPS_READ);
    AUTO(explain_place_release) struct explain_place place = EXPLAIN_PLACE_INIT;
    explain_place_find(&g.home.world, g.answer.rule, &place);
    CHECK_INT(place.line, 4);
    CHECK(str_ends(place.file, "/profiles/p.json"));
    CHECK(strstr(place.how.buf, "p.json:4 /policy/add_deny_access/0"));
    rig_denied_and_allowed(&g, "other/file", CAPS_READ, EXPLAIN_SENSITIVE_PATH);
}

TEST(the_network)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, "p");
    home_profile(&g.home, "p", "{\"extends\":\"default\",\"network\":{\"block\":true}}");
    rig_ask_host(&g);
    CHECK(!g.answer.allowed && g.answer.reason == EXPLAIN_NETWORK_BLOCKED);
    rig_apply(&g);
    rig_ask_host(&g);
    CHECK(g.answer.allowed && g.answer.reason == EXPLAIN_NETWORK_ALLOWED);
    g.request.resolve.allow_net = false;
    g.request.resolve.profile = NULL;
    g.request.resolve.block_net = true;
    rig_ask_host(&g);
    CHECK(!g.answer.allowed && g.answer.change.n == 0);
    CHECK_STR(g.answer.way_out.buf, "leave out --block-net");
    g.request.resolve.block_net = false;
    rig_ask_host(&g);
    CHECK(g.answer.allowed);
}

TEST(ports)
{
    static const char *const hosts[] = {"127.0.0.1", "::1", "localhost"};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        AUTO(rig_release) struct rig g;
        rig_make(&g, "p");
        home_profile(&g.home, "p", "{\"extends\":\"default\",\"network\":{\"block\":true,\"open_port\":[80]}}");
        rig_prepare(&g);
        explain_network(&g.request, &g.policy, hosts[i], 80, &g.answer);
        CHECK(g.answer.allowed && g.answer.rule && strcmp(g.answer.rule->key, "/network/open_port/0") == 0);
        CHECK_INT(g.answer.notes.n, 0);
        rig_prepare(&g);
        explain_network(&g.request, &g.policy, hosts[i], 443, &g.answer);
        CHECK(!g.answer.allowed && g.answer.reason == EXPLAIN_NETWORK_BLOCKED);
        CHECK_INT(g.answer.change.n, 2);
        CHECK_STR(g.answer.change.item[0], "--open-port");
        CHECK_STR(g.answer.change.item[1], "443");
    }
    AUTO(rig_release) struct rig g;
    rig_make(&g, "p");
    home_profile(&g.home, "p", "{\"extends\":\"default\",\"network\":{\"block\":true,\"open_port\":[443]}}");
    rig_ask_host(&g);
    CHECK(g.answer.allowed && g.answer.notes.n == 1 && strstr(g.answer.notes.item[0], "looked up"));
}

TEST(a_blocked_command)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, NULL);
    rig_ask_command(&g, "rm", "/usr/bin/rm");
    CHECK(!g.answer.allowed && g.answer.reason == EXPLAIN_COMMAND_BLOCKED);
    CHECK_STR(g.answer.rule->name, "dangerous_commands");
    rig_apply(&g);
    rig_ask_command(&g, "rm", "/usr/bin/rm");
    CHECK(g.answer.allowed && g.answer.reason == EXPLAIN_COMMAND_ALLOWED);
    strlist_add(&g.list[RIG_BLOCK], "rm");
    rig_ask_command(&g, "rm", "/usr/bin/rm");
    CHECK(!g.answer.allowed && g.answer.change.n == 0);
    CHECK_STR(g.answer.way_out.buf, "leave out --block-command rm");
    rig_ask_command(&g, "none", NULL);
    CHECK_INT(g.answer.reason, EXPLAIN_COMMAND_NOT_FOUND);
}

TEST(what_the_system_refuses_is_told_apart)
{
    tap_drop_root();
    AUTO(rig_release) struct rig g;
    rig_make(&g, "developer");
    AUTO(mem_free_ptr) char *file = rig_path(&g, "work/file");
    rig_ask_exec(&g, "work/file");
    CHECK(!g.answer.allowed && g.answer.reason == EXPLAIN_NOT_EXECUTABLE);
    CHECK_INT(g.answer.change.n, 0);
    CHECK(chmod(file, 0755) == 0);
    rig_ask_exec(&g, "work/file");
    CHECK(g.answer.allowed);
    CHECK(chmod(file, 0) == 0);
    rig_ask(&g, "work/file", CAPS_READ);
    CHECK(!g.answer.allowed && g.answer.reason == EXPLAIN_FILE_PERMISSIONS);
    CHECK(chmod(file, 0400) == 0);
    rig_ask(&g, "work/file", CAPS_READ);
    CHECK(g.answer.allowed);
    rig_ask(&g, "work/file", CAPS_WRITE);
    CHECK(!g.answer.allowed);
}

TEST(no_option_is_named_that_the_system_makes_useless)
{
    tap_drop_root();
    AUTO(rig_release) struct rig g;
    rig_make(&g, "developer");
    AUTO(mem_free_ptr) char *file = rig_path(&g, "other/file");
    AUTO(mem_free_ptr) char *directory = rig_path(&g, "other");
    CHECK(chmod(file, 0) == 0);
    rig_denied_for_good(&g, "other/file", CAPS_READ, "permissions of the file system");
    CHECK_INT(g.answer.reason, EXPLAIN_PATH_NOT_GRANTED);
    CHECK(chmod(file, 0600) == 0 && chmod(directory, 0) == 0);
    rig_denied_for_good(&g, "other/file", CAPS_READ, "permissions of the file system");
    CHECK(chmod(directory, 0500) == 0);
    rig_denied_for_good(&g, "other/new", CAPS_WRITE, "permissions of the file system");
    CHECK(chmod(directory, 0700) == 0);
    rig_denied_and_allowed(&g, "other/file", CAPS_READ, EXPLAIN_PATH_NOT_GRANTED);
}

TEST(hostile_names)
{
    static const char *const names[] = {"a\nb", "\x1b[31m", "bad\xff", "-rf", "a'b"};
    AUTO(rig_release) struct rig g;
    rig_make(&g, NULL);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        AUTO(mem_free_ptr) char *path = path_join("other", names[i]);
        home_file(&g.home, path, "");
        rig_denied_and_allowed(&g, path, CAPS_READ, EXPLAIN_PATH_NOT_GRANTED);
    }
    CHECK_INT(g.list[RIG_READ_FILE].n, sizeof names / sizeof *names);
}

/* What the ruleset holds, read back from the rules that are given to the kernel. */
static bool plan_grants(const struct landlock_plan *p, const char *path, unsigned access)
{
    uint64_t held = 0;
    unsigned got = 0;
    for (size_t i = 0; i < p->n_rules; i++)
        if (p->rule[i].file_only ? strcmp(p->rule[i].path, path) == 0 : path_is_within(path, p->rule[i].path))
            held |= p->rule[i].rights;
    for (size_t i = 0; i < landlock_n_rights; i++) {
        const struct landlock_right *r = &landlock_rights[i];
        if (r->kind == LANDLOCK_FS && r->on_files && !r->devices && (r->bit & held))
            got |= r->access;
    }
    return (got & access) == access;
}

static void answer_is_held(struct rig *g, const struct landlock_plan *plan, const char *path, unsigned access)
{
    rig_ask_again(g, path, access);
    CHECK(g->answer.real);
    bool by_policy = g->answer.allowed || explain_is_by_system(g->answer.reason);
    const char *held_as = path_is_within(g->answer.real, "/proc") ? "/proc/1" : g->answer.real; /* any process's */
    if (by_policy != plan_grants(plan, held_as, access))
        tap_fail(__FILE__, __LINE__, "%s %u: %d", path, access, by_policy);
}

TEST(the_answer_is_what_the_kernel_is_given)
{
    static const char *const paths[] = {"work/file",
                                        "work/new",
                                        "other/file",
                                        "other",
                                        ".ssh/id_rsa",
                                        ".ssh",
                                        "",
                                        "x",
                                        "/etc/hosts",
                                        "/etc/shadow",
                                        "/usr/bin/env",
                                        "/tmp/x",
                                        "/proc/1/stat",
                                        "/dev/null",
                                        "/dev/kmsg",
                                        "/var",
                                        "/",
                                        "/proc/self/comm",
                                        "/proc/thread-self/comm",
                                        "/proc/meminfo",
                                        ".local/state/nono",
                                        ".config/nono/profiles/p.json"};
    static const char *const profiles[] = {"default", "developer", "claude-code"};
    CHECK(no_namespaces());
    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++) {
        AUTO(rig_release) struct rig g;
        rig_make(&g, profiles[i]);
        g.request.resolve.allow_net = true;
        rig_add(&g, RIG_READ, "");
        rig_add(&g, RIG_ALLOW, "/proc/self");
        CHECK(chmod(g.home.path, 0755) == 0);
        rig_prepare(&g);
        CHECK(!g.policy.refused);
        AUTO(landlock_plan_release) struct landlock_plan plan = {0};
        struct err e = ERR_INIT;
        CHECK_OK(landlock_rules_plan(&g.policy.caps, 7, &plan, &e), &e);
        for (size_t k = 0; k < sizeof paths / sizeof *paths; k++)
            for (unsigned access = CAPS_READ; access <= CAPS_READWRITE; access++)
                answer_is_held(&g, &plan, paths[k], access);
    }
}
