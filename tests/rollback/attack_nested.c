/* attack: processes that confine themselves further, and what they start. */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

static int denied_by_itself(void)
{
    if (open("a/f", O_WRONLY) >= 0 || mkdir("nested", 0700) == 0 || rename("a/f", "a/g") == 0 || chmod("a/f", 0600) == 0 || unlink("a/f") == 0 ||
        open("new", O_CREAT | O_WRONLY, 0600) >= 0 || truncate("a/f", 0) == 0 || open("a/f", O_RDONLY | O_TRUNC) >= 0)
        return fail("did what its own domain does not allow");
    return 0;
}

static int confine_itself(void)
{
    const struct {
        uint64_t handled;
    } attr = {.handled = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE};
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
    if (ruleset < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
        return fail("cannot confine itself");
    return denied_by_itself();
}

/* What one that has confined itself starts, is as confined when that one has ended. `may_fail`: to start it. */
static int outlives(long clone_flags, int may_fail)
{
    int gone[2];
    int told[2];
    char byte = 0;
    int status = 0;
    if (pipe(gone) < 0 || pipe(told) < 0)
        return fail("pipe");
    pid_t pid = fork();
    if (pid == 0) {
        if (confine_itself() != 0)
            _exit(1);
        long started = syscall(SYS_clone, clone_flags | SIGCHLD, 0, 0, 0, 0);
        if (started == 0) {
            (void)close(gone[1]);
            (void)!read(gone[0], &byte, 1);
            byte = denied_by_itself() == 0 ? 'h' : 'f';
            _exit(write(told[1], &byte, 1) != 1);
        }
        _exit(started < 0 && (!may_fail || write(told[1], "h", 1) != 1));
    }
    (void)close(gone[1]);
    (void)close(told[1]);
    if (waitpid(pid, &status, 0) != pid || status != 0 || read(told[0], &byte, 1) != 1)
        return fail("one that confined itself, or what it started, did not end well");
    return byte == 'h' ? 0 : 1;
}

/* Afterwards, as others go on. */
static int is_free(void)
{
    return mkdir("free", 0700) < 0 ? fail("one that did not confine itself is confined, too") : 0;
}

/* More of them than nono remembers at a time. */
int nested(void)
{
    enum { TIMES = 70 };
    int r = 0;
    for (int i = 0; r == 0 && i < TIMES; i++)
        r = outlives(0, 0);
    return r || is_free();
}

/* It is the child of what started the other. */
int sibling(void)
{
    return outlives(CLONE_PARENT, 1) || is_free();
}

/* It would become a child of this process. */
int reaped(void)
{
    if (outlives(0, 0) != 0)
        return 1;
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 || errno != EPERM)
        return fail("got the children of what had confined itself");
    return is_free();
}

int reaper(void)
{
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        return fail("prctl");
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) >= 0 || errno != EOPNOTSUPP || syscall(SYS_landlock_restrict_self, -1, 0) == 0 || errno != EOPNOTSUPP)
        return fail("something below could confine itself");
    return is_free();
}
