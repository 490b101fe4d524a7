/* What git reads, and which changes are let through. */
#include "core/git_config.h"

#include <string.h>

#include "tests/unit/tap.h"

static struct view text_of(const char *text)
{
    return (struct view){text, strlen(text)};
}

/* "name=value\n" of each entry, "name\n" of one without a value, and "!" at the end of a malformed text. */
static const char *read_all(const char *text)
{
    static char out[16 * 1024];
    struct git_config c;
    struct git_config_entry entry;
    int r;
    out[0] = '\0';
    git_config_init(&c, text_of(text));
    while ((r = git_config_next(&c, &entry)) > 0) {
        strcat(out, entry.name);
        strcat(out, entry.has_value ? "=" : "");
        strcat(out, entry.value);
        strcat(out, "\n");
    }
    return r < 0 ? strcat(out, "!") : out;
}

static bool is_safe(const char *before, const char *after, unsigned depth)
{
    char why[GIT_CONFIG_MAX_NAME];
    return git_config_is_safe_change(text_of(before), text_of(after), (struct git_config_place){depth}, why);
}

static bool may_add(const char *text)
{
    return is_safe("", text, 0);
}

TEST(reads_what_git_writes)
{
    CHECK_STR(read_all("[core]\n\tbare = false\n[remote \"origin\"]\n\turl = https://x/y.git\n"), "core.bare=false\nremote.origin.url=https://x/y.git\n");
    CHECK_STR(read_all(""), "");
    CHECK_STR(read_all("\xef\xbb\xbf[a]\nb"), "a.b\n");
}

TEST(reads_what_people_write)
{
    CHECK_STR(read_all("[Core] Bare=1 ; note\n# [x]\n[a \"B \\\"c\"] Key = v # note\n"), "core.bare=1\na.B \"c.key=v\n");
    CHECK_STR(read_all("[a.B]\nc=1"), "a.b.c=1\n");
    CHECK_STR(read_all("[a]\nb = \"x ; y\" z  \nc=\"\"\nd=1\\\n2\n"), "a.b=x ; y z\na.c=\na.d=12\n");
    CHECK_STR(read_all("[a]\r\nb = 1\r\n"), "a.b=1\n");
    CHECK_STR(read_all("[a]\nb = \\t\\n\\\\\\\"\n"), "a.b=\t\n\\\"\n");
    CHECK_STR(read_all("b = 1\n"), "b=1\n");
    CHECK_STR(read_all("[a][b]c\n[d]"), "b.c\n");
    CHECK_STR(read_all("[a]b=1[c]\n"), "a.b=1[c]\n");
}

TEST(refuses_what_git_refuses)
{
    static const char *const bad[] = {"[a", "[a \"b]\n", "[a \"b\"x]\n", "[a]\n=1\n", "[a]\n1b=1\n", "[a]\nb c\n", "[a]\nb=\"c\n", "[a]\nb=\\q\n", "[a_b]\nc=1\n", "[a \"b\nc\"]\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(strchr(read_all(bad[i]), '!'));
    struct git_config c;
    struct git_config_entry entry;
    git_config_init(&c, (struct view){"[a]\nb=1\0\n", 9});
    CHECK_INT(git_config_next(&c, &entry), -1);
}

TEST(long_names_and_values_are_malformed)
{
    static char text[3 * GIT_CONFIG_MAX_VALUE];
    struct git_config c;
    struct git_config_entry entry;
    memset(text, 'x', sizeof text);
    memcpy(text, "[a]\nb=", 6);
    git_config_init(&c, (struct view){text, 6 + GIT_CONFIG_MAX_VALUE - 1});
    CHECK_INT(git_config_next(&c, &entry), 1);
    git_config_init(&c, (struct view){text, 6 + GIT_CONFIG_MAX_VALUE});
    CHECK_INT(git_config_next(&c, &entry), -1);
    text[0] = '[';
    memset(text + 1, 'x', sizeof text - 1);
    git_config_init(&c, (struct view){text, sizeof text});
    CHECK_INT(git_config_next(&c, &entry), -1);
}

TEST(what_git_itself_adds_is_harmless)
{
    CHECK(may_add("[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\tlogallrefupdates = true\n"));
    CHECK(may_add("[remote \"origin\"]\n\turl = git@host:a/b.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n"
                  "[branch \"main\"]\n\tremote = origin\n\tmerge = refs/heads/main\n"));
    CHECK(may_add("[submodule \"lib\"]\n\turl = ../lib.git\n\tactive = true\n\tupdate = rebase\n"));
    CHECK(may_add("[extensions]\n\tobjectformat = sha256\n\tworktreeConfig = true\n[user]\n\tname = a\n\temail = b@c\n"));
    CHECK(may_add("[core]\n\tfsmonitor = true\n"));
}

TEST(what_executes_may_not_come)
{
    static const char *const bad[] = {
        "[core]\nhooksPath=x", "[core]\nfsmonitor=./x", "[core]\nsshCommand=x", "[core]\neditor=x", "[core]\npager=x", "[core]\naskPass=x",
        "[core]\nattributesFile=x", "[core]\ngitProxy=x", "[core]\nworktree=/home/u", "[alias]\nst=!x", "[filter \"x\"]\nclean=x", "[filter \"x\"]\nsmudge=x",
        "[filter \"x\"]\nprocess=x", "[diff \"x\"]\ncommand=x", "[diff \"x\"]\ntextconv=x", "[diff]\nexternal=x", "[merge \"x\"]\ndriver=x",
        "[mergetool \"x\"]\ncmd=x", "[credential]\nhelper=!x", "[credential \"https://x\"]\nhelper=x", "[include]\npath=x", "[includeIf \"gitdir:/\"]\npath=x",
        "[url \"ext::sh -c x\"]\ninsteadOf=https://", "[protocol \"ext\"]\nallow=always", "[gpg]\nprogram=x", "[gpg \"ssh\"]\nprogram=x",
        "[sequence]\neditor=x", "[remote \"o\"]\nuploadpack=x", "[remote \"o\"]\nreceivepack=x", "[remote \"o\"]\nvcs=x", "[remote \"o\"]\nurl=ext::sh -c x",
        "[remote \"o\"]\nurl=x://y", "[remote \"o\"]\npushurl=fd::7", "[branch \"m\"]\nremote=ext::sh", "[submodule \"s\"]\nupdate=!x",
        "[submodule \"s\"]\nurl=ext::x", "[submodule \"s\"]\nupdate", "[pager]\nlog=x", "[interactive]\ndiffFilter=x", "[uploadpack]\npackObjectsHook=x", "[http]\nproxy=x",
        "[trailer \"x\"]\ncommand=x", "[browser \"x\"]\ncmd=x", "[man \"x\"]\ncmd=x", "[core]\nunknown=x", "top=1", "[log]\nshowSignature=true",
        "[remote \"o\"]\nurl=-x", "[remote \"o\"]\nurl=\"https://a\\nb\"", "[remote \"o\"]\nurl=ssh://-oProxyCommand=x/y", "[core \"x\"]\nbare=true",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (may_add(bad[i]))
            tap_fail(__FILE__, __LINE__, "let through: %s", bad[i]);
}

TEST(what_executes_stays_as_it_was)
{
    const char *before = "[core]\nhooksPath = h\nbare = false\n[alias]\nst = status\n";
    CHECK(is_safe(before, "[core]\n\tbare = true\n\thookspath = \"h\"\n[alias]\nst=status\n[remote \"o\"]\nurl=https://x\n", 0));
    CHECK(!is_safe(before, "[core]\nbare = false\n[alias]\nst = status\n", 0));
    CHECK(!is_safe(before, "[core]\nhooksPath = i\n[alias]\nst = status\n", 0));
    CHECK(!is_safe(before, "[alias]\nst = status\n[core]\nhooksPath = h\n", 0));
    CHECK(!is_safe("[core\n", "[core]\nbare=true\n", 0));
    CHECK(!is_safe("", "[core\n", 0));
}

TEST(the_name_tells_what_is_wrong)
{
    char why[GIT_CONFIG_MAX_NAME];
    CHECK(!git_config_is_safe_change(text_of("[alias]\na=1\n"), text_of(""), (struct git_config_place){0}, why));
    CHECK_STR(why, "alias.a");
    CHECK(!git_config_is_safe_change(text_of(""), text_of("[core]\nFsMonitor=./x\n"), (struct git_config_place){0}, why));
    CHECK_STR(why, "core.fsmonitor");
    CHECK(!git_config_is_safe_change(text_of(""), text_of("[core"), (struct git_config_place){0}, why));
    CHECK_STR(why, "");
}

TEST(the_worktree_of_a_submodule_lies_beside_its_repository)
{
    CHECK(is_safe("", "[core]\nworktree = ../../../lib\n", 3));
    CHECK(!is_safe("", "[core]\nworktree = ../../../../lib\n", 3));
    CHECK(!is_safe("", "[core]\nworktree = ../../lib\n", 3));
    CHECK(!is_safe("", "[core]\nworktree = ../../../lib/../../x\n", 3));
    CHECK(!is_safe("", "[core]\nworktree = ../../../lib/..\n", 3));
    CHECK(!is_safe("", "[core]\nworktree = ../../../..\n", 3));
    CHECK(!is_safe("", "[core]\nworktree = ../../../.git\n", 3));
    CHECK(!is_safe("", "[core]\nworktree = /lib\n", 3));
    CHECK(!is_safe("", "[core]\nworktree = ../../../lib\n", 0));
}
