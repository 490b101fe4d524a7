/* launch: fork, confine, exec. */
#include "core/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/cmd.h"
#include "core/diagnose.h"
#include "core/feature.h"
#include "core/landlock_rules.h"
#include "core/launch_confine.h"
#include "core/mem.h"
#include "core/ports.h"
#include "core/quote.h"
#include "core/supervise.h"
#include "core/terminals.h"
#include "core/tracer.h"
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
    if (r == 0)
        r = feature_require(l->caps, l->kernel->landlock_abi, e);
    return r < 0 ? r : landlock_rules_plan(l->caps, l->kernel->landlock_abi, ret, e);
}

int launch_exec(const struct launch *l, struct err *e)
{
    AUTO(landlock_plan_release) struct landlock_plan plan = {0};
    int r = make_plan(l, &plan, e);
    if (r == 0 && (l->notify || l->diagnose || l->caps->n_sockets > 0 || l->caps->own_sockets))
        r = err_set(e, ERR_KERNEL, "Unix sockets are granted, and connecting to one takes nono beside the command: use 'nono run' for this policy");
    if (r == 0)
        r = launch_separate(l, -1, e);
    if (r == 0)
        r = launch_confine(l, &plan, e);
    return r < 0 ? r : become(l, e);
}

struct spawning {
    const struct launch *launch;
    const struct landlock_plan *plan;
    const struct notify *notify;
    bool is_traced; /* notify is for core/tracer.h */
    pid_t parent;
    int reading, writing;    /* the child's error, or nothing when it has become the command */
    struct launched *shared; /* with the child */
};

/* Never returns: what fails is told through the channel, and nothing runs less confined than planned. */
static _Noreturn void fail_child(const struct spawning *s, const struct err *e)
{
    ssize_t written = write(s->writing, e, sizeof *e);
    (void)written;
    _exit(CMD_NOT_STARTED);
}

static void confine_and_become(void *data)
{
    const struct spawning *s = data;
    struct err e = ERR_INIT;
    int r = launch_confine(s->launch, s->plan, &e);
    if (r == 0 && s->is_traced)
        r = tracer_install(s->notify, s->writing, &e);
    else if (r == 0 && s->notify->n + s->notify->n_watched > 0)
        r = notify_install(s->notify, s->writing, &e);
    if (r == 0 && s->launch->diagnose && !s->launch->unconfined && unshare(0) == 0) /* what the filter above has left to this one */
        r = err_set(&e, ERR_KERNEL, "the seccomp filter was accepted and does not hold");
    if (r == 0)
        (void)become(s->launch, &e);
    fail_child(s, &e);
}

static _Noreturn void child(struct spawning *s)
{
    const struct caps *caps = s->launch->caps;
    bool divides = caps->level == CAPS_LEVEL_FULL && caps->own_processes;
    struct launch_division division = {.alive_fd = s->writing, .is_read = s->notify->watch, .run = confine_and_become, .data = s, .shared = s->shared};
    struct err e = ERR_INIT;
    supervise_child();
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0) {
        (void)err_sys(&e, ERR_KERNEL, errno, "cannot tie the command to nono");
        fail_child(s, &e);
    }
    if (getppid() != s->parent) /* it died before that */
        _exit(CMD_NOT_STARTED);
    if (divides)
        launch_hold_stops(&division.mask);
    if (launch_separate(s->launch, s->writing, &e) < 0)
        fail_child(s, &e);
    division.held_fd = terminals_held();
    if (divides && launch_divide(&division, &e) < 0)
        fail_child(s, &e);
    confine_and_become(s);
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
    struct cmsghdr *header = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    *ret_fd = -1;
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
        memcpy(ret_fd, CMSG_DATA(header), sizeof *ret_fd);
    return n;
}

/* True when the child sent its error; false when the channel closed because the exec succeeded. */
static bool receive(const struct spawning *s, pid_t pid, struct err *ret)
{
    int listener = -1;
    ssize_t n = receive_one(s->reading, ret, &listener);
    if (n == 1) { /* NOTIFY_MESSAGE or TRACER_MESSAGE. Even exec may be a call to be answered: not after it */
        *ret = (struct err)ERR_INIT;
        int r = s->is_traced ? tracer_start(s->notify, s->shared->command ? s->shared->command : pid, s->reading, ret) : notify_start(s->notify, listener, ret);
        if (r < 0)
            return true;
        n = receive_one(s->reading, ret, &listener);
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

static int know_baseline(const struct launch *l, struct notify *ret, struct err *e)
{
    const struct seccomp_case which = launch_filter_case(l);
    ret->baseline = seccomp_filter_program(&which, &ret->n_baseline);
    return ret->n_baseline > NOTIFY_MAX_BASELINE ? err_set(e, ERR_LIMIT, "the seccomp filter is too long to be watched") : 0;
}

static int make_handlers(const struct launch *l, struct notify *ret, struct err *e)
{
    /* Processes that outlive the command are answered until this one ends, whatever its owner has done with the caps by then. */
    static struct caps kept;
    static const struct trace diagnosis = {.sink = diagnose_event, .data = &kept, .signals = true};
    *ret = l->notify ? *l->notify : (struct notify){0};
    if (l->unconfined) {
        /* What is done by a ring passes no filter. */
        int r = notify_add(ret, (struct notify_entry){.number = SYS_io_uring_setup, .error = ENOSYS}, e);
        return r < 0 ? r : trace_register(l->trace, ret, e);
    }
    if (l->caps->n_sockets == 0 && !l->caps->own_sockets && !l->caps->own_terminals && l->caps->n_ports == 0 && !l->diagnose)
        return 0;
    caps_release(&kept);
    caps_copy(l->caps, &kept);
    int r = l->diagnose || kept.n_sockets > 0 || kept.own_sockets ? unix_sockets_register(&kept, ret, e) : 0;
    if (r == 0)
        r = ports_register(&kept, ret, e);
    if (r == 0)
        r = terminals_register(&kept, ret, e);
    if (r < 0 || !l->diagnose)
        return r;
    r = know_baseline(l, ret, e);
    return r < 0 ? r : trace_register(l->trace ? l->trace : &diagnosis, ret, e);
}

/* For where calls are only seen: what this policy needs to be answered cannot be had then. */
static int make_watchers(const struct launch *l, struct notify *ret, struct err *e)
{
    int r = make_handlers(l, ret, e);
    for (size_t i = 0; r == 0 && i < ret->n; i++)
        if (ret->entry[i].handle)
            r = err_set(e, ERR_BUSY, "this policy needs nono to answer system calls, and a program above it (another nono, a container runtime) does so "
                                     "already: the kernel allows one. Start nono outside of that, or let that grant it");
    if (r < 0 || l->unconfined)
        return r;
    r = know_baseline(l, ret, e);
    return r < 0 ? r : trace_register(l->trace, ret, e);
}

static void reap(pid_t pid)
{
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

/* Ctrl-C while it was on the way. Its status is left for supervise_wait. */
static bool was_killed(pid_t pid)
{
    siginfo_t info = {0};
    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
        ;
    return info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED;
}

/* It ends by itself, unless nobody answers it. */
static int fail(const struct spawning *s, pid_t pid, const struct err *told, struct err *e)
{
    (void)kill(s->shared->init ? s->shared->init : pid, SIGKILL);
    reap(pid);
    reap(s->shared->command);
    launch_end(s->shared);
    notify_stop();
    tracer_stop();
    *e = *told;
    return told->class;
}

/* The child that was forked here becomes the command, or divides into two others and ends. All of them hold the channel until then. */
static int follow(const struct spawning *s, pid_t pid, struct launched *ret, struct err *e)
{
    struct err told = ERR_INIT;
    if (receive(s, pid, &told))
        return fail(s, pid, &told, e);
    if (s->shared->init == 0 || (s->shared->command == 0 && was_killed(pid))) {
        *ret = (struct launched){.command = pid, .init = s->shared->init};
        return 0;
    }
    if (s->shared->command == 0) {
        (void)err_set(&told, ERR_IO, "the child ended before it started the command");
        return fail(s, pid, &told, e);
    }
    reap(pid);
    *ret = *s->shared;
    return 0;
}

static struct launched *make_shared(struct err *e)
{
    struct launched *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared != MAP_FAILED)
        return shared;
    (void)err_sys(e, ERR_IO, errno, "cannot share memory with the command");
    return NULL;
}

static int spawn(const struct launch *l, bool is_traced, struct launched *ret, struct err *e)
{
    AUTO(landlock_plan_release) struct landlock_plan plan = {0};
    struct notify notify;
    int fd[2] = {-1, -1};
    struct launched *shared = make_shared(e);
    if (!shared)
        return e->class;
    int r = make_plan(l, &plan, e);
    if (r == 0)
        r = is_traced ? make_watchers(l, &notify, e) : make_handlers(l, &notify, e);
    if (r == 0)
        r = make_channel(fd, e);
    if (r == 0) {
        struct spawning s = {.launch = l,
                             .plan = &plan,
                             .notify = &notify,
                             .is_traced = is_traced,
                             .parent = getpid(),
                             .reading = fd[0],
                             .writing = fd[1],
                             .shared = shared};
        pid_t pid = fork();
        if (pid == 0)
            child(&s);
        r = pid < 0 ? err_sys(e, ERR_IO, errno, "cannot fork") : 0;
        (void)close(s.writing);
        if (r == 0)
            r = follow(&s, pid, ret, e);
        (void)close(s.reading);
    }
    (void)munmap(shared, sizeof *shared);
    return r;
}

int launch_spawn(const struct launch *l, struct launched *ret, struct err *e)
{
    struct launch traced = *l;
    int r = spawn(l, false, ret, e);
    if (r != ERR_BUSY || !l->trace)
        return r;
    traced.diagnose = false; /* the filter refuses by itself */
    *e = (struct err)ERR_INIT;
    r = spawn(&traced, true, ret, e);
    if (r == ERR_KERNEL || r == ERR_IO)
        return err_add(e, "a program above nono (another nono, a container runtime) answers system calls already, which the kernel lets one do, and to trace "
                          "them instead does not work either");
    return r;
}

int launch_status(const struct err *e)
{
    if (e->class == ERR_MISSING)
        return CMD_NOT_FOUND;
    return e->class == ERR_DENIED ? CMD_NOT_EXECUTABLE : CMD_NOT_STARTED;
}
