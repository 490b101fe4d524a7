/* What Landlock holds: files and directories. Without a grant, with one for reading only, and with the one that is needed. */
#include <errno.h>
#include <unistd.h>

#include "tests/kernel/inside.h"
#include "tests/unit/tap.h"

static const struct inside none = {0};
static const struct inside reading = {.read = {"work"}};
static const struct inside writing = {.write = {"work"}};
static const struct inside both = {.both = {"work"}};

#define READS(id, ...) \
    TEST(id) \
    { \
        inside_triple(TRY(__VA_ARGS__), EACCES, &none, &reading); \
        inside_triple(TRY(__VA_ARGS__), EACCES, &writing, &both); \
    }
#define WRITES(id, ...) \
    TEST(id) \
    { \
        inside_triple(TRY(__VA_ARGS__), EACCES, &none, &writing); \
        inside_triple(TRY(__VA_ARGS__), EACCES, &reading, &both); \
    }

READS(reading_a_file, "open-read", at("work/file"))
READS(listing, "list", at("work"))
WRITES(writing_a_file, "open-write", at("work/file"))
WRITES(truncating_by_name, "truncate", at("work/file"))
WRITES(creating, "create", at("work/new"))
WRITES(making_a_directory, "mkdir", at("work/new"))
WRITES(removing_a_directory, "rmdir", at("work/empty"))
WRITES(removing_a_file, "unlink", at("work/file"))
WRITES(renaming, "rename", at("work/file"), at("work/new"))
WRITES(linking, "link", at("work/file"), at("work/new"))
WRITES(making_a_link, "symlink", "file", at("work/new"))
WRITES(making_a_fifo, "mkfifo", at("work/new"))
WRITES(unnamed_file, "tmpfile", at("work"))

TEST(truncating_while_reading)
{
    inside_triple(TRY("open-truncate", at("work/file")), EACCES, &reading, &both);
}

/* Landlock answers EXDEV where a move would only widen what may be done with the file. */
TEST(renaming_into_another_directory)
{
    const struct inside one_side = {.both = {"work/dir"}};
    inside_triple(TRY("rename", at("work/dir/file"), at("work/other/new")), EACCES, &one_side, &both);
}

TEST(linking_a_secret_into_the_work)
{
    const struct inside and_secret = {.both = {"work", "secret"}};
    if (!inside_all_at_full()) {
        inside_triple(TRY("link", at("secret/key"), at("work/key")), EXDEV, &both, &and_secret);
        return;
    }
    inside_layout();
    CHECK_INT(outside_run(TRY("link", at("secret/key"), at("work/key"))), 0);
    CHECK(unlink(at("work/key")) == 0);
    CHECK_INT(inside_run(&both, TRY("link", at("secret/key"), at("work/key"))), EXDEV);
    CHECK_INT(inside_run(&and_secret, TRY("link", at("secret/key"), at("work/key"))), EXDEV);
}

TEST(reading_through_a_link)
{
    const struct inside and_secret = {.both = {"work", "secret"}};
    inside_layout();
    CHECK(symlink(at("secret/key"), at("work/empty/key")) == 0);
    CHECK_INT(outside_run(TRY("open-read", at("work/empty/key"))), 0);
    CHECK_INT(inside_run(&both, TRY("open-read", at("work/empty/key"))), EACCES);
    CHECK_INT(inside_run(&and_secret, TRY("open-read", at("work/empty/key"))), 0);
}

TEST(executing)
{
    inside_triple(TRY("exec", "/usr/bin/true"), EACCES, &none, &(struct inside){.read = {"/usr"}});
}

TEST(a_grant_of_a_file_is_not_one_of_its_directory)
{
    const struct inside file = {.file = {"work/file"}};
    inside_layout();
    CHECK_INT(inside_run(&file, TRY("open-read", at("work/file"))), 0);
    CHECK_INT(inside_run(&file, TRY("open-write", at("work/file"))), 0);
    int refused = inside_all_at_full() ? EROFS : EACCES;
    CHECK_INT(inside_run(&file, TRY("unlink", at("work/file"))), refused);
    CHECK_INT(inside_run(&file, TRY("create", at("work/new"))), refused);
    CHECK_INT(inside_run(&file, TRY("open-read", at("work/dir/file"))), EACCES);
}

TEST(a_file_that_became_a_directory_is_not_granted)
{
    const struct inside file = {.file = {"work/dir"}};
    inside_layout();
    CHECK_INT(outside_run(TRY("open-read", at("work/dir/file"))), 0);
    CHECK_INT(inside_run(&file, TRY("open-read", at("work/dir/file"))), EACCES);
}

TEST(devices_are_never_made)
{
    inside_layout();
    if (geteuid() == 0)
        inside_never(TRY("mknod", at("work/null")), EACCES);
    else
        CHECK_INT(inside_run(&both, TRY("mknod", at("work/null"))), EACCES);
}

/* On a kernel whose Landlock has no right for truncating, the filter holds it: simulated, as the ruleset then leaves it out. */
TEST(truncating_on_an_old_kernel)
{
    const struct inside old = {.abi = 2, .both = {"work"}};
    const struct inside old_reading = {.abi = 2, .read = {"work"}};
    inside_layout();
    CHECK_INT(inside_run(&old, TRY("truncate", at("secret/key"))), EACCES);
    CHECK_INT(inside_run(&old_reading, TRY("open-truncate", at("work/file"))), EACCES);
    CHECK_INT(inside_run(&old_reading, TRY("open-read", at("work/file"))), 0);
    CHECK_INT(inside_run(&old, TRY("open-write", at("work/file"))), 0);
    CHECK_INT(inside_run(&old, TRY("create", at("work/new"))), 0);
}

TEST(a_kernel_that_cannot_refer)
{
    const struct inside old = {.abi = 1, .both = {"work"}};
    inside_triple(TRY("rename", at("work/dir/file"), at("work/other/new")), EXDEV, &old, &both);
}
