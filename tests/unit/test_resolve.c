/* resolve: what the data cases (tests/cases) cannot say: whole sets of paths, hostile names, permissions, the working directory. */
#include "policy/resolve.h"

#include <string.h>
#include <sys/stat.h>

#include "core/mem.h"
#include "core/path.h"
#include "core/str.h"
#include "policy/expand.h"
#include "policy/group.h"
#include "tests/unit/home.h"
#include "tests/unit/tap.h"

struct rig {
    struct home home;
    struct strlist allow, read_file, override_deny;
    struct resolve_request request;
    struct caps caps;
};

static void rig_make(struct rig *g, const char *profile)
{
    *g = (struct rig){0};
    home_make(&g->home, tap_tmpdir());
    caps_init(&g->caps);
    g->request = (struct resolve_request){
        .world = &g->home.world,
        .profile = profile,
        .workdir = g->home.world.cwd,
        .allow = &g->allow,
        .read_file = &g->read_file,
        .override_deny = &g->override_deny,
    };
}

static void rig_release(struct rig *g)
{
    strlist_release(&g->allow);
    strlist_release(&g->read_file);
    strlist_release(&g->override_deny);
    caps_release(&g->caps);
    home_remove(&g->home);
}

static void rig_resolve(struct rig *g)
{
    struct err e = ERR_INIT;
    CHECK_OK(resolve_caps(&g->request, &g->caps, &e), &e);
    CHECK_OK(resolve_seal(&g->request, &g->caps, &e), &e);
}

static struct caps_answer ask(const struct rig *g, const char *path, unsigned access)
{
    AUTO(mem_free_ptr) char *full = *path == '/' ? mem_strdup(path) : home_join(&g->home, path);
    struct caps_answer answer;
    caps_evaluate(&g->caps, full, access, &answer);
    return answer;
}

static void required_denies_hold(const struct rig *g)
{
    AUTO(group_set_release) struct group_set s = {0};
    struct err e = ERR_INIT;
    size_t checked = 0;
    group_set_load(&s);
    for (size_t i = 0; i < s.n; i++) {
        for (size_t k = 0; s.group[i].required && group_applies(&s.group[i]) && k < s.group[i].deny.n; k++) {
            AUTO(mem_free_ptr) char *path = NULL;
            CHECK_OK(expand_path(&g->home.world, NULL, s.group[i].deny.item[k], &path, &e), &e);
            AUTO(mem_free_ptr) char *below = path_join(path, "x/y");
            CHECK(!ask(g, path, CAPS_READ).allowed);
            CHECK(!ask(g, path, CAPS_WRITE).allowed);
            CHECK(!ask(g, below, CAPS_READ).allowed);
            CHECK(ask(g, below, CAPS_READ).deny != NULL);
            CHECK_STR(ask(g, path, CAPS_READ).deny->origin.name, s.group[i].name);
            checked++;
        }
    }
    CHECK_INT(checked, 50);
}

TEST(every_required_deny_beats_grants_of_everything)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, NULL);
    strlist_add(&g.allow, "/");
    strlist_add(&g.allow, g.home.path);
    home_dir(&g.home, ".ssh/keys");
    home_dir(&g.home, ".config/gcloud");
    home_file(&g.home, ".netrc", "");
    rig_resolve(&g);
    CHECK(ask(&g, "anything", CAPS_READWRITE).allowed);
    CHECK(ask(&g, "/etc/shadow", CAPS_READ).allowed);
    required_denies_hold(&g);
}

TEST(every_built_in_profile_has_the_required_denies)
{
    static const char *const names[] = {"default", "developer", "claude-code", "codex",   "opencode", "openclaw",
                                        "swival",  "python-dev", "node-dev",   "go-dev", "rust-dev", "python",   "node",
                                        "npm",     "pip"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        AUTO(rig_release) struct rig g;
        rig_make(&g, names[i]);
        g.request.allow_net = true;
        rig_resolve(&g);
        required_denies_hold(&g);
    }
}

TEST(a_grant_below_a_deny_does_not_reach)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, NULL);
    home_dir(&g.home, ".ssh/keys");
    AUTO(mem_free_ptr) char *path = home_join(&g.home, ".ssh/keys");
    strlist_add(&g.allow, path);
    rig_resolve(&g);
    CHECK(!ask(&g, ".ssh/keys/x", CAPS_READ).allowed);
}

TEST(nonos_own_directories_are_denied_under_a_grant_of_home)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, NULL);
    home_dir(&g.home, ".local/state/nono/sessions");
    strlist_add(&g.allow, g.home.path);
    rig_resolve(&g);
    static const char *const own[] = {".local/state/nono/sessions/x", ".config/nono/profiles/x.json",
                                      ".local/share/nono/shims/python", ".local/state/nono/run/hint.1"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        CHECK(!ask(&g, own[i], CAPS_READ).allowed);
        CHECK_INT(ask(&g, own[i], CAPS_READ).deny->origin.source, CAPS_FROM_NONO);
    }
    CHECK(ask(&g, ".local/state/other", CAPS_READWRITE).allowed);
}

TEST(the_working_directory)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, "developer");
    struct err e = ERR_INIT;
    CHECK_OK(resolve_caps(&g.request, &g.caps, &e), &e);
    CHECK_STR(g.caps.workdir, g.home.world.cwd);
    CHECK_INT(g.caps.workdir_access, CAPS_READWRITE);
    size_t before = g.caps.n_grants;
    resolve_grant_workdir(&g.caps, CAPS_READ, "--allow-cwd");
    CHECK_INT(g.caps.n_grants, before + 1);
    CHECK_INT(g.caps.grant[before].origin.source, CAPS_FROM_WORKDIR);
    CHECK_STR(g.caps.grant[before].origin.name, "--allow-cwd");
    CHECK_INT(g.caps.grant[before].access, CAPS_READ);
    CHECK_OK(resolve_seal(&g.request, &g.caps, &e), &e);
}

TEST(a_working_directory_inside_nonos_state_is_refused)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, "developer");
    home_dir(&g.home, ".local/state/nono/x");
    AUTO(mem_free_ptr) char *workdir = home_join(&g.home, ".local/state/nono/x");
    g.request.workdir = workdir;
    struct err e = ERR_INIT;
    CHECK_OK(resolve_caps(&g.request, &g.caps, &e), &e);
    resolve_grant_workdir(&g.caps, CAPS_READWRITE, "--allow-cwd");
    CHECK_ERR(resolve_seal(&g.request, &g.caps, &e), ERR_DENIED, &e);
}

TEST(nonos_state_behind_a_link_is_refused_too)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, NULL);
    home_dir(&g.home, "disk/state/x");
    AUTO(mem_free_ptr) char *target = home_join(&g.home, "disk/state");
    home_link(&g.home, ".local/state/nono", target);
    home_link(&g.home, "innocent", "disk/state/x");
    AUTO(mem_free_ptr) char *innocent = home_join(&g.home, "innocent");
    strlist_add(&g.allow, innocent);
    struct err e = ERR_INIT;
    CHECK_OK(resolve_caps(&g.request, &g.caps, &e), &e);
    CHECK_ERR(resolve_seal(&g.request, &g.caps, &e), ERR_DENIED, &e);
}

/* The copies that say where packages come from (policy/cleaned.h). */
TEST(nobody_but_who_reads_a_copy_of_settings_gets_at_it)
{
    AUTO(rig_release) struct rig reader;
    AUTO(rig_release) struct rig other;
    AUTO(rig_release) struct rig none;
    rig_make(&reader, "opencode");
    rig_make(&other, "opencode");
    rig_make(&none, "opencode");
    home_file(&reader.home, ".npmrc", "registry=https://r.example/\n");
    home_dir(&reader.home, ".cache");
    home_dir(&other.home, ".cache/nono");
    home_dir(&none.home, ".cache");
    reader.request.program = "npm";
    rig_resolve(&reader);
    rig_resolve(&other);
    rig_resolve(&none);
    CHECK(ask(&reader, ".cache/nono/.npmrc", CAPS_READ).allowed);
    CHECK(!ask(&other, ".cache/nono/.npmrc", CAPS_READ).allowed);
    CHECK(ask(&other, ".cache/x", CAPS_READWRITE).allowed);
    CHECK(ask(&none, ".cache/nono", CAPS_READWRITE).allowed);
}

TEST(a_copy_of_settings_that_is_needed_and_cannot_be_made_is_an_error)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, "npm");
    home_dir(&g.home, ".cache");
    home_link(&g.home, ".cache/nono", "/nowhere");
    g.request.program = "npm";
    struct err e = ERR_INIT;
    CHECK_OK(resolve_caps(&g.request, &g.caps, &e), &e); /* there is no ~/.npmrc */
    caps_release(&g.caps);
    caps_init(&g.caps);
    home_file(&g.home, ".npmrc", "registry=https://r.example/\n");
    CHECK(resolve_caps(&g.request, &g.caps, &e) < 0);
    CHECK(strstr(e.text, "npm gets a copy of its settings") && strstr(e.text, ".cache/nono"));
}

TEST(hostile_option_names_stay_exact_and_are_shown_safely)
{
    static const char *const names[] = {"a\nb", "\x1b[31m", "bad\xff\xfe", "$HOME", "~", "-rf", "a'b\"c", "* ?"};
    AUTO(rig_release) struct rig g;
    rig_make(&g, NULL);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        AUTO(mem_free_ptr) char *path = path_join("work", names[i]);
        home_dir(&g.home, path);
        AUTO(mem_free_ptr) char *full = home_join(&g.home, path);
        strlist_add(&g.allow, full);
    }
    rig_resolve(&g);
    for (size_t i = 0; i < g.allow.n; i++) {
        CHECK(ask(&g, g.allow.item[i], CAPS_READWRITE).grant != NULL);
        CHECK_STR(ask(&g, g.allow.item[i], CAPS_READWRITE).grant->path, g.allow.item[i]);
    }
    strlist_add(&g.allow, "/none/a\n\x1b[2J");
    struct caps c;
    struct err e = ERR_INIT;
    CHECK_ERR(resolve_caps(&g.request, &c, &e), ERR_MISSING, &e);
    CHECK_STR(e.text, "--allow /none/a\\x0a\\x1b[2J: '/none/a\\x0a\\x1b[2J' does not exist; create it first");
}

TEST(an_option_that_cannot_be_reached)
{
    tap_drop_root();
    AUTO(rig_release) struct rig g;
    rig_make(&g, NULL);
    home_dir(&g.home, "closed/x");
    AUTO(mem_free_ptr) char *closed = home_join(&g.home, "closed");
    AUTO(mem_free_ptr) char *inside = home_join(&g.home, "closed/x");
    strlist_add(&g.allow, inside);
    struct err e = ERR_INIT;
    struct caps c;
    CHECK(chmod(closed, 0) == 0);
    int r = resolve_caps(&g.request, &c, &e);
    CHECK(chmod(closed, 0700) == 0);
    CHECK_INT(r, ERR_DENIED);
    CHECK_OK(resolve_caps(&g.request, &g.caps, &e), &e);
}

TEST(names_that_mean_another_object_in_every_process_are_kept)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, NULL);
    rig_resolve(&g);
    CHECK(ask(&g, "/proc/self/maps", CAPS_READ).allowed);
    CHECK(ask(&g, "/proc/self/fd/1", CAPS_READWRITE).allowed);
    for (size_t i = 0; i < g.caps.n_grants; i++) {
        const char *rest = path_below(g.caps.grant[i].path, "/proc");
        CHECK(!rest || !(*rest >= '0' && *rest <= '9'));
    }
}

TEST(origins_tell_group_profile_and_option_apart)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, "p");
    home_dir(&g.home, "data");
    home_profile(&g.home, "base", "{\"extends\":\"default\",\"filesystem\":{\"read\":[\"~/data\"]}}");
    home_profile(&g.home, "p", "{\"extends\":\"base\"}");
    AUTO(mem_free_ptr) char *work = home_join(&g.home, "work");
    strlist_add(&g.allow, work);
    rig_resolve(&g);
    const struct caps_grant *data = ask(&g, "data/x", CAPS_READ).grant;
    CHECK_INT(data->origin.source, CAPS_FROM_PROFILE);
    CHECK_STR(data->origin.name, "base");
    CHECK_STR(data->origin.key, "/filesystem/read/0");
    CHECK_STR(data->origin.text, "~/data");
    CHECK_INT(ask(&g, "work/x", CAPS_READ).grant->origin.source, CAPS_FROM_USER);
    CHECK_INT(ask(&g, "/etc/ld.so.cache", CAPS_READ).grant->origin.source, CAPS_FROM_GROUP);
    CHECK_STR(ask(&g, "/etc/ld.so.cache", CAPS_READ).grant->origin.name, "system_read_linux");
}

TEST(both_network_options_are_a_usage_error)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, NULL);
    g.request.block_net = g.request.allow_net = true;
    struct caps c;
    struct err e = ERR_INIT;
    CHECK_ERR(resolve_caps(&g.request, &c, &e), ERR_USAGE, &e);
}

TEST(a_failure_leaves_the_result_alone)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, "no-such-profile");
    struct caps c = {.n_grants = 1234, .workdir_access = 77};
    struct err e = ERR_INIT;
    CHECK_ERR(resolve_caps(&g.request, &c, &e), ERR_MISSING, &e);
    CHECK_INT(c.n_grants, 1234);
    CHECK_INT(c.workdir_access, 77);
    CHECK(c.grant == NULL);
}

/* A file inside a denied directory may be given back; then no broad grant may come near it. */
TEST(two_files_of_one_denied_directory)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, "developer");
    home_profile(&g.home, "narrow", "{\"security\":{\"groups\":[\"git_config\"]}}");
    g.request.profile = "narrow";
    static const char *const files[] = {".ssh/known_hosts", ".ssh/config", ".ssh/id_rsa"};
    for (size_t i = 0; i < 3; i++) {
        home_file(&g.home, files[i], "");
        AUTO(mem_free_ptr) char *path = home_join(&g.home, files[i]);
        strlist_add(&g.read_file, path);
        if (i < 2)
            strlist_add(&g.override_deny, path);
    }
    rig_resolve(&g);
    CHECK(ask(&g, files[0], CAPS_READ).allowed);
    CHECK(ask(&g, files[1], CAPS_READ).allowed);
    CHECK(!ask(&g, files[2], CAPS_READ).allowed);
    CHECK(!ask(&g, files[0], CAPS_WRITE).allowed);
    CHECK(!ask(&g, ".ssh/new", CAPS_READ).allowed);
}
