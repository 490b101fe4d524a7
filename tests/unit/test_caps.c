/* caps: the one evaluator, and what it says of where an entry came from. */
#include "core/caps.h"

#include <string.h>

#include "core/mem.h"
#include "tests/unit/tap.h"

static struct caps_origin from(enum caps_source source, const char *name)
{
    return caps_origin_make(source, name, NULL, NULL);
}

static void grant(struct caps *c, const char *path, unsigned access)
{
    caps_add_grant(c, mem_strdup(path), access, false, true, from(CAPS_FROM_GROUP, path));
}

static void deny(struct caps *c, const char *path)
{
    caps_add_deny(c, mem_strdup(path), true, from(CAPS_FROM_GROUP, path));
}

static bool allows(const struct caps *c, const char *path, unsigned access)
{
    struct caps_answer answer;
    caps_evaluate(c, path, access, &answer);
    return answer.allowed;
}

TEST(nothing_is_allowed_by_nothing)
{
    struct caps c;
    struct caps_answer answer;
    caps_init(&c);
    CHECK_INT(c.network, CAPS_NET_OPEN);
    caps_evaluate(&c, "/", CAPS_READ, &answer);
    CHECK(!answer.allowed && !answer.grant && !answer.deny && answer.granted == 0);
    caps_release(&c);
    caps_release(&c);
}

TEST(a_grant_covers_what_is_below_it)
{
    AUTO(caps_release) struct caps c;
    caps_init(&c);
    grant(&c, "/a", CAPS_READ);
    CHECK(allows(&c, "/a", CAPS_READ) && allows(&c, "/a/b/c", CAPS_READ));
    CHECK(!allows(&c, "/ab", CAPS_READ) && !allows(&c, "/", CAPS_READ) && !allows(&c, "/b", CAPS_READ));
    CHECK(!allows(&c, "/a", CAPS_WRITE) && !allows(&c, "/a/b", CAPS_READWRITE));
}

TEST(grants_add_up)
{
    AUTO(caps_release) struct caps c;
    struct caps_answer answer;
    caps_init(&c);
    grant(&c, "/", CAPS_READ);
    grant(&c, "/a/b", CAPS_WRITE);
    CHECK(allows(&c, "/a/b/c", CAPS_READWRITE));
    CHECK(!allows(&c, "/a", CAPS_WRITE) && allows(&c, "/a", CAPS_READ));
    caps_evaluate(&c, "/a/b/c", CAPS_READ, &answer);
    CHECK_INT(answer.granted, CAPS_READWRITE);
    CHECK_STR(answer.grant->path, "/a/b"); /* the nearest, though another gave the access */
}

TEST(deny_wins_wherever_it_stands)
{
    AUTO(caps_release) struct caps c;
    struct caps_answer answer;
    caps_init(&c);
    deny(&c, "/a/b");
    grant(&c, "/a", CAPS_READWRITE);
    grant(&c, "/a/b/c", CAPS_READWRITE); /* more specific, and yet */
    CHECK(allows(&c, "/a", CAPS_READWRITE) && allows(&c, "/a/bb", CAPS_WRITE));
    CHECK(!allows(&c, "/a/b", CAPS_READ) && !allows(&c, "/a/b/c", CAPS_READ));
    caps_evaluate(&c, "/a/b/c/d", CAPS_READ, &answer);
    CHECK_STR(answer.deny->path, "/a/b");
    CHECK_STR(answer.grant->path, "/a/b/c");
    CHECK_INT(answer.granted, CAPS_READWRITE);
}

TEST(the_nearest_deny_is_named)
{
    AUTO(caps_release) struct caps c;
    struct caps_answer answer;
    caps_init(&c);
    deny(&c, "/a");
    deny(&c, "/a/b");
    deny(&c, "/a/b/c/d");
    caps_evaluate(&c, "/a/b/c", CAPS_READ, &answer);
    CHECK_STR(answer.deny->path, "/a/b");
}

TEST(an_overridden_deny_is_none)
{
    AUTO(caps_release) struct caps c;
    caps_init(&c);
    deny(&c, "/a/b");
    grant(&c, "/a/b", CAPS_READ);
    CHECK(!allows(&c, "/a/b/c", CAPS_READ));
    c.deny[0].overridden = true;
    CHECK(allows(&c, "/a/b/c", CAPS_READ) && !allows(&c, "/a/b/c", CAPS_WRITE));
}

TEST(a_deny_of_what_does_not_exist_holds)
{
    AUTO(caps_release) struct caps c;
    caps_init(&c);
    grant(&c, "/a", CAPS_READWRITE);
    caps_add_deny(&c, mem_strdup("/a/.env"), false, from(CAPS_FROM_GROUP, "g"));
    CHECK(!allows(&c, "/a/.env", CAPS_WRITE));
}

TEST(a_grant_of_what_does_not_exist_is_not_enforced)
{
    AUTO(caps_release) struct caps c;
    caps_init(&c);
    caps_add_grant(&c, mem_strdup("/a"), CAPS_READ, false, false, from(CAPS_FROM_USER, "--read"));
    CHECK(!allows(&c, "/a", CAPS_READ));
    c.grant[0].exists = true;
    CHECK(allows(&c, "/a", CAPS_READ));
}

TEST(a_grant_of_a_file_covers_no_tree)
{
    AUTO(caps_release) struct caps c;
    caps_init(&c);
    caps_add_grant(&c, mem_strdup("/a"), CAPS_READ, true, true, from(CAPS_FROM_USER, "--read-file"));
    CHECK(allows(&c, "/a", CAPS_READ));
    CHECK(!allows(&c, "/a/b", CAPS_READ));
}

TEST(blocked_by_the_name_alone)
{
    AUTO(caps_release) struct caps c;
    caps_init(&c);
    caps_add_blocked(&c, mem_strdup("rm"), from(CAPS_FROM_GROUP, "dangerous"));
    CHECK(caps_blocked(&c, "rm") == c.blocked);
    CHECK(caps_blocked(&c, "/usr/bin/rm") == c.blocked && caps_blocked(&c, "./rm") == c.blocked);
    CHECK(!caps_blocked(&c, "rmdir") && !caps_blocked(&c, "/rm/x") && !caps_blocked(&c, "RM") && !caps_blocked(&c, ""));
}

TEST(many_entries_keep_their_order)
{
    AUTO(caps_release) struct caps c;
    caps_init(&c);
    for (int i = 0; i < 500; i++) {
        AUTO(str_release) struct str path = STR_INIT(100);
        str_addf(&path, "/%d", i);
        grant(&c, path.buf, CAPS_READ);
        deny(&c, path.buf);
        caps_add_blocked(&c, mem_strdup(path.buf + 1), from(CAPS_FROM_GROUP, "g"));
    }
    CHECK_INT(c.n_grants, 500);
    CHECK_INT(c.n_denies, 500);
    CHECK_INT(c.n_blocked, 500);
    CHECK_STR(c.grant[499].path, "/499");
    CHECK_STR(c.deny[0].path, "/0");
    CHECK_STR(c.blocked[250].name, "250");
}

TEST(origin_is_copied)
{
    char name[] = "dev";
    char key[] = "/a/0";
    char text[] = "~/x";
    AUTO(caps_origin_release) struct caps_origin o = caps_origin_make(CAPS_FROM_PROFILE, name, key, text);
    name[0] = key[0] = text[0] = '#';
    CHECK_STR(o.name, "dev");
    CHECK_STR(o.key, "/a/0");
    CHECK_STR(o.text, "~/x");
    caps_origin_release(&o);
    CHECK(!o.name && !o.key && !o.text);
    o = caps_origin_make(CAPS_FROM_NONO, NULL, NULL, NULL);
    CHECK(!o.name);
    CHECK_STR(o.key, "");
    CHECK_STR(o.text, "");
}

TEST(origin_for_a_person)
{
    static const struct {
        enum caps_source source;
        const char *name, *key, *text, *wanted;
    } row[] = {
        {CAPS_FROM_USER, "--allow", NULL, "~/x", "--allow ~/x"},
        {CAPS_FROM_USER, "--allow-cwd", NULL, NULL, "--allow-cwd"},
        {CAPS_FROM_USER, "--allow", NULL, "\033[2J", "--allow \\x1b[2J"},
        {CAPS_FROM_PROFILE, "dev", "/filesystem/allow/0", "~/x", "profile dev /filesystem/allow/0"},
        {CAPS_FROM_PROFILE, "d\nv", NULL, NULL, "profile d\\x0av"},
        {CAPS_FROM_GROUP, "system_read_linux", NULL, "/usr", "group system_read_linux"},
        {CAPS_FROM_WORKDIR, "--allow-cwd", NULL, NULL, "working directory (--allow-cwd)"},
        {CAPS_FROM_PROGRAM, "python3", NULL, NULL, "program python3"},
        {CAPS_FROM_NONO, NULL, NULL, NULL, "nono's own files"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        AUTO(caps_origin_release) struct caps_origin o = caps_origin_make(row[i].source, row[i].name, row[i].key, row[i].text);
        AUTO(str_release) struct str s = STR_INIT(STR_MAX_LINE);
        caps_origin_describe(&o, &s);
        CHECK_STR(s.buf, row[i].wanted);
    }
}

TEST(a_copy_is_equal_and_its_own)
{
    struct caps c;
    AUTO(caps_release) struct caps copy;
    struct caps_answer answer;
    caps_init(&c);
    grant(&c, "/a", CAPS_READ);
    caps_add_grant(&c, mem_strdup("/b"), CAPS_WRITE, true, false, caps_origin_make(CAPS_FROM_PROFILE, "p", "/filesystem/write_file/0", "~/b"));
    c.grant[1].is_part = true;
    deny(&c, "/a/b");
    deny(&c, "/c");
    c.deny[1].overridden = true;
    caps_add_blocked(&c, mem_strdup("rm"), from(CAPS_FROM_GROUP, "g"));
    caps_add_variable(&c, (struct caps_variable){CAPS_VARIABLE_SET, mem_strdup("A"), mem_strdup("1"), from(CAPS_FROM_PROFILE, "p")});
    c.network = CAPS_NET_BLOCKED;
    c.workdir = mem_strdup("/w");
    c.workdir_access = CAPS_READWRITE;
    strlist_add(&c.notices, "n");
    strlist_add(&c.warnings, "w");
    strlist_add(&c.rollback_exclude, "x");
    mem_reserve(&c.barred, &c.cap_barred, 1, sizeof *c.barred);
    c.barred[c.n_barred++] = (struct caps_object){.device = 1, .inode = 2};
    caps_add_mask(&c, mem_strdup("/a/b"), CAPS_MASK_FILE);
    c.private_terminals = c.own_terminals = true;
    c.max_copy = 77;
    c.large = CAPS_LARGE_SKIPPED;
    strlist_add(&c.scratch, "/s");
    caps_add_grant(&c, mem_strdup("/d"), CAPS_READ, false, true, caps_origin_static(CAPS_FROM_GROUP, "g", "t"));
    caps_copy(&c, &copy);
    caps_release(&c);
    CHECK_INT(copy.n_grants, 3);
    CHECK_STR(copy.grant[2].origin.text, "t");
    CHECK(copy.private_terminals && copy.own_terminals && copy.max_copy == 77 && copy.large == CAPS_LARGE_SKIPPED && strlist_has(&copy.scratch, "/s"));
    CHECK(copy.grant[1].file_only && copy.grant[1].is_part && !copy.grant[1].exists && copy.grant[0].exists);
    CHECK_STR(copy.grant[1].origin.key, "/filesystem/write_file/0");
    CHECK_STR(copy.grant[1].origin.text, "~/b");
    caps_evaluate(&copy, "/a/b/c", CAPS_READ, &answer);
    CHECK(answer.deny && answer.granted == CAPS_READ);
    CHECK(copy.deny[1].overridden && caps_blocked(&copy, "rm") && copy.network == CAPS_NET_BLOCKED);
    CHECK_STR(copy.workdir, "/w");
    CHECK_INT(copy.workdir_access, CAPS_READWRITE);
    CHECK(strlist_has(&copy.notices, "n") && strlist_has(&copy.warnings, "w") && strlist_has(&copy.rollback_exclude, "x"));
    CHECK_INT(copy.barred[0].inode, 2);
    CHECK_INT(copy.n_variables, 1);
    CHECK_STR(copy.variable[0].name, "A");
    CHECK_STR(copy.variable[0].value, "1");
    CHECK_STR(copy.variable[0].origin.name, "p");
    CHECK_INT(copy.mask[0].kind, CAPS_MASK_FILE);
    CHECK_STR(copy.mask[0].path, "/a/b");
}
