/* values: what completion offers of this machine, through the protocol that the shells speak. */
#include "shell/values.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "policy/profile.h"
#include "rollback/session.h"
#include "tests/unit/home.h"
#include "tests/unit/sample_commands.h"
#include "tests/unit/tap.h"

/* The answer to `line`, whose words are cut at '|'; the last one is under the cursor. Caller owns. */
static char *answer(const struct world *w, const char *line)
{
    struct complete_source source = {.table = sample_table, .groups = sample_groups, .provider = values_provide, .arg = w};
    struct str out = STR_INIT(STR_MAX_SCRIPT);
    AUTO(strlist_release) struct strlist words = STRLIST_INIT;
    AUTO(mem_free_ptr) char *copy = mem_strdup(line);
    char *rest = copy;
    char *word;
    while ((word = strsep(&rest, "|")))
        strlist_add(&words, word);
    complete_answer(&source, (int)words.n, words.item, (int)words.n - 1, &out);
    return str_take(&out);
}

static void check_whole(const struct world *w, const char *line, const char *wanted)
{
    AUTO(mem_free_ptr) char *got = answer(w, line);
    CHECK_STR(got, wanted);
}

/* `wanted` is whole lines of the answer. */
static void check_has(const struct world *w, const char *line, const char *wanted)
{
    AUTO(mem_free_ptr) char *got = answer(w, line);
    const char *at = strstr(got, wanted);
    if (!at || (at > got && at[-1] != '\n'))
        CHECK_STR(got, wanted);
}

static void check_has_not(const struct world *w, const char *line, const char *text)
{
    AUTO(mem_free_ptr) char *got = answer(w, line);
    if (strstr(got, text))
        CHECK_STR(got, "something else");
}

TEST(profiles_own_and_built_in)
{
    AUTO(home_remove) struct home h;
    home_make(&h, tap_tmpdir());
    home_profile(&h, "team-ci", "{\"meta\": {\"name\": \"team-ci\", \"description\": \"for $(touch x)\\u001b[31m\"}}");
    home_profile(&h, "node-dev", "{\"meta\": {\"name\": \"node-dev\", \"description\": \"mine\"}}");
    home_profile(&h, "broken", "{");
    home_file(&h, ".config/nono/profiles/$(touch x).json", "{}");
    check_has(&h.world, "nono|run|-p|team", "team-ci\tfor $(touch x)\\x1b[31m\n:0\n");
    check_whole(&h.world, "nono|run|-p|node-", "node-dev\tmine\n:0\n");
    check_whole(&h.world, "nono|run|-p|brok", ":0\n");
    check_has(&h.world, "nono|run|-p|", "node-dev\tmine\n");
    check_has_not(&h.world, "nono|run|-p|", "$(touch x).");
    check_has_not(&h.world, "nono|set|", "claude-code");
    check_has(&h.world, "nono|set|brok", "broken\t");
    check_has(&h.world, "nono|set|", "node-dev\tmine\n");
    check_whole(NULL, "nono|run|-p|", ":0\n");
}

TEST(groups_in_a_comma_list)
{
    check_has(NULL, "nono|run|--groups|python", "python_runtime\tPython runtime paths");
    check_has(NULL, "nono|run|--groups|go_runtime,python", "go_runtime,python_runtime\tPython runtime paths");
    check_has_not(NULL, "nono|run|--groups|go_runtime,", "go_runtime,go_runtime");
    check_has_not(NULL, "nono|run|--groups|", "macos");
}

TEST(every_key_is_offered_with_what_it_is_for)
{
    for (size_t i = 0; i < profile_n_keys; i++) {
        AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
        AUTO(str_release) struct str wanted = STR_INIT(STR_MAX_LINE);
        AUTO(str_release) struct str name = STR_INIT(STR_MAX_LINE);
        profile_key_name(&profile_keys[i], &name);
        str_addf(&line, "nono|set|x|%s", name.buf);
        str_addf(&wanted, "%s\t%s\n", name.buf, profile_keys[i].help);
        check_has(NULL, line.buf, wanted.buf);
    }
}

TEST(values_as_the_key_says)
{
    check_whole(NULL, "nono|set|x|workdir.access|read", "read\tread and execute\nreadwrite\tread, write and execute\n:4\n");
    check_whole(NULL, "nono|set|x|network.block|", "true\nfalse\n:4\n");
    check_has(NULL, "nono|set|x|security.groups|python", "python_runtime\tPython runtime paths");
    check_has_not(NULL, "nono|set|x|security.groups|go_runtime|", "go_runtime");
    check_has(NULL, "nono|set|x|policy.exclude_groups|go_", "go_runtime\tGo");
    check_has(NULL, "nono|set|x|security.allowed_commands|shr", "shred\tdenied by dangerous_commands_linux\n:4\n");
    check_has(NULL, "nono|set|x|policy.override_deny|~/.ss", "~/.ssh\tdenied by deny_credentials\n:0\n");
    check_whole(NULL, "nono|set|x|filesystem.allow|", ":0\n");
    check_whole(NULL, "nono|set|x|network.open_port|", ":4\n");
    check_whole(NULL, "nono|set|x|custom_credentials|", ":4\n");
    check_whole(NULL, "nono|set|x|no.such.key|", ":4\n");
    check_whole(NULL, "nono|set|x||", ":4\n");
}

TEST(bases_are_profiles)
{
    AUTO(home_remove) struct home h;
    home_make(&h, tap_tmpdir());
    check_has(&h.world, "nono|set|x|extends|claude-", "claude-code\t");
}

TEST(records_of_maps)
{
    AUTO(home_remove) struct home h;
    home_make(&h, tap_tmpdir());
    home_profile(&h, "x", "{\"hooks\": {\"my app\": {\"event\": \"E\", \"matcher\": \"M\", \"script\": \"S\"}}}");
    check_has(&h.world, "nono|set|x|hooks.my", "hooks.my app\t");
    check_has(&h.world, "nono|set|x|hooks.my app.ev", "hooks.my app.event\tEvent of the program");
    check_has(NULL, "nono|set|x|network.custom_credentials.new.", "network.custom_credentials.new.inject_mode\tHow the key");
    check_has(NULL, "nono|set|x|network.custom_credentials.new.inject_mode|ba", "basic_auth\n:4\n");
}

static void make_paths(struct home *h)
{
    home_make(h, tap_tmpdir());
    home_file(h, "work/.hidden", "");
    home_file(h, "work/file", "");
    home_dir(h, "work/my dir/$(touch x)");
    home_link(h, "work/link", "my dir");
    CHECK(chdir(h->world.cwd) == 0);
}

static void check_paths(const struct home *h, enum cmd_value kind, const char *prefix, const char *wanted)
{
    struct complete_values found = {STRLIST_INIT, STRLIST_INIT, VAL_NONE};
    AUTO(str_release) struct str all = STR_INIT(STR_MAX_LINE);
    values_add_paths(&h->world, &(struct complete_request){.kind = kind, .prefix = prefix}, &found);
    for (size_t i = 0; i < found.value.n; i++)
        str_addf(&all, "%s%s", i ? "|" : "", found.value.item[i]);
    CHECK_STR(all.buf, wanted);
    strlist_release(&found.value);
    strlist_release(&found.description);
}

TEST(paths)
{
    AUTO(home_remove) struct home h;
    make_paths(&h);
    check_paths(&h, VAL_FILE, "", "file|link/|my dir/");
    check_paths(&h, VAL_DIR, "", "link/|my dir/");
    check_paths(&h, VAL_FILE, ".", ".hidden");
    check_paths(&h, VAL_DIR, "./link/", "./link/$(touch x)/");
    check_paths(&h, VAL_DIR, "~/work/my", "~/work/my dir/");
    check_paths(&h, VAL_FILE, "no/such/", "");
    check_paths(&h, VAL_FILE, "file/", "");
}

static void make_session(const struct home *h, const char *id, const char *program, const char *argument, int64_t age_s)
{
    AUTO(str_release) struct str directory = STR_INIT(STR_MAX_LINE);
    struct err e = ERR_INIT;
    struct session_record r = {
        .has_before = true,
        .kind = mem_strdup("run"),
        .workdir = mem_strdup(h->path),
        .profile = mem_strdup("default"),
        .capture = mem_strdup("scan"),
        .started_ns = world_now_ns() - age_s * 1000000000,
        .created = 1,
        .modified = 2,
        .deleted = 3,
    };
    (void)snprintf(r.id, sizeof r.id, "%s", id);
    strlist_add(&r.command, program);
    strlist_add(&r.command, argument);
    str_addf(&directory, "%s/sessions/%s", h->world.state_dir, id);
    CHECK_OK(fs_make_dirs(directory.buf, &e), &e);
    home_dir(h, ".local/state/nono/open");
    CHECK_OK(session_record_write(h->world.state_dir, &r, &e), &e);
    session_record_release(&r);
}

TEST(sessions_newest_first_with_what_ran_and_when)
{
    AUTO(home_remove) struct home h;
    home_make(&h, tap_tmpdir());
    check_whole(&h.world, "nono|rollback|restore|", ":4\n");
    make_session(&h, "20261121-100000-1", "make", "it's", 3600);
    make_session(&h, "20261121-110000-2", "python3", "\033]0;x", 0);
    check_whole(&h.world, "nono|rollback|restore|",
                "20261121-110000-2\tjust now: python3 '\\x1b]0;x' (+1 ~2 -3)\n20261121-100000-1\t1h ago: make 'it'\\''s' (+1 ~2 -3)\n:4\n");
    check_whole(&h.world, "nono|rollback|restore|20261121-10", "20261121-100000-1\t1h ago: make 'it'\\''s' (+1 ~2 -3)\n:4\n");
}

TEST(only_the_newest_of_many_sessions_are_read)
{
    AUTO(home_remove) struct home h;
    AUTO(session_list_release) struct session_list list = {0};
    struct err e = ERR_INIT;
    home_make(&h, tap_tmpdir());
    make_session(&h, "20261121-100000-1", "one", "x", 30);
    make_session(&h, "20261121-110000-2", "two", "x", 10);
    make_session(&h, "20261121-120000-3", "three", "x", 20);
    home_file(&h, ".local/state/nono/sessions/20261121-090000-4/session.json", "damaged");
    CHECK_OK(session_list_newest(h.world.state_dir, "", 2, &list, &e), &e);
    CHECK_INT(list.n, 2);
    CHECK_INT(list.damaged.n, 0);
    CHECK_STR(list.item[0].id, "20261121-110000-2");
    CHECK_STR(list.item[1].id, "20261121-120000-3");
}

TEST(what_a_profile_holds)
{
    AUTO(home_remove) struct home h;
    home_make(&h, tap_tmpdir());
    home_profile(&h, "x", "{\"filesystem\": {\"read\": [\"~/my dir\", \"~/it's $(touch x)\"]}}");
    check_whole(&h.world, "nono|remove|x|filesystem.read|", "~/my dir\n~/it's $(touch x)\n:4\n");
    check_whole(&h.world, "nono|remove|x|filesystem.read|~/my dir|", "~/it's $(touch x)\n:4\n");
    check_whole(&h.world, "nono|remove|x|workdir.access|", ":4\n");
    check_whole(&h.world, "nono|remove|nosuch|filesystem.read|", ":4\n");
}
