#include "shell/seal_child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/err.h"
#include "core/install.h"
#include "core/mem.h"
#include "rollback/seal.h"

/* Between fork and exec: what was inherited of signals, terminal and directory goes. */
static void detach(void)
{
    sigset_t none;
    (void)sigemptyset(&none);
    for (int sig = 1; sig < NSIG; sig++)
        (void)signal(sig, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (null < 0 || dup2(null, fd) < 0)
            _exit(1);
    }
    if (chdir("/") < 0)
        _exit(1);
}

static char *program(const char *exe)
{
    struct err ignored = ERR_INIT;
    AUTO(mem_free_ptr) char *whole = install_part(exe, INSTALL_MAIN);
    return install_check(whole, exe, &ignored) == 0 ? take_ptr(&whole) : mem_strdup(exe);
}

void seal_child_start(const struct world *w)
{
    struct err ignored = ERR_INIT;
    AUTO(mem_free_ptr) char *exe = NULL;
    if (seal_is_at_work(w->state_dir) || install_self(&exe, &ignored) < 0)
        return;
    AUTO(mem_free_ptr) char *file = program(exe);
    char name[] = "nono";
    char word[] = "__seal";
    char *const argv[] = {name, word, NULL};
    pid_t pid = fork();
    if (pid == 0) {
        detach();
        if (setsid() < 0 || fork() != 0)
            _exit(0);
        (void)execve(file, argv, environ);
        _exit(1);
    }
    while (pid > 0 && waitpid(pid, NULL, 0) < 0) {
    }
}
