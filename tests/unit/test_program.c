/* program: which programs are known, and where directories are made for them. */
#include "policy/program.h"

#include <string.h>
#include <sys/stat.h>

#include "core/mem.h"
#include "policy/find.h"
#include "policy/group.h"
#include "tests/unit/home.h"
#include "tests/unit/tap.h"

TEST(program_names_with_versions)
{
    CHECK(program_matches("python#", "python3"));
    CHECK(program_matches("python#", "python3.11"));
    CHECK(!program_matches("python#", "python"));
    CHECK(!program_matches("python#", "python3-config"));
    CHECK(!program_matches("python#", "pythonw"));
    CHECK(program_matches("npm", "npm"));
    CHECK(!program_matches("npm", "npm2"));
    CHECK(program_matches("lib#.so", "lib3.so"));
    CHECK(!program_matches("lib#.so", "lib.so"));
}

TEST(every_program_is_valid)
{
    static const char *const names[] = {"python", "python3", "python3.12", "pip",  "pip3.11", "uv",    "node", "npm",
                                        "npx",    "pnpm",    "yarn",       "go",   "cargo",   "rustc", "corepack"};
    AUTO(group_set_release) struct group_set s = {0};
    struct err e = ERR_INIT;
    group_set_load(&s);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        AUTO(program_release) struct program p = {0};
        CHECK_OK(program_find(names[i], &p, &e), &e);
        CHECK(p.groups.n > 0);
        CHECK(p.create.n > 0);
        CHECK(strlist_has(&p.read, "/etc/passwd"));
        for (size_t k = 0; k < p.groups.n; k++)
            CHECK(group_set_find(&s, p.groups.item[k]) != NULL);
    }
    AUTO(program_release) struct program none = {0};
    CHECK_OK(program_find("ls", &none, &e), &e);
    CHECK_INT(none.groups.n + none.read.n + none.create.n, 0);
}

TEST(a_module_can_be_the_program)
{
    static const struct {
        const char *words[4], *meant;
    } cases[] = {
        {{"pip", "install"}, "pip"},         {{"/x/python3.11", "-m", "pip"}, "pip"}, {{"python", "-m", "pip"}, "pip"},
        {{"python3", "-m", "venv"}, "python3"}, {{"python3", "-m"}, "python3"},       {{"node", "-m", "pip"}, "node"},
        {{"python3", "x", "-m"}, "python3"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *words[5] = {NULL};
        for (size_t k = 0; k < 4 && cases[i].words[k]; k++)
            words[k] = mem_strdup(cases[i].words[k]);
        CHECK_STR(program_meant(words), cases[i].meant);
        for (size_t k = 0; words[k]; k++)
            mem_free(words[k]);
    }
}

/* Each names a profile that is there, and nothing but a profile of the program's own kind. */
TEST(programs_have_profiles)
{
    static const char *const pairs[][2] = {{"python3.11", "python"}, {"pip3", "pip"}, {"node", "node"}, {"npm", "npm"}, {"npx", "npm"}, {"uv", "pip"}, {"go", NULL}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct err e = ERR_INIT;
        AUTO(program_release) struct program p = {0};
        AUTO(profile_release) struct profile profile = {0};
        CHECK_OK(program_find(pairs[i][0], &p, &e), &e);
        CHECK_STR(p.profile, pairs[i][1]);
        if (p.profile)
            CHECK_OK(find_builtin(p.profile, &profile, &e), &e);
    }
}

/* ~/.ssh and nono's settings, as after resolve_caps and resolve_seal. */
static void deny_some(const struct home *h, struct caps *c)
{
    caps_init(c);
    caps_add_deny(c, home_join(h, ".ssh"), false, caps_origin_make(CAPS_FROM_GROUP, "deny_credentials", "", "~/.ssh"));
    caps_add_deny(c, home_join(h, ".config/nono"), false, caps_origin_make(CAPS_FROM_NONO, "nono", "", ""));
}

static void is_refused(const char *text, const char *message)
{
    struct program p = {0};
    struct err e = ERR_INIT;
    CHECK_ERR(program_parse(text, strlen(text), "t", "a", &p, &e), ERR_INPUT, &e);
    CHECK_STR(e.text, message);
}

TEST(the_parser_is_strict)
{
    is_refused("{\"programs\":[{}]}", "t:1: /programs/0: lacks 'names'");
    is_refused("{\"programs\":[{\"names\":[\"a\"],\"reed\":[]}]}", "t:1: /programs/0/reed: unknown key: did you mean \"read\"?");
    is_refused("{\"programs\":[{\"names\":[\"a\"],\"read\":1}]}", "t:1: /programs/0/read must be an array");
    is_refused("{\"programs\":[{\"names\":[\"a\"],\"venv\":\"all\"}]}", "t:1: /programs/0/venv: must be \"read\" or \"readwrite\"");
    is_refused("{\"programs\":[{\"names\":[\"a\"],\"settings\":{\"files\":[]}}]}", "t:1: /programs/0/settings: needs 'variable' and 'files'");
    is_refused("{\"read\":1,\"programs\":[{\"names\":[\"a\"]}]}", "t:1: /read must be an array");
}

static bool make_below_home(const struct home *h, const struct caps *c, const char *path)
{
    AUTO(mem_free_ptr) char *full = home_join(h, path);
    return program_make_directory(&h->world, c, full);
}

TEST(directories_are_made_only_where_it_is_ours)
{
    tap_drop_root();
    AUTO(home_remove) struct home h;
    home_make(&h, tap_tmpdir());
    AUTO(caps_release) struct caps c;
    deny_some(&h, &c);
    CHECK(make_below_home(&h, &c, ".npm"));
    CHECK(make_below_home(&h, &c, ".cache/a/b"));
    CHECK(!make_below_home(&h, &c, ".ssh/cache"));
    CHECK(!make_below_home(&h, &c, ".config/nono/cache"));
    home_link(&h, "link", ".ssh");
    home_dir(&h, ".ssh");
    CHECK(!make_below_home(&h, &c, "link/cache"));
    home_dir(&h, "shared");
    AUTO(mem_free_ptr) char *shared = home_join(&h, "shared");
    CHECK(chmod(shared, 0777) == 0);
    CHECK(!make_below_home(&h, &c, "shared/cache"));
    CHECK(chmod(shared, 0755) == 0);
    CHECK(make_below_home(&h, &c, "shared/cache"));
    CHECK(!program_make_directory(&h.world, &c, "/etc/nono-cache"));
    CHECK(!program_make_directory(&h.world, &c, "/nono-none/a"));
}

TEST(nothing_is_made_in_a_home_of_somebody_else)
{
    AUTO(home_remove) struct home h;
    home_make(&h, tap_tmpdir());
    AUTO(caps_release) struct caps c;
    deny_some(&h, &c);
    h.world.uid++; /* root with the HOME of a user, who would then find a cache he cannot write */
    CHECK(!make_below_home(&h, &c, ".npm"));
    h.world.uid--;
    CHECK(make_below_home(&h, &c, ".npm"));
}

TEST(a_missing_home_is_not_made)
{
    AUTO(home_remove) struct home h;
    home_make(&h, tap_tmpdir());
    AUTO(caps_release) struct caps c;
    deny_some(&h, &c);
    AUTO(mem_free_ptr) char *none = home_join(&h, "gone");
    AUTO(mem_free_ptr) char *cache = home_join(&h, "gone/.npm");
    struct world w = h.world;
    w.home = none;
    CHECK(!program_make_directory(&w, &c, cache));
    struct stat st;
    CHECK(stat(none, &st) < 0);
}
