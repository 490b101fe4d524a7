/* grant_opts: the options as words, and back. */
#include "shell/grant_opts.h"

#include <string.h>

#include "core/mem.h"
#include "tests/unit/home.h"
#include "tests/unit/tap.h"

static bool has_pair(const struct strlist *l, const char *name, const char *value)
{
    for (size_t i = 0; i + 1 < l->n; i++)
        if (strcmp(l->item[i], name) == 0 && strcmp(l->item[i + 1], value) == 0)
            return true;
    return false;
}

TEST(there_and_back)
{
    struct home home;
    struct err e = ERR_INIT;
    home_make(&home, tap_tmpdir());
    AUTO(grant_release) struct grant_args a = {.profile = "./p.json", .block_net = true};
    AUTO(grant_release) struct grant_args back = {0};
    AUTO(strlist_release) struct strlist words = STRLIST_INIT, again = STRLIST_INIT;
    strlist_add(&a.read, "relative");
    strlist_add(&a.write, "--allow-cwd"); /* a value that looks like an option */
    strlist_add(&a.override_deny, "~/.ssh");
    strlist_add(&a.block_command, "rm");
    grant_words(&a, &home.world, true, &words);
    AUTO(mem_free_ptr) char *relative = home_join(&home, "work/relative");
    AUTO(mem_free_ptr) char *secret = home_join(&home, ".ssh");
    AUTO(mem_free_ptr) char *profile = home_join(&home, "work/p.json");
    CHECK(has_pair(&words, "--read", relative));
    CHECK(has_pair(&words, "--override-deny", secret));
    CHECK(has_pair(&words, "--profile", profile));
    CHECK(has_pair(&words, "--block-command", "rm"));
    CHECK_OK(grant_parse(&words, &back, &e), &e);
    CHECK(back.allow_cwd && back.block_net && !back.allow_net);
    CHECK_INT(back.write.n, 1);
    grant_words(&back, &home.world, back.allow_cwd, &again);
    CHECK_INT(again.n, words.n);
    for (size_t i = 0; i < words.n; i++)
        CHECK_STR(again.item[i], words.item[i]);
    home_remove(&home);
}

TEST(a_name_stays_a_name)
{
    struct home home;
    home_make(&home, tap_tmpdir());
    struct grant_args a = {.profile = "developer"};
    AUTO(strlist_release) struct strlist words = STRLIST_INIT;
    grant_words(&a, &home.world, false, &words);
    CHECK_INT(words.n, 2);
    CHECK_STR(words.item[1], "developer");
    home_remove(&home);
}

TEST(words_that_are_none)
{
    static const char *const bad[] = {"--nope", "--read", "x", ""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        AUTO(grant_release) struct grant_args a = {0};
        AUTO(strlist_release) struct strlist words = STRLIST_INIT;
        struct err e = ERR_INIT;
        strlist_add(&words, bad[i]);
        CHECK_ERR(grant_parse(&words, &a, &e), ERR_INPUT, &e);
    }
}

TEST(a_value_is_not_kept)
{
    struct home home;
    struct err e = ERR_INIT;
    home_make(&home, tap_tmpdir());
    AUTO(grant_release) struct grant_args a = {0};
    AUTO(grant_release) struct grant_args back = {0};
    AUTO(strlist_release) struct strlist words = STRLIST_INIT;
    strlist_add(&a.env, "KEY=s3cret=more");
    strlist_add(&a.env_allow, "A_*");
    strlist_add(&a.env_deny, "B");
    grant_words(&a, &home.world, false, &words);
    CHECK(has_pair(&words, "--env", "KEY="));
    CHECK(has_pair(&words, "--env-allow", "A_*"));
    CHECK(has_pair(&words, "--env-deny", "B"));
    CHECK_OK(grant_parse(&words, &back, &e), &e);
    CHECK_STR(back.env.item[0], "KEY=");
    home_remove(&home);
}
