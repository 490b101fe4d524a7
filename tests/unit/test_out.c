/* out: which stream, what -s silences, whole lines, and writes that fail. */
#include "core/out.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/mem.h"
#include "tests/unit/tap.h"

/* Both streams of this test lead to sockets that keep each write apart. */
struct streams {
    int saved[3], reader[3];
};

static void capture(struct streams *s)
{
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
        int pair[2];
        CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
        s->saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 10);
        CHECK(s->saved[fd] >= 0 && dup2(pair[1], fd) == fd);
        (void)close(pair[1]);
        s->reader[fd] = pair[0];
    }
}

static void restore(struct streams *s)
{
    (void)fflush(stdout);
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
        (void)dup2(s->saved[fd], fd);
        (void)close(s->saved[fd]);
    }
}

/* The next write to `fd` was `wanted`; NULL: there is none. */
static void check_write(const struct streams *s, int fd, const char *wanted)
{
    char text[20000];
    ssize_t n = recv(s->reader[fd], text, sizeof text - 1, MSG_DONTWAIT);
    text[n > 0 ? n : 0] = '\0';
    CHECK_STR(n > 0 ? text : NULL, wanted);
}

static void release(struct streams *s)
{
    check_write(s, STDOUT_FILENO, NULL);
    check_write(s, STDERR_FILENO, NULL);
    (void)close(s->reader[STDOUT_FILENO]);
    (void)close(s->reader[STDERR_FILENO]);
}

TEST(answers_and_chatter_go_apart)
{
    struct streams s;
    capture(&s);
    out_print("answer %d\n", 1);
    out_write("raw\n", 4);
    out_note("note %s\n", "x");
    out_warn("odd %s", "thing");
    out_error("bad %s", "thing");
    int result = out_finish();
    restore(&s);
    CHECK_INT(result, 0);
    check_write(&s, STDOUT_FILENO, "answer 1\nraw\n");
    check_write(&s, STDERR_FILENO, "note x\n");
    check_write(&s, STDERR_FILENO, "nono: warning: odd thing\n");
    check_write(&s, STDERR_FILENO, "nono: bad thing\n");
    release(&s);
}

TEST(silent_keeps_answers_and_errors)
{
    struct streams s;
    capture(&s);
    out_configure(&(struct out_settings){.silent = true, .verbosity = 3});
    out_print("answer\n");
    out_note("note\n");
    out_verbose(1, "detail\n");
    out_warn("warning");
    out_error("error");
    restore(&s);
    CHECK(out_is_silent());
    check_write(&s, STDOUT_FILENO, "answer\n");
    check_write(&s, STDERR_FILENO, "nono: error\n");
    release(&s);
}

TEST(verbosity_counts)
{
    struct streams s;
    capture(&s);
    out_verbose(1, "none\n");
    out_configure(&(struct out_settings){.verbosity = 2});
    out_verbose(1, "one\n");
    out_verbose(2, "two\n");
    out_verbose(3, "three\n");
    restore(&s);
    CHECK_INT(out_verbosity(), 2);
    CHECK(!out_is_silent());
    check_write(&s, STDERR_FILENO, "one\n");
    check_write(&s, STDERR_FILENO, "two\n");
    release(&s);
}

/* The pipe shows the answer before the note that came after it. */
TEST(answers_come_before_later_chatter)
{
    struct streams s;
    capture(&s);
    CHECK(dup2(STDERR_FILENO, STDOUT_FILENO) == STDOUT_FILENO);
    out_print("first\n");
    out_note("second\n");
    out_print("third\n");
    restore(&s);
    check_write(&s, STDERR_FILENO, "first\n");
    check_write(&s, STDERR_FILENO, "second\n");
    check_write(&s, STDERR_FILENO, "third\n");
    release(&s);
}

TEST(color_by_stream)
{
    for (int i = OUT_PLAIN; i <= OUT_NAME; i++) {
        CHECK_STR(out_on((enum out_style)i, true), "");
        CHECK_STR(out_on((enum out_style)i, false), "");
    }
    CHECK_STR(out_off(true), "");
    out_configure(&(struct out_settings){.color_stdout = true});
    CHECK_STR(out_on(OUT_BOLD, true), "\033[1m");
    CHECK_STR(out_on(OUT_BOLD, false), "");
    CHECK_STR(out_off(true), "\033[0m");
    CHECK_STR(out_off(false), "");
    out_configure(&(struct out_settings){.color_stderr = true});
    CHECK_STR(out_on(OUT_BAD, true), "");
    CHECK_STR(out_on(OUT_BAD, false), "\033[31m");
    CHECK_STR(out_on(OUT_PLAIN, false), "");
}

/* Points stdout elsewhere, prints, and gives what out_finish says. */
static int finish_on(int fd, size_t n)
{
    int saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
    if (fd >= 0)
        CHECK(dup2(fd, STDOUT_FILENO) == STDOUT_FILENO);
    else
        CHECK(close(STDOUT_FILENO) == 0);
    for (size_t i = 0; i < n; i++)
        out_print("%1000d\n", 1);
    int result = out_finish();
    CHECK(dup2(saved, STDOUT_FILENO) == STDOUT_FILENO && close(saved) == 0);
    return result;
}

TEST(a_full_disk_is_noticed)
{
    AUTO(mem_close_fd) int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    CHECK(full >= 0);
    CHECK_INT(finish_on(full, 0), 0);
    CHECK(finish_on(full, 1) != 0);
}

TEST(a_write_that_failed_earlier_is_remembered)
{
    AUTO(mem_close_fd) int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    AUTO(mem_close_fd) int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    int saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
    CHECK(dup2(full, STDOUT_FILENO) == STDOUT_FILENO);
    for (int i = 0; i < 200; i++)
        out_print("%1000d\n", 1);
    CHECK(dup2(null, STDOUT_FILENO) == STDOUT_FILENO);
    CHECK(out_finish() != 0);
    CHECK(dup2(saved, STDOUT_FILENO) == STDOUT_FILENO && close(saved) == 0);
}

TEST(a_closed_stdout_is_noticed)
{
    CHECK(finish_on(-1, 1) != 0);
}

TEST(a_closed_pipe_is_noticed)
{
    int pair[2];
    CHECK(pipe2(pair, O_CLOEXEC) == 0);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)close(pair[0]);
    CHECK(finish_on(pair[1], 1) != 0);
    (void)close(pair[1]);
}
