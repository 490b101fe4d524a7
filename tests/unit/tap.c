/* tap: the runner. `test_x` runs all tests of its file, `test_x NAME…` some. */
#include "tests/unit/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/fs.h"

enum { TIMEOUT_S = 240, SKIPPED = 77, MAX_FDS = 1024, TICK_POLL_US = 500, ORDINARY_USER = 65534 };

/* What a test tells the runner. */
struct report {
    char reason[200];
    char tmpdir[200];
};

static struct tap_test *first_test, **last_test = &first_test;
static struct report *report;
static bool checks_leaks = true;

/* The sanitizer's, where there is one. */
/* NOLINTNEXTLINE(readability-identifier-naming,bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

void tap_register(struct tap_test *test)
{
    *last_test = test;
    last_test = &test->next;
}

void tap_fail(const char *file, int line, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)fprintf(stderr, "# %s:%d: ", file, line);
    (void)vfprintf(stderr, fmt, ap);
    (void)fputc('\n', stderr);
    va_end(ap);
    _exit(1);
}

void tap_skip(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(report->reason, sizeof report->reason, fmt, ap);
    va_end(ap);
    _exit(SKIPPED);
}

void tap_check_int(const char *file, int line, const char *expr, long long got, long long wanted)
{
    if (got != wanted)
        tap_fail(file, line, "%s is %lld, not %lld", expr, got, wanted);
}

void tap_check_str(const char *file, int line, const char *expr, const char *got, const char *wanted)
{
    if (!got || !wanted ? got != wanted : strcmp(got, wanted) != 0)
        tap_fail(file, line, "%s is\n#   %s\n# not\n#   %s", expr, got ? got : "NULL", wanted ? wanted : "NULL");
}

void tap_check_ok(const char *file, int line, const char *expr, int result, const struct err *e)
{
    if (result < 0)
        tap_fail(file, line, "%s failed (%d): %s", expr, result, e->text);
}

void tap_check_err(const char *file, int line, const char *expr, int result, int class, const struct err *e)
{
    if (result != class || e->class != class)
        tap_fail(file, line, "%s gave %d, error class %d, not %d: %s", expr, result, e->class, class, e->text);
    if (!e->text[0] || strchr(e->text, '\n'))
        tap_fail(file, line, "%s: the message is not one line: %s", expr, e->text);
}

const char *tap_tmpdir(void)
{
    char name[] = "/tmp/nono-unit.XXXXXX";
    if (!report->tmpdir[0]) {
        if (!mkdtemp(name))
            tap_fail(__FILE__, __LINE__, "mkdtemp: %s", strerror(errno));
        memcpy(report->tmpdir, name, sizeof name);
    }
    return report->tmpdir;
}

static int64_t time_of(clockid_t clock)
{
    struct timespec t = {0};
    (void)clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Newer kernels give a file the exact time where somebody has looked at it, which is ahead of the steps. */
void tap_next_tick(void)
{
    int64_t before = time_of(CLOCK_REALTIME);
    while (time_of(CLOCK_REALTIME_COARSE) <= before)
        (void)usleep(TICK_POLL_US);
}

void tap_drop_root(void)
{
    if (geteuid() != 0)
        return;
    /* A process that changed its user is closed to itself in /proc, and could make no user namespace. */
    if (setgroups(0, NULL) < 0 || setresgid(ORDINARY_USER, ORDINARY_USER, ORDINARY_USER) < 0 ||
        setresuid(ORDINARY_USER, ORDINARY_USER, ORDINARY_USER) < 0 || prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
        tap_fail(__FILE__, __LINE__, "cannot become an ordinary user: %s", strerror(errno));
}

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));
    (void)close(fd);
    return n > 0;
}

static bool map_to_root(const char *path, unsigned id)
{
    char text[40];
    (void)snprintf(text, sizeof text, "0 %u 1", id);
    return write_file(path, text);
}

void tap_own_mounts(void)
{
    unsigned uid = geteuid();
    unsigned gid = getegid();
    if (unshare(uid == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) < 0)
        tap_skip("no mount namespace: %s", strerror(errno));
    if (uid != 0 &&
        (!write_file("/proc/self/setgroups", "deny") || !map_to_root("/proc/self/uid_map", uid) || !map_to_root("/proc/self/gid_map", gid)))
        tap_skip("no user namespace: %s", strerror(errno));
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        tap_skip("no private mounts: %s", strerror(errno));
}

void tap_no_leak_check(void)
{
    checks_leaks = false;
}

/* Not from /proc, which a confined test cannot read. */
static void list_fds(bool open[MAX_FDS])
{
    for (int fd = 0; fd < MAX_FDS; fd++)
        open[fd] = fcntl(fd, F_GETFD) >= 0;
}

static _Noreturn void run_here(const struct tap_test *test)
{
    static bool before[MAX_FDS];
    static bool after[MAX_FDS];
    (void)setpgid(0, 0);
    (void)alarm(TIMEOUT_S);
    list_fds(before);
    test->run();
    list_fds(after);
    for (int fd = 0; fd < MAX_FDS; fd++) {
        if (before[fd] != after[fd])
            tap_fail(test->name, fd, "a descriptor of this number was %s", after[fd] ? "leaked" : "closed");
    }
    if (checks_leaks && __lsan_do_recoverable_leak_check && __lsan_do_recoverable_leak_check() != 0)
        _exit(1);
    _exit(0);
}

static void remove_tmpdir(void)
{
    struct err e = ERR_INIT;
    int fd = open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (report->tmpdir[0] && fs_remove_tree(fd, strrchr(report->tmpdir, '/') + 1, &e) < 0)
        (void)printf("# %s\n", e.text);
    (void)close(fd);
}

/* The exit status of the test, 1 when it has none. */
static int run_apart(const struct tap_test *test)
{
    int status = 0;
    memset(report, 0, sizeof *report);
    (void)fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        run_here(test);
    if (pid < 0 || waitpid(pid, &status, 0) != pid) {
        perror("# fork");
        return 1;
    }
    (void)kill(-pid, SIGKILL); /* what the test left behind */
    remove_tmpdir();
    if (WIFSIGNALED(status))
        (void)printf("# %s: %s\n", test->name, WTERMSIG(status) == SIGALRM ? "timed out" : strsignal(WTERMSIG(status)));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static bool is_chosen(const struct tap_test *test, char **names)
{
    for (char **name = names; *name; name++) {
        if (strcmp(*name, test->name) == 0)
            return true;
    }
    return !*names;
}

int main(int argc, char **argv)
{
    int n = 0;
    int failed = 0;
    int skipped = 0;
    const char *no_skip = getenv("NONO_TEST_NO_SKIP");
    report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (report == MAP_FAILED || argc < 1)
        return 1;
    for (const struct tap_test *test = first_test; test; test = test->next) {
        if (!is_chosen(test, argv + 1))
            continue;
        int status = run_apart(test);
        bool is_skip = status == SKIPPED && !(no_skip && *no_skip == '1');
        bool ok = status == 0 || is_skip;
        failed += !ok;
        skipped += is_skip;
        (void)printf("%sok %d - %s%s%s\n", ok ? "" : "not ", ++n, test->name, status == SKIPPED ? is_skip ? " # SKIP " : " # skipped: " : "",
                     status == SKIPPED ? report->reason : "");
    }
    (void)printf("1..%d\n", n);
    if (failed || n == 0)
        return 1;
    return skipped == n ? SKIPPED : 0;
}
