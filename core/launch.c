/* launch: fork, confine, exec. */
#include "core/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/cmd.h"
#include "core/landlock_rules.h"
#include "core/launch_confine.h"
#include "core/mem.h"
#include "core/quote.h"
#include "core/supervise.h"
#include "core/unix_sockets.h"

/* What execvp(3) does with a script that has no "#!" line. */
static int exec_by_shell(const struct launch *l)
{
    size_t n = 0;
    while (l->argv[n])
        n++;
    char shell[] = "/bin/sh";
    AUTO(mem_free_ptr) char **argv = mem_array(n + 3, sizeof *argv);
    AUTO(mem_free_ptr) char *script = mem_strdup(l->exe);
    argv[0] = shell;
    argv[1] = script;
    for (size_t i = 1; i < n; i++)
        argv[i + 1] = l->argv[i];
    (void)execve(shell, argv, l->env);
    return errno;
}

static int become(const struct launch *l, struct err *e)
{
    (void)execve(l->exe, l->argv, l->env);
    int sys = errno;
    if (sys == ENOEXEC)
        sys = exec_by_shell(l);
    AUTO(mem_free_ptr) char *shown = quote_term_dup(l->exe);
    if (sys == ENOENT && access(l->exe, F_OK) == 0)
        return err_set(e, ERR_DENIED, "cannot execute %s: its interpreter does not exist", shown);
    if (sys == ENOENT || sys == ENOTDIR)
        return err_sys(e, ERR_MISSING, sys, "cannot execute %s", shown);
    if (sys == EACCES && access(l->exe, X_OK) == 0)
        return err_set(e, ERR_DENIED, "cannot execute %s: it, its interpreter or its loader is not granted", shown);
    return err_sys(e, ERR_DENIED, sys, "cannot execute %s", shown);
}

static int make_plan(const struct launch *l, struct landlock_plan *ret, struct err *e)
{
    int r = kernel_require(l->kernel, e);
    return r < 0 ? r : landlock_rules_plan(l->caps, l->kernel->landlock_abi, ret, e);
}

int launch_exec(const struct launch *l, struct err *e)
{
    AUTO(landlock_plan_release) struct landlock_plan plan = {0};
    int r = make_plan(l, &plan, e);
    if (r == 0 && (l->notify || l->caps->n_sockets > 0))
        r = err_set(e, ERR_KERNEL, "Unix sockets are granted, and connecting to one takes nono beside the command: use 'nono run' for this policy");
    if (r == 0)
        r = launch_confine(l, &plan, -1, e);
    return r < 0 ? r : become(l, e);
}

/* Never returns: what fails is told through the pipe, and nothing runs less confined than planned. */
static _Noreturn void child(const struct launch *l, const struct landlock_plan *plan, const struct notify *notify, pid_t parent, int pipe_fd)
{
    struct err e = ERR_INIT;
    int r = 0;
    supervise_child();
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
        r = err_sys(&e, ERR_KERNEL, errno, "cannot tie the command to nono");
    if (getppid() != parent) /* it died before that */
        _exit(CMD_NOT_STARTED);
    if (r == 0)
        r = launch_confine(l, plan, pipe_fd, &e);
    if (r == 0 && notify->n > 0)
        r = notify_install(notify, pipe_fd, &e);
    if (r == 0)
        (void)become(l, &e);
    ssize_t written = write(pipe_fd, &e, sizeof e);
    (void)written;
    _exit(CMD_NOT_STARTED);
}

/* Above the standard descriptors, which the caller may have closed: the command must not find the pipe there. */
static int make_channel(int ret_fd[2], struct err *e)
{
    enum { ABOVE_STANDARD = 3 };
    AUTO(mem_close_fd) int reading = -1;
    AUTO(mem_close_fd) int writing = -1;
    int fd[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) < 0)
        return err_sys(e, ERR_IO, errno, "cannot create a pair of sockets");
    reading = fd[0];
    writing = fd[1];
    if (writing < ABOVE_STANDARD) {
        int moved = fcntl(writing, F_DUPFD_CLOEXEC, ABOVE_STANDARD);
        if (moved < 0)
            return err_sys(e, ERR_IO, errno, "cannot move a descriptor");
        (void)close(writing);
        writing = moved;
    }
    ret_fd[0] = take_fd(&reading);
    ret_fd[1] = take_fd(&writing);
    return 0;
}

/* One message: its length, 0 at the end; a descriptor that came with it, or -1. */
static ssize_t receive_one(int fd, struct err *ret, int *ret_fd)
{
    struct iovec part = {ret, sizeof *ret};
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof control.room};
    ssize_t n;
    do
        n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    const struct cmsghdr *header = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    *ret_fd = -1;
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
        memcpy(ret_fd, CMSG_DATA(header), sizeof *ret_fd);
    return n;
}

/* True when the child sent its error; false when the channel closed because the exec succeeded. */
static bool receive(int fd, const struct notify *notify, struct err *ret)
{
    int listener = -1;
    ssize_t n = receive_one(fd, ret, &listener);
    if (n == 1 && listener >= 0) { /* NOTIFY_MESSAGE. Even exec may be a call to be answered: not after it */
        *ret = (struct err)ERR_INIT;
        if (notify_start(notify, listener, ret) < 0)
            return true;
        n = receive_one(fd, ret, &listener);
    }
    if (listener >= 0)
        (void)close(listener);
    if (n == 0)
        return false;
    if (n != (ssize_t)sizeof *ret)
        (void)err_set(ret, ERR_IO, "the child failed and could not say why");
    ret->text[sizeof ret->text - 1] = '\0';
    return true;
}

static int make_handlers(const struct launch *l, struct notify *ret, struct err *e)
{
    *ret = l->notify ? *l->notify : (struct notify){0};
    return unix_sockets_register(l->caps, ret, e);
}

int launch_spawn(const struct launch *l, pid_t *ret_pid, struct err *e)
{
    AUTO(landlock_plan_release) struct landlock_plan plan = {0};
    struct notify notify;
    struct err told = ERR_INIT;
    int fd[2] = {-1, -1};
    int r = make_plan(l, &plan, e);
    if (r == 0)
        r = make_handlers(l, &notify, e);
    if (r == 0)
        r = make_channel(fd, e);
    if (r < 0)
        return r;
    AUTO(mem_close_fd) int reading = fd[0];
    AUTO(mem_close_fd) int writing = fd[1];
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0)
        return err_sys(e, ERR_IO, errno, "cannot fork");
    if (pid == 0)
        child(l, &plan, &notify, parent, writing);
    (void)close(take_fd(&writing));
    if (receive(reading, &notify, &told)) {
        (void)kill(pid, SIGKILL); /* it ends by itself, unless nobody answers it */
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
        notify_stop();
        *e = told;
        return told.class;
    }
    *ret_pid = pid;
    return 0;
}

int launch_status(const struct err *e)
{
    if (e->class == ERR_MISSING)
        return CMD_NOT_FOUND;
    return e->class == ERR_DENIED ? CMD_NOT_EXECUTABLE : CMD_NOT_STARTED;
}
