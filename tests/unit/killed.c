#include "tests/unit/killed.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/tap.h"

/* Only these stop the child: a stop at each call would be most of the time of a test that goes through hundreds of them. */
static const unsigned changing[] = {
    SYS_write,     SYS_pwrite64,  SYS_writev,      SYS_pwritev,         SYS_ftruncate,    SYS_fallocate, SYS_mkdirat,   SYS_symlinkat,
    SYS_linkat,    SYS_mknodat,   SYS_sendfile,    SYS_copy_file_range, SYS_fsync,        SYS_fdatasync, SYS_syncfs,    SYS_renameat,
    SYS_renameat2, SYS_unlinkat,  SYS_fchmod,      SYS_fchmodat,        SYS_fchown,       SYS_fchownat,  SYS_utimensat, SYS_setxattr,
    SYS_lsetxattr, SYS_fsetxattr, SYS_removexattr, SYS_lremovexattr,    SYS_fremovexattr,
#ifdef SYS_rename /* as the C library calls them on x86-64 */
    SYS_rename,    SYS_unlink,    SYS_rmdir,       SYS_mkdir,           SYS_link,         SYS_symlink,   SYS_chmod,     SYS_chown,
#endif
};
enum { N_CHANGING = sizeof(changing) / sizeof(changing[0]), OPEN_FLAGS = 2, N_FILTER = N_CHANGING + 6 };

static bool stop_at_changes(void)
{
    struct sock_filter filter[N_FILTER];
    const struct sock_fprog program = {.len = N_FILTER, .filter = filter};
    struct sock_filter *f = filter;
    *f++ = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (unsigned i = 0; i < N_CHANGING; i++)
        *f++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, changing[i], (unsigned char)(N_CHANGING - i + 3), 0);
    *f++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 2);
    *f++ = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[OPEN_FLAGS]));
    *f++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_ACCMODE | O_CREAT | O_TRUNC, 1, 0);
    *f++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    *f++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

enum { STATUS_NO_FILTER = 77 };

static _Noreturn void traced(void (*act)(void))
{
    (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    (void)raise(SIGSTOP);
    if (!stop_at_changes())
        _exit(STATUS_NO_FILTER);
    act();
    _exit(0);
}

static bool ended_well(int status)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_NO_FILTER)
        SKIP("seccomp is not allowed here");
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return true;
}

static pid_t start(void (*act)(void))
{
    /* Threads and children are followed because a filtered call fails with ENOSYS where nobody traces. */
    const long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_EXITKILL;
    int status = 0;
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0)
        traced(act);
    CHECK(waitpid(pid, &status, 0) == pid);
    if (!WIFSTOPPED(status))
        SKIP("ptrace is not allowed here");
    CHECK(ptrace(PTRACE_SETOPTIONS, pid, NULL, options) == 0);
    CHECK(ptrace(PTRACE_CONT, pid, NULL, 0) == 0);
    return pid;
}

/* What is done at the changes of a child. */
struct plan {
    unsigned nth, seen;
    bool stays_full;
    void (*meanwhile)(void);
    bool (*at_change)(struct plan *p, pid_t pid); /* false: the child was ended */
};

/* The status that it ended with; 0 when it was ended here. */
static int follow(struct plan *p, void (*act)(void))
{
    int status = 0;
    const pid_t child = start(act);
    for (;;) {
        pid_t pid = waitpid(-1, &status, __WALL);
        CHECK(pid > 0);
        if (!WIFSTOPPED(status) && pid == child)
            return status;
        if (!WIFSTOPPED(status))
            continue;
        const int event = status >> 16;
        const int signal = WSTOPSIG(status);
        if (event == PTRACE_EVENT_SECCOMP && pid == child && !p->at_change(p, pid))
            return 0;
        (void)ptrace(PTRACE_CONT, pid, NULL, event != 0 || signal == SIGSTOP || signal == SIGTRAP ? 0 : signal);
    }
}

static bool end_it(struct plan *p, pid_t pid)
{
    int status = 0;
    if (++p->seen != p->nth)
        return true;
    (void)kill(pid, SIGKILL);
    while (waitpid(-1, &status, __WALL) > 0 || errno == EINTR)
        continue;
    return false;
}

bool killed_at(unsigned nth, void (*act)(void))
{
    struct plan p = {.nth = nth, .at_change = end_it};
    CHECK(ended_well(follow(&p, act)));
    return p.seen < nth;
}

static bool let_others_work(struct plan *p, pid_t pid)
{
    (void)pid;
    if (++p->seen == p->nth)
        p->meanwhile();
    return true;
}

bool interrupted_at(unsigned nth, void (*act)(void), void (*meanwhile)(void))
{
    struct plan p = {.nth = nth, .meanwhile = meanwhile, .at_change = let_others_work};
    CHECK(ended_well(follow(&p, act)));
    return p.seen < nth;
}

#ifdef __x86_64__
static bool needs_room(unsigned long long number)
{
    static const unsigned others[] = {SYS_renameat, SYS_renameat2, SYS_unlinkat,    SYS_fchmod,       SYS_fchmodat,     SYS_fchown,
                                      SYS_fchownat, SYS_utimensat, SYS_removexattr, SYS_lremovexattr, SYS_fremovexattr, SYS_rename,
                                      SYS_unlink,   SYS_rmdir,     SYS_chmod,       SYS_chown};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (others[i] == number)
            return false;
    }
    return true;
}

static bool refuse_when_full(struct plan *p, pid_t pid)
{
    struct user_regs_struct regs;
    CHECK(ptrace(PTRACE_GETREGS, pid, NULL, &regs) == 0);
    if (!needs_room(regs.orig_rax) || ++p->seen < p->nth || (p->seen > p->nth && !p->stays_full))
        return true;
    regs.orig_rax = (unsigned long long)-1;
    regs.rax = (unsigned long long)-ENOSPC;
    CHECK(ptrace(PTRACE_SETREGS, pid, NULL, &regs) == 0);
    return true;
}
#else
static bool refuse_when_full(struct plan *p, pid_t pid)
{
    (void)p;
    (void)pid;
    SKIP("not x86-64");
    return true;
}
#endif

bool full_at(unsigned nth, bool stays_full, void (*act)(void))
{
    struct plan p = {.nth = nth, .stays_full = stays_full, .at_change = refuse_when_full};
    int status = follow(&p, act);
    if (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_NO_FILTER)
        SKIP("seccomp is not allowed here");
    if (!WIFEXITED(status))
        tap_fail(__FILE__, __LINE__, "a signal ended it when the disk was full at %u", nth);
    return p.seen < nth;
}
