/* The parent that stays: statuses, signals, stopping. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/supervise.h"
#include "tests/unit/tap.h"

static pid_t spawn(void (*run)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        supervise_child();
        run();
        _exit(0);
    }
    CHECK(pid > 0);
    return pid;
}

static struct supervise_result wait_for(pid_t pid)
{
    struct supervise_result r = {0};
    struct err e = ERR_INIT;
    CHECK_OK(supervise_wait(pid, &r, &e), &e);
    return r;
}

static void begin(void)
{
    struct err e = ERR_INIT;
    CHECK_OK(supervise_begin(&e), &e);
}

static void exit_seven(void)
{
    _exit(7);
}

static void die_of_kill(void)
{
    (void)raise(SIGKILL);
}

static void wait_for_signal(void)
{
    for (;;)
        (void)pause();
}

TEST(statuses)
{
    begin();
    struct supervise_result r = wait_for(spawn(exit_seven));
    CHECK(!r.signaled);
    CHECK_INT(r.code, 7);
    r = wait_for(spawn(die_of_kill));
    CHECK(r.signaled);
    CHECK_INT(r.code, SIGKILL);
    supervise_end();
}

/* A caller that ignores SIGCHLD would have the kernel throw the status away. */
TEST(ignored_sigchld)
{
    CHECK(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
    begin();
    CHECK_INT(wait_for(spawn(exit_seven)).code, 7);
    supervise_end();
    CHECK(signal(SIGCHLD, SIG_DFL) == SIG_IGN);
}

static void report_dispositions(void)
{
    sigset_t mask;
    (void)sigprocmask(SIG_SETMASK, NULL, &mask);
    bool clean =
        signal(SIGINT, SIG_DFL) == SIG_DFL && signal(SIGQUIT, SIG_DFL) == SIG_IGN && !sigismember(&mask, SIGTERM) && sigismember(&mask, SIGUSR2);
    _exit(clean ? 0 : 1);
}

/* The command starts with what nono was started with, and not with what nono does meanwhile. */
TEST(the_command_gets_what_was_found)
{
    sigset_t mask;
    (void)sigemptyset(&mask);
    (void)sigaddset(&mask, SIGUSR2);
    (void)sigprocmask(SIG_BLOCK, &mask, NULL);
    CHECK(signal(SIGQUIT, SIG_IGN) != SIG_ERR);
    begin();
    CHECK_INT(wait_for(spawn(report_dispositions)).code, 0);
    supervise_end();
    CHECK(signal(SIGINT, SIG_DFL) == SIG_DFL);
    CHECK(signal(SIGQUIT, SIG_DFL) == SIG_IGN);
}

/* Runs supervise_wait for a command that waits, in a process of its own; says when the command runs. */
static pid_t supervisor(pid_t *ret_command)
{
    int fd[2];
    CHECK(pipe(fd) == 0); /* NOLINT(android-cloexec-pipe) */
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        (void)close(fd[0]);
        begin();
        pid_t command = spawn(wait_for_signal);
        CHECK(write(fd[1], &command, sizeof command) == (ssize_t)sizeof command && close(fd[1]) == 0);
        struct supervise_result r = wait_for(command);
        supervise_end();
        supervise_exit_like(&r);
    }
    CHECK(close(fd[1]) == 0);
    CHECK(read(fd[0], ret_command, sizeof *ret_command) == (ssize_t)sizeof *ret_command);
    CHECK(close(fd[0]) == 0);
    return pid;
}

TEST(forwarded_signals)
{
    static const int signals[] = {SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        pid_t command;
        int status = 0;
        pid_t pid = supervisor(&command);
        CHECK(kill(pid, signals[i]) == 0 && waitpid(pid, &status, 0) == pid);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == signals[i]); /* the command died of it, and nono likewise */
    }
}

TEST(the_terminal_interrupt_is_the_commands)
{
    pid_t command;
    int status = 0;
    pid_t pid = supervisor(&command);
    CHECK(kill(pid, SIGINT) == 0 && kill(pid, SIGQUIT) == 0);
    (void)usleep(50 * 1000);
    CHECK_INT(waitpid(pid, &status, WNOHANG), 0);
    CHECK(kill(command, SIGINT) == 0 && waitpid(pid, &status, 0) == pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
}

/* Until nono has passed the continuation on: the state in /proc/PID/stat is not 'T'. */
static void wait_until_running(pid_t pid)
{
    char path[40];
    char text[64] = "";
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    do {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        CHECK(fd >= 0 && read(fd, text, sizeof text - 1) > 0 && close(fd) == 0);
    } while (strstr(text, ") T "));
}

/* A shell sees one job: nono stops when, and only when, the command has stopped; both go on together. */
TEST(stopping_and_continuing)
{
    static const int stops[] = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
        pid_t command;
        int status = 0;
        pid_t pid = supervisor(&command);
        for (int round = 0; round < 2; round++) {
            CHECK(kill(command, stops[i]) == 0);
            CHECK(waitpid(pid, &status, WUNTRACED) == pid);
            CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == stops[i]);
            CHECK(kill(pid, SIGCONT) == 0);
            CHECK(waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status));
            wait_until_running(command);
        }
        CHECK(kill(command, SIGTERM) == 0); /* it runs: a stopped process would not die of this */
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    }
}

TEST(a_stop_sent_to_nono_stops_the_command_first)
{
    pid_t command;
    int status = 0;
    pid_t pid = supervisor(&command);
    CHECK(kill(pid, SIGTSTP) == 0);
    CHECK(waitpid(pid, &status, WUNTRACED) == pid);
    CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTSTP);
    CHECK(kill(pid, SIGCONT) == 0 && kill(command, SIGTERM) == 0);
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFSIGNALED(status));
}

TEST(ending_alike)
{
    static const struct {
        struct supervise_result result;
        int signal, status;
    } cases[] = {
        {{.code = 0}, 0, 0},
        {{.code = 200}, 0, 200},
        {{.signaled = true, .code = SIGINT}, SIGINT, 0},
        {{.signaled = true, .code = SIGSEGV, .core_dumped = true}, SIGSEGV, 0},
        {{.signaled = true, .code = SIGKILL}, SIGKILL, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int status = 0;
        tap_no_leak_check();
        pid_t pid = fork();
        if (pid == 0)
            supervise_exit_like(&cases[i].result);
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK_INT(WIFSIGNALED(status) ? WTERMSIG(status) : 0, cases[i].signal);
        CHECK_INT(WIFEXITED(status) ? WEXITSTATUS(status) : 0, cases[i].status);
        CHECK(!WIFSIGNALED(status) || !WCOREDUMP(status));
    }
}
