/* try_terminal: terminals, those of the program's own and others. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kernel/try.h"

static int open_terminal(const char *path, int mode)
{
    int fd = open(path, mode | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    return fd < 0 ? errno : status_of(isatty(fd) ? close(fd) : -1);
}

int try_terminal_read(char **a)
{
    return open_terminal(a[0], O_RDONLY);
}

int try_terminal_both(char **a)
{
    return open_terminal(a[0], O_RDWR);
}

/* As the C library does for tmux and script: in a session of its own, which it then controls. */
static int use_slave(int master, const char *name)
{
    int fd = setsid() < 0 ? -1 : ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
    if (fd < 0)
        fd = open(name, O_RDWR | O_CLOEXEC);
    if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) < 0 || write(fd, "x", 1) != 1)
        return errno;
    return open_terminal("/dev/tty", O_RDWR);
}

int try_own_terminal(char **a)
{
    char byte = 0;
    int status = 0;
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    const char *name = master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 ? NULL : ptsname(master);
    (void)a;
    if (!name)
        return errno;
    pid_t pid = fork();
    if (pid == 0)
        _exit(use_slave(master, name));
    if (pid < 0 || read(master, &byte, 1) != 1 || waitpid(pid, &status, 0) != pid)
        return errno;
    return WEXITSTATUS(status);
}

/* Standard input is a terminal of that name. */
int try_named_terminal(char **a)
{
    char name[64];
    int r = ttyname_r(STDIN_FILENO, name, sizeof name);
    if (r != 0)
        return r;
    if (strcmp(name, a[0]) != 0)
        return EXDEV;
    r = open_terminal(name, O_RDWR);
    return r ? r : open_terminal("/proc/self/fd/0", O_RDWR);
}
