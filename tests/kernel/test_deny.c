/* Deny always wins: a denied path below a granted one, and the ways around it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/kernel/inside.h"
#include "tests/unit/tap.h"

static const struct inside plain = {.both = {"home"}};
static const struct inside denying = {.both = {"home"}, .deny = {"home/.ssh", "home/.config/gcloud", "home/.aws"}};

/* Possible outside, possible when nothing is denied, denied when it is. */
static void held(const char *const *command, int wanted)
{
    inside_triple(command, wanted, &denying, &plain);
}

/* Possible in all three. */
static void kept(const char *const *command)
{
    inside_triple(command, 0, &denying, &plain);
}

TEST(reading_what_is_denied)
{
    held(TRY("open-read", at("home/.ssh/key")), EACCES);
    held(TRY("open-read", at("home/.config/gcloud/key")), EACCES);
    held(TRY("open-write", at("home/.ssh/key")), EACCES);
    held(TRY("open-read", at("home/link")), EACCES);
}

TEST(names_of_what_is_denied)
{
    held(TRY("list", at("home/.ssh")), EACCES);
    held(TRY("list", at("home/.config/gcloud")), EACCES);
    held(TRY("list", at("home")), EACCES);
}

TEST(moving_what_is_denied_out_of_the_way)
{
    held(TRY("rename", at("home/.ssh"), at("home/project/ssh")), EACCES);
    held(TRY("rename", at("home/.config"), at("home/.cfg")), EACCES);
    held(TRY("link", at("home/.ssh/key"), at("home/project/key")), EXDEV);
}

TEST(creating_what_is_denied_and_absent)
{
    held(TRY("mkdir", at("home/.aws")), EACCES);
    held(TRY("rename", at("home/project"), at("home/.aws")), EACCES);
}

TEST(what_lies_beside_stays_granted)
{
    kept(TRY("open-read", at("home/project/file")));
    kept(TRY("create", at("home/project/new")));
    kept(TRY("open-read", at("home/.config/app/file")));
    kept(TRY("rename", at("home/.config/app/file"), at("home/project/new")));
}

/* The deny was resolved, then its object took the place of something granted: refused at the last moment. */
TEST(a_denied_object_under_another_name)
{
    inside_layout();
    CHECK(link(at("home/.ssh/key"), at("home/key")) == 0);
    const struct inside by_file = {.both = {"home"}, .deny = {"home/.ssh/key"}};
    CHECK_INT(outside_run(TRY("open-read", at("home/key"))), 0);
    CHECK_INT(inside_run(&plain, TRY("open-read", at("home/key"))), 0);
    CHECK_INT(inside_run(&by_file, TRY("open-read", at("home/key"))), EACCES);
}
