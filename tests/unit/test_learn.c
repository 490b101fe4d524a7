/* learn: from uses to the grants that a careful person would write. */
#include "policy/learn.h"

#include <string.h>

#include "core/mem.h"
#include "core/path.h"
#include "policy/resolve.h"
#include "tests/unit/home.h"
#include "tests/unit/tap.h"

/* A home whose paths are what the tests say, without the prefix of this machine's temporary directory. */
struct scene {
    struct home home;
    struct caps caps;
    struct strlist groups;
    char *workdir;
    struct learn_use use[64];
    char *path[64];
    size_t n;
    struct learn learn;
};

static void scene_make(struct scene *s)
{
    struct err e = ERR_INIT;
    AUTO(profile_release) struct profile p = {0};
    *s = (struct scene){0};
    home_make(&s->home, "/var/tmp"); /* /tmp is granted */
    caps_init(&s->caps);
    s->workdir = home_join(&s->home, "work");
    struct resolve_request r = {.world = &s->home.world, .workdir = s->workdir, .look_only = true};
    CHECK_OK(resolve_read(&r, &p, &e), &e);
    CHECK_OK(resolve_groups(&p, &s->groups, &e), &e);
    CHECK_OK(resolve_caps(&r, &s->caps, &e), &e);
    CHECK_OK(resolve_finish(&r, &s->caps, 0, "prompt", &e), &e);
}

static void scene_release(struct scene *s)
{
    learn_release(&s->learn);
    for (size_t i = 0; i < s->n; i++)
        mem_free(s->path[i]);
    caps_release(&s->caps);
    strlist_release(&s->groups);
    mem_free(s->workdir);
    home_remove(&s->home);
}

/* "~/x" is below the home; a path that ends in '/' is a directory. */
static void use(struct scene *s, const char *path, unsigned access, bool existed)
{
    AUTO(mem_free_ptr) char *whole = path[0] == '~' ? home_join(&s->home, path + 2) : mem_strdup(path);
    bool is_root = strcmp(whole, "/") == 0;
    bool is_dir = str_ends(whole, "/");
    s->path[s->n] = mem_strndup(whole, strlen(whole) - (is_dir && !is_root));
    s->use[s->n] = (struct learn_use){.path = s->path[s->n], .access = access, .existed = existed, .is_dir = is_dir, .count = 1, .program = ""};
    s->n++;
}

static void make(struct scene *s)
{
    learn_make(&(struct learn_request){.world = &s->home.world, .caps = &s->caps, .workdir = s->workdir, .groups = &s->groups, .use = s->use, .n = s->n},
               &s->learn);
}

static const struct learn_proposal *proposed(const struct scene *s, const char *text)
{
    for (size_t i = 0; i < s->learn.n_proposals; i++)
        if (strcmp(s->learn.proposal[i].group ? s->learn.proposal[i].group : s->learn.proposal[i].text, text) == 0)
            return &s->learn.proposal[i];
    return NULL;
}

static void check_one(const char *path, unsigned access, bool existed, const char *wanted)
{
    AUTO(scene_release) struct scene s;
    scene_make(&s);
    use(&s, path, access, existed);
    make(&s);
    if (wanted) {
        CHECK_INT(s.learn.n_proposals, 1);
        CHECK_STR(s.learn.proposal[0].text, wanted);
        CHECK_INT(s.learn.proposal[0].access, access);
    } else if (s.learn.n_proposals > 0) {
        tap_fail(__FILE__, __LINE__, "%s: %s", path, s.learn.proposal[0].text);
    }
}

TEST(a_place_is_granted_as_a_person_would)
{
    check_one("~/.config/tool/settings", CAPS_READ, true, "~/.config/tool");
    check_one("~/.config/tool/deep/er/settings", CAPS_READ, true, "~/.config/tool");
    check_one("~/.config/single", CAPS_READ, true, "~/.config/single");
    check_one("~/.cache/tool/x", CAPS_READWRITE, false, "~/.cache/tool");
    check_one("~/.local/share/tool/x", CAPS_READWRITE, true, "~/.local/share/tool");
    check_one("~/.tool/x", CAPS_READ, true, "~/.tool");
    check_one("~/.toolrc", CAPS_READ, true, "~/.toolrc");
    check_one("~/notes/a", CAPS_READ, true, "~/notes/a");
    check_one("~/notes/a", CAPS_WRITE, false, "~/notes");
    check_one("/opt/tool/lib/x", CAPS_READ, true, "/opt/tool");
    check_one("/srv/data/", CAPS_READ, true, "/srv/data");
    check_one("/var/lib/tool/db", CAPS_READWRITE, true, "/var/lib/tool");
}

TEST(what_is_everybodys_is_not_granted_as_a_whole)
{
    check_one("~/", CAPS_READ, true, NULL);
    check_one("~/new", CAPS_WRITE, false, NULL);
    check_one("~/.config/", CAPS_READ, true, NULL);
    check_one("~/.newrc", CAPS_WRITE, false, NULL);
    check_one("/", CAPS_READ, true, NULL);
    check_one("/home/", CAPS_READ, true, NULL);
    check_one("/opt/", CAPS_READ, true, NULL);
}

TEST(names_that_change_stand_for_their_directory)
{
    check_one("~/.cache/tool/0123456789abcdef/x", CAPS_READ, true, "~/.cache/tool");
    check_one("~/data/run-20261122/x", CAPS_READ, true, "~/data");
    check_one("~/data/tmpa8f3kz1q/x", CAPS_WRITE, false, "~/data");
    check_one("~/data/123/x", CAPS_READ, true, "~/data");
}

TEST(only_names_that_change_are_taken_for_such)
{
    static const struct {
        const char *name;
        bool is_volatile;
    } names[] = {
        {"12345", true},     {"0f8fad5b-d9cb-469f-a165-70867728950e", true}, {"deadbeef1", true}, {"pip-k8_2hvqd", true}, {"tmp.Xa3bQzKe1", true},
        {"run-123456", true}, {"config", false}, {"sqlite3", false}, {"python3.11", false}, {"x86_64", false}, {"node_modules", false}, {"lib64", false},
        {"v1", false},       {"tool-1.2.3", false}, {"deadbeef", false}, {"README2", false}, {"utf8", false}, {"base64", false},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (learn_is_volatile(names[i].name, strlen(names[i].name)) != names[i].is_volatile)
            tap_fail(__FILE__, __LINE__, "%s", names[i].name);
}

TEST(several_files_of_a_directory_are_granted_as_one)
{
    AUTO(scene_release) struct scene s;
    scene_make(&s);
    use(&s, "~/notes/a", CAPS_READ, true);
    use(&s, "~/notes/b", CAPS_READ, true);
    use(&s, "~/notes/c", CAPS_READWRITE, true);
    use(&s, "~/other/a", CAPS_READ, true);
    make(&s);
    CHECK_INT(s.learn.n_proposals, 2);
    const struct learn_proposal *p = proposed(&s, "~/notes");
    CHECK(p);
    CHECK_INT(p->access, CAPS_READWRITE);
    CHECK_INT(p->n_needs, 3);
    CHECK(!p->is_file);
    CHECK(proposed(&s, "~/other/a")->is_file);
}

TEST(a_group_stands_for_the_paths_it_has)
{
    AUTO(scene_release) struct scene s;
    scene_make(&s);
    home_dir(&s.home, ".nvm/versions");
    home_dir(&s.home, ".npm");
    use(&s, "~/.nvm/versions/a", CAPS_READ, true);
    use(&s, "~/.nvm/versions/b", CAPS_READ, true);
    use(&s, "~/.tool/x", CAPS_READ, true);
    make(&s);
    const struct learn_proposal *p = proposed(&s, "node_runtime");
    CHECK(p);
    CHECK_INT(p->n_needs, 2);
    CHECK(proposed(&s, "~/.tool"));
    CHECK_INT(s.learn.n_proposals, 2);
}

TEST(what_is_denied_is_told_apart_and_never_granted)
{
    AUTO(scene_release) struct scene s;
    scene_make(&s);
    home_dir(&s.home, ".ssh");
    home_dir(&s.home, ".aws");
    use(&s, "~/.ssh/id_ed25519", CAPS_READ, true);
    use(&s, "~/.aws/credentials", CAPS_READ, true);
    use(&s, "~/.local/state/nono/sessions", CAPS_READ, true);
    make(&s);
    CHECK_INT(s.learn.n_proposals, 0);
    CHECK_INT(s.learn.denied, 3);
    CHECK(s.learn.need[0].rule);
}

TEST(a_directory_that_holds_a_deny_is_not_proposed)
{
    AUTO(scene_release) struct scene s;
    scene_make(&s);
    caps_add_deny(&s.caps, home_join(&s.home, ".tool/secret"), false, caps_origin_make(CAPS_FROM_GROUP, "x", "", ""));
    use(&s, "~/.tool/x", CAPS_READ, true);
    make(&s);
    CHECK_INT(s.learn.n_proposals, 1);
    CHECK_STR(s.learn.proposal[0].text, "~/.tool/x");
    CHECK(s.learn.proposal[0].is_file);
}

TEST(the_working_directory_is_asked_for_as_such)
{
    AUTO(scene_release) struct scene s;
    scene_make(&s);
    use(&s, "~/work/a", CAPS_READ, true);
    use(&s, "~/work/deep/b", CAPS_WRITE, false);
    use(&s, "/usr/lib/os-release", CAPS_READ, true);
    make(&s);
    CHECK_INT(s.learn.n_proposals, 0);
    CHECK_INT(s.learn.workdir_access, CAPS_READWRITE);
    CHECK_INT(s.learn.covered, 1);
}

TEST(a_path_within_another_proposal_is_not_one_of_its_own)
{
    AUTO(scene_release) struct scene s;
    scene_make(&s);
    use(&s, "~/notes/", CAPS_READWRITE, true);
    use(&s, "~/notes/deep/", CAPS_READ, true);
    use(&s, "~/notes/a", CAPS_READ, true);
    make(&s);
    CHECK_INT(s.learn.n_proposals, 1);
    CHECK_STR(s.learn.proposal[0].text, "~/notes");
    CHECK_INT(s.learn.proposal[0].n_needs, 3);
    for (size_t i = 0; i < s.learn.n_needs; i++)
        CHECK_INT(s.learn.need[i].proposal, 0);
}

TEST(a_listing_of_what_is_everybodys_is_told_apart)
{
    AUTO(scene_release) struct scene s;
    scene_make(&s);
    use(&s, "/mnt/", CAPS_READ, true);
    use(&s, "/etc/", CAPS_READ, true);
    use(&s, "/mnt/new", CAPS_WRITE, false);
    make(&s);
    CHECK(s.learn.n_proposals == 0);
    CHECK(s.learn.listed == 2 && s.learn.left == 1);
    CHECK(s.learn.need[0].fate == LEARN_LISTED && s.learn.need[2].fate == LEARN_LEFT);
}

TEST(who_writes_into_a_directory_of_its_own_may_read_there)
{
    AUTO(scene_release) struct scene s;
    scene_make(&s);
    use(&s, "~/.cache/tool/x", CAPS_WRITE, false);
    use(&s, "~/notes/a", CAPS_WRITE, false);
    make(&s);
    CHECK_INT(s.learn.n_proposals, 2);
    CHECK_INT(proposed(&s, "~/.cache/tool")->access, CAPS_READWRITE);
    CHECK_INT(proposed(&s, "~/notes")->access, CAPS_WRITE);
}
