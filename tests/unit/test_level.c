/* The level as data: what is planned for each. What it holds is tested in tests/kernel. */
#include "core/level.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/namespaces.h"
#include "tests/unit/no_namespaces.h"
#include "tests/unit/tap.h"

static void grant(struct caps *c, const char *path, unsigned access, bool exists)
{
    caps_add_grant(c, mem_strdup(path), access, false, exists, caps_origin_make(CAPS_FROM_GROUP, "test", "", ""));
}

static void deny(struct caps *c, const char *path)
{
    caps_add_deny(c, mem_strdup(path), false, caps_origin_make(CAPS_FROM_GROUP, "test", "", ""));
}

static void plan(struct caps *c, enum caps_level level)
{
    struct err e = ERR_INIT;
    CHECK_OK(level_plan(c, level, true, &e), &e);
}

static void check_writable(const struct caps *c, const char *wanted)
{
    AUTO(str_release) struct str got = STR_INIT(STR_MAX_LINE);
    for (size_t i = 0; i < c->writable.n; i++)
        str_addf(&got, "%s%s", i ? " " : "", c->writable.item[i]);
    CHECK_STR(got.buf, wanted);
}

TEST(what_may_be_written_and_lies_in_nothing_else_that_may)
{
    AUTO(caps_release) struct caps c;
    caps_init(&c);
    grant(&c, "/w/a/b", CAPS_WRITE, true);
    grant(&c, "/w/a", CAPS_READWRITE, true);
    grant(&c, "/w/a-b", CAPS_WRITE, true);
    grant(&c, "/w/a", CAPS_WRITE, true);
    grant(&c, "/w/a/c/d", CAPS_WRITE, true);
    grant(&c, "/w/read", CAPS_READ, true);
    grant(&c, "/w/absent", CAPS_WRITE, false);
    grant(&c, "/proc/self/fd", CAPS_WRITE, true);
    plan(&c, CAPS_LEVEL_FULL);
    CHECK_INT(c.level, CAPS_LEVEL_FULL);
    check_writable(&c, "/w/a /w/a-b");
}

TEST(the_root_is_above_everything)
{
    AUTO(caps_release) struct caps c;
    caps_init(&c);
    grant(&c, "/w", CAPS_WRITE, true);
    grant(&c, "/", CAPS_WRITE, true);
    plan(&c, CAPS_LEVEL_FULL);
    check_writable(&c, "/");
    CHECK(!c.private_shm);
}

TEST(the_lower_level_needs_none_of_it)
{
    AUTO(caps_release) struct caps c;
    caps_init(&c);
    grant(&c, "/w", CAPS_WRITE, true);
    plan(&c, CAPS_LEVEL_LANDLOCK);
    CHECK_INT(c.level, CAPS_LEVEL_LANDLOCK);
    CHECK_INT(c.writable.n, 0);
    CHECK_INT(c.n_grants, 1);
    CHECK(!c.private_shm);
}

static bool gets_private_shm(const char *path, unsigned access, const char *denied)
{
    AUTO(caps_release) struct caps c;
    struct caps_answer answer;
    caps_init(&c);
    if (path)
        grant(&c, path, access, true);
    if (denied)
        deny(&c, denied);
    plan(&c, CAPS_LEVEL_FULL);
    caps_evaluate(&c, NAMESPACES_SHM "/x", CAPS_WRITE, &answer);
    CHECK_INT(answer.allowed, c.private_shm || (path && access == CAPS_WRITE && strcmp(path, NAMESPACES_SHM "/own") != 0));
    return c.private_shm;
}

TEST(shared_memory_is_private_unless_the_shared_one_was_granted)
{
    struct stat st;
    if (lstat(NAMESPACES_SHM, &st) < 0 || !S_ISDIR(st.st_mode))
        tap_skip("there is no " NAMESPACES_SHM);
    CHECK(gets_private_shm(NULL, 0, NULL));
    CHECK(gets_private_shm("/", CAPS_READ, NULL));
    CHECK(gets_private_shm("/dev", CAPS_READ, NULL));
    CHECK(!gets_private_shm("/dev", CAPS_WRITE, NULL));
    CHECK(!gets_private_shm(NAMESPACES_SHM, CAPS_READ, NULL));
    CHECK(!gets_private_shm(NAMESPACES_SHM "/own", CAPS_WRITE, NULL));
    CHECK(!gets_private_shm(NULL, 0, NAMESPACES_SHM));
    CHECK(!gets_private_shm(NULL, 0, NAMESPACES_SHM "/secret"));
    CHECK(!gets_private_shm(NULL, 0, "/dev"));
}

TEST(too_many_places_are_said_and_held_at_the_lower_level)
{
    AUTO(caps_release) struct caps c;
    caps_init(&c);
    for (int i = 0; i <= LEVEL_MAX_WRITABLE; i++) {
        char path[32];
        (void)snprintf(path, sizeof path, "/w/%d", i);
        grant(&c, path, CAPS_WRITE, true);
    }
    plan(&c, CAPS_LEVEL_FULL);
    CHECK_INT(c.level, CAPS_LEVEL_LANDLOCK);
    CHECK_INT(c.writable.n, 0);
    CHECK_INT(c.notices.n, 1);
    CHECK(strstr(c.notices.item[0], "257 places may be written, more than 256"));
}

TEST(a_copy_has_the_level_too)
{
    AUTO(caps_release) struct caps c;
    AUTO(caps_release) struct caps copy;
    caps_init(&c);
    grant(&c, "/w", CAPS_WRITE, true);
    plan(&c, CAPS_LEVEL_FULL);
    caps_copy(&c, &copy);
    CHECK_INT(copy.level, CAPS_LEVEL_FULL);
    CHECK_INT(copy.private_shm, c.private_shm);
    check_writable(&copy, "/w");
}

TEST(the_level_that_works_here)
{
    AUTO(str_release) struct str full = STR_INIT(STR_MAX_LINE);
    struct caps none;
    struct err e = ERR_INIT;
    caps_init(&none);
    CHECK_INT(level_here(), namespaces_work() ? CAPS_LEVEL_FULL : CAPS_LEVEL_LANDLOCK);
    level_describe(CAPS_LEVEL_FULL, 7, &full);
    CHECK_STR(full.buf, "full: Landlock V7 + seccomp + namespaces");
    if (!no_namespaces())
        tap_skip("seccomp does not work here");
    CHECK_INT(level_here(), CAPS_LEVEL_LANDLOCK);
    none.level = CAPS_LEVEL_FULL;
    CHECK_ERR(namespaces_enter(&none, &e), ERR_LEVEL, &e);
}
