/* Killed at every system call, and on full disks: what was begun is taken back exactly, and a taking back that was killed goes on. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/fs.h"
#include "rollback/undo.h"
#include "tests/unit/mutate_do.h"
#include "tests/unit/tap.h"

static const char *const populate =
    "umask 022; cd tree0; printf one >a; printf two >b; mkdir dir dir/sub empty victim; printf x >dir/x; printf y >dir/sub/y; ln a hard; ln -s a link;"
    "mkfifo fifo; printf c >c; printf o >../tree1/o; mkdir ../tree1/other; setfattr -n user.k -v v b; find .. -depth -exec touch -h -d @500000 {} +";

/* At least one of each. Called in a child that may end anywhere. */
static void change(const struct doer *d)
{
    (void)do_write(d, "tree0/new", O_WRONLY | O_CREAT | O_EXCL, "n");
    (void)do_write(d, "tree0/a", O_WRONLY | O_TRUNC, "other");
    (void)do_mkdir(d, "tree0/born", 0755);
    (void)do_rename(d, "tree0/dir", "tree0/born/dir", 0);
    (void)do_write(d, "tree0/born/dir/x", O_RDWR, "xx");
    (void)do_unlink(d, "tree0/born/dir/sub/y");
    (void)do_chmod(d, "tree0/born/dir/sub", 0500);
    (void)do_rmdir(d, "tree0/born/dir/sub");
    (void)do_rename(d, "tree0/b", "tree0/c", 0);
    (void)do_rename(d, "tree0/new", "tree0/hard", 0);
    (void)do_rename(d, "tree0/empty", "tree0/victim", 0);
    (void)do_rename(d, "tree0/fifo", "tree1/other", RENAME_EXCHANGE);
    (void)do_link(d, "tree1/o", "tree0/o");
    (void)do_symlink(d, "x", "tree0/link2");
    (void)do_rename(d, "tree0/link2", "tree0/link", 0);
    (void)do_setxattr(d, "tree0/c", "user.k", "w", 1);
    (void)do_removexattr(d, "tree0/c", "user.k");
    (void)do_utimens(d, "tree1/o", 77);
    (void)do_truncate(d, "tree1/o", 4000);
    (void)do_tmpfile(d, "tree1", "tree1/named", "text");
    (void)do_bind(d, "tree1/socket");
}

struct scene {
    struct fixture f;
    char *before;
};

static void start(struct scene *s, int number)
{
    char command[2048];
    char base[100];
    (void)snprintf(base, sizeof base, "%s/%d", tap_tmpdir(), number);
    CHECK(mkdir(base, 0755) == 0);
    fixture_init(&s->f, base);
    (void)snprintf(command, sizeof command, "cd %s; %s", base, populate);
    CHECK_INT(system(command), 0);
    s->before = fixture_state(&s->f);
}

static void finish(struct scene *s)
{
    struct err e = ERR_INIT;
    int dir = open(tap_tmpdir(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    free(s->before);
    CHECK_OK(fs_remove_tree(dir, strrchr(s->f.base, '/') + 1, &e), &e);
    (void)close(dir);
}

static void check_before(const struct scene *s, long n)
{
    char *now = fixture_state(&s->f);
    if (strcmp(now, s->before) != 0)
        tap_fail(__FILE__, __LINE__, "killed at call %ld:\n%s\nnot\n%s", n, now, s->before);
    free(now);
}

/* Runs `work` and kills it as it enters its n-th system call, which does not happen. False when there are not that many. */
static bool killed_at(long n, void (*work)(struct scene *s), struct scene *s)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
            _exit(77);
        work(s);
        _exit(0);
    }
    CHECK(waitpid(pid, &status, 0) == pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        SKIP("no tracing here");
    CHECK(ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) == 0);
    for (long stops = 0; !WIFEXITED(status); stops++) {
        if (stops == 2 * n + 1) {
            (void)kill(pid, SIGKILL);
            (void)waitpid(pid, &status, 0);
            return true;
        }
        CHECK(ptrace(PTRACE_SYSCALL, pid, NULL, NULL) == 0);
        CHECK(waitpid(pid, &status, 0) == pid);
        if (WIFSIGNALED(status))
            tap_fail(__FILE__, __LINE__, "it died by itself at call %ld", n);
    }
    CHECK_INT(WEXITSTATUS(status), 0);
    return false;
}

static void run_session(struct scene *s)
{
    struct fixture_session session;
    fixture_begin(&s->f, 1, &session);
    const struct doer d = {.f = &s->f, .m = &session.m};
    (void)raise(SIGSTOP); /* it counts from here */
    change(&d);
    fixture_end(&session);
}

static void run_undo(struct scene *s)
{
    struct fixture_session by;
    struct err e = ERR_INIT;
    fixture_begin(&s->f, 2, &by);
    (void)raise(SIGSTOP);
    CHECK_INT(fixture_try_undo(&s->f, 1, &by, INT64_MAX, &e), UNDO_DONE);
    fixture_end(&by);
}

/* Every STEP-th call; another beginning each time the test is told one. */
static long step(void)
{
    const char *wish = getenv("MUTATE_CRASH_STEP");
    return wish ? strtol(wish, NULL, 10) : 7;
}

TEST(a_session_that_is_killed_anywhere_comes_back)
{
    static struct scene s;
    bool more = true;
    (void)alarm(0);
    for (long n = 0; more; n += step()) {
        start(&s, (int)n);
        more = killed_at(n, run_session, &s);
        CHECK_INT(fixture_undo(&s.f, 1, 2), UNDO_DONE);
        check_before(&s, n);
        finish(&s);
    }
}

TEST(an_undo_that_is_killed_anywhere_goes_on)
{
    static struct scene s;
    bool more = true;
    (void)alarm(0);
    for (long n = 0; more; n += step()) {
        struct fixture_session session;
        struct err e = ERR_INIT;
        start(&s, (int)n);
        fixture_begin(&s.f, 1, &session);
        const struct doer d = {.f = &s.f, .m = &session.m};
        change(&d);
        fixture_end(&session);
        char *after = fixture_state(&s.f);
        more = killed_at(n, run_undo, &s);
        if (more) {
            fixture_resume(&s.f, 2, &session);
            int rc = fixture_try_undo(&s.f, 1, &session, INT64_MAX, &e);
            if (rc != UNDO_DONE)
                tap_fail(__FILE__, __LINE__, "killed at call %ld: %d, %s", n, rc, e.text);
            fixture_end(&session);
        }
        check_before(&s, n);
        CHECK_INT(fixture_undo(&s.f, 2, 3), UNDO_DONE);
        char *again = fixture_state(&s.f);
        CHECK_STR(again, after);
        free(again);
        free(after);
        finish(&s);
    }
}

/* -- full disks -- */

enum { PAGE = 4096, MOST_PAGES = 24, MOST_INODES = 8, REPEATS = 600 };

/* Leaves so many pages and inodes. */
static void fill_disk(const char *base, unsigned long pages, unsigned long inodes)
{
    char path[300];
    struct statfs st;
    for (unsigned i = 0; statfs(base, &st) == 0 && st.f_ffree > inodes + 1; i++) {
        (void)snprintf(path, sizeof path, "%s/fill%u", base, i);
        (void)close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    }
    (void)snprintf(path, sizeof path, "%s/fill", base);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && statfs(base, &st) == 0);
    if (st.f_bavail > pages)
        CHECK(fallocate(fd, 0, 0, (off_t)(st.f_bavail - pages) * PAGE) == 0);
    (void)close(fd);
}

static void empty_disk(const char *base)
{
    char command[400];
    (void)snprintf(command, sizeof command, "rm -f %s/fill*", base);
    CHECK_INT(system(command), 0);
}

static void start_on_small_disk(struct scene *s, int number)
{
    char base[100];
    char command[2048];
    (void)snprintf(base, sizeof base, "%s/%d", tap_tmpdir(), number);
    CHECK(mkdir(base, 0755) == 0);
    CHECK(mount("tmpfs", base, "tmpfs", 0, "size=2m,nr_inodes=200") == 0);
    fixture_init(&s->f, base);
    (void)snprintf(command, sizeof command, "cd %s; %s", base, populate);
    CHECK_INT(system(command), 0);
    s->before = fixture_state(&s->f);
}

/* More records than the journal has room for at first. */
static void change_much(const struct doer *d)
{
    change(d);
    for (unsigned i = 0; i < REPEATS; i++)
        (void)do_chmod(d, "tree1/o", i % 2 ? 0600 : 0640);
    (void)do_unlink(d, "tree0/hard");
}

static void finish_small_disk(struct scene *s)
{
    CHECK(umount2(s->f.base, MNT_DETACH) == 0);
    CHECK(rmdir(s->f.base) == 0);
    free(s->before);
}

/* Whatever could be done on a disk that got full comes back. */
static void session_on_full_disk(int number, unsigned long pages, unsigned long inodes)
{
    static struct scene s;
    struct fixture_session session;
    start_on_small_disk(&s, number);
    fixture_begin(&s.f, 1, &session);
    fill_disk(s.f.base, pages, inodes);
    const struct doer d = {.f = &s.f, .m = &session.m};
    change_much(&d);
    fixture_end(&session);
    empty_disk(s.f.base);
    CHECK_INT(fixture_undo(&s.f, 1, 2), UNDO_DONE);
    check_before(&s, number);
    finish_small_disk(&s);
}

/* An undo for which there is no room leaves everything as it was, or goes on when there is. */
static void undo_on_full_disk(int number, unsigned long pages, unsigned long inodes)
{
    static struct scene s;
    struct fixture_session session;
    struct err e = ERR_INIT;
    start_on_small_disk(&s, number);
    fixture_begin(&s.f, 1, &session);
    const struct doer d = {.f = &s.f, .m = &session.m};
    change_much(&d);
    fixture_end(&session);
    char *after = fixture_state(&s.f);
    fixture_begin(&s.f, 2, &session);
    fill_disk(s.f.base, pages, inodes);
    int rc = fixture_try_undo(&s.f, 1, &session, INT64_MAX, &e);
    fixture_end(&session);
    empty_disk(s.f.base);
    if (rc < 0) {
        fixture_resume(&s.f, 2, &session);
        rc = fixture_try_undo(&s.f, 1, &session, INT64_MAX, &e);
        fixture_end(&session);
    }
    if (rc != UNDO_DONE) {
        char *now = fixture_state(&s.f);
        CHECK_INT(rc, UNDO_CHANGED);
        CHECK_STR(now, after);
        free(now);
        CHECK_INT(fixture_undo(&s.f, 1, 3), UNDO_DONE);
    }
    check_before(&s, number);
    free(after);
    finish_small_disk(&s);
}

TEST(a_full_disk_loses_nothing)
{
    int number = 0;
    (void)alarm(0);
    tap_own_mounts();
    for (unsigned long pages = 0; pages <= MOST_PAGES; pages++) {
        session_on_full_disk(++number, pages, 1000);
        undo_on_full_disk(++number, pages, 1000);
    }
    for (unsigned long inodes = 0; inodes <= MOST_INODES; inodes++) {
        session_on_full_disk(++number, 1000, inodes);
        undo_on_full_disk(++number, 1000, inodes);
    }
}
