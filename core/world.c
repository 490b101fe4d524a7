/* world: environment, directories, terminal and clock, read once. */
#include "core/world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/install.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/str.h"

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* The clean form of an absolute path in the environment, NULL when there is none. */
static char *absolute(const char *name)
{
    const char *value = variable(name);
    struct err ignored = ERR_INIT;
    char *clean = NULL;
    if (!value || value[0] != '/' || path_lexical("/", value, &clean, &ignored) < 0)
        return NULL;
    return clean;
}

static char *absolute_or(const char *name, const char *base, const char *below)
{
    char *path = absolute(name);
    return path ? path : path_join(base, below);
}

static void read_directories(struct world *w)
{
    w->tmpdir = absolute_or("TMPDIR", "/", "tmp");
    w->config_home = absolute_or("XDG_CONFIG_HOME", w->home, ".config");
    w->state_home = absolute_or("XDG_STATE_HOME", w->home, ".local/state");
    w->data_home = absolute_or("XDG_DATA_HOME", w->home, ".local/share");
    w->cache_home = absolute_or("XDG_CACHE_HOME", w->home, ".cache");
    w->zdotdir = absolute("ZDOTDIR");
    if (!w->zdotdir)
        w->zdotdir = mem_strdup(w->home);
    w->config_dir = path_join(w->config_home, "nono");
    w->policy_dir = mem_strdup(w->config_dir);
    w->state_dir = path_join(w->state_home, "nono");
    w->data_dir = path_join(w->data_home, "nono");
    w->runtime_dir = path_join(w->state_dir, "run");
}

/* The kernel answers "(unreachable)…" for a directory outside our root. */
static char *read_cwd(void)
{
    char buf[STR_MAX_PATH];
    return getcwd(buf, sizeof buf) && path_is_clean(buf) ? mem_strdup(buf) : NULL;
}

/* The path this program was started by, when no link is on it: then it is the real one. NULL otherwise. */
static char *started_path(void)
{
    const char *path = (const char *)(uintptr_t)getauxval(AT_EXECFN);
    AUTO(mem_close_fd) int fd = path ? path_open_real(path) : -1;
    return fd < 0 ? NULL : mem_strdup(path);
}

/* /proc is asked last: the first look there creates this process's entry, which its end removes again. */
static int read_exe(char **ret_exe, struct err *e)
{
    AUTO(mem_free_ptr) char *started = started_path();
    if (started) {
        *ret_exe = install_entry(started);
        return 0;
    }
    static const char gone[] = " (deleted)";
    char buf[STR_MAX_PATH];
    ssize_t len = readlink("/proc/self/exe", buf, sizeof buf - 1);
    if (len < 0)
        return err_sys(e, ERR_KERNEL, errno, "cannot read /proc/self/exe (is /proc mounted?)");
    buf[len] = '\0';
    /* An upgrade has replaced this program: what is there under its name now is the one to run. */
    if (str_ends(buf, gone) && access(buf, F_OK) < 0)
        buf[(size_t)len - (sizeof gone - 1)] = '\0';
    *ret_exe = install_entry(buf);
    return 0;
}

static void read_terminal(struct world *w)
{
    const char *term = variable("TERM");
    w->stdin_tty = isatty(STDIN_FILENO);
    w->stdout_tty = isatty(STDOUT_FILENO);
    w->stderr_tty = isatty(STDERR_FILENO);
    bool is_dumb = !term || strcmp(term, "dumb") == 0;
    w->stderr_redraws = w->stderr_tty && !is_dumb;
    w->color = !variable("NO_COLOR") && !is_dumb;
}

int world_read(struct world *ret, struct err *e)
{
    AUTO(world_release) struct world w = {.home = absolute("HOME"), .uid = geteuid(), .gid = getegid()};
    if (!w.home)
        return err_set(e, ERR_INPUT, "HOME is not set to an absolute path: set it and try again");
    if (read_exe(&w.exe, e) < 0)
        return e->class;
    read_directories(&w);
    read_terminal(&w);
    w.cwd = read_cwd();
    w.path = mem_strdup(variable("PATH") ? variable("PATH") : "");
    w.shell = absolute_or("SHELL", "/", "bin/sh");
    *ret = w;
    w = (struct world){0};
    return 0;
}

void world_release(struct world *w)
{
    char *owned[] = {w->home,       w->cwd,       w->tmpdir,     w->config_dir,  w->state_dir, w->data_dir, w->config_home,
                     w->state_home, w->data_home, w->cache_home, w->zdotdir,     w->policy_dir,  w->runtime_dir, w->path,    w->shell,       w->exe};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        mem_free(owned[i]);
    *w = (struct world){0};
}

const char *world_env(const char *name)
{
    return variable(name);
}

#ifdef NONO_TEST_CLOCK
/* Seconds since the epoch that stand for the time of day; 0 when the variable is not a number. */
static int64_t test_clock_s(void)
{
    const char *text = variable("NONO_TEST_NOW");
    char *end = NULL;
    errno = 0;
    long long seconds = text ? strtoll(text, &end, 10) : 0;
    return text && *end == '\0' && errno == 0 && seconds > 0 && seconds <= INT64_MAX / 1000000000 ? seconds : 0;
}
#else
static int64_t test_clock_s(void)
{
    return 0;
}
#endif

int64_t world_now_ns(void)
{
    struct timespec now = {0};
    int64_t fixed = test_clock_s();
    if (fixed > 0)
        return fixed * 1000000000;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
