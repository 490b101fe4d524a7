/* The full level: what Landlock has no right for, and what has no path. Each is possible outside, denied inside, and possible when it is granted; at the
 * lower level it is possible, as nono says there. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/landlock_rules.h"
#include "core/level.h"
#include "core/mem.h"
#include "core/namespaces.h"
#include "tests/kernel/inside.h"
#include "tests/unit/tap.h"

static const struct inside none = {.full = true};
static const struct inside reading = {.full = true, .read = {"secret"}};
static const struct inside beside = {.full = true, .both = {"work"}};
static const struct inside granted = {.full = true, .both = {"secret"}};
static const struct inside lower = {.read = {"secret"}};

static void check_metadata(const char *const *command)
{
    inside_triple(command, EROFS, &none, &granted);
    inside_triple(command, EROFS, &reading, &granted);
    inside_triple(command, EROFS, &beside, &granted);
    inside_triple(command, 0, &lower, &granted);
}

#define METADATA(id, ...) \
    TEST(id) \
    { \
        check_metadata(TRY(__VA_ARGS__)); \
    }

METADATA(mode, "chmod", "600", at("secret/key"))
METADATA(mode_of_a_directory, "chmod", "711", at("secret"))
METADATA(times, "utime", at("secret/key"))
METADATA(attributes, "setxattr", at("secret/key"))
METADATA(owner, "chown-self", at("secret/key"))

TEST(a_file_alone_is_granted)
{
    const struct inside file = {.full = true, .file = {"secret/key"}};
    inside_triple(TRY("chmod", "600", at("secret/key")), EROFS, &none, &file);
    inside_triple(TRY("open-write", at("secret/key")), EROFS, &none, &file);
    inside_triple(TRY("chmod", "711", at("secret")), EROFS, &file, &granted);
}

TEST(a_grant_to_write_below_one_to_read)
{
    const struct inside nested = {.full = true, .read = {"work"}, .both = {"work/dir"}};
    inside_triple(TRY("chmod", "600", at("work/file")), EROFS, &nested, &beside);
    inside_triple(TRY("create", at("work/new")), EROFS, &nested, &beside);
    inside_layout();
    CHECK_INT(inside_run(&nested, TRY("chmod", "600", at("work/dir/file"))), 0);
    CHECK_INT(inside_run(&nested, TRY("create", at("work/dir/new"))), 0);
}

/* A directory that is split becomes as many mounts as it has entries. */
TEST(a_grant_without_what_is_denied_in_it)
{
    const struct inside split = {.full = true, .both = {"home"}, .deny = {"home/.ssh"}};
    const struct inside whole = {.full = true, .both = {"home"}};
    inside_triple(TRY("chmod", "600", at("home/.ssh/key")), EROFS, &split, &whole);
    inside_triple(TRY("open-read", at("home/.ssh/key")), EACCES, &split, &whole);
    inside_triple(TRY("chmod", "600", at("home/project/file")), 0, &split, &whole);
    inside_triple(TRY("create", at("home/project/new")), 0, &split, &whole);
}

TEST(everything_is_granted)
{
    const struct inside all = {.full = true, .both = {"/"}};
    inside_triple(TRY("chmod", "600", at("secret/key")), EROFS, &none, &all);
}

/* The directory that nono was started in must not lead past the view. */
TEST(the_working_directory)
{
    inside_layout();
    CHECK(chdir(at("secret")) == 0);
    CHECK_INT(outside_run(TRY("chmod", "600", "key")), 0);
    CHECK_INT(inside_run(&reading, TRY("chmod", "640", "key")), EROFS);
    CHECK_INT(inside_run(&granted, TRY("chmod", "640", "key")), 0);
    CHECK_INT(inside_run(&reading, TRY("cwd", at("secret"))), 0);
}

TEST(a_directory_as_standard_input)
{
    inside_layout();
    AUTO(mem_close_fd) int fd = open(at("secret"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK_INT(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    CHECK_INT(outside_run(TRY("chmod-at", "0", "key")), 0);
    CHECK_INT(inside_run(&lower, TRY("chmod-at", "0", "key")), 0);
    CHECK_INT(inside_start(&granted, TRY("chmod-at", "0", "key")), ERR_KERNEL);
}

TEST(devices_work)
{
    static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full", NULL};
    const struct inside write = {.full = true, .file = {"/dev/null", "/dev/zero"}};
    for (size_t i = 0; i < 2; i++)
        inside_triple(TRY("open-write", devices[i]), EACCES, &none, &write);
}

TEST(shared_memory_files)
{
    const char *path = NAMESPACES_SHM "/nono-test";
    const struct inside shared = {.full = true, .both = {NAMESPACES_SHM}};
    inside_layout();
    (void)unlink(path);
    CHECK_INT(outside_run(TRY("create", path)), 0);
    CHECK_INT(inside_run(&none, TRY("open-write", path)), ENOENT);
    CHECK_INT(inside_run(&shared, TRY("open-write", path)), 0);
    CHECK_INT(inside_run(&none, TRY("create", path)), 0);
    CHECK_INT(outside_run(TRY("unlink", path)), 0);
    CHECK_INT(inside_run(&none, TRY("create", path)), 0);
    CHECK_INT(outside_run(TRY("open-read", path)), ENOENT);
    CHECK_INT(inside_run(&lower, TRY("create", path)), EACCES);
}

TEST(system_v_memory)
{
    enum { KEY = 0x6e6f6e6f };
    inside_layout();
    int id = shmget(KEY, 1, IPC_CREAT | 0600);
    CHECK(id >= 0);
    int outside = outside_run(TRY("shm-attach", "1852796527"));
    int inside = inside_run(&none, TRY("shm-attach", "1852796527"));
    CHECK(shmctl(id, IPC_RMID, NULL) == 0);
    CHECK_INT(outside, 0);
    CHECK_INT(inside, ENOENT);
    CHECK_INT(inside_run(&none, TRY("shmget")), 0);
    CHECK_INT(inside_run(&lower, TRY("shmget")), EACCES);
}

static const char *own_namespace(const char *name)
{
    static char number[32];
    char path[64];
    struct stat st;
    (void)snprintf(path, sizeof path, "/proc/self/ns/%s", name);
    CHECK(stat(path, &st) == 0);
    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)st.st_ino);
    return number;
}

TEST(a_blocked_network_is_an_empty_one)
{
    const struct inside blocked = {.full = true, .block_net = true};
    inside_layout();
    CHECK_INT(outside_run(TRY("namespace", "net", own_namespace("net"))), 0);
    CHECK_INT(inside_run(&none, TRY("namespace", "net", own_namespace("net"))), 0);
    CHECK_INT(inside_run(&blocked, TRY("namespace", "net", own_namespace("net"))), EXDEV);
    CHECK_INT(inside_run(&none, TRY("namespace", "ipc", own_namespace("ipc"))), EXDEV);
    CHECK_INT(inside_run(&lower, TRY("namespace", "ipc", own_namespace("ipc"))), 0);
}

TEST(processes_outside_are_not_there)
{
    const struct inside proc = {.full = true, .read = {"/proc"}};
    const struct inside lower_proc = {.read = {"/proc"}};
    char number[16];
    (void)snprintf(number, sizeof number, "%d", (int)getpid());
    inside_layout();
    CHECK_INT(outside_run(TRY("open-of-process", number, "/status")), 0);
    CHECK_INT(inside_run(&proc, TRY("open-of-process", number, "/status")), ENOENT);
    CHECK_INT(inside_run(&lower_proc, TRY("open-of-process", number, "/status")), 0);
    CHECK_INT(inside_run(&proc, TRY("open-of-process", "self", "/status")), 0);
    CHECK_INT(inside_run(&proc, TRY("open-of-process", "1", "/environ")), EACCES);
    CHECK_INT(outside_run(TRY("signal", number)), 0);
    CHECK_INT(inside_run(&none, TRY("signal", number)), ESRCH);
    CHECK(inside_run(&none, TRY("signal", "1")) != 0);
}

/* A process that nobody waits for holds the pipe as long as it lives. */
static bool outlives_the_command(const struct inside *policy)
{
    int fd[2];
    char byte;
    CHECK(pipe2(fd, O_CLOEXEC) == 0);
    AUTO(mem_close_fd) int pipe_out = fd[0];
    AUTO(mem_close_fd) int pipe_in = fd[1];
    AUTO(mem_close_fd) int before = dup(STDIN_FILENO);
    CHECK(dup2(pipe_in, STDIN_FILENO) == STDIN_FILENO);
    CHECK_INT(inside_run(policy, TRY("leave-behind", "3")), 0);
    CHECK(dup2(before, STDIN_FILENO) == STDIN_FILENO);
    mem_close_fd(&pipe_in);
    CHECK(fcntl(pipe_out, F_SETFL, O_NONBLOCK) == 0);
    return read(pipe_out, &byte, 1) < 0;
}

TEST(nothing_outlives_the_command)
{
    inside_layout();
    CHECK(!outlives_the_command(&none));
    CHECK(outlives_the_command(&lower));
}

TEST(statuses)
{
    CHECK_INT(inside_run(&none, TRY("exit", "7")), 7);
    CHECK_INT(inside_run(&none, TRY("raise", "15")), 128 + 15);
    CHECK_INT(inside_run(&none, TRY("raise", "9")), 128 + 9);
    CHECK_INT(inside_run(&none, TRY("raise", "2")), 128 + 2);
}

static size_t limits_of(enum caps_level level)
{
    AUTO(caps_release) struct caps caps;
    AUTO(landlock_plan_release) struct landlock_plan plan = {0};
    struct kernel kernel;
    struct err e = ERR_INIT;
    size_t n = 0;
    inside_caps(&none, &caps);
    kernel_probe(&kernel);
    CHECK_OK(level_plan(&caps, level, false, &e), &e);
    CHECK_INT(caps.level, level);
    CHECK_OK(landlock_rules_plan(&caps, kernel.landlock_abi, &plan, &e), &e);
    for (size_t i = 0; i < plan.missing.n; i++)
        n += strstr(plan.missing.item[i], "mode, owner, times and attributes") != NULL;
    return n;
}

TEST(what_is_not_held_is_said)
{
    CHECK_INT(limits_of(CAPS_LEVEL_LANDLOCK), 1);
    CHECK_INT(limits_of(CAPS_LEVEL_FULL), 0);
}
