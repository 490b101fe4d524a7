/* inside: runs one operation of try.c with and without a sandbox. */
#include "tests/kernel/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/launch.h"
#include "core/level.h"
#include "core/mem.h"
#include "core/namespaces.h"
#include "core/overlap.h"
#include "core/supervise.h"
#include "tests/unit/tap.h"

const char *at(const char *name)
{
    static char known[256][512];
    static size_t n_known;
    char path[sizeof known[0]];
    CHECK(snprintf(path, sizeof path, "%s%s%s", name[0] == '/' ? "" : tap_tmpdir(), name[0] == '/' ? "" : "/", name) < (int)sizeof path);
    for (size_t i = 0; i < n_known; i++)
        if (strcmp(known[i], path) == 0)
            return known[i];
    CHECK(n_known < sizeof known / sizeof *known);
    memcpy(known[n_known], path, sizeof path);
    return known[n_known++];
}

static void put(const char *name, const char *text, mode_t mode)
{
    int fd = open(at(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    CHECK(fd >= 0);
    CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    CHECK(close(fd) == 0);
}

void inside_layout(void)
{
    static const char *const trees[] = {"secret", "work", "home"};
    static const char *const directories[] = {"secret",    "work",         "work/dir",     "work/empty",       "work/other",         "home",
                                              "home/.ssh", "home/.config", "home/project", "home/.config/app", "home/.config/gcloud"};
    struct err e = ERR_INIT;
    AUTO(mem_close_fd) int dir = open(tap_tmpdir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; i < sizeof trees / sizeof *trees; i++)
        CHECK_OK(fs_remove_tree(dir, trees[i], &e), &e);
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++)
        CHECK(mkdir(at(directories[i]), 0755) == 0);
    put("secret/key", "secret\n", 0644);
    put("work/file", "text\n", 0644);
    put("work/dir/file", "text\n", 0644);
    put("work/script", "exit 3\n", 0755);
    put("home/.ssh/key", "secret\n", 0644);
    put("home/.config/gcloud/key", "secret\n", 0644);
    put("home/.config/app/file", "text\n", 0644);
    put("home/project/file", "text\n", 0644);
    CHECK(symlink(".ssh/key", at("home/link")) == 0);
}

static int shell_status(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* argv of `try`, whose own name is first. */
static void make_argv(const char *const *command, char **ret_argv, size_t max)
{
    size_t n = 0;
    static char name[] = "try";
    ret_argv[n++] = name;
    for (; command[n - 1]; n++) {
        CHECK(n + 1 < max);
        ret_argv[n] = (char *)(uintptr_t)command[n - 1];
    }
    ret_argv[n] = NULL;
}

enum { MAX_ARGV = 12 };

int outside_run(const char *const *command)
{
    char *argv[MAX_ARGV];
    int status = 0;
    make_argv(command, argv, MAX_ARGV);
    pid_t pid = fork();
    if (pid == 0) {
        (void)execv(KERNEL_TRY, argv);
        _exit(255);
    }
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
    return shell_status(status);
}

static void grant(struct caps *c, const char *const *paths, unsigned access, bool file_only)
{
    for (size_t i = 0; i < INSIDE_MAX && paths[i]; i++)
        caps_add_grant(c, mem_strdup(at(paths[i])), access, file_only, true, caps_origin_make(CAPS_FROM_GROUP, "test", "", ""));
}

static void grant_socket(struct caps *c, const char *path, bool pinned)
{
    struct stat st = {0};
    CHECK(stat(path, &st) == 0);
    caps_add_socket(c, (struct caps_socket){.path = mem_strdup(path),
                                            .is_dir = S_ISDIR(st.st_mode),
                                            .exists = true,
                                            .is_pinned = pinned,
                                            .object = {(uint64_t)st.st_dev, (uint64_t)st.st_ino},
                                            .origin = caps_origin_make(CAPS_FROM_GROUP, "test", "", "")});
}

void inside_caps(const struct inside *policy, struct caps *ret)
{
    caps_init(ret);
    caps_add_grant(ret, mem_strdup(KERNEL_TRY), CAPS_READ, true, true, caps_origin_make(CAPS_FROM_GROUP, "test", "", ""));
    grant(ret, policy->read, CAPS_READ, false);
    grant(ret, policy->write, CAPS_WRITE, false);
    grant(ret, policy->both, CAPS_READWRITE, false);
    grant(ret, policy->file, CAPS_READWRITE, true);
    for (size_t i = 0; i < INSIDE_MAX && policy->deny[i]; i++)
        caps_add_deny(ret, mem_strdup(at(policy->deny[i])), access(at(policy->deny[i]), F_OK) == 0,
                      caps_origin_make(CAPS_FROM_GROUP, "test", "", ""));
    for (size_t i = 0; i < INSIDE_MAX && policy->blocked[i]; i++)
        caps_add_blocked(ret, mem_strdup(policy->blocked[i]), caps_origin_make(CAPS_FROM_GROUP, "test", "", ""));
    ret->search = policy->search ? mem_strdup(at(policy->search)) : NULL;
    for (size_t i = 0; i < INSIDE_MAX && policy->socket[i]; i++)
        grant_socket(ret, at(policy->socket[i]), policy->pinned);
    if (policy->block_net)
        ret->network = CAPS_NET_BLOCKED;
    if (policy->open_port || policy->listen_port)
        ret->network = CAPS_NET_PORTS;
    if (policy->open_port)
        caps_add_port(ret, (uint16_t)policy->open_port, CAPS_PORT_CONNECT, caps_origin_make(CAPS_FROM_GROUP, "test", "", ""));
    if (policy->listen_port)
        caps_add_port(ret, (uint16_t)policy->listen_port, CAPS_PORT_LISTEN, caps_origin_make(CAPS_FROM_GROUP, "test", "", ""));
}

bool inside_all_at_full(void)
{
    const char *level = getenv("KERNEL_LEVEL");
    return level && strcmp(level, "full") == 0 && !kernel_is_confined();
}

bool inside_all_diagnosed(void)
{
    return getenv("KERNEL_DIAGNOSE");
}

static int plan(const struct inside *policy, struct caps *caps, struct err *e)
{
    if (policy->masked)
        return overlap_mask(caps, false, e);
    return level_plan(caps, policy->full || inside_all_at_full() ? CAPS_LEVEL_FULL : CAPS_LEVEL_LANDLOCK, true, e);
}

/* What launch_spawn answers; the command is waited for. */
static int spawn(const struct inside *policy, const char *const *command, struct supervise_result *ret, struct err *e)
{
    AUTO(caps_release) struct caps caps;
    struct kernel kernel;
    char *argv[MAX_ARGV];
    char *env[] = {NULL};
    struct launched launched = {0};
    inside_caps(policy, &caps);
    if ((policy->masked || policy->full || inside_all_at_full()) && !namespaces_work())
        tap_skip("namespaces do not work here");
    CHECK_OK(plan(policy, &caps, e), e);
    caps.own_sockets = policy->own_sockets;
    kernel_probe(&kernel);
    if (policy->abi)
        kernel.landlock_abi = policy->abi;
    caps.given_up = policy->promised ? 0 : ~0u;
    make_argv(command, argv, MAX_ARGV);
    struct launch l = {.caps = &caps, .kernel = &kernel, .argv = argv, .env = env, .exe = KERNEL_TRY, .cwd = policy->cwd, .diagnose = policy->diagnose || inside_all_diagnosed()};
    CHECK_OK(supervise_begin(e), e);
    int r = launch_spawn(&l, &launched, e);
    if (r == 0) {
        r = supervise_wait(launched.command, ret, e);
        launch_end(&launched);
    }
    supervise_end();
    notify_stop();
    return r;
}

int inside_run(const struct inside *policy, const char *const *command)
{
    struct supervise_result result = {0};
    struct err e = ERR_INIT;
    CHECK_OK(spawn(policy, command, &result, &e), &e);
    return result.signaled ? 128 + result.code : result.code;
}

int inside_start(const struct inside *policy, const char *const *command)
{
    struct supervise_result result = {0};
    struct err e = ERR_INIT;
    return spawn(policy, command, &result, &e);
}

static void expect(const char *where, const char *const *command, int got, int wanted)
{
    bool by_view = inside_all_at_full() && wanted == EACCES && (got == EROFS || got == EXDEV); /* mounts answer before Landlock is asked */
    if (got != wanted && !by_view)
        tap_fail(__FILE__, __LINE__, "%s %s: status %d (%s) instead of %d (%s)", where, command[0], got, strerror(got), wanted, strerror(wanted));
}

static void possible_outside(const char *const *command)
{
    inside_layout();
    int status = outside_run(command);
    if (status != 0)
        tap_skip("%s is not possible here even without a sandbox: %s", command[0], strerror(status));
}

void inside_triple(const char *const *command, int denied, const struct inside *without, const struct inside *with)
{
    possible_outside(command);
    inside_layout();
    expect("denied:", command, inside_run(without, command), denied);
    inside_layout();
    expect("granted:", command, inside_run(with, command), 0);
}

void inside_never(const char *const *command, int denied)
{
    const struct inside everything = {.both = {"/"}};
    possible_outside(command);
    inside_layout();
    expect("everything granted:", command, inside_run(&everything, command), denied);
}
