/* launch_init: the processes of a PID namespace. */
#include "core/launch_init.h"

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/cmd.h"
#include "core/own_sockets.h"
#include "core/tracer.h"

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

/* Ignores what the kernel does not force on it; holds no descriptor but the one it is to hold, no terminal job and no directory. Ended processes nobody waits for vanish, as SIGCHLD is
 * ignored. */
static int be_init(void *argument)
{
    const struct launch_division *d = argument;
    int alive_fd = d->alive_fd;
    int held_fd = d->held_fd;
    (void)signal(SIGCHLD, SIG_IGN);
    (void)setpgid(0, 0);
    drop_all_capabilities();
    if (!d->is_read)
        (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (!tie(alive_fd) || chdir("/") < 0)
        _exit(CMD_NOT_STARTED);
    if (held_fd > 0)
        (void)syscall(SYS_close_range, 0, held_fd - 1, 0);
    (void)syscall(SYS_close_range, held_fd + 1, ~0u, 0);
    for (;;)
        (void)pause();
}

static int be_command(void *argument)
{
    struct launch_division *d = argument;
    (void)sigprocmask(SIG_SETMASK, &d->mask, NULL);
    if (tie(d->alive_fd))
        d->run(d->data);
    _exit(CMD_NOT_STARTED);
}

/* Like fork(2), but for a child of this process's parent, on a stack of its own in the memory of this process. Its number is written before either goes on. */
static pid_t start_sibling(int (*run)(void *), int flags, struct launch_division *d, char *stack_end, pid_t *ret_pid)
{
    return clone(run, stack_end, flags | CLONE_VM | CLONE_PARENT | CLONE_PARENT_SETTID | SIGCHLD, d, ret_pid);
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

int launch_divide(struct launch_division *d, struct err *e)
{
    enum { SMALL_STACK = 16 * 1024 };
    static _Alignas(16) char init_stack[SMALL_STACK];
    static _Alignas(16) char command_stack[LAUNCH_STACK];
    int until_exec = d->is_read ? CLONE_VFORK : 0;
    if (start_sibling(be_init, 0, d, init_stack + sizeof init_stack, &d->shared->init) < 0 ||
        start_sibling(be_command, until_exec, d, command_stack + sizeof command_stack, &d->shared->command) < 0)
        return err_sys(e, ERR_IO, errno, "cannot fork");
    if (d->is_read)
        (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* of the first process, too: it has the same memory */
    _exit(0);
}

void launch_stop(const struct launched *l)
{
    if (l->init)
        (void)kill(l->init, SIGKILL);
    tracer_stop();
}

void launch_end(struct launched *l)
{
    launch_stop(l);
    while (l->init && waitpid(l->init, NULL, 0) < 0 && errno == EINTR)
        ;
    l->init = 0;
    own_sockets_end();
}
