/* notify_serve: the loop that takes calls and answers them. */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/notify.h"
#include "core/notify_own.h"
#include "core/seccomp_filter.h"

/* Newer than the headers of Debian 12. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, uint64_t)
#endif
enum { SYNC_WAKE_UP = 1, STACK = 256 * 1024 };
#define INTERRUPT SIGRTMIN /* of workers only: all other threads leave it blocked, or never get it */

static struct {
    bool runs;
    struct notify notify;
    int listener, stop; /* an eventfd */
    atomic_int root;
    pthread_t thread;
} server = {.root = -1};

int notify_root(const struct notify_call *c)
{
    int none = -1;
    int known = atomic_load(&server.root);
    if (known >= 0)
        return known;
    AUTO(mem_close_fd) int fd = notify_open(c, "root", O_DIRECTORY);
    if (fd < 0)
        return fd == -ESRCH || fd == -ENOENT ? -ESRCH : -EACCES;
    return atomic_compare_exchange_strong(&server.root, &none, fd) ? take_fd(&fd) : none;
}

enum blocked_state { FREE, IN_HANDLER, ANSWERING };

/* Outlives the server: a call that blocks is not called back. */
struct blocked {
    atomic_int state; /* enum blocked_state */
    atomic_int tid;   /* of the worker */
    const struct notify_entry *entry;
    struct notify_call call;
};
static struct blocked blocked[NOTIFY_MAX_BLOCKED];

static const struct notify_entry *find(const struct notify_call *c)
{
    const struct notify_entry *entry = server.notify.entry;
    size_t low = 0;
    size_t high = server.notify.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (entry[middle].number < c->number)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < server.notify.n && entry[low].number == c->number; low++)
        if (notify_entry_fits(&entry[low], c->arg))
            return entry[low].handle ? &entry[low] : NULL;
    return NULL;
}

static bool is_watched(const struct notify_call *c)
{
    for (size_t i = 0; i < server.notify.n_watched; i++) {
        if (server.notify.watched[i].number != c->number)
            continue;
        const struct notify_entry watched = notify_watched_entry(&server.notify.watched[i]);
        return notify_entry_fits(&watched, c->arg);
    }
    return false;
}

/* A caller that is gone needs no answer. */
static void answer(const struct notify_call *c, const struct notify_answer *a)
{
    struct seccomp_notif_resp response = {.id = c->id};
    if (a->is_sent)
        return;
    if (a->proceed)
        response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    else if (a->error)
        response.error = -a->error;
    else
        response.val = a->value;
    (void)ioctl(c->listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

static void *run_blocked(void *data)
{
    struct blocked *b = data;
    struct notify_answer a = {.error = EAGAIN};
    sigset_t interrupting;
    (void)sigemptyset(&interrupting);
    (void)sigaddset(&interrupting, INTERRUPT);
    (void)pthread_sigmask(SIG_UNBLOCK, &interrupting, NULL);
    atomic_store(&b->tid, (int)syscall(SYS_gettid));
    (void)b->entry->handle(b->entry->data, &b->call, true, &a);
    atomic_store(&b->state, ANSWERING);
    answer(&b->call, &a);
    (void)close(b->call.listener);
    atomic_store(&b->state, FREE);
    return NULL;
}

int notify_make_thread(void *(*run)(void *), void *data, bool detached, pthread_t *ret)
{
    pthread_attr_t attr;
    sigset_t all;
    sigset_t before;
    int r = pthread_attr_init(&attr);
    if (r != 0)
        return r;
    (void)pthread_attr_setstacksize(&attr, STACK);
    if (detached)
        (void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    r = pthread_create(ret, &attr, run, data);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attr);
    return r;
}

static void just_interrupt(int number)
{
    (void)number;
}

/* A worker whose caller was killed may wait for something that never comes. */
static void end_idle_workers(void)
{
    static bool is_prepared;
    const struct sigaction action = {.sa_handler = just_interrupt};
    if (!is_prepared)
        is_prepared = sigaction(INTERRUPT, &action, NULL) == 0;
    for (size_t i = 0; is_prepared && i < NOTIFY_MAX_BLOCKED; i++) {
        struct blocked *b = &blocked[i];
        int tid = atomic_load(&b->state) == IN_HANDLER ? atomic_load(&b->tid) : 0;
        if (tid != 0 && notify_is_waiting(&b->call) < 0)
            (void)syscall(SYS_tgkill, getpid(), tid, INTERRUPT);
    }
}

static bool hand_to_worker(const struct notify_entry *entry, const struct notify_call *c)
{
    end_idle_workers();
    for (size_t i = 0; i < NOTIFY_MAX_BLOCKED; i++) {
        struct blocked *b = &blocked[i];
        pthread_t thread;
        int free = FREE;
        if (!atomic_compare_exchange_strong(&b->state, &free, IN_HANDLER))
            continue;
        atomic_store(&b->tid, 0);
        b->entry = entry;
        b->call = *c;
        b->call.listener = fcntl(c->listener, F_DUPFD_CLOEXEC, 0);
        if (b->call.listener >= 0 && notify_make_thread(run_blocked, b, true, &thread) == 0)
            return true;
        if (b->call.listener >= 0)
            (void)close(b->call.listener);
        atomic_store(&b->state, FREE);
        return false;
    }
    return false;
}

/* The errno value with which the baseline refuses it; 0. */
static int refusal_of(const struct seccomp_data *data)
{
    uint32_t verdict =
        server.notify.baseline ? seccomp_filter_verdict(server.notify.baseline, server.notify.n_baseline, data) : SECCOMP_RET_ALLOW;
    return seccomp_filter_is_refusal(verdict) ? (int)(verdict & SECCOMP_RET_DATA) : 0;
}

static void watch(const struct notify_call *c, enum notify_fate fate)
{
    if (server.notify.watch && c->tid > 0)
        server.notify.watch(server.notify.watch_data, c, fate);
}

static void serve_call(const struct notify_call *c)
{
    struct notify_answer a = {.error = ENOSYS};
    const struct notify_entry *entry = find(c);
    if (is_watched(c)) {
        a.proceed = !entry;
        watch(c, entry ? NOTIFY_ANSWERED : NOTIFY_GOES_ON);
    }
    if (entry && c->tid > 0 && !entry->handle(entry->data, c, false, &a)) {
        if (hand_to_worker(entry, c))
            return;
        a = (struct notify_answer){.error = EAGAIN};
    }
    answer(c, &a);
}

static void serve_one(void)
{
    struct seccomp_notif request = {0};
    if (ioctl(server.listener, SECCOMP_IOCTL_NOTIF_RECV, &request) < 0)
        return; /* the caller is gone, or was interrupted and asks again */
    struct notify_call c = {.listener = server.listener, .id = request.id, .tid = (pid_t)request.pid, .number = request.data.nr};
    for (size_t i = 0; i < sizeof c.arg / sizeof *c.arg; i++)
        c.arg[i] = request.data.args[i];
    const struct notify_answer refused = {.error = refusal_of(&request.data)};
    if (!refused.error) {
        serve_call(&c);
        return;
    }
    watch(&c, NOTIFY_REFUSED);
    answer(&c, &refused);
}

static void *serve(void *unused)
{
    struct pollfd ready[] = {{.fd = server.listener, .events = POLLIN}, {.fd = server.stop, .events = POLLIN}};
    (void)unused;
    for (;;) {
        int n = poll(ready, sizeof ready / sizeof *ready, -1);
        if (n < 0 && errno != EINTR)
            break;
        if (n <= 0)
            continue;
        if (ready[1].revents || (ready[0].revents & (POLLERR | POLLNVAL)))
            break;
        if (ready[0].revents & POLLIN)
            serve_one();
        else if (ready[0].revents & POLLHUP) /* the last process is gone */
            break;
    }
    (void)close(server.listener);
    return NULL;
}

int notify_start(const struct notify *n, int listener, struct err *e)
{
    AUTO(mem_close_fd) int taken = listener;
    AUTO(mem_close_fd) int stop = eventfd(0, EFD_CLOEXEC);
    if (server.runs || stop < 0)
        return err_sys(e, ERR_IO, server.runs ? EBUSY : errno, "cannot answer system calls");
    server.notify = *n;
    server.listener = taken;
    server.stop = stop;
    /* EINVAL before Linux 6.6, which then wakes threads up more slowly. */
    (void)ioctl(taken, SECCOMP_IOCTL_NOTIF_SET_FLAGS, (unsigned long)SYNC_WAKE_UP);
    int r = notify_make_thread(serve, NULL, false, &server.thread);
    if (r != 0)
        return err_sys(e, ERR_IO, r, "cannot answer system calls: no thread");
    (void)take_fd(&taken);
    (void)take_fd(&stop);
    server.runs = true;
    return 0;
}

void notify_stop(void)
{
    const uint64_t one = 1;
    if (!server.runs)
        return;
    ssize_t written = write(server.stop, &one, sizeof one);
    (void)written;
    (void)pthread_join(server.thread, NULL);
    (void)close(server.stop);
    int root = atomic_exchange(&server.root, -1);
    if (root >= 0)
        (void)close(root);
    for (size_t i = 0; i < NOTIFY_MAX_BLOCKED; i++)
        while (atomic_load(&blocked[i].state) == ANSWERING)
            (void)sched_yield();
    notify_forget_callers();
    server.runs = false;
}
