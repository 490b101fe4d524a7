/* fs: limits, links, and races that can be staged. */
#include "core/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/path.h"
#include "tests/unit/tap.h"

/* Every test stands in its own directory. */
static void enter_tmp(void)
{
    CHECK(chdir(tap_tmpdir()) == 0);
}

static void make_file(const char *path, const char *text)
{
    struct err e = ERR_INIT;
    AUTO(mem_close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(fd >= 0);
    CHECK_OK(fs_write_all(fd, text, strlen(text), &e), &e);
}

TEST(read_appends_the_whole_file)
{
    struct err e = ERR_INIT;
    AUTO(str_release) struct str s = STR_INIT(100);
    enter_tmp();
    make_file("f", "content");
    str_add(&s, "before ");
    CHECK_OK(fs_read(AT_FDCWD, "f", &s, &e), &e);
    CHECK_STR(s.buf, "before content");
    CHECK_OK(fs_read(AT_FDCWD, "/proc/self/comm", &s, &e), &e); /* says that its size is 0 */
    CHECK(s.len > strlen("before content"));
}

TEST(read_stops_at_the_maximum)
{
    struct err e = ERR_INIT;
    AUTO(str_release) struct str exact = STR_INIT(7);
    AUTO(str_release) struct str less = STR_INIT(6);
    enter_tmp();
    make_file("f", "content");
    CHECK_OK(fs_read(AT_FDCWD, "f", &exact, &e), &e);
    CHECK_ERR(fs_read(AT_FDCWD, "f", &less, &e), ERR_LIMIT, &e);
    CHECK_STR(e.text, "f is longer than 6 bytes");
    AUTO(str_release) struct str endless = STR_INIT(1000);
    CHECK_ERR(fs_read(AT_FDCWD, "/proc/self/maps", &endless, &e), ERR_LIMIT, &e);
}

TEST(read_refuses_links_unless_the_person_named_it)
{
    struct err e = ERR_INIT;
    AUTO(str_release) struct str s = STR_INIT(100);
    enter_tmp();
    make_file("f", "content");
    CHECK(symlink("f", "link") == 0);
    CHECK_ERR(fs_read(AT_FDCWD, "link", &s, &e), ERR_DENIED, &e);
    CHECK(strstr(e.text, "link, a symbolic link"));
    CHECK_STR(s.buf, "");
    CHECK_OK(fs_read_named("link", &s, &e), &e);
    CHECK_STR(s.buf, "content");
}

TEST(read_wants_a_regular_file_and_does_not_wait_for_another)
{
    struct err e = ERR_INIT;
    AUTO(str_release) struct str s = STR_INIT(100);
    enter_tmp();
    CHECK(mkfifo("pipe", 0600) == 0 && mkdir("dir", 0700) == 0);
    CHECK_ERR(fs_read(AT_FDCWD, "pipe", &s, &e), ERR_INPUT, &e);
    CHECK_ERR(fs_read_named("pipe", &s, &e), ERR_INPUT, &e);
    CHECK_ERR(fs_read(AT_FDCWD, "dir", &s, &e), ERR_INPUT, &e);
    CHECK_ERR(fs_read(AT_FDCWD, "/dev/zero", &s, &e), ERR_INPUT, &e);
    CHECK_ERR(fs_read(AT_FDCWD, "none\033", &s, &e), ERR_MISSING, &e);
    CHECK_STR(e.text, "cannot read none\\x1b: No such file or directory");
}

TEST(read_says_what_is_denied)
{
    struct err e = ERR_INIT;
    AUTO(str_release) struct str s = STR_INIT(100);
    tap_drop_root();
    enter_tmp();
    make_file("f", "content");
    CHECK(chmod("f", 0) == 0);
    CHECK_ERR(fs_read(AT_FDCWD, "f", &s, &e), ERR_DENIED, &e);
}

TEST(read_reports_what_fails_after_opening)
{
    struct err e = ERR_INIT;
    AUTO(str_release) struct str s = STR_INIT(100);
    CHECK_ERR(fs_read(AT_FDCWD, "/proc/self/mem", &s, &e), ERR_IO, &e); /* nothing is mapped at 0 */
    CHECK_STR(e.text, "cannot read /proc/self/mem: Input/output error");
}

static void ignore(int number)
{
    (void)number;
}

/* SIGUSR1 interrupts what waits, here and in children. */
static void let_interrupt(void)
{
    struct sigaction action = {.sa_handler = ignore};
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
}

static void interrupt(pid_t pid)
{
    for (int i = 0; i < 5; i++) {
        (void)usleep(10000);
        (void)kill(pid, SIGUSR1);
    }
}

static unsigned char byte_at(size_t i)
{
    return (unsigned char)(i * 31 / 7);
}

static bool reads_pattern(int fd, size_t size)
{
    size_t total = 0;
    unsigned char chunk[1000];
    for (ssize_t n = 0; (n = read(fd, chunk, sizeof chunk)) > 0; total += (size_t)n) {
        for (size_t i = 0; i < (size_t)n; i++) {
            if (chunk[i] != byte_at(total + i))
                return false;
        }
    }
    return total == size;
}

TEST(write_all_writes_through_a_small_pipe_and_interruptions)
{
    enum { SIZE = 1 << 20 };
    struct err e = ERR_INIT;
    int pair[2];
    int status = 0;
    AUTO(mem_free_ptr) unsigned char *data = mem_alloc(SIZE);
    for (size_t i = 0; i < SIZE; i++)
        data[i] = byte_at(i);
    CHECK(pipe2(pair, O_CLOEXEC) == 0);
    let_interrupt();
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(pair[1]);
        interrupt(getppid());
        _exit(reads_pattern(pair[0], SIZE) ? 0 : 1);
    }
    (void)close(pair[0]);
    CHECK_OK(fs_write_all(pair[1], data, SIZE, &e), &e);
    (void)close(pair[1]);
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

TEST(write_all_reports)
{
    struct err e = ERR_INIT;
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    CHECK_ERR(fs_write_all(full, "x", 1, &e), ERR_IO, &e);
    CHECK_INT(e.sys, ENOSPC);
    CHECK_OK(fs_write_all(full, "", 0, &e), &e);
    (void)close(full);
    CHECK_ERR(fs_write_all(-1, "x", 1, &e), ERR_IO, &e);
}

TEST(make_dirs)
{
    struct err e = ERR_INIT;
    struct stat st;
    enter_tmp();
    AUTO(mem_free_ptr) char *deep = path_join(tap_tmpdir(), "a/b/c");
    AUTO(mem_free_ptr) char *through = path_join(tap_tmpdir(), "link/d");
    CHECK_OK(fs_make_dirs(deep, &e), &e);
    CHECK(stat("a/b/c", &st) == 0 && (st.st_mode & 07777) == 0700);
    CHECK_OK(fs_make_dirs(deep, &e), &e);
    CHECK(symlink("a", "link") == 0);
    CHECK_OK(fs_make_dirs(through, &e), &e);
    CHECK(stat("a/d", &st) == 0 && S_ISDIR(st.st_mode));
    CHECK_OK(fs_make_dirs("/", &e), &e);
}

TEST(make_dirs_fails)
{
    struct err e = ERR_INIT;
    tap_drop_root();
    enter_tmp();
    AUTO(mem_free_ptr) char *file = path_join(tap_tmpdir(), "f");
    AUTO(mem_free_ptr) char *below = path_join(tap_tmpdir(), "f/x");
    AUTO(mem_free_ptr) char *dangling = path_join(tap_tmpdir(), "dangling/x");
    AUTO(mem_free_ptr) char *closed = path_join(tap_tmpdir(), "closed/x");
    make_file("f", "");
    CHECK(symlink("none", "dangling") == 0 && mkdir("closed", 0500) == 0);
    CHECK_ERR(fs_make_dirs(file, &e), ERR_MISSING, &e); /* not a directory */
    CHECK_ERR(fs_make_dirs(below, &e), ERR_MISSING, &e);
    CHECK_ERR(fs_make_dirs(dangling, &e), ERR_MISSING, &e);
    CHECK(access("none", F_OK) < 0);
    CHECK_ERR(fs_make_dirs(closed, &e), ERR_DENIED, &e);
    CHECK_ERR(fs_make_dirs("relative", &e), ERR_INPUT, &e);
    CHECK_ERR(fs_make_dirs("/a/../b", &e), ERR_INPUT, &e);
}

static void check_private(const char *name, bool create, int class)
{
    struct err e = ERR_INIT;
    int fd = -1;
    AUTO(mem_free_ptr) char *path = path_join(tap_tmpdir(), name);
    int result = fs_open_private(path, create, &fd, &e);
    if (class == 0) {
        CHECK_OK(result, &e);
        CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    } else {
        CHECK_ERR(result, class, &e);
        CHECK_INT(fd, -1);
    }
    mem_close_fd(&fd);
}

TEST(open_private)
{
    tap_drop_root();
    enter_tmp();
    (void)umask(0);
    check_private("d", false, ERR_MISSING);
    check_private("x/y/d", true, 0);
    check_private("x/y/d", false, 0);
    CHECK(mkdir("read", 0755) == 0 && mkdir("group", 0775) == 0 && mkdir("all", 0777) == 0 && mkdir("sticky", 01777) == 0);
    check_private("read", false, 0);
    check_private("group", false, ERR_DENIED);
    check_private("all", true, ERR_DENIED);
    check_private("sticky", false, ERR_DENIED);
    CHECK(symlink("read", "link") == 0);
    check_private("link", false, ERR_MISSING); /* no directory, but a link to one */
    check_private("link/", false, ERR_INPUT);  /* would follow it */
    check_private("read/../read", true, ERR_INPUT);
    make_file("f", "");
    check_private("f", false, ERR_MISSING);
}

TEST(open_private_of_somebody_else)
{
    struct err e = ERR_INIT;
    int fd = -1;
    tap_drop_root();
    CHECK_ERR(fs_open_private("/usr", false, &fd, &e), ERR_DENIED, &e);
    CHECK(strstr(e.text, "belongs to user 0"));
    CHECK_ERR(fs_open_private("usr", false, &fd, &e), ERR_INPUT, &e);
}

TEST(lock_excludes_and_shares)
{
    struct err e = ERR_INIT;
    AUTO(mem_close_fd) int first = -1;
    AUTO(mem_close_fd) int second = -1;
    AUTO(mem_close_fd) int none = -1;
    enter_tmp();
    CHECK_OK(fs_lock(AT_FDCWD, "lock", true, false, &first, &e), &e);
    CHECK(fcntl(first, F_GETFD) & FD_CLOEXEC);
    CHECK_ERR(fs_lock(AT_FDCWD, "lock", true, false, &none, &e), ERR_BUSY, &e);
    CHECK_ERR(fs_lock(AT_FDCWD, "lock", false, false, &none, &e), ERR_BUSY, &e);
    mem_close_fd(&first);
    CHECK_OK(fs_lock(AT_FDCWD, "lock", false, false, &first, &e), &e);
    CHECK_OK(fs_lock(AT_FDCWD, "lock", false, true, &second, &e), &e);
    CHECK_ERR(fs_lock(AT_FDCWD, "lock", true, false, &none, &e), ERR_BUSY, &e);
    CHECK_INT(none, -1);
}

TEST(lock_waits)
{
    struct err e = ERR_INIT;
    int first = -1;
    int status = 0;
    enter_tmp();
    CHECK_OK(fs_lock(AT_FDCWD, "lock", true, false, &first, &e), &e);
    let_interrupt();
    pid_t pid = fork();
    if (pid == 0) {
        int mine = -1;
        (void)close(first);
        make_file("waiting", "");
        _exit(fs_lock(AT_FDCWD, "lock", true, true, &mine, &e) == 0 && access("released", F_OK) == 0 ? 0 : 1);
    }
    while (access("waiting", F_OK) < 0)
        (void)usleep(1000);
    interrupt(pid);
    make_file("released", "");
    (void)close(first);
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK_INT(status, 0);
}

/* Whoever waited on a file that was removed meanwhile must not believe that it holds the lock. */
TEST(lock_is_on_the_file_of_that_name)
{
    struct err e = ERR_INIT;
    int first = -1;
    int status = 0;
    enter_tmp();
    CHECK_OK(fs_lock(AT_FDCWD, "lock", true, false, &first, &e), &e);
    pid_t pid = fork();
    if (pid == 0) {
        int mine = -1;
        struct stat opened;
        struct stat named;
        (void)close(first);
        make_file("waiting", "");
        bool ok = fs_lock(AT_FDCWD, "lock", true, true, &mine, &e) == 0 && fstat(mine, &opened) == 0 && stat("lock", &named) == 0 &&
                  opened.st_ino == named.st_ino;
        _exit(ok ? 0 : 1);
    }
    while (access("waiting", F_OK) < 0)
        (void)usleep(1000);
    (void)usleep(50000);
    CHECK(rename("lock", "aside") == 0); /* keeps its inode in use, so that the new one differs */
    make_file("lock", "");
    (void)close(first);
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK_INT(status, 0);
}

TEST(lock_refuses_what_is_no_file)
{
    struct err e = ERR_INIT;
    int fd = -1;
    enter_tmp();
    CHECK(mkfifo("pipe", 0600) == 0 && mkdir("dir", 0700) == 0 && symlink("target", "link") == 0);
    CHECK_ERR(fs_lock(AT_FDCWD, "pipe", true, true, &fd, &e), ERR_INPUT, &e);
    CHECK_ERR(fs_lock(AT_FDCWD, "dir", true, true, &fd, &e), ERR_IO, &e);
    CHECK_ERR(fs_lock(AT_FDCWD, "link", true, true, &fd, &e), ERR_DENIED, &e);
    CHECK(access("target", F_OK) < 0);
    CHECK_INT(fd, -1);
}

TEST(publish_as_reuses_the_file)
{
    struct err e = ERR_INIT;
    struct stat spare;
    struct stat made;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_LINE);
    enter_tmp();
    make_file("spare", "something that is longer than what comes");
    make_file("name", "old");
    CHECK(stat("spare", &spare) == 0);
    CHECK_OK(fs_publish_as(AT_FDCWD, "spare", "name", "new", 3, &e), &e);
    CHECK(stat("name", &made) == 0 && made.st_ino == spare.st_ino);
    CHECK_OK(fs_read(AT_FDCWD, "name", &text, &e), &e);
    CHECK_STR(text.buf, "new");
    CHECK_ERR(fs_publish_as(AT_FDCWD, "spare", "name", "x", 1, &e), ERR_MISSING, &e);
    CHECK(symlink("name", "spare") == 0);
    CHECK_ERR(fs_publish_as(AT_FDCWD, "spare", "name", "x", 1, &e), ERR_DENIED, &e);
}

TEST(list_sorts_bytes)
{
    struct err e = ERR_INIT;
    static const char *const sorted[] = {".x", "B", "a", "a b", "ab", "\xc3\xa9", "\xff"};
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    enter_tmp();
    for (size_t i = 0; i < 7; i++)
        make_file(sorted[(i * 3 + 2) % 7], "");
    strlist_add(&names, "before");
    CHECK_OK(fs_list(AT_FDCWD, ".", &names, &e), &e);
    CHECK_INT(names.n, 8);
    CHECK_STR(names.item[0], "before");
    for (size_t i = 0; i < 7; i++)
        CHECK_STR(names.item[i + 1], sorted[i]);
}

TEST(list_of_nothing_and_of_what_is_no_directory)
{
    struct err e = ERR_INIT;
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    enter_tmp();
    CHECK(mkdir("empty", 0700) == 0 && symlink("empty", "link") == 0);
    make_file("f", "");
    CHECK_OK(fs_list(AT_FDCWD, "empty", &names, &e), &e);
    CHECK_INT(names.n, 0);
    CHECK_ERR(fs_list(AT_FDCWD, "f", &names, &e), ERR_MISSING, &e);
    CHECK_ERR(fs_list(AT_FDCWD, "link", &names, &e), ERR_MISSING, &e);
    CHECK_ERR(fs_list(AT_FDCWD, "none", &names, &e), ERR_MISSING, &e);
    CHECK_INT(names.n, 0);
}

TEST(a_directory_is_empty_until_something_is_in_it)
{
    char longest[NAME_MAX + 1];
    enter_tmp();
    CHECK(mkdir("d", 0700) == 0);
    AUTO(mem_close_fd) int empty = open("d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK_INT(fs_is_empty(empty), 1);
    memset(longest, 'x', NAME_MAX);
    longest[NAME_MAX] = '\0';
    CHECK(chdir("d") == 0);
    make_file(longest, "");
    AUTO(mem_close_fd) int full = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK_INT(fs_is_empty(full), 0);
    AUTO(mem_close_fd) int file = open(longest, O_RDONLY | O_CLOEXEC);
    CHECK_INT(fs_is_empty(file), -ENOTDIR);
}

static pid_t start_renaming(void)
{
    pid_t pid = fork();
    while (pid == 0)
        if (rename("one", "other") < 0 || rename("other", "one") < 0)
            _exit(1);
    return pid;
}

/* The kernel gives up on ".." when anything is renamed anywhere: without trying again this fails in every run. */
TEST(a_rename_elsewhere_disturbs_nobody)
{
    enum { OPENS = 100 * 1000 };
    enter_tmp();
    make_file("one", "x");
    CHECK(mkdir("d", 0700) == 0);
    AUTO(mem_close_fd) int here = open(".", O_PATH | O_CLOEXEC);
    pid_t pid = start_renaming();
    CHECK(here >= 0 && pid > 0);
    int failed = 0;
    for (int i = 0; i < OPENS && !failed; i++) {
        AUTO(mem_close_fd) int fd = fs_open_how(here, "d/../d/..", O_PATH, RESOLVE_BENEATH);
        failed = fd < 0 ? errno : 0;
    }
    CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
    CHECK_INT(failed, 0);
    CHECK_INT(fs_open_how(here, "d/../..", O_PATH, RESOLVE_BENEATH), -1);
    CHECK_INT(errno, EXDEV);
}
