/* again: which command a shell is to have watched. The process of the test stands for the shell. */
#include "hooks/again.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "hooks/hint.h"
#include "tests/unit/home.h"
#include "tests/unit/tap.h"

enum { DUE = 50 };
static char x[] = "x.py";
static char y[] = "y.py";
static char two[] = "x.py y";

static char *path_of(const struct home *h, enum hint_kind kind, pid_t pid)
{
    char name[HINT_NAME_MAX];
    hint_name(kind, pid, name);
    return path_join(h->world.runtime_dir, name);
}

static void write_note(const char *path, const char *text)
{
    struct err e = ERR_INIT;
    AUTO(mem_close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(fd >= 0);
    CHECK_OK(fs_write_all(fd, text, strlen(text), &e), &e);
}

static void make_home(struct home *h, bool wants_hints)
{
    struct err e = ERR_INIT;
    tap_drop_root();
    home_make(h, tap_tmpdir());
    CHECK_OK(hint_prepare(&h->world, &e), &e);
    AUTO(mem_free_ptr) char *path = path_of(h, HINT_LINES, getpid());
    AUTO(mem_close_fd) int fd = wants_hints ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
    CHECK(wants_hints == (fd >= 0));
}

/* A run below the shell: whether it is watched, and what comes of it. */
static int run(const struct home *h, const char *workdir, char *word, int status)
{
    static char program[] = "python3";
    char *const argv[] = {program, word, NULL};
    const struct again_command c = {&h->world, workdir, argv};
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        const struct again_end end = {.failed = status != 0, .watched = again_is_due(&c)};
        _exit((end.watched ? DUE : 0) + (int)again_ended(&c, &end));
    }
    CHECK(waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

TEST(a_command_that_failed_is_watched_once)
{
    AUTO(home_remove) struct home h;
    make_home(&h, true);
    CHECK_INT(run(&h, "/w", x, 1), AGAIN_FIRST);
    CHECK_INT(run(&h, "/w", x, 1), DUE + AGAIN_WATCHED);
    CHECK_INT(run(&h, "/w", x, 1), AGAIN_NOTHING);
    CHECK_INT(run(&h, "/w", y, 1), AGAIN_NOTHING);
    CHECK_INT(run(&h, "/w", y, 1), DUE + AGAIN_WATCHED);
}

TEST(what_went_well_is_not_watched)
{
    AUTO(home_remove) struct home h;
    make_home(&h, true);
    CHECK_INT(run(&h, "/w", x, 0), AGAIN_NOTHING);
    CHECK_INT(run(&h, "/w", x, 0), AGAIN_NOTHING);
    CHECK_INT(run(&h, "/w", x, 1), AGAIN_FIRST);
    CHECK_INT(run(&h, "/w", x, 0), DUE + AGAIN_NOTHING);
    CHECK_INT(run(&h, "/w", x, 0), AGAIN_NOTHING);
}

TEST(another_command_or_directory_is_another_matter)
{
    AUTO(home_remove) struct home h;
    make_home(&h, true);
    CHECK_INT(run(&h, "/w", x, 1), AGAIN_FIRST);
    CHECK_INT(run(&h, "/v", x, 0), AGAIN_NOTHING);
    CHECK_INT(run(&h, "/w", two, 0), AGAIN_NOTHING);
    CHECK_INT(run(&h, "/w", x, 0), DUE + AGAIN_NOTHING);
}

TEST(a_shell_without_hints_is_left_alone)
{
    AUTO(home_remove) struct home h;
    make_home(&h, false);
    CHECK_INT(run(&h, "/w", x, 1), AGAIN_NOTHING);
    CHECK_INT(run(&h, "/w", x, 1), AGAIN_NOTHING);
    AUTO(mem_free_ptr) char *path = path_of(&h, HINT_AGAIN, getpid());
    CHECK(access(path, F_OK) < 0);
}

TEST(a_damaged_note_is_no_note)
{
    static const char *const texts[] = {"", "failed\n", "0123456789abcdef failed\n",
                                        "a very long line that nobody wrote, or at least not this program\n"};
    AUTO(home_remove) struct home h;
    make_home(&h, true);
    AUTO(mem_free_ptr) char *path = path_of(&h, HINT_AGAIN, getpid());
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        write_note(path, texts[i]);
        CHECK_INT(run(&h, "/w", x, 1), AGAIN_NOTHING);
        CHECK_INT(run(&h, "/w", x, 1), DUE + AGAIN_WATCHED);
    }
}

TEST(no_link_is_followed)
{
    AUTO(home_remove) struct home h;
    struct stat st;
    make_home(&h, true);
    home_file(&h, "victim", "as it was");
    AUTO(mem_free_ptr) char *victim = home_join(&h, "victim");
    AUTO(mem_free_ptr) char *path = path_of(&h, HINT_AGAIN, getpid());
    CHECK_INT(symlink(victim, path), 0);
    CHECK_INT(run(&h, "/w", x, 1), AGAIN_FIRST);
    CHECK_INT(unlink(path), 0);
    CHECK_INT(link(victim, path), 0);
    CHECK_INT(run(&h, "/w", x, 1), AGAIN_FIRST);
    CHECK_INT(stat(victim, &st), 0);
    CHECK_INT(st.st_size, 9);
}

TEST(the_note_of_a_dead_shell_goes)
{
    AUTO(home_remove) struct home h;
    struct err e = ERR_INIT;
    make_home(&h, true);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0)
        _exit(0);
    CHECK(waitpid(pid, NULL, 0) == pid);
    AUTO(mem_free_ptr) char *path = path_of(&h, HINT_AGAIN, pid);
    write_note(path, "x");
    CHECK_OK(hint_prepare(&h.world, &e), &e);
    CHECK(access(path, F_OK) < 0);
}
