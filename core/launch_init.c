/* launch_init: the processes of a PID namespace. */
#include "core/launch_init.h"

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/cmd.h"

/* Like fork(2), but for a child of this process's parent; its number is written before either goes on. */
static pid_t fork_sibling(pid_t *ret_pid)
{
    return (pid_t)syscall(SYS_clone, CLONE_PARENT | CLONE_PARENT_SETTID | SIGCHLD, 0, ret_pid, 0, 0);
}

/* The number of the parent is 0 in the namespace, whether it lives or not: what it holds open tells. */
static bool is_alone(int alive_fd)
{
    struct pollfd p = {.fd = alive_fd, .events = 0};
    return poll(&p, 1, 0) != 0;
}

/* Dies with nono, which is its parent. */
static bool tie(int alive_fd)
{
    return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && !is_alone(alive_fd);
}

static void drop_all_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    (void)syscall(SYS_capset, &header, none);
}

/* Ignores what the kernel does not force on it; holds no descriptor, terminal job or directory. Ended processes nobody waits for vanish, as SIGCHLD is
 * ignored. */
static int be_init(void *argument)
{
    int alive_fd = *(const int *)argument;
    (void)signal(SIGCHLD, SIG_IGN);
    (void)setpgid(0, 0);
    drop_all_capabilities();
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (!tie(alive_fd) || chdir("/") < 0)
        _exit(CMD_NOT_STARTED);
    (void)syscall(SYS_close_range, 0, ~0u, 0);
    for (;;)
        (void)pause();
}

/* Shares the memory of this process, which is about to end, instead of copying it. */
static pid_t start_init(int *alive_fd, pid_t *ret_pid)
{
    enum { STACK_SIZE = 16 * 1024 };
    static _Alignas(16) char stack[STACK_SIZE];
    return clone(be_init, stack + sizeof stack, CLONE_VM | CLONE_PARENT | CLONE_PARENT_SETTID | SIGCHLD, alive_fd, ret_pid);
}

void launch_hold_stops(sigset_t *ret_mask)
{
    static const int stops[] = {SIGTSTP, SIGTTIN, SIGTTOU};
    sigset_t set;
    (void)sigemptyset(&set);
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
        (void)sigaddset(&set, stops[i]);
    (void)sigprocmask(SIG_BLOCK, &set, ret_mask);
}

int launch_divide(int alive_fd, const sigset_t *mask, struct launched *shared, struct err *e)
{
    pid_t init = start_init(&alive_fd, &shared->init);
    pid_t command = init < 0 ? -1 : fork_sibling(&shared->command);
    if (command < 0)
        return err_sys(e, ERR_IO, errno, "cannot fork");
    if (command > 0)
        _exit(0);
    (void)sigprocmask(SIG_SETMASK, mask, NULL);
    return tie(alive_fd) ? 0 : err_set(e, ERR_KERNEL, "cannot tie the command to nono");
}

void launch_end(const struct launched *l)
{
    if (l->init == 0)
        return;
    (void)kill(l->init, SIGKILL);
    while (waitpid(l->init, NULL, 0) < 0 && errno == EINTR)
        ;
}
