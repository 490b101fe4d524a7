/* kept: what of a policy is recorded, and what is scratch. */
#include "rollback/kept.h"

#include "core/mem.h"
#include "tests/unit/tap.h"

static void grant(struct caps *c, const char *path, unsigned access, enum caps_source source)
{
    caps_add_grant(c, mem_strdup(path), access, false, true, caps_origin_make(source, "x", "", path));
}

TEST(what_may_be_written_is_kept_but_for_scratch)
{
    AUTO(caps_release) struct caps c;
    AUTO(strlist_release) struct strlist roots = STRLIST_INIT;
    caps_init(&c);
    strlist_add(&c.scratch, "/tmp");
    strlist_add(&c.scratch, "/home/u/.cache");
    grant(&c, "/home/u/proj", CAPS_READWRITE, CAPS_FROM_WORKDIR);
    grant(&c, "/home/u/proj/sub", CAPS_READWRITE, CAPS_FROM_USER);
    grant(&c, "/home/u/notes", CAPS_READWRITE, CAPS_FROM_USER);
    grant(&c, "/home/u/notes/sub", CAPS_WRITE, CAPS_FROM_USER);
    grant(&c, "/usr", CAPS_READ, CAPS_FROM_GROUP);
    grant(&c, "/tmp", CAPS_READWRITE, CAPS_FROM_GROUP);
    grant(&c, "/tmp/mine", CAPS_READWRITE, CAPS_FROM_USER);
    grant(&c, "/home/u/.cache", CAPS_READWRITE, CAPS_FROM_USER);
    grant(&c, "/home/u/.cache/kept", CAPS_READWRITE, CAPS_FROM_PROFILE);
    grant(&c, "/dev/shm", CAPS_READWRITE, CAPS_FROM_USER);
    grant(&c, "/dev/mqueue", CAPS_READ, CAPS_FROM_USER);
    grant(&c, "/dev/tty", CAPS_READWRITE, CAPS_FROM_GROUP);
    grant(&c, "/home/u/state", CAPS_READWRITE, CAPS_FROM_GROUP);
    kept_roots(&c, "/home/u/proj", false, &roots);
    CHECK_INT(roots.n, 4);
    CHECK(strlist_has(&roots, "/home/u/notes") && strlist_has(&roots, "/tmp/mine") && strlist_has(&roots, "/home/u/.cache/kept") &&
          strlist_has(&roots, "/home/u/state"));
    strlist_release(&roots);
    kept_roots(&c, "/home/u/proj", true, &roots);
    CHECK_INT(roots.n, 3);
    CHECK(!strlist_has(&roots, "/home/u/state"));
    strlist_release(&roots);
    kept_roots(&c, NULL, true, &roots);
    CHECK(strlist_has(&roots, "/home/u/proj/sub") && strlist_has(&roots, "/home/u/notes"));
    strlist_release(&roots);
    kept_never(&c, &roots);
    CHECK_INT(roots.n, 1);
    CHECK_STR(roots.item[0], "/dev/shm");
}

TEST(the_innermost_decides_and_the_working_directory_before_all)
{
    AUTO(strlist_release) struct strlist roots = STRLIST_INIT;
    AUTO(strlist_release) struct strlist scratch = STRLIST_INIT;
    const struct kept k = {.workdir = "/home/u/proj", .roots = &roots, .scratch = &scratch};
    strlist_add(&roots, "/home/u");
    strlist_add(&roots, "/home/u/.cache/kept");
    strlist_add(&scratch, "/home/u/.cache");
    strlist_add(&scratch, "/home/u/proj/cache");
    CHECK(kept_has(&k, "/home/u/proj") && kept_has(&k, "/home/u/proj/cache/x") && kept_has(&k, "/home/u/other/x"));
    CHECK(kept_has(&k, "/home/u/.cache/kept/x") && !kept_has(&k, "/home/u/.cache/x") && !kept_has(&k, "/home/other"));
    CHECK_INT(kept_scratch(&k, "/home/u/.cache/x"), 0);
    CHECK_INT(kept_scratch(&k, "/home/u/.cache/kept/x"), -1);
    CHECK_INT(kept_scratch(&k, "/usr/x"), -1);
    CHECK(!kept_has(&(struct kept){.workdir = ""}, "/home/u/proj"));
}
