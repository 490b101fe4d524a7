/* mounts: other names of one object, from the text of a mountinfo file. */
#include "core/mounts.h"

#include <string.h>

#include "core/mem.h"
#include "tests/unit/tap.h"

/* /home is a file system of its own; /srv/h shows all of it, /srv/k one directory, /srv/one a part of that; /other is another. */
static const char mountinfo[] = "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/a rw\n"
                                "30 21 8:2 / /home rw - ext4 /dev/b rw\n"
                                "31 21 8:2 / /srv/h rw - ext4 /dev/b rw\n"
                                "32 21 8:2 /u/.ssh /srv/k rw - ext4 /dev/b rw\n"
                                "33 21 8:2 /u/.ssh/keys /srv/one\\040two rw - ext4 /dev/b rw\n"
                                "34 21 8:3 /u/.ssh /other rw - ext4 /dev/c rw\n"
                                "35 21 8:2 /v /srv/v rw - ext4 /dev/b rw\n";

static bool shown(const char *path, uint64_t id)
{
    (void)path;
    return id != 0;
}

/* As if something else were mounted over /srv. */
static bool shown_but_31(const char *path, uint64_t id)
{
    (void)path;
    return id != 31;
}

static void check_with(mounts_test *is_shown, const char *text, const char *path, const char *wanted)
{
    AUTO(strlist_release) struct strlist got = STRLIST_INIT;
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    mounts_aliases(text, path, is_shown, &got);
    for (size_t i = 0; i < got.n; i++)
        str_addf(&line, "%s;", got.item[i]);
    CHECK_STR(line.buf ? line.buf : "", wanted);
}

static void check(const char *text, const char *path, const char *wanted)
{
    check_with(shown, text, path, wanted);
}

TEST(every_other_name_of_a_directory)
{
    check(mountinfo, "/home/u/.ssh", "/srv/h/u/.ssh;/srv/k;/srv/one two;");
    check(mountinfo, "/home/u/.ssh/keys/id", "/srv/h/u/.ssh/keys/id;/srv/k/keys/id;/srv/one two/id;");
    check(mountinfo, "/home/v", "/srv/h/v;/srv/v;");
    check(mountinfo, "/etc/shadow", "");
}

TEST(what_is_mounted_below_a_directory)
{
    static const char text[] = "1 0 8:1 / / rw - ext4 x rw\n2 1 8:2 / /home/u/with\\040blank/inner rw - ext4 x rw\n";
    CHECK(mounts_any_below(text, "/"));
    CHECK(mounts_any_below(text, "/home/u"));
    CHECK(mounts_any_below(text, "/home/u/with blank"));
    CHECK(!mounts_any_below(text, "/home/u/with blank/inner"));
    CHECK(!mounts_any_below(text, "/home/u/with"));
    CHECK(!mounts_any_below(text, "/usr"));
}

TEST(the_last_of_two_mounts_at_one_place_counts)
{
    check("21 1 8:1 / / rw - ext4 /dev/a rw\n"
          "30 21 8:2 / /home rw - ext4 /dev/b rw\n"
          "31 30 8:3 / /home rw - ext4 /dev/c rw\n"
          "32 21 8:2 /u /two rw - ext4 /dev/b rw\n"
          "33 21 8:3 /u /three rw - ext4 /dev/c rw\n",
          "/home/u", "/three;");
}

TEST(lines_that_are_none_are_passed_over)
{
    check("", "/a", "");
    check("x\n\n1 2\n21 1 8:1 / / rw\n 8:1\n22 1 8:1 /a /b rw", "/a/c", "/b/c;");
}

TEST(what_is_mounted_over_shows_nothing)
{
    check_with(shown_but_31, mountinfo, "/home/u/.ssh", "/srv/k;/srv/one two;");
}

TEST(the_kernel_says_what_is_shown)
{
    AUTO(str_release) struct str text = STR_INIT(MOUNTS_MAX_TEXT);
    struct err e = ERR_INIT;
    CHECK_OK(mounts_read(&text, &e), &e);
    CHECK(text.len > 0);
    CHECK(!mounts_is_shown("/proc/self", 0));
    CHECK(!mounts_is_shown("/proc/none/below", 0));
}
