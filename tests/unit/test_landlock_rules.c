/* The plan made from caps, for every ABI; and what can be said of applying it without a command. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/landlock_rules.h"
#include "core/mem.h"
#include "tests/unit/tap.h"

enum { /* by hand, from the kernel's header */
       EXECUTE = 1 << 0,
       WRITE_FILE = 1 << 1,
       READ_FILE = 1 << 2,
       READ_DIR = 1 << 3,
       MAKE_CHAR = 1 << 6,
       MAKE_BLOCK = 1 << 11,
       REFER = 1 << 13,
       TRUNCATE = 1 << 14,
       IOCTL_DEV = 1 << 15,
       ALL_7 = 0xffff,
       READING = EXECUTE | READ_FILE | READ_DIR,
       WRITING = ALL_7 & ~(READING | MAKE_CHAR | MAKE_BLOCK | IOCTL_DEV),
};

static void grant(struct caps *c, const char *path, unsigned access)
{
    caps_add_grant(c, mem_strdup(path), access, false, true, caps_origin_make(CAPS_FROM_GROUP, "g", "", ""));
}

static void plan_of(const struct caps *c, int abi, struct landlock_plan *ret)
{
    struct err e = ERR_INIT;
    CHECK_OK(landlock_rules_plan(c, abi, ret, &e), &e);
}

static bool says(const struct landlock_plan *p, const char *part)
{
    for (size_t i = 0; i < p->missing.n; i++)
        if (strstr(p->missing.item[i], part))
            return true;
    return false;
}

static uint64_t rights_at(const struct landlock_plan *p, const char *path)
{
    for (size_t i = 0; i < p->n_rules; i++)
        if (strcmp(p->rule[i].path, path) == 0)
            return p->rule[i].rights;
    return 0;
}

TEST(a_brokered_command_writes_devices_alone)
{
    AUTO(caps_release) struct caps c;
    AUTO(landlock_plan_release) struct landlock_plan p = {0};
    caps_init(&c);
    c.brokered = true;
    grant(&c, "/home/u", CAPS_READWRITE);
    grant(&c, "/home/drop", CAPS_WRITE);
    grant(&c, "/dev/null", CAPS_READWRITE);
    grant(&c, "/usr", CAPS_READ);
    plan_of(&c, 7, &p);
    CHECK_INT(rights_at(&p, "/home/u"), READING);
    CHECK_INT(rights_at(&p, "/home/drop"), 0);
    CHECK_INT(rights_at(&p, "/dev/null"), (READING | WRITING | IOCTL_DEV) & ~TRUNCATE);
    CHECK_INT(rights_at(&p, "/usr"), READING);
    CHECK_INT(p.handled_fs, ALL_7 & ~TRUNCATE);
    CHECK(!says(&p, "mode, owner, times"));
}

TEST(a_brokered_command_that_may_write_everywhere_writes_devices_alone)
{
    AUTO(caps_release) struct caps c;
    AUTO(landlock_plan_release) struct landlock_plan p = {0};
    caps_init(&c);
    c.brokered = true;
    grant(&c, "/", CAPS_READWRITE);
    plan_of(&c, 7, &p);
    CHECK_INT(p.n_rules, 4);
    CHECK_INT(rights_at(&p, "/"), READING);
    CHECK_INT(rights_at(&p, "/dev"), (READING | WRITING | IOCTL_DEV) & ~TRUNCATE);
    CHECK_INT(rights_at(&p, "/proc"), (READING | WRITING) & ~TRUNCATE);
    CHECK_INT(rights_at(&p, "/sys"), (READING | WRITING) & ~TRUNCATE);
}

/* What was opened outside the view, as standard input, is reached by its link in /proc. */
TEST(truncating_is_not_held_by_the_view)
{
    AUTO(caps_release) struct caps c;
    AUTO(landlock_plan_release) struct landlock_plan p = {0}, q = {0};
    caps_init(&c);
    grant(&c, "/home/u", CAPS_READWRITE);
    plan_of(&c, 7, &p);
    CHECK_INT(p.handled_fs, ALL_7);
    c.level = CAPS_LEVEL_FULL;
    plan_of(&c, 7, &q);
    CHECK_INT(q.handled_fs, ALL_7);
    CHECK_INT(rights_at(&q, "/home/u"), READING | WRITING);
}

TEST(masks_by_abi)
{
    static const struct {
        int abi;
        uint64_t fs, net_blocked, scoped;
    } expected[] = {{1, 0x1fff, 0, 0}, {2, 0x3fff, 0, 0}, {3, 0x7fff, 0, 0}, {4, 0x7fff, 3, 0},
                    {5, 0xffff, 3, 0}, {6, 0xffff, 3, 3}, {7, 0xffff, 3, 3}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        for (int blocked = 0; blocked < 2; blocked++) {
            AUTO(caps_release) struct caps c;
            AUTO(landlock_plan_release) struct landlock_plan p = {0};
            caps_init(&c);
            c.network = blocked ? CAPS_NET_BLOCKED : CAPS_NET_OPEN;
            plan_of(&c, expected[i].abi, &p);
            CHECK_INT(p.handled_fs, expected[i].fs);
            CHECK_INT(p.handled_net, blocked ? expected[i].net_blocked : 0);
            CHECK_INT(p.scoped, expected[i].scoped);
        }
}

TEST(ports)
{
    AUTO(caps_release) struct caps c;
    AUTO(landlock_plan_release) struct landlock_plan p = {0};
    struct err e = ERR_INIT;
    caps_init(&c);
    c.network = CAPS_NET_PORTS;
    caps_add_port(&c, 443, CAPS_PORT_CONNECT, caps_origin_make(CAPS_FROM_USER, "--open-port", "", "443"));
    for (int abi = 1; abi < 4; abi++) {
        CHECK_ERR(landlock_rules_plan(&c, abi, &p, &e), ERR_KERNEL, &e);
        CHECK(strstr(e.text, "ports"));
    }
    plan_of(&c, 4, &p);
    CHECK_INT(p.handled_net, 3);
    CHECK_INT(p.n_ports, 1);
    CHECK(says(&p, "every host") && !says(&p, "listens"));
}

TEST(no_landlock_is_refused)
{
    AUTO(caps_release) struct caps c;
    struct landlock_plan p;
    struct err e = ERR_INIT;
    caps_init(&c);
    CHECK_ERR(landlock_rules_plan(&c, 0, &p, &e), ERR_KERNEL, &e);
}

TEST(what_an_abi_lacks_is_said)
{
    static const struct {
        const char *name;
        int abi;
        bool said_when_blocked;
    } rights[] = {{"no right refer", 2, true},
                  {"no right truncate", 3, true},
                  {"no right ioctl_dev", 5, true},
                  {"no right scope_signal", 6, true},
                  {"no right scope_abstract_unix", 6, false},
                  {"connect_tcp", 1, false}};
    for (int abi = 1; abi <= 7; abi++)
        for (int blocked = 0; blocked < 2; blocked++)
            for (size_t i = 0; i < sizeof rights / sizeof *rights; i++) {
                AUTO(caps_release) struct caps c;
                AUTO(landlock_plan_release) struct landlock_plan p = {0};
                caps_init(&c);
                c.network = blocked ? CAPS_NET_BLOCKED : CAPS_NET_OPEN;
                plan_of(&c, abi, &p);
                bool wanted = abi < rights[i].abi && (!blocked || rights[i].said_when_blocked);
                CHECK_INT(says(&p, rights[i].name), wanted);
            }
}

TEST(rights_by_access)
{
    static const struct {
        const char *path;
        unsigned access;
        uint64_t rights;
    } cases[] = {
        {"/a", CAPS_READ, READING},
        {"/a", CAPS_WRITE, WRITING},
        {"/a", CAPS_READWRITE, READING | WRITING},
        {"/dev", CAPS_READWRITE, READING | WRITING | IOCTL_DEV},
        {"/dev/null", CAPS_WRITE, WRITING | IOCTL_DEV},
        {"/dev/null", CAPS_READ, READING},
        {"/", CAPS_WRITE, WRITING | IOCTL_DEV},
        {"/device", CAPS_WRITE, WRITING},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO(caps_release) struct caps c;
        AUTO(landlock_plan_release) struct landlock_plan p = {0};
        caps_init(&c);
        grant(&c, cases[i].path, cases[i].access);
        plan_of(&c, 7, &p);
        CHECK_INT(p.n_rules, 1);
        CHECK_INT(p.rule[0].rights, cases[i].rights);
    }
}

TEST(rights_stay_within_the_abi)
{
    for (int abi = 1; abi <= 7; abi++) {
        AUTO(caps_release) struct caps c;
        AUTO(landlock_plan_release) struct landlock_plan p = {0};
        caps_init(&c);
        grant(&c, "/", CAPS_READWRITE);
        plan_of(&c, abi, &p);
        CHECK_INT(p.rule[0].rights & ~p.handled_fs, 0);
    }
}

TEST(covered_rules_are_left_out)
{
    AUTO(caps_release) struct caps c;
    AUTO(landlock_plan_release) struct landlock_plan p = {0};
    static const char *const kept[] = {"/a", "/a/b", "/a-b", "/a.c", "/c/d", "/x"};
    caps_init(&c);
    grant(&c, "/a/b/c/d", CAPS_READWRITE); /* below /a/b and /a: their union covers it */
    grant(&c, "/a-b", CAPS_READ);          /* not below /a */
    grant(&c, "/a", CAPS_READ);
    grant(&c, "/a/b", CAPS_WRITE);
    grant(&c, "/a/x", CAPS_READ);
    grant(&c, "/a.c", CAPS_READ);
    grant(&c, "/c/d", CAPS_READ);
    grant(&c, "/x", CAPS_READWRITE);
    grant(&c, "/x", CAPS_READ);
    grant(&c, "/x", CAPS_READWRITE);
    plan_of(&c, 7, &p);
    CHECK_INT(p.n_rules, sizeof kept / sizeof *kept);
    for (size_t i = 0; i < p.n_rules; i++)
        CHECK_STR(p.rule[i].path, kept[i]);
}

/* A single file covers nothing: should a directory take its place, the rule is void. */
TEST(a_file_covers_nothing)
{
    AUTO(caps_release) struct caps c;
    AUTO(landlock_plan_release) struct landlock_plan p = {0};
    caps_init(&c);
    caps_add_grant(&c, mem_strdup("/f"), CAPS_READ, true, true, caps_origin_make(CAPS_FROM_GROUP, "g", "", ""));
    grant(&c, "/f", CAPS_READ);
    grant(&c, "/f/g", CAPS_READ);
    plan_of(&c, 7, &p);
    CHECK_INT(p.n_rules, 1);
    CHECK(!p.rule[0].file_only);
}

TEST(absent_grants_make_no_rule)
{
    AUTO(caps_release) struct caps c;
    AUTO(landlock_plan_release) struct landlock_plan p = {0};
    caps_init(&c);
    caps_add_grant(&c, mem_strdup("/f"), CAPS_READ, false, false, caps_origin_make(CAPS_FROM_GROUP, "g", "", ""));
    plan_of(&c, 7, &p);
    CHECK_INT(p.n_rules, 0);
}

TEST(per_process_names_become_proc)
{
    static const char *const names[] = {"/proc/self", "/proc/self/fd", "/proc/self/fd/1", "/proc/thread-self"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        AUTO(caps_release) struct caps c;
        AUTO(landlock_plan_release) struct landlock_plan p = {0};
        caps_init(&c);
        grant(&c, names[i], CAPS_READWRITE);
        plan_of(&c, 7, &p);
        CHECK_INT(p.n_rules, 1);
        CHECK_STR(p.rule[0].path, "/proc");
        CHECK_INT(p.rule[0].rights, READING);
        CHECK(says(&p, "all of /proc"));
    }
}

TEST(proc_granted_outright_is_no_surprise)
{
    AUTO(caps_release) struct caps c;
    AUTO(landlock_plan_release) struct landlock_plan p = {0};
    caps_init(&c);
    grant(&c, "/proc/self", CAPS_READ);
    grant(&c, "/proc", CAPS_READ);
    grant(&c, "/proc/selfish", CAPS_READ);
    plan_of(&c, 7, &p);
    CHECK_INT(p.n_rules, 1);
    CHECK(!says(&p, "all of /proc"));
}

TEST(limits_are_said)
{
    AUTO(caps_release) struct caps c;
    AUTO(landlock_plan_release) struct landlock_plan plan = {0};
    caps_init(&c);
    plan_of(&c, 7, &plan);
    CHECK(says(&plan, "mode, owner"));
}

static int apply(const struct caps *c, struct err *e)
{
    AUTO(landlock_plan_release) struct landlock_plan p = {0};
    int abi;
    int sys;
    abi = landlock_rules_abi(&sys);
    if (abi < 1)
        SKIP("this kernel has no Landlock");
    plan_of(c, abi, &p);
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    return landlock_rules_apply(&p, abi, e);
}

static const char *below(const char *name)
{
    static char path[600];
    (void)snprintf(path, sizeof path, "%s/%s", tap_tmpdir(), name);
    return path;
}

TEST(a_path_that_has_gone_grants_nothing)
{
    AUTO(caps_release) struct caps c;
    struct err e = ERR_INIT;
    caps_init(&c);
    grant(&c, tap_tmpdir(), CAPS_READWRITE); /* so that it can be removed */
    grant(&c, "/nono-test/that/is/not/there", CAPS_READ);
    grant(&c, "/proc", CAPS_READWRITE);
    grant(&c, "/tmp", CAPS_READWRITE);
    CHECK_OK(apply(&c, &e), &e);
    CHECK(open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES);
}

TEST(a_link_in_the_path_is_refused)
{
    AUTO(caps_release) struct caps c;
    struct err e = ERR_INIT;
    caps_init(&c);
    CHECK(symlink("/etc", below("link")) == 0);
    grant(&c, below("link"), CAPS_READ);
    CHECK_ERR(apply(&c, &e), ERR_KERNEL, &e);
    CHECK(strstr(e.text, "link"));
}

TEST(a_link_further_up_is_refused)
{
    AUTO(caps_release) struct caps c;
    struct err e = ERR_INIT;
    caps_init(&c);
    CHECK(symlink("/etc", below("link")) == 0);
    grant(&c, below("link/ssl"), CAPS_READ);
    if (access(below("link/ssl"), F_OK) < 0)
        SKIP("/etc/ssl is not there");
    CHECK_ERR(apply(&c, &e), ERR_KERNEL, &e);
}

TEST(a_barred_object_is_refused)
{
    AUTO(caps_release) struct caps c;
    struct err e = ERR_INIT;
    struct stat st;
    caps_init(&c);
    CHECK(stat("/etc", &st) == 0);
    mem_reserve(&c.barred, &c.cap_barred, 1, sizeof *c.barred);
    c.barred[c.n_barred++] = (struct caps_object){.device = (uint64_t)st.st_dev, .inode = (uint64_t)st.st_ino};
    grant(&c, "/etc", CAPS_READ);
    CHECK_ERR(apply(&c, &e), ERR_KERNEL, &e);
}
