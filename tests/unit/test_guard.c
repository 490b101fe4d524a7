/* Which paths are guarded, and what may be done there all the same. */
#include "core/guard.h"

#include <string.h>

#include "core/mem.h"
#include "tests/unit/tap.h"

static struct caps made(const char *const *patterns)
{
    struct caps c;
    caps_init(&c);
    caps_add_grant(&c, mem_strdup("/work"), CAPS_READWRITE, false, true, caps_origin_make(CAPS_FROM_WORKDIR, "--allow-cwd", "", "/work"));
    caps_add_grant(&c, mem_strdup("/work/cache"), CAPS_READWRITE, false, true, caps_origin_make(CAPS_FROM_GROUP, "caches", "", "/work/cache"));
    caps_add_grant(&c, mem_strdup("/tmp"), CAPS_READWRITE, false, true, caps_origin_make(CAPS_FROM_GROUP, "system", "", "/tmp"));
    caps_add_grant(&c, mem_strdup("/read"), CAPS_READ, false, true, caps_origin_make(CAPS_FROM_USER, "--read", "", "/read"));
    for (; *patterns; patterns++)
        caps_add_guard(&c, mem_strdup(*patterns), caps_origin_make(CAPS_FROM_GROUP, "g", "", *patterns));
    return c;
}

static const char *const usual[] = {".git", ".envrc", "*.pem", ".vscode/tasks.json", "secret/" "**", "/work/rc", "!node_modules/" "**", NULL};

static const char *word(enum guard_verdict v)
{
    static const char *const words[] = {"allowed", "denied", "born", "content", "elsewhere"};
    return words[v];
}

/* "denied", or "born /work/x": what the verdict is about. */
static const char *judge(const struct caps *c, enum guard_operation operation, const char *path, bool is_dir, const char *other)
{
    static char out[300];
    struct guard_match m = {0};
    enum guard_verdict v = guard_judge(c, &(struct guard_act){operation, path, is_dir, other}, &m);
    (void)strcpy(out, word(v));
    if (v == GUARD_IF_BORN) {
        strcat(out, " ");
        strncat(out, path, m.base);
    }
    return out;
}

static const char *create(const struct caps *c, const char *path)
{
    return judge(c, GUARD_CREATE, path, false, NULL);
}

TEST(names_and_paths_are_guarded_at_any_depth)
{
    AUTO(caps_release) struct caps c = made(usual);
    CHECK_STR(create(&c, "/work/.envrc"), "born /work");
    CHECK_STR(create(&c, "/work/a/b/.envrc"), "born /work/a/b");
    CHECK_STR(create(&c, "/work/a/x.pem"), "born /work/a");
    CHECK_STR(create(&c, "/work/a/.vscode/tasks.json"), "born /work/a");
    CHECK_STR(create(&c, "/work/secret/a/b"), "born /work");
    CHECK_STR(create(&c, "/work/rc"), "denied");
    CHECK_STR(create(&c, "/work/a/rc"), "allowed");
    CHECK_STR(create(&c, "/work/.vscode/other.json"), "allowed");
    CHECK_STR(create(&c, "/work/tasks.json"), "allowed");
    CHECK_STR(create(&c, "/work/.envrc2"), "allowed");
    CHECK_STR(create(&c, "/work/xpem"), "allowed");
    CHECK_STR(create(&c, "/work/secret"), "allowed");
}

TEST(only_what_a_person_granted_is_guarded)
{
    AUTO(caps_release) struct caps c = made(usual);
    CHECK_STR(create(&c, "/tmp/.envrc"), "allowed");
    CHECK_STR(create(&c, "/work/cache/.envrc"), "allowed");
    CHECK_STR(create(&c, "/elsewhere/.envrc"), "allowed");
    CHECK(guard_is_asked(&c));
    c.grant[0].exists = false;
    CHECK(!guard_is_asked(&c));
}

TEST(a_pattern_with_a_mark_takes_names_out_but_no_repository)
{
    AUTO(caps_release) struct caps c = made(usual);
    CHECK_STR(create(&c, "/work/node_modules/a/.envrc"), "allowed");
    CHECK_STR(create(&c, "/work/a/node_modules/b/.vscode/tasks.json"), "allowed");
    CHECK_STR(create(&c, "/work/node_modules/a/.git/hooks/pre-commit"), "denied");
}

TEST(what_is_lifted_is_free)
{
    AUTO(caps_release) struct caps c = made(usual);
    strlist_add(&c.unguarded, "/work/.envrc");
    strlist_add(&c.unguarded, "/work/.git/hooks");
    CHECK_STR(create(&c, "/work/.envrc"), "allowed");
    CHECK_STR(create(&c, "/work/a/.envrc"), "born /work/a");
    CHECK_STR(create(&c, "/work/.git/hooks/pre-commit"), "allowed");
    CHECK_STR(create(&c, "/work/.git/config"), "denied");
    CHECK(guard_names(&c, "/work/.envrc") && guard_names(&c, "/work/.git/hooks") && guard_names(&c, "/work/.vscode"));
    CHECK(!guard_names(&c, "/work") && !guard_names(&c, "/work/src"));
}

TEST(every_operation_on_a_guarded_file_is_judged)
{
    AUTO(caps_release) struct caps c = made(usual);
    static const enum guard_operation all[] = {GUARD_CREATE,    GUARD_WRITE,  GUARD_MAKE_LINK,   GUARD_MAKE_OTHER,  GUARD_LINK_TO,
                                               GUARD_LINK_FROM, GUARD_REMOVE, GUARD_CHANGE_MODE, GUARD_RENAME_FROM, GUARD_RENAME_TO};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        CHECK_STR(judge(&c, all[i], "/work/.envrc", false, "/work/x"), "born /work");
        CHECK_STR(judge(&c, all[i], "/work/rc", false, "/work/x"), "denied");
        CHECK_STR(judge(&c, all[i], "/work/x", false, "/work/y"), "allowed");
    }
    CHECK_STR(judge(&c, GUARD_MAKE_DIR, "/work/.envrc", true, NULL), "allowed");
}

TEST(no_directory_is_moved_to_where_its_files_would_be_guarded)
{
    AUTO(caps_release) struct caps c = made(usual);
    CHECK_STR(judge(&c, GUARD_RENAME_TO, "/work/.vscode", true, "/work/x"), "born /work");
    CHECK_STR(judge(&c, GUARD_RENAME_TO, "/work/.vscode", true, "/work/a/.vscode"), "born /work");
    CHECK_STR(judge(&c, GUARD_MAKE_LINK, "/work/.vscode", false, NULL), "born /work");
    CHECK_STR(judge(&c, GUARD_RENAME_FROM, "/work/.vscode", true, "/work/x"), "born /work");
    CHECK_STR(judge(&c, GUARD_RENAME_TO, "/work/secret/x", true, "/work/x"), "born /work");
    CHECK_STR(judge(&c, GUARD_MAKE_DIR, "/work/.vscode", true, NULL), "allowed");
    CHECK_STR(judge(&c, GUARD_RENAME_TO, "/work/x", true, "/work/y"), "allowed");
    CHECK_STR(judge(&c, GUARD_RENAME_TO, "/work/x", true, "/tmp/y"), "elsewhere");
    CHECK_STR(judge(&c, GUARD_RENAME_TO, "/work/x", false, "/tmp/y"), "allowed");
}

TEST(what_git_executes_is_guarded_in_every_repository)
{
    AUTO(caps_release) struct caps c = made(usual);
    static const char *const denied[] = {
        "/work/.git/hooks/pre-commit", "/work/a/b/.git/hooks/x/y", "/work/bare.git/hooks/update", "/work/.git/config", "/work/.git/config.worktree",
        "/work/.git/commondir", "/work/.git/modules/lib/config", "/work/.git/modules/a/b/hooks/post-checkout", "/work/.git/modules/a/commondir",
        "/work/.git/worktrees/w/config.worktree", "/work/.git/worktrees/w/modules/lib/config", "/work/.git/modules/a/modules/b/hooks/x",
    };
    static const char *const allowed[] = {
        "/work/.git/hooks/pre-commit.sample", "/work/.git/HEAD", "/work/.git/config.lock", "/work/.git/objects/ab/cd", "/work/.git/refs/heads/config",
        "/work/.git/refs/heads/hooks/x", "/work/.git/modules/lib/HEAD", "/work/.git/modules/lib/config.lock", "/work/.git/worktrees/w/HEAD", "/work/config",
        "/work/hooks/pre-commit", "/work/.gitmodules", "/work/.gitattributes",
    };
    for (size_t i = 0; i < sizeof denied / sizeof *denied; i++)
        if (strcmp(create(&c, denied[i]), "denied") != 0)
            tap_fail(__FILE__, __LINE__, "%s: %s", denied[i], create(&c, denied[i]));
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
        if (strcmp(create(&c, allowed[i]), "allowed") != 0)
            tap_fail(__FILE__, __LINE__, "%s: %s", allowed[i], create(&c, allowed[i]));
    CHECK_STR(judge(&c, GUARD_WRITE, "/work/.git/config", false, NULL), "denied");
    CHECK_STR(judge(&c, GUARD_LINK_FROM, "/work/.git/config", false, NULL), "denied");
    CHECK_STR(judge(&c, GUARD_RENAME_TO, "/work/.git/config", false, "/work/.git/config.lock"), "content");
    CHECK_STR(judge(&c, GUARD_RENAME_FROM, "/work/.git/config", false, "/work/x"), "born /work/.git");
    CHECK_STR(judge(&c, GUARD_REMOVE, "/work/.git/config", false, NULL), "allowed");
    CHECK_STR(judge(&c, GUARD_REMOVE, "/work/.git/hooks/pre-commit", false, NULL), "born /work/.git");
    CHECK_STR(judge(&c, GUARD_RENAME_TO, "/work/.git/hooks/pre-commit", false, "/work/.git/hooks/pre-commit.sample"), "denied");
}

TEST(no_other_directory_becomes_part_of_a_repository)
{
    AUTO(caps_release) struct caps c = made(usual);
    CHECK_STR(judge(&c, GUARD_MAKE_DIR, "/work/.git", true, NULL), "allowed");
    CHECK_STR(judge(&c, GUARD_RENAME_TO, "/work/.git", true, "/work/x"), "denied");
    CHECK_STR(judge(&c, GUARD_RENAME_TO, "/work/.git/hooks", true, "/work/.git/x"), "denied");
    CHECK_STR(judge(&c, GUARD_RENAME_TO, "/work/.git/hooks", true, "/work/.git/modules/a/x"), "denied");
    CHECK_STR(judge(&c, GUARD_RENAME_TO, "/work/.git/modules/a", true, "/work/x"), "denied");
    CHECK_STR(judge(&c, GUARD_RENAME_TO, "/work/.git/modules/a", true, "/work/a/.git"), "allowed");
    CHECK_STR(judge(&c, GUARD_RENAME_TO, "/work/b/.git", true, "/work/a/.git"), "allowed");
    CHECK_STR(judge(&c, GUARD_RENAME_FROM, "/work/.git", true, "/work/x"), "born /work/.git");
    CHECK_STR(judge(&c, GUARD_MAKE_LINK, "/work/.git", false, NULL), "denied");
    CHECK_STR(judge(&c, GUARD_MAKE_LINK, "/work/.git/hooks", false, NULL), "denied");
    CHECK_STR(judge(&c, GUARD_MAKE_LINK, "/work/.git/modules", false, NULL), "denied");
    CHECK_STR(judge(&c, GUARD_MAKE_LINK, "/work/.git/modules/a", false, NULL), "denied");
    CHECK_STR(judge(&c, GUARD_MAKE_LINK, "/work/.git/modules/a/hooks", false, NULL), "denied");
    CHECK_STR(judge(&c, GUARD_MAKE_LINK, "/work/.git/modules/a/tx", false, NULL), "born /work/.git/modules/a");
    CHECK_STR(judge(&c, GUARD_MAKE_LINK, "/work/.git/tx", false, NULL), "allowed");
}

TEST(pointers_to_a_repository)
{
    AUTO(caps_release) struct caps c = made(usual);
    CHECK_STR(create(&c, "/work/sub/.git"), "born /work/sub");
    CHECK_STR(judge(&c, GUARD_RENAME_TO, "/work/sub/.git", false, "/work/sub/x"), "content");
    CHECK_STR(judge(&c, GUARD_REMOVE, "/work/sub/.git", false, NULL), "allowed");
    CHECK_STR(create(&c, "/work/.git/worktrees/w/commondir"), "born /work/.git/worktrees/w");
    CHECK_STR(judge(&c, GUARD_RENAME_TO, "/work/.git/commondir", false, "/work/x"), "denied");
}

static bool is_safe(const struct caps *c, const char *path, const char *before, const char *after)
{
    struct guard_match m;
    char why[GIT_CONFIG_MAX_NAME];
    enum guard_verdict v = guard_judge(c, &(struct guard_act){GUARD_RENAME_TO, path, false, "/work/x"}, &m);
    CHECK_STR(word(v), "content");
    return guard_content_is_safe(c, path, &m, (struct view){before, strlen(before)}, (struct view){after, strlen(after)}, why);
}

TEST(content_decides_where_git_replaces_a_file)
{
    AUTO(caps_release) struct caps c = made(usual);
    CHECK(is_safe(&c, "/work/.git/config", "[alias]\na=b\n", "[core]\nbare=true\n[alias]\na=b\n"));
    CHECK(!is_safe(&c, "/work/.git/config", "", "[core]\nhooksPath=x\n"));
    CHECK(is_safe(&c, "/work/.git/modules/a/config", "", "[core]\nworktree=../../../a\n"));
    CHECK(!is_safe(&c, "/work/.git/config", "", "[core]\nworktree=../../../a\n"));
    CHECK(is_safe(&c, "/work/sub/.git", "", "gitdir: ../.git/modules/sub\n"));
    CHECK(is_safe(&c, "/work/sub/.git", "", "gitdir: /elsewhere/x\n"));
    CHECK(!is_safe(&c, "/work/sub/.git", "", "gitdir: ../evil\n"));
    CHECK(!is_safe(&c, "/work/sub/.git", "", "gitdir: /tmp/evil.git\n"));
    CHECK(!is_safe(&c, "/work/sub/.git", "", "gitdir: /work/cache/evil.git\n"));
    CHECK(!is_safe(&c, "/work/sub/.git", "", "gitdir:\n"));
    CHECK(!is_safe(&c, "/work/sub/.git", "", "gitdir: ../.git/modules/sub\nx"));
    CHECK(is_safe(&c, "/work/.git/worktrees/w/commondir", "", "../..\n"));
    CHECK(!is_safe(&c, "/work/.git/worktrees/w/commondir", "", "../../../evil\n"));
}

TEST(patterns_are_checked)
{
    static const char *const good[] = {".git", "*.pem", "a/b", "a/" "**", "/a/b", "!a/" "**", "!x", "a?c"};
    static const char *const bad[] = {"", "!", "**", "!**", "a/" "**" "/b", "a//b", "a/", "./a", "../a", "a/..", "!.git"};
    struct err e = ERR_INIT;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CHECK_OK(guard_check_pattern(good[i], &e), &e);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_ERR(guard_check_pattern(bad[i], &e), ERR_INPUT, &e);
        e = (struct err)ERR_INIT;
    }
}

TEST(the_root_of_the_file_system_may_be_granted)
{
    struct caps c;
    caps_init(&c);
    caps_add_grant(&c, mem_strdup("/"), CAPS_READWRITE, false, true, caps_origin_make(CAPS_FROM_USER, "--allow", "", "/"));
    caps_add_guard(&c, mem_strdup(".envrc"), caps_origin_make(CAPS_FROM_GROUP, "g", "", ".envrc"));
    CHECK_STR(create(&c, "/.envrc"), "born /");
    CHECK_STR(create(&c, "/a/.envrc"), "born /a");
    caps_release(&c);
}
