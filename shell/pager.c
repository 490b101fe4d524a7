/* pager: a long answer, a screen at a time. */
#include "shell/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/str.h"

/* less shows colours, leaves a short text on the screen and does not clear it. */
static const char less_options[] = "LESS=FRX";
static const char lv_options[] = "LV=-c";
static const char usual[] = "if command -v less >/dev/null; then less; elif command -v more >/dev/null; then more; else cat; fi";
/* The key that stops less must not stop the shell before it, and a pager that is not there has read nothing. */
static const char script[] = "trap : INT QUIT\n%s\ncase $? in 126|127) exec cat;; esac";
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

static const char *chosen(const struct cmd_context *ctx, bool is_diff)
{
    const char *git = is_diff ? variable(ctx->env, "GIT_PAGER") : NULL;
    const char *pager = git ? git : variable(ctx->env, "PAGER");
    if (!ctx->world->stdout_tty || (pager && (*pager == '\0' || strcmp(pager, "cat") == 0)))
        return NULL;
    return pager ? pager : usual;
}

static void run_pager(int input, const char *command, char **env)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_SCRIPT);
    str_addf(&text, script, command);
    char *const words[] = {mem_strdup("sh"), mem_strdup("-c"), text.buf, NULL};
    if (!text.failed && dup2(input, STDIN_FILENO) >= 0)
        (void)execve(shell, words, env);
    _exit(CMD_NOT_FOUND);
}

static int start(const struct cmd_context *ctx, const char *command, struct pager *ret, struct err *e)
{
    AUTO(strlist_release) struct strlist env = STRLIST_INIT;
    for (char **at = ctx->env; *at; at++)
        strlist_add(&env, *at);
    if (!variable(ctx->env, "LESS"))
        strlist_add(&env, less_options);
    if (!variable(ctx->env, "LV"))
        strlist_add(&env, lv_options);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_sys(e, ERR_IO, errno, "cannot start a pager");
    AUTO(mem_close_fd) int from = ends[0];
    AUTO(mem_close_fd) int to = ends[1];
    pid_t child = fork();
    if (child < 0)
        return err_sys(e, ERR_IO, errno, "cannot start a pager");
    if (child == 0)
        run_pager(from, command, env.item);
    *ret = (struct pager){.child = child, .fd = take_fd(&to)};
    return 0;
}

/* A pager that is left before the end closes the pipe: no reason to die. The key that stops less stops nothing else. */
int pager_open(const struct cmd_context *ctx, bool is_diff, struct pager *ret, struct err *e)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    const char *command = chosen(ctx, is_diff);
    *ret = (struct pager){.fd = -1};
    if (!command)
        return 0;
    if (start(ctx, command, ret, e) < 0)
        return e->class;
    (void)sigaction(SIGPIPE, &ignore, &ret->pipe);
    (void)sigaction(SIGINT, &ignore, &ret->interrupt);
    (void)sigaction(SIGQUIT, &ignore, &ret->quit);
    return 0;
}

void pager_write(struct pager *p, const char *text, size_t len)
{
    struct err ignored = ERR_INIT;
    if (p->child == 0)
        out_write(text, len);
    else if (!p->left)
        p->left = fs_write_all(p->fd, text, len, &ignored) < 0;
}

void pager_close(struct pager *p)
{
    if (p->child == 0)
        return;
    mem_close_fd(&p->fd);
    while (waitpid(p->child, NULL, 0) < 0 && errno == EINTR)
        continue;
    (void)sigaction(SIGPIPE, &p->pipe, NULL);
    (void)sigaction(SIGINT, &p->interrupt, NULL);
    (void)sigaction(SIGQUIT, &p->quit, NULL);
    p->child = 0;
}

int pager_show(const struct cmd_context *ctx, const char *text, size_t len, struct err *e)
{
    AUTO(pager_close) struct pager pager = {.fd = -1};
    size_t rows = out_screen().rows;
    size_t lines = 0;
    for (const char *at = text; (at = memchr(at, '\n', (size_t)(text + len - at))) && lines < rows; at++)
        lines++;
    if (lines >= rows && pager_open(ctx, false, &pager, e) < 0)
        return e->class;
    pager_write(&pager, text, len);
    return 0;
}
