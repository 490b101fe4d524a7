/* try_storm: many callers at once, interrupted by signals. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kernel/try.h"

enum { THREADS = 4, CHILDREN = 8, OF_EACH = TRY_STORM_OPENS / (THREADS + 2 * CHILDREN), EVERY_US = 700 };

static volatile sig_atomic_t interruptions;

static void count(int signal)
{
    (void)signal;
    interruptions++;
}

static int interrupt_often(void)
{
    const struct sigaction action = {.sa_handler = count, .sa_flags = SA_RESTART};
    const struct itimerval often = {.it_interval = {.tv_usec = EVERY_US}, .it_value = {.tv_usec = EVERY_US}};
    return sigaction(SIGALRM, &action, NULL) < 0 || setitimer(ITIMER_REAL, &often, NULL) < 0 ? errno : 0;
}

/* The errno value that all of them had; EPROTO when they differ. */
static int open_often(const char *path)
{
    int result = -1;
    for (int i = 0; i < OF_EACH; i++) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        int now = fd < 0 ? errno : 0;
        if (fd >= 0)
            (void)close(fd);
        if (result >= 0 && result != now)
            return EPROTO;
        result = now;
    }
    return result;
}

static void *run_thread(void *path)
{
    return (void *)(intptr_t)open_often(path);
}

static int wait_for(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EPROTO;
}

static int in_forked(const char *path)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(interrupt_often() ? EPROTO : open_often(path));
    return pid < 0 ? errno : wait_for(pid);
}

/* The parent sleeps in the kernel meanwhile; one call of the child is in its memory. */
static int in_vforked(const char *path)
{
    pid_t pid = vfork();
    if (pid == 0)
        _exit(open_often(path));
    return pid < 0 ? errno : wait_for(pid);
}

int try_storm(char **a)
{
    pthread_t thread[THREADS];
    int result = interrupt_often();
    int first = 0;
    if (result != 0)
        return result;
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&thread[i], NULL, run_thread, a[0]) != 0)
            return EPROTO;
    for (int i = 0; i < 2 * CHILDREN; i++) {
        int now = i % 2 ? in_vforked(a[0]) : in_forked(a[0]);
        first = i == 0 ? now : first;
        result = now == first ? now : EPROTO;
        if (result == EPROTO)
            return result;
    }
    for (int i = 0; i < THREADS; i++) {
        void *now = NULL;
        if (pthread_join(thread[i], &now) != 0 || (int)(intptr_t)now != first)
            return EPROTO;
    }
    return interruptions > 0 ? result : EPROTO;
}
