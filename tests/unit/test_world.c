/* world: what counts as set, what is derived, and what must be private. */
#include "core/world.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/path.h"
#include "core/str.h"
#include "tests/unit/tap.h"

static void set(const char *name, const char *value)
{
    CHECK(setenv(name, value, 1) == 0);
}

/* Nothing set but HOME. */
static void read_with_home(struct world *ret)
{
    struct err e = ERR_INIT;
    set("HOME", "/home/me");
    CHECK_OK(world_read(ret, &e), &e);
}

TEST(defaults)
{
    AUTO(world_release) struct world w = {0};
    CHECK(clearenv() == 0);
    read_with_home(&w);
    CHECK_STR(w.home, "/home/me");
    CHECK_STR(w.tmpdir, "/tmp");
    CHECK_STR(w.config_home, "/home/me/.config");
    CHECK_STR(w.state_home, "/home/me/.local/state");
    CHECK_STR(w.data_home, "/home/me/.local/share");
    CHECK_STR(w.cache_home, "/home/me/.cache");
    CHECK_STR(w.config_dir, "/home/me/.config/nono");
    CHECK_STR(w.state_dir, "/home/me/.local/state/nono");
    CHECK_STR(w.data_dir, "/home/me/.local/share/nono");
    CHECK_STR(w.runtime_dir, "/home/me/.local/state/nono/run");
    CHECK_STR(w.path, "");
    CHECK_STR(w.shell, "/bin/sh");
    CHECK_INT(w.uid, geteuid());
    CHECK_INT(w.gid, getegid());
    CHECK(!w.color);
}

TEST(variables_replace_defaults)
{
    AUTO(world_release) struct world w = {0};
    CHECK(clearenv() == 0);
    set("TMPDIR", "/var/tmp/");
    set("XDG_CONFIG_HOME", "/c");
    set("XDG_STATE_HOME", "/s//x/");
    set("XDG_DATA_HOME", "/d/../e");
    set("XDG_CACHE_HOME", "/k");
    set("PATH", "/bin::relative");
    set("SHELL", "/usr/bin/fish");
    read_with_home(&w);
    CHECK_STR(w.tmpdir, "/var/tmp");
    CHECK_STR(w.config_home, "/c");
    CHECK_STR(w.config_dir, "/c/nono");
    CHECK_STR(w.state_home, "/s/x");
    CHECK_STR(w.state_dir, "/s/x/nono");
    CHECK_STR(w.data_home, "/e");
    CHECK_STR(w.data_dir, "/e/nono");
    CHECK_STR(w.cache_home, "/k");
    CHECK_STR(w.runtime_dir, "/s/x/nono/run");
    CHECK_STR(w.path, "/bin::relative");
    CHECK_STR(w.shell, "/usr/bin/fish");
}

TEST(relative_and_empty_count_as_unset)
{
    static const char *const names[] = {"TMPDIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "SHELL"};
    char too_long[STR_MAX_PATH + 10];
    memset(too_long, 'a', sizeof too_long - 1);
    too_long[0] = '/';
    too_long[sizeof too_long - 1] = '\0';
    const char *const values[] = {"", "relative", "./x", "~/x", too_long};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        AUTO(world_release) struct world w = {0};
        CHECK(clearenv() == 0);
        for (size_t j = 0; j < sizeof names / sizeof *names; j++)
            set(names[j], values[i]);
        read_with_home(&w);
        CHECK_STR(w.tmpdir, "/tmp");
        CHECK_STR(w.config_dir, "/home/me/.config/nono");
        CHECK_STR(w.state_dir, "/home/me/.local/state/nono");
        CHECK_STR(w.data_dir, "/home/me/.local/share/nono");
        CHECK_STR(w.cache_home, "/home/me/.cache");
        CHECK_STR(w.runtime_dir, "/home/me/.local/state/nono/run");
        CHECK_STR(w.shell, "/bin/sh");
    }
}

TEST(home_must_be_absolute)
{
    static const char *const values[] = {NULL, "", "relative", "~"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct err e = ERR_INIT;
        struct world w = {0};
        CHECK(clearenv() == 0);
        if (values[i])
            set("HOME", values[i]);
        CHECK_ERR(world_read(&w, &e), ERR_INPUT, &e);
        CHECK_STR(e.text, "HOME is not set to an absolute path: set it and try again");
        CHECK(!w.home && !w.tmpdir);
    }
}

TEST(home_is_made_clean)
{
    struct err e = ERR_INIT;
    AUTO(world_release) struct world w = {0};
    CHECK(clearenv() == 0);
    set("HOME", "//home/./me/");
    CHECK_OK(world_read(&w, &e), &e);
    CHECK_STR(w.home, "/home/me");
    CHECK_STR(w.config_dir, "/home/me/.config/nono");
}

TEST(runtime_dir_is_closed_with_the_state)
{
    AUTO(world_release) struct world w = {0};
    CHECK(clearenv() == 0);
    set("XDG_RUNTIME_DIR", tap_tmpdir());
    read_with_home(&w);
    CHECK_STR(w.runtime_dir, "/home/me/.local/state/nono/run");
}

TEST(cwd_is_real_or_absent)
{
    struct stat st;
    AUTO(mem_free_ptr) char *dir = path_join(tap_tmpdir(), "d");
    AUTO(mem_free_ptr) char *link = path_join(tap_tmpdir(), "link");
    CHECK(mkdir(dir, 0700) == 0 && symlink("d", link) == 0 && chdir(link) == 0);
    AUTO(world_release) struct world here = {0};
    read_with_home(&here);
    CHECK_STR(here.cwd, dir);
    CHECK(rmdir(dir) == 0 && stat(dir, &st) < 0);
    AUTO(world_release) struct world gone = {0};
    read_with_home(&gone);
    CHECK(!gone.cwd);
}

TEST(exe_is_this_program)
{
    struct stat by_name;
    struct stat by_link;
    AUTO(world_release) struct world w = {0};
    read_with_home(&w);
    CHECK(path_is_clean(w.exe));
    CHECK(stat(w.exe, &by_name) == 0 && stat("/proc/self/exe", &by_link) == 0 && by_name.st_ino == by_link.st_ino);
}

/* Starts `test` of this program again by another name of it; what it prints is not ours to print. */
static _Noreturn void start_again(const char *path, int fd, const char *test)
{
    AUTO(mem_free_ptr) char *name = mem_strdup(test);
    AUTO(mem_free_ptr) char *program = mem_strdup(path);
    char *argv[] = {program, name, NULL};
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    CHECK(null >= 0 && dup2(null, STDOUT_FILENO) == STDOUT_FILENO);
    set("STARTED_AS", path);
    if (fd >= 0)
        (void)fexecve(fd, argv, environ);
    else
        (void)execve(path, argv, environ);
    tap_fail(__FILE__, __LINE__, "%s: %s", path, strerror(errno));
}

/* An upgrade took the file away: its name is still the one to run. */
TEST(exe_of_a_program_that_was_replaced)
{
    if (getenv("STARTED_AS")) {
        AUTO(world_release) struct world w = {0};
        read_with_home(&w);
        CHECK_STR(w.exe, getenv("STARTED_AS"));
        return;
    }
    AUTO(mem_free_ptr) char *copy = path_join(tap_tmpdir(), "program");
    int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    int to = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
    CHECK(from >= 0 && to >= 0);
    char chunk[65536];
    for (ssize_t n = 0; (n = read(from, chunk, sizeof chunk)) > 0;)
        CHECK(write(to, chunk, (size_t)n) == n);
    CHECK(close(to) == 0 && close(from) == 0);
    int fd = open(copy, O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0 && unlink(copy) == 0);
    start_again(copy, fd, "exe_of_a_program_that_was_replaced");
}

TEST(exe_behind_a_link_is_the_real_one)
{
    if (getenv("STARTED_AS")) {
        AUTO(world_release) struct world w = {0};
        read_with_home(&w);
        CHECK_STR(w.exe, getenv("REAL_NAME"));
        return;
    }
    AUTO(mem_free_ptr) char *link = path_join(tap_tmpdir(), "link");
    AUTO(world_release) struct world w = {0};
    read_with_home(&w);
    CHECK(symlink(w.exe, link) == 0);
    set("REAL_NAME", w.exe);
    start_again(link, -1, "exe_behind_a_link_is_the_real_one");
}

TEST(exe_behind_a_link_needs_proc)
{
    if (getenv("STARTED_AS")) {
        struct err e = ERR_INIT;
        struct world none = {0};
        tap_no_leak_check(); /* which reads /proc */
        tap_own_mounts();
        if (mount("tmpfs", "/proc", "tmpfs", 0, NULL) < 0)
            SKIP("tmpfs cannot be mounted here: %s", strerror(errno));
        CHECK_ERR(world_read(&none, &e), ERR_KERNEL, &e);
        CHECK(!none.home);
        return;
    }
    AUTO(mem_free_ptr) char *link = path_join(tap_tmpdir(), "link");
    AUTO(world_release) struct world w = {0};
    read_with_home(&w);
    CHECK(symlink(w.exe, link) == 0);
    start_again(link, -1, "exe_behind_a_link_needs_proc");
}

static bool has_color(const char *no_color, const char *term)
{
    AUTO(world_release) struct world w = {0};
    CHECK(clearenv() == 0);
    if (no_color)
        set("NO_COLOR", no_color);
    if (term)
        set("TERM", term);
    read_with_home(&w);
    return w.color;
}

TEST(color)
{
    CHECK(has_color(NULL, "xterm"));
    CHECK(has_color("", "xterm"));
    CHECK(!has_color("1", "xterm"));
    CHECK(!has_color("0", "xterm"));
    CHECK(!has_color(NULL, "dumb"));
    CHECK(!has_color(NULL, ""));
    CHECK(!has_color(NULL, NULL));
}

TEST(terminals)
{
    int primary = -1;
    int secondary = -1;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    CHECK(null >= 0 && openpty(&primary, &secondary, NULL, NULL, NULL) == 0);
    for (int bits = 0; bits < 8; bits++) {
        int saved[3];
        AUTO(world_release) struct world w = {0};
        for (int fd = 0; fd < 3; fd++) {
            saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 10);
            CHECK(dup2(bits & 1 << fd ? secondary : null, fd) == fd);
        }
        read_with_home(&w);
        for (int fd = 0; fd < 3; fd++)
            CHECK(dup2(saved[fd], fd) == fd && close(saved[fd]) == 0);
        CHECK_INT(w.stdin_tty | w.stdout_tty << 1 | w.stderr_tty << 2, bits);
    }
    (void)close(primary);
    (void)close(secondary);
    (void)close(null);
}

TEST(env_knows_empty_as_unset)
{
    CHECK(clearenv() == 0);
    CHECK(!world_env("NONO_X"));
    set("NONO_X", "");
    CHECK(!world_env("NONO_X"));
    set("NONO_X", "0");
    CHECK_STR(world_env("NONO_X"), "0");
}

TEST(now_is_the_time_of_day)
{
    struct timespec before;
    struct timespec after;
    CHECK(unsetenv("NONO_TEST_NOW") == 0);
    CHECK(clock_gettime(CLOCK_REALTIME, &before) == 0);
    int64_t now = world_now_ns();
    CHECK(clock_gettime(CLOCK_REALTIME, &after) == 0);
    CHECK(now >= (int64_t)before.tv_sec * 1000000000 + before.tv_nsec);
    CHECK(now <= (int64_t)after.tv_sec * 1000000000 + after.tv_nsec);
}

static const int64_t fixed_ns = INT64_C(1700000000) * 1000000000;

#ifdef NONO_TEST_CLOCK
TEST(now_can_be_set)
{
    static const char *const odd[] = {"x", "1x", "-1", "0", "99999999999999999999", "9223372037", ""};
    set("NONO_TEST_NOW", "1700000000");
    CHECK_INT(world_now_ns(), fixed_ns);
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        set("NONO_TEST_NOW", odd[i]);
        CHECK(world_now_ns() > fixed_ns);
    }
    set("NONO_TEST_NOW", "9223372036");
    CHECK_INT(world_now_ns(), INT64_C(9223372036) * 1000000000);
}
#else
TEST(now_cannot_be_set_in_a_release)
{
    set("NONO_TEST_NOW", "1700000000");
    CHECK(world_now_ns() > fixed_ns);
}
#endif

TEST(release_forgets)
{
    struct world w = {0};
    read_with_home(&w);
    world_release(&w);
    CHECK(!w.home && !w.exe && !w.path);
    world_release(&w);
}
