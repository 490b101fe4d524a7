/* pager: a long answer, a screen at a time. */
#include "shell/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/str.h"

/* less shows colours, leaves a short text on the screen and does not clear it. */
static const char less_options[] = "LESS=FRX";
static const char usual[] = "if command -v less >/dev/null; then exec less; elif command -v more >/dev/null; then exec more; fi; exec cat";
static const char shell[] = "/bin/sh";

static const char *variable(char *const *env, const char *name)
{
    size_t len = strlen(name);
    for (; *env; env++) {
        if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
            return *env + len + 1;
    }
    return NULL;
}

/* A pager that is left before the end closes the pipe: no reason to die. */
static void feed(int fd, const char *text, size_t len)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction old;
    struct err left = ERR_INIT;
    (void)sigaction(SIGPIPE, &ignore, &old);
    if (fs_write_all(fd, text, len, &left) < 0)
        out_verbose(1, "nono: the pager took only a part: %s\n", left.text);
    (void)sigaction(SIGPIPE, &old, NULL);
}

static void run_pager(int input, const char *command, char **env)
{
    char *const words[] = {mem_strdup("sh"), mem_strdup("-c"), mem_strdup(command), NULL};
    if (dup2(input, STDIN_FILENO) >= 0)
        (void)execve(shell, words, env);
    _exit(CMD_NOT_FOUND);
}

/* The key that stops less stops nothing else. */
static int wait_for(pid_t child)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction interrupt;
    struct sigaction quit;
    int status = 0;
    (void)sigaction(SIGINT, &ignore, &interrupt);
    (void)sigaction(SIGQUIT, &ignore, &quit);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    (void)sigaction(SIGINT, &interrupt, NULL);
    (void)sigaction(SIGQUIT, &quit, NULL);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

int pager_show(const struct cmd_context *ctx, const char *text, size_t len, struct err *e)
{
    const char *pager = variable(ctx->env, "PAGER");
    if (!ctx->world->stdout_tty || (pager && (*pager == '\0' || strcmp(pager, "cat") == 0))) {
        out_write(text, len);
        return 0;
    }
    AUTO(strlist_release) struct strlist env = STRLIST_INIT;
    for (char **at = ctx->env; *at; at++)
        strlist_add(&env, *at);
    if (!variable(ctx->env, "LESS"))
        strlist_add(&env, less_options);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_sys(e, ERR_IO, errno, "cannot start a pager");
    AUTO(mem_close_fd) int from = ends[0];
    AUTO(mem_close_fd) int to = ends[1];
    pid_t child = fork();
    if (child < 0)
        return err_sys(e, ERR_IO, errno, "cannot start a pager");
    if (child == 0)
        run_pager(from, pager ? pager : usual, env.item);
    mem_close_fd(&from);
    feed(to, text, len);
    mem_close_fd(&to);
    int status = wait_for(child);
    if (status == CMD_NOT_FOUND || status == CMD_NOT_EXECUTABLE)
        out_write(text, len);
    return 0;
}
