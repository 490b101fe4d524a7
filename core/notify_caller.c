/* notify_caller: what the thread whose call is answered holds open. How it is reached is kept, by the number of the thread: what was opened for one
 * that waited leads to that one for ever, and to nothing once it has ended, so that a number that became another's is noticed. */
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/notify.h"
#include "core/notify_own.h"
#include "core/proc_text.h"

/* Newer than the headers of Debian 12. */
enum { PIDFD_OF_THREAD = O_EXCL };
enum { KNOWN = 32, NAME_LENGTH = 40 };

struct known {
    pid_t tid;
    int process; /* a descriptor of the thread, -1 */
    int proc;    /* its directory in /proc, -1 */
};

static struct known known[KNOWN];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* calls that block are answered on threads of their own */

static void clear(struct known *k)
{
    if (k->tid == 0)
        return;
    mem_close_fd(&k->process);
    mem_close_fd(&k->proc);
    k->tid = 0;
}

/* The place of the thread, which is its own from now on. */
static struct known *known_of(pid_t tid)
{
    struct known *k = &known[(unsigned)tid % KNOWN];
    if (k->tid == tid)
        return k;
    clear(k);
    *k = (struct known){.tid = tid, .process = -1, .proc = -1};
    return k;
}

void notify_forget_callers(void)
{
    (void)pthread_mutex_lock(&lock);
    for (size_t i = 0; i < KNOWN; i++)
        clear(&known[i]);
    (void)pthread_mutex_unlock(&lock);
}

/* The process of a thread whose descriptors are those of the process; -1. Before Linux 6.9 a thread itself cannot be asked for. */
static pid_t process_of(pid_t tid)
{
    char status[PROC_TEXT_SIZE];
    unsigned long number = 0;
    if (!proc_text_read(tid, "status", status) || !proc_text_number(status, "\nTgid:", 0, 10, &number))
        return -1;
    pid_t pid = (pid_t)number;
    return pid == tid || syscall(SYS_kcmp, tid, pid, KCMP_FILES, 0, 0) == 0 ? pid : -1;
}

/* *ret_is_own: it is the thread's, and not that of one which has the same descriptors today. */
static int open_process(pid_t tid, bool *ret_is_own)
{
    long fd = syscall(SYS_pidfd_open, tid, PIDFD_OF_THREAD);
    *ret_is_own = true;
    if (fd < 0 && errno == EINVAL) {
        pid_t pid = process_of(tid);
        fd = pid < 0 ? -1 : syscall(SYS_pidfd_open, pid, 0);
        *ret_is_own = pid == tid;
    }
    return (int)fd;
}

static int get_fd(const struct notify_call *c, struct known *k, int fd)
{
    int copy = k->process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, k->process, fd, 0);
    if (copy >= 0 || (k->process >= 0 && errno == EBADF))
        return copy < 0 ? -EBADF : copy;
    bool is_own = false;
    mem_close_fd(&k->process);
    AUTO(mem_close_fd) int process = open_process(c->tid, &is_own);
    if (process < 0)
        return -EPERM;
    AUTO(mem_close_fd) int got = (int)syscall(SYS_pidfd_getfd, process, fd, 0);
    bool is_bad = got < 0 && errno == EBADF;
    int r = got < 0 && !is_bad ? -EPERM : notify_is_waiting(c);
    if (r < 0)
        return r;
    if (is_own)
        k->process = take_fd(&process);
    return is_bad ? -EBADF : take_fd(&got);
}

int notify_get_fd(const struct notify_call *c, int fd)
{
    (void)pthread_mutex_lock(&lock);
    int r = get_fd(c, known_of(c->tid), fd);
    (void)pthread_mutex_unlock(&lock);
    return r;
}

static int open_below(const struct notify_call *c, struct known *k, const char *name, int flags)
{
    char dir[NAME_LENGTH];
    int fd = k->proc < 0 ? -1 : openat(k->proc, name, flags);
    if (fd >= 0)
        return fd;
    (void)snprintf(dir, sizeof dir, "/proc/%d", (int)c->tid);
    mem_close_fd(&k->proc);
    AUTO(mem_close_fd) int proc = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    AUTO(mem_close_fd) int opened = proc < 0 ? -1 : openat(proc, name, flags);
    int r = opened < 0 ? -errno : notify_is_waiting(c);
    if (r < 0)
        return r;
    k->proc = take_fd(&proc);
    return take_fd(&opened);
}

int notify_open(const struct notify_call *c, const char *name, int flags)
{
    (void)pthread_mutex_lock(&lock);
    int r = open_below(c, known_of(c->tid), name, O_PATH | O_CLOEXEC | flags);
    (void)pthread_mutex_unlock(&lock);
    return r;
}
