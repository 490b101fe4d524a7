/* prog: stands for python, node and so on in the shell tests. Says whether the sentinel outside the sandbox can be read (RAW) or not (SBX), by which
 * path and with which arguments it was started; then does what its first argument names. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PAUSE_NS = 10 * 1000 * 1000, MAX_PAUSES = 12000 }; /* two minutes */

/* Inside the sandbox nothing may be traced, and that is how the leak check works. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming): the name is the sanitizer's. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming) */

static int number(const char *text)
{
    return (int)strtol(text, NULL, 10);
}

static const char *verdict(void)
{
    char path[4096];
    const char *home = getenv("HOME");
    (void)snprintf(path, sizeof path, "%s/.ssh/sentinel", home != NULL ? home : "");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return "SBX";
    (void)close(fd);
    return "RAW";
}

/* One line whatever the arguments hold: the terminal's width must not matter, nor a newline in an argument. */
static void report(int argc, char **argv)
{
    (void)printf("=%s= path=%s args=", verdict(), argv[0]);
    for (int i = 1; i < argc; i++) {
        (void)putchar('(');
        for (const char *p = argv[i]; *p != '\0'; p++) {
            if (*p == '\n')
                (void)fputs("<newline>", stdout);
            else
                (void)putchar(*p);
        }
        (void)putchar(')');
    }
    (void)putchar('\n');
    (void)fflush(stdout);
}

static int spawn(char **argv)
{
    pid_t pid = fork();
    if (pid == 0) {
        (void)execvp(argv[0], argv);
        _exit(127);
    }
    int status = 0;
    (void)waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int nest(int levels)
{
    char name[] = "python";
    char what[] = "nest";
    char left[16];
    char *argv[] = {name, what, left, NULL};
    (void)snprintf(left, sizeof left, "%d", levels - 1);
    return levels > 0 ? spawn(argv) : 0;
}

static int create(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    return fd < 0 || close(fd) < 0;
}

static int copy(const char *from, const char *to)
{
    char buffer[65536];
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    ssize_t len = 0;
    while (in >= 0 && out >= 0 && (len = read(in, buffer, sizeof buffer)) > 0)
        if (write(out, buffer, (size_t)len) != len)
            return 1;
    return in < 0 || out < 0 || len < 0 || close(in) < 0 || close(out) < 0;
}

static void copy_lines(void)
{
    char line[4096];
    while (fgets(line, sizeof line, stdin) != NULL) {
        (void)printf("got:%s", line);
        (void)fflush(stdout);
    }
}

/* Waits to be interrupted or stopped, and for a file, where one is named: how long it is stopped must not matter. */
static int rest(const char *until)
{
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    (void)puts("READY");
    (void)fflush(stdout);
    for (int i = 0; i < MAX_PAUSES; i++) {
        if (until != NULL && access(until, F_OK) == 0)
            return 0;
        (void)nanosleep(&pause, NULL);
    }
    return 1;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "quiet") == 0 && argc > 2)
        return number(argv[2]);
    report(argc, argv);
    if (strcmp(what, "exit") == 0 && argc > 2)
        return number(argv[2]);
    if (strcmp(what, "term") == 0)
        (void)raise(SIGTERM);
    if (strcmp(what, "cat") == 0)
        copy_lines();
    if (strcmp(what, "rest") == 0)
        return rest(argc > 2 ? argv[2] : NULL);
    if (strcmp(what, "spawn") == 0 && argc > 2)
        return spawn(argv + 2);
    if (strcmp(what, "nest") == 0 && argc > 2)
        return nest(number(argv[2]));
    if (strcmp(what, "create") == 0 && argc > 2)
        return create(argv[2]);
    if (strcmp(what, "copy") == 0 && argc > 3)
        return copy(argv[2], argv[3]);
    if (strcmp(what, "getenv") == 0 && argc > 2) {
        const char *value = getenv(argv[2]);
        (void)printf("env:%s\n", value != NULL ? value : "(none)");
    }
    if (strcmp(what, "tty") == 0)
        (void)printf("tty:%d%d foreground:%d\n", isatty(0), isatty(1), tcgetpgrp(0) == getpgrp());
    return 0;
}
