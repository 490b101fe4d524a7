/* attack: tries, from inside the sandbox, to change what may not be changed, or what is then not taken back: attack NAME OUTSIDE, in the tree.
 * OUTSIDE is a directory that is granted to read. Status 0: it did what it could; what came of it is looked at outside. 1: something that has to
 * hold did not, which it tells. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "attack.h"

const char *outside;
int fail(const char *what)
{
    (void)dprintf(STDERR_FILENO, "attack: %s (%s)\n", what, strerror(errno));
    return 1;
}

static int reopen(const char *format, int number, int expected_to_open)
{
    char path[SIZE];
    (void)snprintf(path, sizeof path, format, number);
    int fd = open(path, O_WRONLY | O_TRUNC);
    if (fd >= 0 && !expected_to_open)
        return fail(path);
    if (fd >= 0) {
        (void)!write(fd, "again", 5);
        (void)close(fd);
    }
    return 0;
}

static int proc(void)
{
    char path[SIZE];
    char here[SIZE / 2];
    int f = open("a/f", O_RDONLY);
    (void)snprintf(path, sizeof path, "%s/f", outside);
    int o = open(path, O_RDONLY);
    if (f < 0 || o < 0 || !getcwd(here, sizeof here))
        return fail("cannot read what is granted");
    int r = reopen("/proc/self/fd/%d", f, 1) | reopen("/proc/thread-self/fd/%d", f, 1) | reopen("/dev/fd/%d", f, 1);
    r |= reopen("/proc/self/fd/%d", o, 0) | reopen("/dev/fd/%d", o, 0) | reopen("/proc/self/fd/../fd/%d", o, 0);
    (void)snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)getpid(), o);
    r |= reopen(path, 0, 0);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", o);
    if (chmod(path, 0666) == 0 || fchmod(o, 0666) == 0 || truncate(path, 0) == 0 || futimens(o, NULL) == 0 || fsetxattr(o, "user.a", "b", 1, 0) == 0)
        return fail("changed what may only be read, by its descriptor");
    (void)snprintf(path, sizeof path, "/proc/self/root%s/f", outside);
    r |= reopen(path, 0, 0);
    (void)snprintf(path, sizeof path, "/proc/self/root%s/a/f", here);
    r |= reopen(path, 0, 1) | reopen("/proc/self/cwd/a/f", 0, 1);
    if (chdir(outside) < 0)
        return fail("chdir");
    return r | reopen("/proc/self/cwd/f", 0, 0);
}

static int links(void)
{
    char path[SIZE];
    (void)snprintf(path, sizeof path, "%s/f", outside);
    if (symlink(path, "s") < 0 || symlink(outside, "d") < 0)
        return fail("symlink");
    int fd = open("s", O_WRONLY);
    if (fd >= 0 || chmod("s", 0600) == 0 || open("d/new", O_CREAT | O_WRONLY, 0600) >= 0 || unlink("d/f") == 0 || rename("d/f", "mine") == 0 ||
        link("d/f", "mine") == 0 || mkdir("d/dir", 0700) == 0 || truncate("s", 0) == 0 || lsetxattr("d/f", "user.a", "b", 1, 0) == 0)
        return fail("changed something through a link");
    return 0;
}

static int closed_place(const char *path)
{
    struct stat st;
    if (open(path, O_RDONLY) >= 0 || open(path, O_WRONLY) >= 0 || chmod(path, 0777) == 0 || truncate(path, 0) == 0 || unlink(path) == 0 ||
        rename(path, "taken") == 0 || link(path, "taken") == 0 || setxattr(path, "user.a", "b", 1, 0) == 0 || utimensat(AT_FDCWD, path, NULL, 0) == 0 ||
        rmdir(path) == 0 || rename("a/f", path) == 0)
        return fail(path);
    return stat("taken", &st) == 0 ? fail("taken") : 0;
}

/* OUTSIDE is the directory of an earlier session, whose journal and stash are there. */
static int state(void)
{
    static const char *const names[] = {"", "/..", "/../..", "/journal", "/left", "/lock", "/session.json", "/stash", "/stash/0", "/stash/0/001", "/stash/0/002"};
    char path[SIZE];
    int r = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)snprintf(path, sizeof path, "%s%s", outside, names[i]);
        r |= closed_place(path);
        (void)snprintf(path, sizeof path, "/proc/self/root%s%s", outside, names[i]);
        r |= closed_place(path);
    }
    (void)snprintf(path, sizeof path, "%s/stash/0/new", outside);
    return r | (open(path, O_CREAT | O_WRONLY, 0600) >= 0 || mkdir(path, 0700) == 0 || symlink("x", path) == 0 ? fail(path) : 0);
}

/* nono itself, which makes the changes. */
static int broker(void)
{
    static char own[8];
    pid_t nono = getppid();
    char path[SIZE];
    struct iovec here = {.iov_base = own, .iov_len = sizeof own};
    if (nono <= 1) /* not to be seen at all */
        return 0;
    (void)snprintf(path, sizeof path, "/proc/%d/mem", (int)nono);
    if (kill(nono, SIGSTOP) == 0 || kill(nono, SIGKILL) == 0 || ptrace(PTRACE_ATTACH, nono, NULL, NULL) == 0 || ptrace(PTRACE_SEIZE, nono, NULL, NULL) == 0)
        return fail("reached nono by a signal or as its tracer");
    if (process_vm_writev(nono, &here, 1, &here, 1, 0) >= 0 || process_vm_readv(nono, &here, 1, &here, 1, 0) >= 0 || open(path, O_RDWR) >= 0)
        return fail("reached the memory of nono");
    long pid_fd = syscall(SYS_pidfd_open, nono, 0);
    if (pid_fd >= 0 && (syscall(SYS_pidfd_send_signal, pid_fd, SIGKILL, NULL, 0) == 0 || syscall(SYS_pidfd_getfd, pid_fd, 3, 0) >= 0))
        return fail("reached nono by a descriptor");
    return 0;
}

static int is_unknown(long number)
{
    errno = 0;
    return syscall(number, -1, 0, 0, 0, 0, 0) < 0 && errno == ENOSYS ? 0 : fail("a system call that nobody captures is there");
}

static int calls(void)
{
    static const long unknown[] = {452, 463, 466, 469, 470, 471, 480, 511, 425, 426, 427, 437};
    int flags = 0;
    int r = 0;
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        r |= is_unknown(unknown[i]);
#ifdef __x86_64__
    r |= is_unknown(0x40000000 | SYS_chmod);
#endif
    int fd = open("a/f", O_RDONLY);
    if (fd < 0 || (ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 && ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0))
        return fail("flags of a file can be set");
    if (chroot(".") == 0 || prctl(PR_SET_DUMPABLE, 0) < 0 || chmod("a/f", 0600) < 0)
        return fail("chroot, or blinded");
    return r;
}

#ifdef __x86_64__
static int foreign(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        long r = 0;
        __asm__ volatile("int $0x80" : "=a"(r) : "a"(15 /* chmod */), "b"(0), "c"(0) : "memory");
        _exit(0);
    }
    int status = 0;
    return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) ? 0 : fail("a call of another ABI came back");
}
#else
static int foreign(void)
{
    return 0;
}
#endif

static void on_alarm(int number)
{
    (void)number;
}

static int count_open(void)
{
    int n = 0;
    DIR *d = opendir("/proc/self/fd");
    while (d && readdir(d))
        n++;
    if (d)
        (void)closedir(d);
    return n;
}

static int storm(void)
{
    const struct itimerval often = {.it_interval = {.tv_usec = 300}, .it_value = {.tv_usec = 300}};
    /* Without SA_RESTART a signal that comes before nono has taken the call ends it (EINTR): seccomp_unotify(2). */
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    int before = count_open();
    if (sigaction(SIGALRM, &action, NULL) < 0 || setitimer(ITIMER_REAL, &often, NULL) < 0)
        return fail("setitimer");
    for (int i = 0; i < TRIES; i++) {
        if (mkdir("storm", 0700) < 0 || rmdir("storm") < 0)
            return fail("interrupted");
        int fd = open("a/f", O_WRONLY);
        if (fd < 0 || close(fd) < 0)
            return fail("interrupted");
    }
    (void)setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
    return count_open() == before ? 0 : fail("descriptors are left");
}

static int copy_program(const char *name)
{
    char block[1 << 16];
    int in = open("/proc/self/exe", O_RDONLY);
    int out = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0700);
    ssize_t n = 0;
    while (in >= 0 && out >= 0 && (n = read(in, block, sizeof block)) > 0)
        if (write(out, block, (size_t)n) != n)
            return -1;
    (void)close(in);
    return out < 0 || close(out) < 0 ? -1 : 0;
}

static int busy(void)
{
    enum { TIMES = 100 };
    char name[] = "./program";
    for (int i = 0; i < TIMES; i++) {
        if (copy_program(name) < 0)
            return fail("cannot copy");
        pid_t pid = fork();
        if (pid == 0) {
            (void)execl(name, name, "nothing", ".", NULL);
            _exit(errno);
        }
        int status = 0;
        if (waitpid(pid, &status, 0) != pid || status != 0) {
            errno = WEXITSTATUS(status);
            return fail("cannot execute what was just written");
        }
    }
    return 0;
}

static int limits(void)
{
    struct rlimit size = {.rlim_cur = 10, .rlim_max = RLIM_INFINITY};
    struct rlimit files = {.rlim_cur = 3, .rlim_max = 3};
    (void)signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &size) < 0 || truncate("a/f", 100) == 0 || errno != EFBIG)
        return fail("longer than may be");
    if (setrlimit(RLIMIT_NOFILE, &files) < 0 || open("a/f", O_WRONLY) >= 0 || errno != EMFILE)
        return fail("more descriptors than may be");
    return 0;
}

/* What has failed was not kept, and is once it is done. */
static int failed(void)
{
    if (truncate("a/f", INT64_MAX) == 0)
        return fail("longer than a file can be");
    int fd = open("a/f", O_WRONLY | O_TRUNC);
    if (fd < 0 || write(fd, "ATTACK", 6) != 6 || close(fd) < 0)
        return fail("write");
    return 0;
}

static int nothing(void)
{
    return 0;
}

static const struct {
    const char *name;
    int (*run)(void);
} attacks[] = {{"flip_open", flip_open}, {"flip_truncate", flip_truncate}, {"flip_chmod", flip_chmod}, {"flip_utimes", flip_utimes}, {"flip_xattr", flip_xattr}, {"flip_unlink", flip_unlink},
               {"exchange", exchange_folder}, {"proc", proc}, {"links", links}, {"hard_link", hard_link}, {"state", state}, {"broker", broker}, {"calls", calls},
               {"foreign", foreign}, {"storm", storm}, {"busy", busy}, {"limits", limits}, {"nested", nested}, {"sibling", sibling}, {"reaped", reaped}, {"reaper", reaper}, {"crowd", crowd}, {"failed", failed}, {"nothing", nothing}};

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    outside = argv[2];
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++)
        if (strcmp(attacks[i].name, argv[1]) == 0)
            return attacks[i].run();
    return 2;
}
