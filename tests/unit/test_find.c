/* find and extend: where profiles come from, and how they lie over their bases. */
#include "policy/find.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/mem.h"
#include "core/str.h"
#include "policy/extend.h"
#include "policy/group.h"
#include "tests/unit/home.h"
#include "tests/unit/tap.h"

static void make(struct home *h)
{
    home_make(h, tap_tmpdir());
}

TEST(every_built_in_profile_parses_and_its_references_exist)
{
    AUTO(home_remove) struct home h;
    make(&h);
    AUTO(find_list_release) struct find_list l = {0};
    AUTO(group_set_release) struct group_set groups = {0};
    struct err e = ERR_INIT;
    group_set_load(&groups);
    CHECK_OK(find_list(&h.world, &l, &e), &e);
    CHECK_INT(l.n, 15);
    for (size_t i = 0; i < l.n; i++) {
        AUTO(profile_release) struct profile p = {0};
        CHECK(l.entry[i].builtin);
        CHECK(l.entry[i].error == NULL);
        CHECK(*l.entry[i].description);
        CHECK_INT(l.entry[i].listed, strcmp(l.entry[i].name, "developer") != 0);
        CHECK_OK(extend_profile(&h.world, l.entry[i].name, &p, &e), &e);
        CHECK_STR(p.meta_name.text, l.entry[i].name);
        CHECK_STR(p.meta_version.text, "1.0.0");
        CHECK(p.groups.n > 0);
        for (size_t g = 0; g < p.groups.n; g++)
            CHECK(group_set_find(&groups, p.groups.item[g].text) != NULL);
    }
}

/* What the well-known one names, and what its tools need of their own in HOME. */
TEST(the_developer_profile_holds_the_well_known_one)
{
    static const char *const groups[] = {"deny_credentials",  "deny_shell_history",  "deny_shell_configs",
                                         "system_read_linux", "system_write_linux", "dangerous_commands_linux",
                                         "git_config",        "node_runtime",       "python_runtime",
                                         "rust_runtime",      "go_runtime"};
    AUTO(profile_release) struct profile p = {0};
    struct err e = ERR_INIT;
    CHECK_OK(find_builtin("developer", &p, &e), &e);
    CHECK_INT(p.groups.n, sizeof groups / sizeof *groups);
    for (size_t i = 0; i < p.groups.n; i++)
        CHECK_STR(p.groups.item[i].text, groups[i]);
    CHECK_INT(p.extends.n, 0);
    CHECK_INT(p.network_block.number, 0);
    CHECK_INT(p.workdir_access.number, 3);
}

TEST(a_user_profile_shadows_a_built_in_one)
{
    AUTO(home_remove) struct home h;
    make(&h);
    home_profile(&h, "codex", "{\"meta\":{\"name\":\"mine\"}}");
    AUTO(profile_release) struct profile own = {0};
    AUTO(profile_release) struct profile other = {0};
    struct err e = ERR_INIT;
    CHECK_OK(find_profile(&h.world, "codex", &own, &e), &e);
    CHECK_STR(own.meta_name.text, "mine");
    CHECK_OK(find_builtin("codex", &other, &e), &e);
    CHECK_STR(other.meta_name.text, "codex");
    AUTO(find_list_release) struct find_list l = {0};
    CHECK_OK(find_list(&h.world, &l, &e), &e);
    CHECK_INT(l.n, 16);
    CHECK_STR(l.entry[15].name, "codex");
    CHECK(l.entry[15].shadows);
    CHECK(!l.entry[15].builtin);
}

TEST(a_broken_user_profile_does_not_let_the_built_in_through)
{
    AUTO(home_remove) struct home h;
    make(&h);
    home_profile(&h, "codex", "{");
    struct profile p = {0};
    struct err e = ERR_INIT;
    CHECK_ERR(find_profile(&h.world, "codex", &p, &e), ERR_INPUT, &e);
}

TEST(an_unreadable_user_profile_does_not_let_the_built_in_through)
{
    tap_drop_root();
    AUTO(home_remove) struct home h;
    make(&h);
    home_profile(&h, "codex", "{}");
    AUTO(mem_free_ptr) char *path = home_join(&h, ".config/nono/profiles/codex.json");
    CHECK(chmod(path, 0) == 0);
    AUTO(profile_release) struct profile p = {0};
    struct err e = ERR_INIT;
    CHECK_ERR(find_profile(&h.world, "codex", &p, &e), ERR_DENIED, &e);
    CHECK(chmod(path, 0600) == 0);
    CHECK_OK(find_profile(&h.world, "codex", &p, &e), &e);
}

TEST(a_profile_that_is_not_there)
{
    AUTO(home_remove) struct home h;
    make(&h);
    home_profile(&h, "my-agent", "{}");
    struct profile p = {0};
    struct err e = ERR_INIT;
    CHECK_ERR(find_profile(&h.world, "my-agnt", &p, &e), ERR_MISSING, &e);
    CHECK_STR(e.text, "Profile not found: my-agnt; did you mean 'my-agent'?");
    CHECK_ERR(find_profile(&h.world, "nodedev", &p, &e), ERR_MISSING, &e);
    CHECK_STR(e.text, "Profile not found: nodedev; did you mean 'node-dev'?");
    CHECK_ERR(find_profile(&h.world, "zzzzzzzzzz", &p, &e), ERR_MISSING, &e);
    CHECK_STR(e.text, "Profile not found: zzzzzzzzzz");
    CHECK_ERR(find_profile(&h.world, "./x.json", &p, &e), ERR_MISSING, &e);
    CHECK_STR(e.text, "Profile not found: ./x.json");
    CHECK_ERR(find_profile(&h.world, "a b\n", &p, &e), ERR_INPUT, &e);
    CHECK_STR(e.text, "Invalid profile name 'a b\\x0a': must be alphanumeric with hyphens only");
    CHECK_ERR(find_profile(&h.world, "", &p, &e), ERR_INPUT, &e);
}

TEST(a_profile_by_path)
{
    AUTO(home_remove) struct home h;
    make(&h);
    home_file(&h, "work/p.json", "{\"meta\":{\"name\":\"p\"}}");
    home_file(&h, "elsewhere/odd name", "{\"meta\":{\"name\":\"q\"}}");
    AUTO(mem_free_ptr) char *absolute = home_join(&h, "elsewhere/odd name");
    static const char *const relative[] = {"p.json", "./p.json", "../work/p.json"};
    struct err e = ERR_INIT;
    for (size_t i = 0; i < 3; i++) {
        AUTO(profile_release) struct profile p = {0};
        CHECK_OK(find_profile(&h.world, relative[i], &p, &e), &e);
        CHECK_STR(p.meta_name.text, "p");
        CHECK_STR(p.name, relative[i]);
    }
    AUTO(profile_release) struct profile q = {0};
    CHECK_OK(find_profile(&h.world, absolute, &q, &e), &e);
    CHECK_STR(q.meta_name.text, "q");
    CHECK_STR(q.source, absolute);
}

TEST(a_directory_and_a_fifo_are_no_profiles)
{
    AUTO(home_remove) struct home h;
    make(&h);
    home_dir(&h, "work/d.json");
    AUTO(mem_free_ptr) char *fifo = home_join(&h, "work/f.json");
    CHECK(mkfifo(fifo, 0600) == 0);
    struct profile p = {0};
    struct err e = ERR_INIT;
    CHECK(find_profile(&h.world, "d.json", &p, &e) < 0);
    CHECK(find_profile(&h.world, "f.json", &p, &e) < 0);
}

TEST(the_list_survives_broken_files)
{
    AUTO(home_remove) struct home h;
    make(&h);
    home_profile(&h, "broken", "{\"netwrok\":1}");
    home_profile(&h, "good", "{\"extends\":[\"default\",\"codex\"],\"meta\":{\"description\":\"fine\"}}");
    home_profile(&h, "odd name", "{}");
    home_file(&h, ".config/nono/profiles/notes.txt", "x");
    AUTO(find_list_release) struct find_list l = {0};
    struct err e = ERR_INIT;
    CHECK_OK(find_list(&h.world, &l, &e), &e);
    CHECK_INT(l.n, 18);
    CHECK_STR(l.entry[15].name, "broken");
    CHECK(strstr(l.entry[15].error, "/netwrok: unknown key: did you mean \"network\"?") != NULL);
    CHECK_STR(l.entry[16].name, "good");
    CHECK(l.entry[16].error == NULL);
    CHECK_STR(l.entry[16].description, "fine");
    CHECK_INT(l.entry[16].extends.n, 2);
    CHECK_STR(l.entry[17].name, "odd name");
    CHECK(l.entry[17].error != NULL);
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    CHECK_OK(find_names(&h.world, &names, &e), &e);
    CHECK(strlist_has(&names, "good"));
    CHECK(strlist_has(&names, "default"));
    CHECK(!strlist_has(&names, "odd name"));
    CHECK(!strlist_has(&names, "developer"));
    CHECK(!strlist_has(&names, "notes"));
}

static void extend_fails(const struct home *h, const char *name, int class, const char *message)
{
    struct profile p = {0};
    struct err e = ERR_INIT;
    CHECK_ERR(extend_profile(&h->world, name, &p, &e), class, &e);
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_LINE);
    for (const char *at = e.text, *hit; at; at = hit ? hit + strlen(h->path) : NULL) {
        hit = strstr(at, h->path);
        str_addn(&text, at, hit ? (size_t)(hit - at) : strlen(at));
        str_add(&text, hit ? "~" : "");
    }
    CHECK_STR(text.buf, message);
}

TEST(cycles)
{
    AUTO(home_remove) struct home h;
    make(&h);
    home_profile(&h, "a", "{\"extends\":\"b\"}");
    home_profile(&h, "b", "{\"extends\":[\"default\",\"a\"]}");
    home_profile(&h, "self", "{\"extends\":\"self\"}");
    home_profile(&h, "start", "{\"extends\":\"a\"}");
    extend_fails(&h, "a", ERR_INPUT, "circular dependency detected: a -> b -> a");
    extend_fails(&h, "start", ERR_INPUT, "circular dependency detected: a -> b -> a");
    extend_fails(&h, "self", ERR_INPUT, "circular dependency detected: self -> self");
}

TEST(missing_bases_say_where_they_are_named)
{
    AUTO(home_remove) struct home h;
    make(&h);
    home_profile(&h, "a", "{\n\"extends\":\"b\"}");
    home_profile(&h, "b", "{\"extends\":[\"default\",\n\"defualt\"]}");
    extend_fails(&h, "b", ERR_MISSING,
                 "~/.config/nono/profiles/b.json:2: /extends/1: Profile not found: defualt; did you mean 'default'?");
    extend_fails(&h, "a", ERR_MISSING,
                 "~/.config/nono/profiles/a.json:2: /extends: ~/.config/nono/profiles/b.json:2: /extends/1: Profile not found: "
                 "defualt; did you mean 'default'?");
}

/* p0 extends p1 extends … extends pN. */
static void make_chain(const struct home *h, int n)
{
    for (int i = 0; i <= n; i++) {
        char name[8];
        char text[64];
        snprintf(name, sizeof name, "p%d", i);
        if (i < n)
            snprintf(text, sizeof text, "{\"extends\":\"p%d\"}", i + 1);
        else
            snprintf(text, sizeof text, "{\"network\":{\"block\":true}}");
        home_profile(h, name, text);
    }
}

TEST(ten_deep_is_allowed)
{
    AUTO(home_remove) struct home h;
    make(&h);
    make_chain(&h, 10);
    AUTO(profile_release) struct profile p = {0};
    struct err e = ERR_INIT;
    CHECK_OK(extend_profile(&h.world, "p0", &p, &e), &e);
    CHECK_INT(p.network_block.number, 1);
}

TEST(eleven_deep_is_not)
{
    AUTO(home_remove) struct home h;
    make(&h);
    make_chain(&h, 11);
    extend_fails(&h, "p0", ERR_INPUT,
                 "profiles extend each other more than 10 deep: p0 -> p1 -> p2 -> p3 -> p4 -> p5 -> p6 -> p7 -> p8 -> p9 -> p10 "
                 "-> p11");
}

TEST(a_wide_tree_is_bounded)
{
    AUTO(home_remove) struct home h;
    make(&h);
    home_profile(&h, "a", "{\"extends\":[\"b1\",\"b2\"]}");
    const char *const pairs[][2] = {{"b", "c"}, {"c", "d"}, {"d", "e"}, {"e", "f"}, {"f", "g"}, {"g", "h"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        for (int k = 1; k <= 2; k++) {
            char name[8];
            char text[64];
            snprintf(name, sizeof name, "%s%d", pairs[i][0], k);
            snprintf(text, sizeof text, "{\"extends\":[\"%s1\",\"%s2\"]}", pairs[i][1], pairs[i][1]);
            home_profile(&h, name, text);
        }
    }
    home_profile(&h, "h1", "{}");
    home_profile(&h, "h2", "{}");
    extend_fails(&h, "a", ERR_LIMIT, "more than 64 profiles are extended");
}

TEST(a_base_met_twice_counts_once)
{
    AUTO(home_remove) struct home h;
    make(&h);
    home_profile(&h, "top", "{\"extends\":[\"l\",\"r\"]}");
    home_profile(&h, "l", "{\"extends\":\"base\",\"filesystem\":{\"read\":[\"/l\"]}}");
    home_profile(&h, "r", "{\"extends\":\"base\",\"filesystem\":{\"read\":[\"/r\"]}}");
    home_profile(&h, "base", "{\"security\":{\"groups\":[\"git_config\"]},\"filesystem\":{\"read\":[\"/b\"]}}");
    AUTO(profile_release) struct profile p = {0};
    struct err e = ERR_INIT;
    CHECK_OK(extend_profile(&h.world, "top", &p, &e), &e);
    CHECK_INT(p.groups.n, 1);
    CHECK_INT(p.read.n, 3);
    CHECK_STR(p.read.item[0].text, "/b");
    CHECK_STR(p.read.item[0].place.profile, "base");
    CHECK_STR(p.read.item[2].text, "/r");
    CHECK_STR(p.name, "top");
    CHECK_INT(p.extends.n, 2);
}

TEST(without_groups_and_base_the_groups_are_those_of_default)
{
    AUTO(home_remove) struct home h;
    make(&h);
    home_profile(&h, "bare", "{}");
    home_profile(&h, "own", "{\"security\":{\"groups\":[\"git_config\"]}}");
    AUTO(profile_release) struct profile base = {0};
    AUTO(profile_release) struct profile bare = {0};
    AUTO(profile_release) struct profile own = {0};
    struct err e = ERR_INIT;
    CHECK_OK(find_builtin("default", &base, &e), &e);
    CHECK_OK(extend_profile(&h.world, "bare", &bare, &e), &e);
    CHECK_INT(bare.groups.n, base.groups.n);
    CHECK_OK(extend_profile(&h.world, "own", &own, &e), &e);
    CHECK_INT(own.groups.n, 1);
}
