/* orphans: what a command leaves running. */
#include "core/orphans.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"

static bool adopts;

int orphans_adopt(struct err *e)
{
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        return err_sys(e, ERR_KERNEL, errno, "cannot keep what the command leaves running");
    adopts = true;
    return 0;
}

/* The parent is the second field behind the name of the program, which may hold anything. */
static pid_t parent_of(const char *pid)
{
    char name[64];
    char text[512];
    (void)snprintf(name, sizeof name, "/proc/%s/stat", pid);
    AUTO(mem_close_fd) int fd = open(name, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (n <= 0)
        return 0;
    text[n] = '\0';
    const char *at = NULL;
    for (const char *p = text; *p; p++)
        if (*p == ')')
            at = p;
    return at && at[1] == ' ' && at[2] ? (pid_t)strtol(at + 3, NULL, 10) : 0;
}

static void kill_children(void)
{
    DIR *proc = opendir("/proc");
    struct dirent *d = NULL;
    while (proc && (d = readdir(proc)))
        if (d->d_name[0] >= '1' && d->d_name[0] <= '9' && parent_of(d->d_name) == getpid())
            (void)kill((pid_t)strtol(d->d_name, NULL, 10), SIGKILL);
    if (proc)
        (void)closedir(proc);
}

void orphans_end(void)
{
    if (!adopts)
        return;
    for (;;) {
        pid_t pid = waitpid(-1, NULL, WNOHANG);
        if (pid > 0 || (pid < 0 && errno == EINTR))
            continue;
        if (pid < 0)
            return;
        kill_children();
        (void)waitpid(-1, NULL, 0); /* one that was killed; what it had started comes to this process now */
    }
}
