/* diagnose_signal: signals to processes outside, which Landlock or a PID namespace keeps inside. */
#include "core/diagnose_signal.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/denials.h"
#include "core/feature.h"
#include "core/mem.h"

enum { STATUS_SIZE = 4096 };

static bool read_file(int dirfd, const char *name, char ret[STATUS_SIZE])
{
    AUTO(mem_close_fd) int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, ret, STATUS_SIZE - 1);
    ret[n > 0 ? n : 0] = '\0';
    return n > 0;
}

/* All that is inside has a filter; of what has one, nobody can tell. */
static bool is_certainly_outside(pid_t pid)
{
    char name[40];
    char status[STATUS_SIZE];
    (void)snprintf(name, sizeof name, "/proc/%d/status", (int)pid);
    return read_file(AT_FDCWD, name, status) && strstr(status, "\nSeccomp:\t0\n");
}

/* The numbers inside begin anew, and the caller has one of them: far above it, none was given yet. The last word of the line is the one inside. */
static bool was_never_inside(pid_t tid, pid_t pid)
{
    enum { FAR = 4096 };
    char name[40];
    char status[STATUS_SIZE];
    (void)snprintf(name, sizeof name, "/proc/%d/status", (int)tid);
    char *line = read_file(AT_FDCWD, name, status) ? strstr(status, "\nNSpid:") : NULL;
    if (!line)
        return false;
    line[1 + strcspn(line + 1, "\n")] = '\0';
    const char *last = strrchr(line, '\t');
    return last && strtol(last + 1, NULL, 10) + FAR < pid;
}

void diagnose_signal(const struct caps *c, const struct trace_event *ev)
{
    bool own_numbers = c->level == CAPS_LEVEL_FULL && c->own_processes;
    pid_t to = ev->to < 0 && ev->to != INT_MIN ? -ev->to : ev->to;
    if (to <= 1 || (c->given_up & 1u << FEATURE_SIGNALS) || kill(ev->to, 0) < 0) /* another user's: not for the sandbox to deny */
        return;
    if (own_numbers ? was_never_inside(ev->tid, to) : is_certainly_outside(to))
        denials_add(DENIALS_CALL, DENIALS_BY_KERNEL, "kill", ev->tid);
}
