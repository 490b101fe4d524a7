/* Deny always wins, held by mounts: nothing is taken from what lies beside a denied path, and no way leads to it. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/overlap.h"
#include "tests/kernel/inside.h"
#include "tests/unit/tap.h"

static const struct inside plain = {.both = {"home"}};
static const struct inside denying = {.both = {"home"}, .deny = {"home/.ssh", "home/.config/gcloud", "home/.config/app/file"}, .masked = true};

static void held(const char *const *command, int wanted)
{
    inside_triple(command, wanted, &denying, &plain);
}

static void kept(const char *const *command)
{
    inside_triple(command, 0, &denying, &plain);
}

TEST(reading_what_is_denied)
{
    held(TRY("open-read", at("home/.ssh/key")), EACCES);
    held(TRY("open-read", at("home/.config/gcloud/key")), EACCES);
    held(TRY("open-read", at("home/.config/app/file")), EACCES);
    held(TRY("open-write", at("home/.config/app/file")), EACCES);
    held(TRY("open-read", at("home/link")), EACCES);
    held(TRY("list", at("home/.ssh")), EACCES);
}

TEST(changing_what_is_denied)
{
    held(TRY("create", at("home/.ssh/new")), EACCES);
    held(TRY("unlink", at("home/.config/app/file")), EBUSY);
    held(TRY("chmod", "600", at("home/.config/app/file")), EROFS);
    held(TRY("truncate", at("home/.config/app/file")), EINVAL); /* it is a device there */
}

TEST(moving_what_is_denied_out_of_the_way)
{
    held(TRY("rename", at("home/.ssh"), at("home/project/ssh")), EBUSY);
    held(TRY("rename", at("home/.config"), at("home/.cfg")), EBUSY);
    held(TRY("rename", at("home/.config/app"), at("home/.config/old")), EBUSY);
    held(TRY("rename", at("home/project/file"), at("home/.config/app/file")), EXDEV);
    held(TRY("link", at("home/.ssh/key"), at("home/project/key")), EACCES);
}

TEST(all_that_lies_beside_stays_as_it_was)
{
    kept(TRY("open-read", at("home/project/file")));
    kept(TRY("list", at("home")));
    kept(TRY("list", at("home/.config")));
    kept(TRY("create", at("home/new")));
    kept(TRY("mkdir", at("home/.aws")));
    kept(TRY("create", at("home/.config/app/new")));
    kept(TRY("rename", at("home/project"), at("home/moved")));
}

/* Nothing is left behind where the mounts were. */
TEST(outside_sees_nothing_of_it)
{
    struct stat before;
    struct stat after;
    inside_layout();
    CHECK(stat(at("home/.ssh"), &before) == 0);
    CHECK_INT(inside_run(&denying, TRY("open-read", at("home/project/file"))), 0);
    CHECK(stat(at("home/.ssh"), &after) == 0 && before.st_ino == after.st_ino && before.st_dev == after.st_dev);
    CHECK_INT(outside_run(TRY("open-read", at("home/.ssh/key"))), 0);
}

static int masks_of(const struct inside *policy)
{
    AUTO(caps_release) struct caps caps;
    struct err e = ERR_INIT;
    inside_caps(policy, &caps);
    return overlap_mask(&caps, false, &e);
}

TEST(what_masks_cannot_hold_is_said_before)
{
    inside_layout();
    const struct inside by_link = {.both = {"home"}, .deny = {"home/link"}};
    const struct inside absent = {.both = {"home"}, .deny = {"home/.aws"}};
    const struct inside absent_below_read = {.read = {"home"}, .deny = {"home/.aws"}};
    const struct inside twice = {.both = {"home"}, .deny = {"home/.ssh/key"}};
    CHECK_INT(masks_of(&by_link), ERR_DENIED);
    CHECK_INT(masks_of(&absent), ERR_DENIED);
    CHECK_INT(masks_of(&absent_below_read), 0);
    CHECK_INT(masks_of(&twice), 0);
    CHECK(link(at("home/.ssh/key"), at("home/key")) == 0);
    CHECK_INT(masks_of(&twice), ERR_DENIED);
}
