/* supervise: the parent that stays while a command runs, unnoticed at the terminal. */
#include "core/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/tracer.h"

static const int taken[] = {SIGCHLD, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGTSTP, SIGCONT, SIGALRM};
/* SIGCHLD because a caller that ignores it would make the command's status vanish. */
static const struct {
    int number;
    void (*handler)(int);
} changed[] = {{SIGINT, SIG_IGN}, {SIGQUIT, SIG_IGN}, {SIGCHLD, SIG_DFL}};
enum { N_CHANGED = sizeof changed / sizeof *changed };

static struct {
    bool begun;
    sigset_t mask;
    struct sigaction action[N_CHANGED];
} found;

static void set_of_taken(sigset_t *ret)
{
    (void)sigemptyset(ret);
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        (void)sigaddset(ret, taken[i]);
}

int supervise_begin(struct err *e)
{
    sigset_t set;
    set_of_taken(&set);
    if (sigprocmask(SIG_BLOCK, &set, &found.mask) < 0)
        return err_sys(e, ERR_IO, errno, "cannot hold back signals");
    for (size_t i = 0; i < N_CHANGED; i++) {
        struct sigaction action = {.sa_handler = changed[i].handler};
        if (sigaction(changed[i].number, &action, &found.action[i]) < 0)
            return err_sys(e, ERR_IO, errno, "cannot set the disposition of signal %d", changed[i].number);
    }
    found.begun = true;
    return 0;
}

static void restore(void)
{
    if (!found.begun)
        return;
    for (size_t i = 0; i < N_CHANGED; i++)
        (void)sigaction(changed[i].number, &found.action[i], NULL);
    (void)sigprocmask(SIG_SETMASK, &found.mask, NULL);
}

void supervise_child(void)
{
    restore();
}

void supervise_limit(unsigned seconds)
{
    (void)alarm(seconds);
}

/* A shell in a PID namespace cannot name the group that it took the terminal from, and leaves it with its own, which is gone. */
static void take_terminal_back(void)
{
    AUTO(mem_close_fd) int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    pid_t group = terminal < 0 ? -1 : tcgetpgrp(terminal);
    if (group <= 0 || group == getpgrp() || kill(-group, 0) == 0 || errno != ESRCH)
        return;
    sigset_t set;
    sigset_t before;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTTOU);
    (void)sigprocmask(SIG_BLOCK, &set, &before);
    (void)tcsetpgrp(terminal, getpgrp());
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
}

void supervise_end(void)
{
    supervise_limit(0);
    if (found.begun)
        take_terminal_back();
    restore();
    found.begun = false;
}

static bool was_continued(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGCONT);
    const struct timespec now = {0};
    return sigtimedwait(&set, NULL, &now) == SIGCONT;
}

static void raise_default(int number)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    struct sigaction before;
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, number);
    (void)sigaction(number, &action, &before);
    (void)raise(number);
    (void)sigprocmask(SIG_UNBLOCK, &set, NULL); /* takes effect here */
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    (void)sigaction(number, &before, NULL);
}

/* SIGCONT is held back: the process continues all the same, and the pending signal tells that it had stopped. In an
 * orphaned process group the kernel drops the terminal's stop signals; SIGSTOP it does not. */
static void stop_like(pid_t pid, int number)
{
    if (!was_continued()) {
        if (number == SIGTSTP || number == SIGTTIN || number == SIGTTOU)
            raise_default(number);
        else
            (void)raise(SIGSTOP);
        if (!was_continued()) {
            (void)raise(SIGSTOP);
            (void)was_continued();
        }
    }
    (void)kill(pid, SIGCONT);
}

/* What the kernel sends from the terminal goes to the whole process group: the command has it already. */
static void forward(pid_t pid, const siginfo_t *info)
{
    if (info->si_signo != SIGCHLD && info->si_code != SI_KERNEL)
        (void)kill(pid, info->si_signo);
}

/* 1 when the command has ended. */
static int look(pid_t pid, struct supervise_result *ret, struct err *e)
{
    int status;
    pid_t changed_pid = tracer_wait(pid, &status);
    if (changed_pid < 0 && errno != EINTR)
        return err_sys(e, ERR_IO, errno, "cannot wait for the command");
    if (changed_pid != pid)
        return 0;
    if (WIFSTOPPED(status)) {
        stop_like(pid, WSTOPSIG(status));
        return 0;
    }
    *ret = (struct supervise_result){
        .signaled = WIFSIGNALED(status),
        .code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
        .core_dumped = WIFSIGNALED(status) && WCOREDUMP(status),
    };
    return 1;
}

int supervise_wait(pid_t pid, struct supervise_result *ret, struct err *e)
{
    sigset_t set;
    set_of_taken(&set);
    bool timed_out = false;
    for (;;) {
        siginfo_t info;
        int r = look(pid, ret, e);
        ret->timed_out = timed_out;
        if (r != 0)
            return r < 0 ? r : 0;
        int number = sigwaitinfo(&set, &info);
        if (number == SIGALRM && info.si_code == SI_KERNEL) { /* alarm(2) */
            timed_out = true;
            (void)kill(pid, SIGKILL);
        } else if (number >= 0) {
            forward(pid, &info);
        } else if (errno != EINTR) {
            return err_sys(e, ERR_IO, errno, "cannot wait for signals");
        }
    }
}

void supervise_exit_like(const struct supervise_result *r)
{
    enum { SIGNAL_BASE = 128 };
    if (r->signaled) {
        /* The command's core, if any, is written; nono's own would replace it. The limit does not hold for a core handler. */
        const struct rlimit none = {0};
        (void)setrlimit(RLIMIT_CORE, &none);
        (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
        raise_default(r->code);
        exit(SIGNAL_BASE + r->code);
    }
    exit(r->code);
}
