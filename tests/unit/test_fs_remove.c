/* fs: removal of trees that are deep, closed, linked, mounted over. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "tests/unit/tap.h"

static void enter_tmp(void)
{
    CHECK(chdir(tap_tmpdir()) == 0);
}

static void make_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && close(fd) == 0);
}

static bool is_there(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

static void check_removed(const char *name)
{
    struct err e = ERR_INIT;
    CHECK_OK(fs_remove_tree(AT_FDCWD, name, &e), &e);
    CHECK(!is_there(name));
}

TEST(remove_what_is_not_there)
{
    enter_tmp();
    check_removed("none");
}

TEST(remove_each_kind)
{
    enter_tmp();
    make_file("target");
    CHECK(symlink("target", "link") == 0 && symlink("none", "dangling") == 0 && mkfifo("pipe", 0600) == 0 && mkdir("empty", 0700) == 0);
    check_removed("link");
    check_removed("dangling");
    check_removed("pipe");
    check_removed("empty");
    CHECK(is_there("target"));
    check_removed("target");
}

TEST(remove_a_tree_and_follow_no_link_out_of_it)
{
    enter_tmp();
    CHECK(mkdir("outside", 0700) == 0 && mkdir("tree", 0700) == 0 && mkdir("tree/a", 0700) == 0 && mkdir("tree/a/b", 0700) == 0);
    make_file("outside/keep");
    make_file("tree/a/f");
    make_file("tree/a/b/f");
    CHECK(symlink("../../outside", "tree/a/link") == 0 && symlink("..", "tree/up") == 0 && link("outside/keep", "tree/hard") == 0);
    check_removed("tree");
    CHECK(is_there("outside/keep"));
}

TEST(remove_below_a_descriptor)
{
    struct err e = ERR_INIT;
    enter_tmp();
    CHECK(mkdir("d", 0700) == 0 && mkdir("d/x", 0700) == 0 && mkdir("x", 0700) == 0);
    AUTO(mem_close_fd) int fd = open("d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK_OK(fs_remove_tree(fd, "x", &e), &e);
    CHECK(!is_there("d/x") && is_there("x"));
}

TEST(remove_wide)
{
    enter_tmp();
    CHECK(mkdir("tree", 0700) == 0);
    for (int i = 0; i < 3000; i++) {
        char name[60];
        (void)snprintf(name, sizeof name, "tree/%d", i);
        if (i % 3)
            make_file(name);
        else
            CHECK(mkdir(name, 0700) == 0);
    }
    check_removed("tree");
}

/* Deeper than a path can name, with fewer descriptors than levels. */
TEST(remove_deep)
{
    enum { DEPTH = 3000, FDS = 64 };
    struct rlimit limit = {.rlim_cur = FDS, .rlim_max = FDS};
    enter_tmp();
    AUTO(mem_close_fd) int at = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < DEPTH; i++) {
        CHECK(mkdirat(at, "d", 0700) == 0);
        int next = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CHECK(next >= 0);
        if (i % 100 == 50) {
            CHECK(mkdirat(next, "side", 0700) == 0 && mkdirat(next, "side/x", 0500) == 0);
            CHECK(symlinkat("/", next, "link") == 0);
        }
        (void)close(at);
        at = next;
    }
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    check_removed("d");
}

TEST(remove_closed_directories_of_ours)
{
    tap_drop_root();
    enter_tmp();
    CHECK(mkdir("tree", 0700) == 0 && mkdir("tree/read", 0700) == 0 && mkdir("tree/none", 0700) == 0 && mkdir("tree/read/d", 0700) == 0);
    make_file("tree/read/f");
    make_file("tree/read/d/f");
    make_file("tree/none/f");
    CHECK(chmod("tree/read/d", 0555) == 0 && chmod("tree/read", 0555) == 0 && chmod("tree/none", 0) == 0 && chmod("tree", 0555) == 0);
    check_removed("tree");
}

TEST(remove_stops_where_it_may_not)
{
    struct err e = ERR_INIT;
    tap_drop_root();
    enter_tmp();
    CHECK(mkdir("closed", 0700) == 0 && mkdir("closed/tree", 0700) == 0);
    make_file("closed/tree/f");
    CHECK(chmod("closed", 0555) == 0);
    AUTO(mem_close_fd) int fd = open("closed", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* The directory it is in is not part of the tree, and is not opened up. */
    CHECK_ERR(fs_remove_tree(fd, "tree", &e), ERR_DENIED, &e);
    CHECK(strstr(e.text, "cannot remove tree"));
    CHECK(is_there("closed/tree"));
}

TEST(remove_takes_one_component)
{
    static const char *const names[] = {".", "..", "a/b", "/tmp", "a/"};
    enter_tmp();
    CHECK(mkdir("a", 0700) == 0 && mkdir("a/b", 0700) == 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct err e = ERR_INIT;
        CHECK_ERR(fs_remove_tree(AT_FDCWD, names[i], &e), ERR_IO, &e);
    }
    CHECK(is_there("a/b"));
}

TEST(remove_stays_on_its_mount)
{
    struct err e = ERR_INIT;
    enter_tmp();
    CHECK(mkdir("tree", 0700) == 0 && mkdir("tree/a", 0700) == 0 && mkdir("tree/a/on", 0700) == 0 && mkdir("keep", 0700) == 0);
    make_file("keep/f");
    tap_own_mounts();
    if (mount("keep", "tree/a/on", NULL, MS_BIND, NULL) < 0) /* the same file system, another mount */
        SKIP("mounts cannot be made here: %s", strerror(errno));
    CHECK_ERR(fs_remove_tree(AT_FDCWD, "tree", &e), ERR_DENIED, &e);
    CHECK_STR(e.text, "cannot remove tree/a/on: something is mounted there");
    CHECK(is_there("keep/f"));
    AUTO(mem_close_fd) int fd = open("tree/a", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK_ERR(fs_remove_tree(fd, "on", &e), ERR_DENIED, &e);
    CHECK(is_there("keep/f"));
    CHECK(umount2("tree/a/on", MNT_DETACH) == 0);
    check_removed("tree");
}
