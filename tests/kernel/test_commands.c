/* A blocked command is held for all that a command starts, by whatever path, and nothing beside it is. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "tests/kernel/inside.h"
#include "tests/unit/tap.h"

static void install(const char *name)
{
    struct stat st;
    AUTO(mem_close_fd) int from = open(KERNEL_TRY, O_RDONLY | O_CLOEXEC);
    AUTO(mem_close_fd) int to = open(at(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    CHECK(from >= 0 && to >= 0 && fstat(from, &st) == 0);
    CHECK(sendfile(to, from, NULL, (size_t)st.st_size) == st.st_size);
}

/* bin/{tool,nickname,box,applet,solo,hard,hard-too}, lib/solo.impl, links/{tool,far}: all of them run like `try`. */
static void make_programs(void)
{
    CHECK(mkdir(at("bin"), 0755) == 0 && mkdir(at("lib"), 0755) == 0 && mkdir(at("links"), 0755) == 0);
    install("bin/tool");
    install("bin/box");
    install("bin/hard");
    install("lib/solo.impl");
    CHECK(symlink("tool", at("bin/nickname")) == 0);
    CHECK(symlink("box", at("bin/applet")) == 0);
    CHECK(symlink("../lib/solo.impl", at("bin/solo")) == 0);
    CHECK(link(at("bin/hard"), at("bin/hard-too")) == 0);
    CHECK(symlink(at("bin/tool"), at("links/mine")) == 0);
    CHECK(symlink("mine", at("links/far")) == 0);
    CHECK(symlink(at("bin/applet"), at("links/applet")) == 0);
}

static const struct inside blocking = {
    .both = {"bin", "lib", "work", "links"}, .search = "bin", .blocked = {"tool", "applet", "solo", "hard"}, .full = true};
static const struct inside allowing = {.both = {"bin", "lib", "work", "links"}, .search = "bin", .blocked = {"other"}, .full = true};

static void held(const char *const *command, int wanted)
{
    inside_triple(command, wanted, &blocking, &allowing);
}

static void kept(const char *const *command)
{
    inside_triple(command, 0, &blocking, &allowing);
}

TEST(executing_by_any_path)
{
    static char self[600];
    make_programs();
    CHECK(snprintf(self, sizeof self, "/proc/self/root%s", at("bin/tool")) < (int)sizeof self);
    const struct inside with_proc = {
        .both = {"bin", "lib", "work", "links"}, .read = {"/proc"}, .search = "bin", .blocked = {"tool"}, .full = true};
    held(TRY("exec", at("bin/tool"), "exit", "0"), EACCES);
    held(TRY("in-child", "exec", at("bin/tool"), "exit", "0"), EACCES);
    held(TRY("in-child", "exec", at("bin/nickname"), "exit", "0"), EACCES);
    held(TRY("in-child", "exec", at("links/mine"), "exit", "0"), EACCES);
    held(TRY("in-child", "exec", at("links/far"), "exit", "0"), EACCES);
    held(TRY("in-child", "exec", at("bin/solo"), "exit", "0"), EACCES);
    held(TRY("in-child", "exec", at("lib/solo.impl"), "exit", "0"), EACCES);
    CHECK_INT(inside_run(&with_proc, TRY("exec", self, "exit", "0")), EACCES);
}

/* Root overrides modes, and reads what stands there instead: nothing that could be executed. */
static int unreadable(void)
{
    return geteuid() == 0 ? 0 : EACCES;
}

TEST(copying_moving_and_replacing)
{
    make_programs();
    held(TRY("open-read", at("bin/tool")), unreadable());
    held(TRY("open-read", at("links/far")), unreadable());
    held(TRY("chmod", "755", at("bin/tool")), EROFS);
    CHECK_INT(inside_run(&blocking, TRY("link", at("bin/tool"), at("bin/again"))), EXDEV);
    CHECK_INT(inside_run(&blocking, TRY("rename", at("bin/tool"), at("bin/again"))), EBUSY);
    CHECK_INT(inside_run(&blocking, TRY("unlink", at("bin/tool"))), EBUSY);
    CHECK_INT(outside_run(TRY("exec", at("bin/tool"), "exit", "0")), 0);
    CHECK_INT(inside_run(&allowing, TRY("link", at("bin/tool"), at("bin/again"))), 0);
    CHECK_INT(inside_run(&allowing, TRY("rename", at("bin/tool"), at("bin/moved"))), 0);
    CHECK_INT(inside_run(&allowing, TRY("unlink", at("bin/moved"))), 0);
}

TEST(a_program_of_many_names_is_held_by_the_blocked_name)
{
    make_programs();
    held(TRY("exec", at("bin/applet"), "exit", "0"), EACCES);
    held(TRY("exec", at("links/applet"), "exit", "0"), EACCES);
    held(TRY("exec", at("bin/hard"), "exit", "0"), EACCES);
    kept(TRY("exec", at("bin/box"), "exit", "0"));
    kept(TRY("exec", at("bin/hard-too"), "exit", "0"));
}

TEST(a_bind_mount_that_shows_it_again)
{
    const struct inside twice = {.both = {"bin", "alias"}, .search = "bin", .blocked = {"tool", "applet"}, .full = true};
    const struct inside free = {.both = {"bin", "alias"}, .search = "bin", .blocked = {"other"}, .full = true};
    make_programs();
    CHECK(mkdir(at("alias"), 0755) == 0);
    tap_own_mounts();
    CHECK(mount(at("bin"), at("alias"), NULL, MS_BIND, NULL) == 0);
    inside_triple(TRY("exec", at("alias/tool"), "exit", "0"), EACCES, &twice, &free);
    inside_triple(TRY("exec", at("alias/applet"), "exit", "0"), EACCES, &twice, &free);
    inside_triple(TRY("exec", at("alias/box"), "exit", "0"), 0, &twice, &free);
    CHECK(umount(at("alias")) == 0);
}

/* What is mounted to hide it is nowhere to be found: ".." of the root is the root. */
TEST(the_root_is_its_own_parent)
{
    static char roundabout[600];
    make_programs();
    CHECK(snprintf(roundabout, sizeof roundabout, "/..%s", at("bin/box")) < (int)sizeof roundabout);
    kept(TRY("open-read", roundabout));
    CHECK(snprintf(roundabout, sizeof roundabout, "/..%s", at("bin/tool")) < (int)sizeof roundabout);
    held(TRY("open-read", roundabout), unreadable());
}

/* A command that carries its own is none of those that are installed. */
TEST(what_lies_beside_stays_as_it_was)
{
    make_programs();
    kept(TRY("unlink", at("work/file")));
    kept(TRY("open-read", at("bin/box")));
    kept(TRY("list", at("bin")));
    CHECK_INT(inside_run(&blocking, TRY("create", at("bin/new"))), 0);
    kept(TRY("in-child", "in-child", "exec", at("bin/box"), "exit", "0"));
}
