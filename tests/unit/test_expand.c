/* expand: variables in paths, and paths typed as options. */
#include "policy/expand.h"

#include <string.h>

#include "core/mem.h"
#include "core/str.h"
#include "tests/unit/tap.h"

static char home[] = "/home/u", cwd[] = "/home/u/work", tmpdir[] = "/var/tmp", config[] = "/c", data[] = "/d", state[] = "/s",
            cache[] = "/k";

static struct world world_for(void)
{
    return (struct world){
        .home = home,
        .cwd = cwd,
        .tmpdir = tmpdir,
        .config_home = config,
        .data_home = data,
        .state_home = state,
        .cache_home = cache,
        .uid = 1234,
    };
}

static void expands_to(const char *text, const char *wanted)
{
    struct world w = world_for();
    struct err e = ERR_INIT;
    AUTO(mem_free_ptr) char *path = NULL;
    CHECK_OK(expand_path(&w, "/work", text, &path, &e), &e);
    CHECK_STR(path, wanted);
}

static void fails_with(const char *text, const char *message)
{
    struct world w = world_for();
    struct err e = ERR_INIT;
    char *path = NULL;
    CHECK_ERR(expand_path(&w, "/work", text, &path, &e), ERR_INPUT, &e);
    CHECK(path == NULL);
    CHECK_STR(e.text, message);
}

TEST(every_variable)
{
    expands_to("~", "/home/u");
    expands_to("~/", "/home/u");
    expands_to("~/x", "/home/u/x");
    expands_to("$HOME", "/home/u");
    expands_to("$HOME/x", "/home/u/x");
    expands_to("${HOME}/x", "/home/u/x");
    expands_to("$TMPDIR/x", "/var/tmp/x");
    expands_to("$WORKDIR", "/work");
    expands_to("$XDG_CONFIG_HOME/x", "/c/x");
    expands_to("$XDG_DATA_HOME/x", "/d/x");
    expands_to("$XDG_STATE_HOME/x", "/s/x");
    expands_to("${XDG_CACHE_HOME}", "/k");
    expands_to("$TMPDIR/openclaw-$UID", "/var/tmp/openclaw-1234");
    expands_to("/run/user/${UID}0/x", "/run/user/12340/x");
}

TEST(results_are_clean)
{
    expands_to("~/a/../b//./c/", "/home/u/b/c");
    expands_to("/..", "/");
    expands_to("~/..", "/home");
}

TEST(what_is_no_variable_stays)
{
    expands_to("/a~/~b", "/a~/~b");
    expands_to("/a/$$HOME", "/a/$HOME");
    expands_to("/a b/\n\xff", "/a b/\n\xff");
}

TEST(errors_name_the_path_and_the_way_out)
{
    fails_with("", "path is empty");
    fails_with("src", "path 'src' is relative; begin it with '/', '~' or a variable such as $WORKDIR");
    fails_with("$UID/x", "path '$UID/x' is relative; begin it with '/', '~' or a variable such as $WORKDIR");
    fails_with("$$/x", "path '$$/x' is relative; begin it with '/', '~' or a variable such as $WORKDIR");
    fails_with("~root/x", "path '~root/x' names another user's home; write it out");
    fails_with("$HOM/x", "path '$HOM/x' has the unknown variable '$HOM'; known are ~ $HOME $TMPDIR $UID $WORKDIR $XDG_CONFIG_HOME "
                         "$XDG_DATA_HOME $XDG_STATE_HOME $XDG_CACHE_HOME");
    fails_with("/x/$", "path '/x/$' has a '$' that begins no variable; write '$$' for a dollar sign");
    fails_with("${HOME/x", "path '${HOME/x' has a '$' that begins no variable; write '$$' for a dollar sign");
    fails_with("${}/x", "path '${}/x' has a '$' that begins no variable; write '$$' for a dollar sign");
}

TEST(a_directory_is_a_whole_component)
{
    fails_with("$HOMEx/y", "path '$HOMEx/y' has the unknown variable '$HOMEx'; known are ~ $HOME $TMPDIR $UID $WORKDIR "
                           "$XDG_CONFIG_HOME $XDG_DATA_HOME $XDG_STATE_HOME $XDG_CACHE_HOME");
    fails_with("${HOME}x/y", "path '${HOME}x/y' has a directory variable that is not its first component");
    fails_with("/a/$HOME", "path '/a/$HOME' has a directory variable that is not its first component");
}

TEST(hostile_names_are_made_safe_in_messages)
{
    fails_with("a\nb\x1b[31m", "path 'a\\x0ab\\x1b[31m' is relative; begin it with '/', '~' or a variable such as $WORKDIR");
}

TEST(no_working_directory)
{
    struct world w = world_for();
    struct err e = ERR_INIT;
    char *path = NULL;
    CHECK_ERR(expand_path(&w, NULL, "$WORKDIR/x", &path, &e), ERR_INPUT, &e);
    CHECK_STR(e.text, "path '$WORKDIR/x' needs a working directory, and there is none");
}

TEST(too_long)
{
    struct world w = world_for();
    struct err e = ERR_INIT;
    char *path = NULL;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_LINE);
    str_add(&text, "$HOME/");
    while (text.len < STR_MAX_PATH - 1)
        str_addc(&text, 'a');
    CHECK_ERR(expand_path(&w, NULL, text.buf, &path, &e), ERR_LIMIT, &e);
    CHECK(path == NULL);
}

static void option_is(const char *text, const char *wanted)
{
    struct world w = world_for();
    struct err e = ERR_INIT;
    AUTO(mem_free_ptr) char *path = NULL;
    CHECK_OK(expand_option(&w, text, &path, &e), &e);
    CHECK_STR(path, wanted);
}

TEST(an_option_is_taken_as_it_is)
{
    option_is("x/../y", "/home/u/work/y");
    option_is("/x/$HOME", "/x/$HOME");
    option_is("$HOME", "/home/u/work/$HOME");
    option_is("~/x", "/home/u/x");
    option_is("~", "/home/u");
    option_is("./~", "/home/u/work/~");
    option_is("~x", "/home/u/work/~x");
}

TEST(an_option_without_a_current_directory)
{
    struct world w = world_for();
    w.cwd = NULL;
    struct err e = ERR_INIT;
    AUTO(mem_free_ptr) char *path = NULL;
    CHECK_ERR(expand_option(&w, "x", &path, &e), ERR_INPUT, &e);
    CHECK_OK(expand_option(&w, "/x", &path, &e), &e);
    CHECK_STR(path, "/x");
}

static void setting_is(const char *text, const char *wanted)
{
    struct world w = world_for();
    struct err e = ERR_INIT;
    AUTO(mem_free_ptr) char *value = NULL;
    CHECK_OK(expand_setting(&w, "/home/u/work", text, &value, &e), &e);
    CHECK_STR(value, wanted);
}

TEST(a_setting_is_a_path_where_it_begins_like_one)
{
    setting_is("~", "/home/u");
    setting_is("~/x/../y", "/home/u/y");
    setting_is("$WORKDIR/x", "/home/u/work/x");
    setting_is("$$HOME", "$HOME");
    setting_is("$$", "$");
    setting_is("~x", "~x");
    setting_is("a$HOME", "a$HOME");
    setting_is("/x/../y", "/x/../y");
    setting_is("a\nb", "a\nb");
    setting_is("", "");
}

TEST(a_setting_with_a_wrong_variable)
{
    struct world w = world_for();
    struct err e = ERR_INIT;
    char *value = NULL;
    CHECK_ERR(expand_setting(&w, NULL, "$NOPE/x", &value, &e), ERR_INPUT, &e);
    CHECK_ERR(expand_setting(&w, NULL, "$HOME/bin:$HOME/sbin", &value, &e), ERR_INPUT, &e);
    CHECK(value == NULL);
}
