/* blocked: which files the blocked commands are, and what is remembered of it. */
#include "core/blocked.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/blocked_parts.h"
#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/tap.h"

static char *in(const char *name)
{
    return path_join(tap_tmpdir(), name);
}

static void put(const char *name)
{
    AUTO(mem_free_ptr) char *path = in(name);
    AUTO(mem_close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    CHECK(fd >= 0);
}

static void put_link(const char *target, const char *name)
{
    AUTO(mem_free_ptr) char *path = in(name);
    CHECK(symlink(target, path) == 0);
}

static void put_dir(const char *name, mode_t mode)
{
    AUTO(mem_free_ptr) char *path = in(name);
    CHECK(mkdir(path, mode) == 0);
}

/* Names that no system has. */
static void make(struct caps *c, const char *const *names, const char *search)
{
    caps_init(c);
    for (; *names; names++)
        caps_add_blocked(c, mem_strdup(*names), caps_origin_make(CAPS_FROM_GROUP, "test", "", ""));
    caps_add_grant(c, mem_strdup("/"), CAPS_READ, false, true, caps_origin_make(CAPS_FROM_GROUP, "test", "", ""));
    c->search = in(search);
    c->workdir = in("work");
    c->memory = in("memory");
}

#define MAKE(c, search, ...) make((c), (const char *const[]){__VA_ARGS__, NULL}, (search))

static void find(struct caps *c)
{
    struct err e = ERR_INIT;
    CHECK_OK(blocked_find(c, &e), &e);
    CHECK(c->hides_commands);
}

static const struct caps_hidden *hidden(const struct caps *c, const char *name)
{
    AUTO(mem_free_ptr) char *path = in(name);
    return caps_hidden(c, path);
}

TEST(files_and_links)
{
    AUTO(caps_release) struct caps c;
    put_dir("bin", 0755);
    put_dir("lib", 0755);
    put("bin/x-tool");
    put("bin/x-box");
    put("lib/x-impl");
    put("lib/x-shared");
    put_link("x-tool", "bin/x-nick");
    put_link("x-box", "bin/x-applet");
    put_link("../lib/x-impl", "bin/x-solo");
    put_link("../lib/x-shared", "bin/x-one");
    put_link("../lib/x-shared", "bin/x-two");
    put_link("nowhere", "bin/x-gone");
    put_dir("bin/x-dir", 0755);
    MAKE(&c, "bin", "x-tool", "x-applet", "x-solo", "x-one", "x-gone", "x-dir", "x-absent");
    find(&c);
    CHECK_INT((int)c.n_hidden, 4);
    CHECK(hidden(&c, "bin/x-tool") && !hidden(&c, "bin/x-tool")->also);
    CHECK(hidden(&c, "lib/x-impl") && !hidden(&c, "lib/x-impl")->also);
    CHECK(hidden(&c, "bin/x-applet") && str_ends(hidden(&c, "bin/x-applet")->also, "/bin/x-box"));
    CHECK(hidden(&c, "bin/x-one") && str_ends(hidden(&c, "bin/x-one")->also, "/bin/x-two"));
    CHECK(!hidden(&c, "bin/x-box") && !hidden(&c, "lib/x-shared"));
}

/* `shutdown` is a link to `systemctl`, and both are blocked. */
TEST(a_link_to_what_is_blocked_itself)
{
    AUTO(caps_release) struct caps c;
    put_dir("bin", 0755);
    put("bin/x-control");
    put_link("x-control", "bin/x-stop");
    put_link("x-control", "bin/x-level");
    MAKE(&c, "bin", "x-stop", "x-control");
    find(&c);
    CHECK_INT((int)c.n_hidden, 1);
    CHECK(hidden(&c, "bin/x-control") && hidden(&c, "bin/x-control")->command == 1);
}

TEST(hard_links)
{
    AUTO(caps_release) struct caps c;
    AUTO(mem_free_ptr) char *a = in("bin/x-a");
    AUTO(mem_free_ptr) char *b = in("bin/x-b");
    AUTO(mem_free_ptr) char *d = in("x-elsewhere");
    put_dir("bin", 0755);
    put("bin/x-a");
    put("bin/x-far");
    CHECK(link(a, b) == 0);
    AUTO(mem_free_ptr) char *far = in("bin/x-far");
    CHECK(link(far, d) == 0);
    MAKE(&c, "bin", "x-a", "x-far");
    find(&c);
    CHECK(hidden(&c, "bin/x-a") && str_ends(hidden(&c, "bin/x-a")->also, "/x-b"));
    CHECK(hidden(&c, "bin/x-far") && strcmp(hidden(&c, "bin/x-far")->also, "") == 0);
    AUTO(strlist_release) struct strlist lines = STRLIST_INIT;
    blocked_describe(&c, &lines);
    CHECK_INT((int)lines.n, 2);
    CHECK_STR(lines.item[0], "x-a is blocked; by that name only: the program is reached also as x-b");
    CHECK_STR(lines.item[1], "x-far is blocked; by that name only: the program is reached also by another name, a hard link");
}

TEST(relative_entries_and_what_is_not_granted)
{
    AUTO(caps_release) struct caps c;
    put_dir("work", 0755);
    put_dir("work/bin", 0755);
    put("work/bin/x-tool");
    MAKE(&c, "none", "x-tool");
    mem_free(c.search);
    c.search = mem_strdup("bin::/no/such/directory:/dev/null");
    find(&c);
    CHECK(hidden(&c, "work/bin/x-tool") != NULL);
    AUTO(caps_release) struct caps less;
    MAKE(&less, "work/bin", "x-tool");
    less.n_grants = 0;
    find(&less);
    CHECK_INT((int)less.n_hidden, 0);
    less.n_grants = 1;
}

static size_t files_in_memory(void)
{
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    AUTO(mem_free_ptr) char *memory = in("memory");
    struct err e = ERR_INIT;
    CHECK_OK(fs_list(AT_FDCWD, memory, &names, &e), &e);
    return names.n;
}

static bool recalls(const struct caps *c)
{
    AUTO(blocked_names_release) struct blocked_names names = {0};
    AUTO(strlist_release) struct strlist directories = STRLIST_INIT;
    blocked_directories(c, &directories);
    return blocked_recall(c, &directories, &names);
}

static void spoil(const char *name, off_t at, const char *text)
{
    AUTO(mem_free_ptr) char *memory = in("memory");
    AUTO(mem_free_ptr) char *path = path_join(memory, name);
    AUTO(mem_close_fd) int fd = open(path, O_WRONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    if (text)
        CHECK(pwrite(fd, text, strlen(text), at < 0 ? lseek(fd, 0, SEEK_END) + at : at) == (ssize_t)strlen(text));
    else
        CHECK(ftruncate(fd, lseek(fd, 0, SEEK_END) + at) == 0);
}

/* `bin` is older than what is too new to be relied on. */
static void make_remembered(struct caps *c)
{
    put_dir("memory", 0700);
    put_dir("bin", 0755);
    put("bin/x-tool");
    fake_clock_advance(60 * 1000);
    MAKE(c, "bin", "x-tool", "x-late");
    find(c);
    if (files_in_memory() == 0)
        tap_skip("a directory of this machine has just changed");
    CHECK(recalls(c));
}

TEST(what_was_found_is_remembered_until_something_changes)
{
    AUTO(caps_release) struct caps first;
    make_remembered(&first);
    AUTO(caps_release) struct caps second;
    MAKE(&second, "bin", "x-tool", "x-late");
    find(&second);
    CHECK_INT((int)second.n_hidden, 1);
    CHECK(hidden(&second, "bin/x-tool") != NULL);
    AUTO(caps_release) struct caps other;
    MAKE(&other, "bin", "x-other", "x-late");
    CHECK(!recalls(&other));
    put("bin/x-late");
    AUTO(caps_release) struct caps third;
    MAKE(&third, "bin", "x-tool", "x-late");
    CHECK(!recalls(&third));
    find(&third);
    CHECK_INT((int)third.n_hidden, 2);
}

TEST(a_directory_that_has_just_changed_is_not_relied_on)
{
    AUTO(caps_release) struct caps c;
    fake_clock_stop();
    put_dir("memory", 0700);
    put_dir("bin", 0755);
    put("bin/x-tool");
    MAKE(&c, "bin", "x-tool");
    find(&c);
    CHECK_INT((int)files_in_memory(), 0);
}

TEST(a_memory_that_is_broken_or_anothers_is_of_no_use)
{
    AUTO(caps_release) struct caps c;
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    AUTO(mem_free_ptr) char *memory = in("memory");
    struct err e = ERR_INIT;
    make_remembered(&c);
    CHECK_OK(fs_list(AT_FDCWD, memory, &names, &e), &e);
    CHECK(chmod(memory, 0777) == 0);
    CHECK(!recalls(&c));
    CHECK(chmod(memory, 0700) == 0);
    CHECK(recalls(&c));
    spoil(names.item[0], -3, NULL);
    CHECK(!recalls(&c));
    find(&c);
    spoil(names.item[0], 0, "xxxx");
    CHECK(!recalls(&c));
    find(&c);
    CHECK(recalls(&c));
    AUTO(mem_free_ptr) char *tool = in("bin/x-tool");
    CHECK(truncate(tool, 0) == 0);
    CHECK(recalls(&c));
    AUTO(mem_free_ptr) char *again = in("again");
    CHECK(link(tool, again) == 0);
    CHECK(!recalls(&c));
}
