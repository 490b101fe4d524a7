/* hint: finds the shell above, writes one safe line, and leaves alone what it should. */
#include "hooks/hint.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/str.h"
#include "tests/unit/home.h"
#include "tests/unit/tap.h"

static char *hint_path(const struct home *h, pid_t pid)
{
    char name[32];
    (void)snprintf(name, sizeof name, "hint.%d", (int)pid);
    return path_join(h->world.runtime_dir, name);
}

static void make_home(struct home *h)
{
    struct err e = ERR_INIT;
    tap_drop_root();
    home_make(h, tap_tmpdir());
    CHECK_OK(hint_prepare(&h->world, &e), &e);
}

/* As the hook of a shell with this process id does when it is loaded. */
static void make_hint(const struct home *h, pid_t pid)
{
    AUTO(mem_free_ptr) char *path = hint_path(h, pid);
    AUTO(mem_close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(fd >= 0);
}

static void check_hint(const struct home *h, pid_t pid, const char *wanted)
{
    struct err e = ERR_INIT;
    AUTO(mem_free_ptr) char *path = hint_path(h, pid);
    AUTO(str_release) struct str got = STR_INIT(STR_MAX_LINE);
    CHECK_OK(fs_read(AT_FDCWD, path, &got, &e), &e);
    CHECK_STR(got.buf, wanted);
}

/* Leaves the line in a descendant, `levels` forks below this process, which stands for the shell. */
/* NOLINTNEXTLINE(misc-no-recursion): one fork per level */
static int leave_below(const struct home *h, int levels, const char *line)
{
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        struct err e = ERR_INIT;
        /* A program may name itself anything. */
        (void)prctl(PR_SET_NAME, "a) R 1 (b");
        _exit(levels > 1 ? leave_below(h, levels - 1, line) : -hint_leave(&h->world, line, &e));
    }
    int status = 0;
    CHECK(waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

TEST(reaches_the_shell_from_any_depth_below_it)
{
    AUTO(home_remove) struct home h;
    make_home(&h);
    make_hint(&h, getpid());
    CHECK_INT(leave_below(&h, 1, "first"), 0);
    CHECK_INT(leave_below(&h, 7, "second"), 0);
    check_hint(&h, getpid(), "nono: first\nnono: second\n");
}

TEST(the_nearest_shell_gets_it)
{
    AUTO(home_remove) struct home h;
    make_home(&h);
    make_hint(&h, getpid());
    make_hint(&h, getppid());
    CHECK_INT(leave_below(&h, 2, "line"), 0);
    check_hint(&h, getpid(), "nono: line\n");
    check_hint(&h, getppid(), "");
}

TEST(nobody_wants_it)
{
    AUTO(home_remove) struct home h;
    make_home(&h);
    CHECK_INT(leave_below(&h, 1, "line"), 0);
    CHECK_INT(rmdir(h.world.runtime_dir), 0);
    CHECK_INT(leave_below(&h, 1, "line"), 0);
    CHECK(access(h.world.runtime_dir, F_OK) < 0);
}

TEST(the_walk_ends_after_so_many_levels)
{
    AUTO(home_remove) struct home h;
    make_home(&h);
    make_hint(&h, getpid());
    CHECK_INT(leave_below(&h, HINT_ANCESTORS_MAX, "seen"), 0);
    CHECK_INT(leave_below(&h, HINT_ANCESTORS_MAX + 1, "not seen"), 0);
    check_hint(&h, getpid(), "nono: seen\n");
}

TEST(what_a_terminal_would_obey_is_made_visible)
{
    AUTO(home_remove) struct home h;
    make_home(&h);
    make_hint(&h, getpid());
    CHECK_INT(leave_below(&h, 1, "blocked /x\x1b]0;t\x07\n\r\x7f\xc2\x9b\xff end"), 0);
    check_hint(&h, getpid(), "nono: blocked /x\\x1b]0;t\\x07\\x0a\\x0d\\x7f\\xc2\\x9b\\xff end\n");
}

TEST(a_long_line_is_cut_between_characters)
{
    AUTO(home_remove) struct home h;
    char line[3 * HINT_LINE_MAX];
    char wanted[HINT_LINE_MAX + 2];
    make_home(&h);
    make_hint(&h, getpid());
    memset(line, 'a', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    memcpy(line + HINT_LINE_MAX - 1 - strlen("nono: "), "\xc3\xa4", 2);
    CHECK_INT(leave_below(&h, 1, line), 0);
    memset(wanted, 'a', HINT_LINE_MAX - 1);
    memcpy(wanted, "nono: ", strlen("nono: "));
    memcpy(wanted + HINT_LINE_MAX - 1, "\n", 2);
    check_hint(&h, getpid(), wanted);
}

TEST(a_very_long_line_is_cut_too)
{
    enum { LONG = 1024 * 1024 };
    AUTO(home_remove) struct home h;
    struct stat st;
    make_home(&h);
    make_hint(&h, getpid());
    AUTO(mem_free_ptr) char *line = mem_alloc(LONG);
    memset(line, 0x1b, LONG - 1);
    CHECK_INT(leave_below(&h, 1, line), 0);
    AUTO(mem_free_ptr) char *path = hint_path(&h, getpid());
    CHECK_INT(stat(path, &st), 0);
    CHECK_INT(st.st_size, HINT_LINE_MAX + 1);
}

TEST(the_file_does_not_grow_without_end)
{
    AUTO(home_remove) struct home h;
    struct stat st;
    char line[94];
    make_home(&h);
    make_hint(&h, getpid());
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    for (int i = 0; i < HINT_FILE_MAX / 100 + 5; i++)
        CHECK_INT(leave_below(&h, 1, line), 0);
    AUTO(mem_free_ptr) char *path = hint_path(&h, getpid());
    CHECK_INT(stat(path, &st), 0);
    CHECK_INT(st.st_size, HINT_FILE_MAX / 100 * 100);
}

TEST(no_link_is_followed_and_no_other_kind_of_file_is_written)
{
    AUTO(home_remove) struct home h;
    struct stat st;
    make_home(&h);
    home_file(&h, "victim", "as it was");
    AUTO(mem_free_ptr) char *victim = home_join(&h, "victim");
    AUTO(mem_free_ptr) char *path = hint_path(&h, getpid());
    CHECK_INT(symlink(victim, path), 0);
    CHECK_INT(leave_below(&h, 1, "line"), 0);
    CHECK_INT(unlink(path), 0);
    CHECK_INT(link(victim, path), 0);
    CHECK_INT(leave_below(&h, 1, "line"), 0);
    CHECK_INT(stat(victim, &st), 0);
    CHECK_INT(st.st_size, 9);
    CHECK_INT(unlink(path), 0);
    CHECK_INT(mkfifo(path, 0600), 0);
    CHECK_INT(leave_below(&h, 1, "line"), 0);
}

TEST(a_directory_others_may_write_is_refused)
{
    AUTO(home_remove) struct home h;
    struct err e = ERR_INIT;
    make_home(&h);
    make_hint(&h, getpid());
    CHECK_INT(chmod(h.world.runtime_dir, 0777), 0);
    CHECK_ERR(hint_leave(&h.world, "line", &e), ERR_DENIED, &e);
    check_hint(&h, getpid(), "");
}

static pid_t dead_pid(void)
{
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0)
        _exit(0);
    CHECK(waitpid(pid, NULL, 0) == pid);
    return pid;
}

TEST(files_of_dead_shells_go_and_nothing_else)
{
    AUTO(home_remove) struct home h;
    struct err e = ERR_INIT;
    make_home(&h);
    pid_t dead = dead_pid();
    AUTO(mem_free_ptr) char *gone = hint_path(&h, dead);
    AUTO(mem_free_ptr) char *mine = hint_path(&h, getpid());
    AUTO(mem_free_ptr) char *lock = path_join(h.world.runtime_dir, "lock");
    AUTO(mem_free_ptr) char *odd = path_join(h.world.runtime_dir, "hint.99999999999");
    AUTO(mem_free_ptr) char *word = path_join(h.world.runtime_dir, "hint.12x");
    for (int i = 0; i < 2; i++) {
        make_hint(&h, dead);
        make_hint(&h, getpid());
        home_file(&h, ".local/state/nono/run/lock", "");
        home_file(&h, ".local/state/nono/run/hint.99999999999", "");
        home_file(&h, ".local/state/nono/run/hint.12x", "");
        if (i == 0)
            CHECK_OK(hint_prepare(&h.world, &e), &e);
        else
            CHECK_OK(hint_leave(&h.world, "line", &e), &e);
        CHECK(access(gone, F_OK) < 0);
        CHECK_INT(access(mine, F_OK), 0);
        CHECK_INT(access(lock, F_OK), 0);
        CHECK_INT(access(odd, F_OK), 0);
        CHECK_INT(access(word, F_OK), 0);
    }
}

TEST(the_directory_is_private)
{
    AUTO(home_remove) struct home h;
    struct stat st;
    make_home(&h);
    CHECK_INT(stat(h.world.runtime_dir, &st), 0);
    CHECK_INT(st.st_mode & 07777, 0700);
}
