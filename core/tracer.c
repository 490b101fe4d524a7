/* tracer: the thread that is told of each stop. It keeps nothing of any process: a stop says itself what it is. */
#include "core/tracer.h"

#include <elf.h>
#include <errno.h>
#include <linux/ptrace.h>
#include <linux/seccomp.h>
#include <linux/filter.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/notify_own.h"
#include "core/seccomp_filter.h"

#define INTERRUPT (SIGRTMIN + 1) /* of the tracer only: all other threads leave it blocked, or never get it */
enum {
    OWN = 'n' << 8 | 'o', /* what the filter of the tracer says with its verdict: those of others are told from it */
    TAKEN_AT_ONCE = 512,
};

static struct {
    bool runs, was_used;
    struct notify notify;
    pid_t command;
    pthread_t thread;
    sem_t begun;
    int sys; /* errno value of the beginning */
    atomic_bool stops, ended;
    /* On the thread alone. */
    bool tries; /* the command has not begun */
    bool all;   /* each call stops */
    bool tried[NOTIFY_MAX_WATCHED];
    uint64_t trying; /* number */
    uint64_t last_id;
    /* For who waits. */
    pthread_mutex_t lock;
    bool has_status;
    int status;
} tracer = {.lock = PTHREAD_MUTEX_INITIALIZER};

static long request(long what, pid_t tid, uint64_t address, uint64_t data)
{
    return syscall(SYS_ptrace, what, tid, address, data);
}

static void publish(int status)
{
    (void)pthread_mutex_lock(&tracer.lock);
    tracer.has_status = true;
    tracer.status = status;
    (void)pthread_mutex_unlock(&tracer.lock);
    (void)kill(getpid(), SIGCHLD);
}

pid_t tracer_wait(pid_t pid, int *ret_status)
{
    if (!tracer.runs || pid != tracer.command)
        return waitpid(pid, ret_status, WNOHANG | WUNTRACED);
    (void)pthread_mutex_lock(&tracer.lock);
    bool has_status = tracer.has_status;
    *ret_status = tracer.status;
    tracer.has_status = false;
    (void)pthread_mutex_unlock(&tracer.lock);
    return has_status ? pid : 0;
}

/* What is tried: nothing is changed, whoever answers. The number alone has to be right, and what the filter looks at. No modes and flags: some are refused. */
static void attempt(const struct notify_watched *w)
{
    long arg[6] = {-1};
    if (w->most)
        arg[w->arg] = (long)w->least;
    if (w->number == SYS_execve)
        arg[0] = 0;
    (void)syscall(w->number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
}

/* Its first real one. */
static bool begins(pid_t tid, const struct ptrace_syscall_info *info)
{
    return tracer.tries && tid == tracer.command && info->op == PTRACE_SYSCALL_INFO_ENTRY && info->entry.nr == SYS_execve && info->entry.args[0] != 0;
}

static struct notify_call call_of(const struct ptrace_syscall_info *info, pid_t tid)
{
    struct notify_call c = {.listener = -1, .tid = tid, .number = (int)info->entry.nr};
    memcpy(c.arg, info->entry.args, sizeof c.arg);
    return c;
}

/* The filter of the sandbox, which lies below, has the last word on it. */
static enum notify_fate fate_of(const struct notify_call *c, uint32_t arch)
{
    struct seccomp_data data = {.nr = c->number, .arch = arch};
    memcpy(data.args, c->arg, sizeof data.args);
    uint32_t verdict =
        tracer.notify.baseline ? seccomp_filter_verdict(tracer.notify.baseline, tracer.notify.n_baseline, &data) : SECCOMP_RET_ALLOW;
    return seccomp_filter_is_refusal(verdict) ? NOTIFY_REFUSED : NOTIFY_GOES_ON;
}

/* Neither with no flags nor with all. */
static bool is_always_refused(const struct ptrace_syscall_info *info)
{
    struct notify_call c = call_of(info, 0);
    bool is_refused = fate_of(&c, info->arch) == NOTIFY_REFUSED;
    memset(c.arg, 0xff, sizeof c.arg);
    return is_refused && fate_of(&c, info->arch) == NOTIFY_REFUSED;
}

/* One that does not exist here, or that the sandbox refuses whatever its arguments, is nobody's. */
static void keep_tried(const struct ptrace_syscall_info *info)
{
    bool ends = info->op == PTRACE_SYSCALL_INFO_EXIT;
    bool is_seen = info->op == PTRACE_SYSCALL_INFO_SECCOMP || (ends && info->exit.rval == -ENOSYS);
    bool is_refused = !ends && is_always_refused(info);
    if (!ends)
        tracer.trying = info->entry.nr;
    for (size_t i = 0; i < tracer.notify.n_watched; i++) {
        const struct notify_watched *w = &tracer.notify.watched[i];
        tracer.tried[i] |= (is_seen || (is_refused && w->most == 0)) && (uint64_t)w->number == tracer.trying;
    }
}

static void decide(void)
{
    tracer.tries = tracer.all = false;
    for (size_t i = 0; i < tracer.notify.n_watched; i++)
        tracer.all |= !tracer.tried[i];
}

static bool is_watched(const struct notify_call *c)
{
    for (size_t i = 0; i < tracer.notify.n_watched; i++) {
        const struct notify_entry watched = notify_watched_entry(&tracer.notify.watched[i]);
        if (watched.number == c->number)
            return notify_entry_fits(&watched, c->arg);
    }
    return false;
}

/* What a filter of the command's own gives to its tracer fails where there is none, and it has none. */
static void refuse(pid_t tid)
{
    struct user_regs_struct regs;
    struct iovec all = {&regs, sizeof regs};
    if (request(PTRACE_GETREGSET, tid, NT_PRSTATUS, (uint64_t)(uintptr_t)&all) < 0)
        return;
#ifdef __x86_64__
    regs.orig_rax = ~0ull;
    regs.rax = (unsigned long long)-ENOSYS;
#else
    int none = -1;
    struct iovec number = {&none, sizeof none};
    regs.regs[0] = (unsigned long long)-ENOSYS;
    (void)request(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, (uint64_t)(uintptr_t)&number);
#endif
    (void)request(PTRACE_SETREGSET, tid, NT_PRSTATUS, (uint64_t)(uintptr_t)&all);
}

static void see(pid_t tid)
{
    struct ptrace_syscall_info info = {0};
    if (request(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, (uint64_t)(uintptr_t)&info) <= 0)
        return;
    if (info.op == PTRACE_SYSCALL_INFO_SECCOMP && info.seccomp.ret_data != OWN) {
        refuse(tid);
        return;
    }
    if (tracer.tries)
        keep_tried(&info);
    if (begins(tid, &info))
        decide();
    if (tracer.tries || info.op != (tracer.all ? PTRACE_SYSCALL_INFO_ENTRY : PTRACE_SYSCALL_INFO_SECCOMP))
        return;
    struct notify_call c = call_of(&info, tid);
    c.id = ++tracer.last_id;
    if (is_watched(&c))
        tracer.notify.watch(tracer.notify.watch_data, &c, fate_of(&c, info.arch));
}

static void go_on(pid_t tid, int number)
{
    (void)request(tracer.tries || tracer.all ? PTRACE_SYSCALL : PTRACE_CONT, tid, 0, (uint64_t)number);
}

static bool is_stop_signal(int number)
{
    return number == SIGSTOP || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
}

/* ptrace(2), "Stopped states". */
static void take(pid_t tid, int status)
{
    enum { OF_CALL = SIGTRAP | 0x80, EVENT_SHIFT = 16 };
    bool ended = !WIFSTOPPED(status);
    int number = ended ? 0 : WSTOPSIG(status);
    int event = ended ? 0 : status >> EVENT_SHIFT;
    bool is_held = event == PTRACE_EVENT_STOP && is_stop_signal(number); /* by job control */
    if (tid == tracer.command && (ended || is_held))
        publish(ended ? status : status & 0xffff);
    if (ended)
        return;
    if (is_held) {
        (void)request(PTRACE_LISTEN, tid, 0, 0);
        return;
    }
    if (event == PTRACE_EVENT_SECCOMP || number == OF_CALL)
        see(tid);
    go_on(tid, event != 0 || number == OF_CALL ? 0 : number);
}

static void just_interrupt(int number)
{
    (void)number;
}

struct stop {
    pid_t tid;
    int status;
};

/* Whoever has stopped, before one of them goes on: the kernel tells of the newest first, and of the others never while a few of those keep it busy. */
static size_t gather(struct stop ret[TAKEN_AT_ONCE])
{
    size_t n = 0;
    while (n < TAKEN_AT_ONCE && (ret[n].tid = waitpid(-1, &ret[n].status, __WALL | __WNOTHREAD | (n ? WNOHANG : 0))) > 0)
        n++;
    return n;
}

/* Ends when nobody is left. With this thread the kernel kills who is. */
static void *serve(void *unused)
{
    const uint64_t options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;
    struct stop stops[TAKEN_AT_ONCE];
    sigset_t interrupting;
    (void)unused;
    (void)sigemptyset(&interrupting);
    (void)sigaddset(&interrupting, INTERRUPT);
    (void)pthread_sigmask(SIG_UNBLOCK, &interrupting, NULL);
    bool seized = request(PTRACE_SEIZE, tracer.command, 0, options) == 0 && request(PTRACE_INTERRUPT, tracer.command, 0, 0) == 0;
    tracer.sys = seized ? 0 : errno;
    (void)sem_post(&tracer.begun);
    while (seized && !atomic_load(&tracer.stops)) {
        size_t n = gather(stops);
        if (n == 0 && errno != EINTR)
            break;
        for (size_t i = 0; i < n; i++)
            take(stops[i].tid, stops[i].status);
    }
    atomic_store(&tracer.ended, true);
    return NULL;
}

static int begin(const struct notify *n, pid_t pid)
{
    const struct sigaction interrupted = {.sa_handler = just_interrupt};
    const struct sigaction not_of_stops = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDSTOP}; /* supervise_end gives back what was before */
    tracer.notify = *n;
    tracer.command = pid;
    tracer.tries = true;
    tracer.all = tracer.has_status = false;
    memset(tracer.tried, 0, sizeof tracer.tried);
    atomic_store(&tracer.stops, false);
    atomic_store(&tracer.ended, false);
    if (sem_init(&tracer.begun, 0, 0) < 0 || sigaction(INTERRUPT, &interrupted, NULL) < 0 || sigaction(SIGCHLD, &not_of_stops, NULL) < 0)
        return errno;
    int sys = notify_make_thread(serve, NULL, false, &tracer.thread);
    if (sys != 0)
        return sys;
    while (sem_wait(&tracer.begun) < 0 && errno == EINTR)
        ;
    if (tracer.sys)
        (void)pthread_join(tracer.thread, NULL);
    return tracer.sys;
}

int tracer_start(const struct notify *n, pid_t pid, int channel, struct err *e)
{
    const char go_on_message = TRACER_MESSAGE;
    if (tracer.runs)
        return err_sys(e, ERR_IO, EBUSY, "cannot trace");
    int sys = begin(n, pid);
    if (sys)
        return err_sys(e, ERR_KERNEL, sys, "ptrace(2) is refused");
    tracer.runs = tracer.was_used = true;
    return send(channel, &go_on_message, 1, MSG_NOSIGNAL) == 1 ? 0 : err_sys(e, ERR_IO, errno, "cannot tell the command that it is traced");
}

void tracer_stop(void)
{
    const struct timespec pause = {.tv_nsec = 1000 * 1000};
    if (!tracer.runs)
        return;
    atomic_store(&tracer.stops, true);
    for (; !atomic_load(&tracer.ended); (void)nanosleep(&pause, NULL))
        (void)pthread_kill(tracer.thread, INTERRUPT); /* comes to nothing when the thread does not wait yet */
    (void)pthread_join(tracer.thread, NULL);
    tracer.runs = false;
}

bool tracer_was_used(void)
{
    return tracer.was_used;
}

int tracer_install(const struct notify *n, int channel, struct err *e)
{
    struct sock_filter insn[NOTIFY_MAX_INSNS];
    struct sock_fprog program = {.filter = insn};
    char message = TRACER_MESSAGE;
    if (write(channel, &message, 1) != 1 || read(channel, &message, 1) != 1)
        return err_sys(e, ERR_IO, errno, "cannot ask for a tracer");
    struct notify seen = *n;
    seen.n_baseline = 0;
    program.len = notify_program(&seen, insn);
    for (unsigned short i = 0; i < program.len; i++)
        if (BPF_CLASS(insn[i].code) == BPF_RET && insn[i].k == SECCOMP_RET_USER_NOTIF)
            insn[i].k = SECCOMP_RET_TRACE | OWN;
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
        return err_sys(e, ERR_KERNEL, errno, "the filter of calls that are traced does not take hold");
    for (size_t i = 0; i < n->n_watched; i++)
        attempt(&n->watched[i]);
    return 0;
}
