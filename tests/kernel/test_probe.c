/* probe: its answer is what happens to whoever tries, denied, granted and outside; and asking leaves no trace. */
#include "core/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/landlock_rules.h"
#include "core/overlap.h"
#include "core/seccomp_filter.h"
#include "tests/kernel/inside.h"
#include "tests/unit/tap.h"

typedef void asking(const char *path, struct probe *ret);

static int load_filter(const struct caps *c, const struct kernel *k, struct err *e)
{
    const struct seccomp_case which = seccomp_case_of(c, k->landlock_abi);
    return seccomp_filter_load(&which, e);
}

static void confine(const struct inside *policy)
{
    struct caps caps;
    struct kernel kernel;
    struct landlock_plan plan;
    struct err e = ERR_INIT;
    kernel_probe(&kernel);
    inside_caps(policy, &caps);
    if (overlap_split(&caps, &e) < 0 || landlock_rules_plan(&caps, kernel.landlock_abi, &plan, &e) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        landlock_rules_apply(&plan, kernel.landlock_abi, &e) < 0 || load_filter(&caps, &kernel, &e) < 0)
        _exit(200);
}

/* Verdict of one question in a process of its own; without a policy: outside. */
static int verdict(const struct inside *policy, asking *ask, const char *path)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        struct probe probe;
        if (policy)
            confine(policy);
        ask(path, &probe);
        _exit((int)probe.verdict);
    }
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* Possible outside, denied `without`, possible `with`; and the same when it is really done. */
static void triple(asking *ask, const char *path, const char *const *done, const struct inside *without, const struct inside *with)
{
    inside_layout();
    CHECK_INT(verdict(NULL, ask, path), PROBE_ALLOWED);
    CHECK_INT(verdict(without, ask, path), PROBE_SANDBOX);
    CHECK_INT(verdict(with, ask, path), PROBE_ALLOWED);
    CHECK_INT(outside_run(done), 0);
    inside_layout();
    CHECK_INT(inside_run(without, done), EACCES);
    inside_layout();
    CHECK_INT(inside_run(with, done), 0);
}

static const struct inside nothing = {.read = {NULL}};
static const struct inside reading = {.read = {"secret", "work"}};
static const struct inside writing = {.both = {"secret", "work"}};

TEST(reading)
{
    triple(probe_read, at("secret/key"), TRY("open-read", at("secret/key")), &nothing, &reading);
    triple(probe_read, at("secret"), TRY("list", at("secret")), &nothing, &reading);
}

TEST(writing)
{
    triple(probe_write, at("work/file"), TRY("open-write", at("work/file")), &reading, &writing);
    triple(probe_write, at("work/dir"), TRY("create", at("work/dir/new")), &reading, &writing);
}

static void exec_too_long(const char *path, struct probe *ret)
{
    int sys = probe_exec_too_long(path);
    if (sys == ENOSYS)
        _exit(PROBE_UNKNOWN);
    ret->verdict = sys == 0 ? PROBE_ALLOWED : sys == EACCES ? PROBE_SANDBOX : PROBE_MISSING;
}

TEST(executing)
{
    /* The script itself: that it is run by a shell is another question. */
    inside_layout();
    CHECK_INT(verdict(NULL, probe_exec, at("work/script")), PROBE_ALLOWED);
    CHECK_INT(verdict(&nothing, probe_exec, at("work/script")), PROBE_SANDBOX);
    CHECK_INT(verdict(&reading, probe_exec, at("work/script")), PROBE_ALLOWED);
    CHECK_INT(inside_run(&nothing, TRY("exec", at("work/script"))), EACCES);
}

/* The way of older kernels gives the same answers where it gives any. */
TEST(executing_with_an_argument_that_is_too_long)
{
    inside_layout();
    if (verdict(NULL, exec_too_long, at("work/script")) == PROBE_UNKNOWN)
        SKIP("this kernel looks at the arguments before it opens the file");
    CHECK_INT(verdict(NULL, exec_too_long, at("work/script")), PROBE_ALLOWED);
    CHECK_INT(verdict(&nothing, exec_too_long, at("work/script")), PROBE_SANDBOX);
    CHECK_INT(verdict(&reading, exec_too_long, at("work/script")), PROBE_ALLOWED);
}

static void ask_network(const char *path, struct probe *ret)
{
    (void)path;
    bool any, all;
    probe_network(443, ret, &any, &all);
}

TEST(the_network)
{
    static const struct inside blocked = {.block_net = true};
    CHECK_INT(verdict(NULL, ask_network, ""), PROBE_ALLOWED);
    CHECK_INT(verdict(&nothing, ask_network, ""), PROBE_ALLOWED);
    CHECK_INT(verdict(&blocked, ask_network, ""), PROBE_SANDBOX);
    static const struct inside port = {.open_port = 443}, other = {.open_port = 80}, listens = {.listen_port = 443};
    CHECK_INT(verdict(&port, ask_network, ""), PROBE_ALLOWED);
    CHECK_INT(verdict(&other, ask_network, ""), PROBE_SANDBOX);
    CHECK_INT(verdict(&listens, ask_network, ""), PROBE_SANDBOX);
}

TEST(what_the_file_system_refuses_is_told_apart)
{
    tap_drop_root();
    inside_layout();
    CHECK(chmod(at("work/file"), 0) == 0);
    CHECK_INT(verdict(NULL, probe_read, at("work/file")), PROBE_PERMISSIONS);
    CHECK_INT(verdict(&writing, probe_read, at("work/file")), PROBE_PERMISSIONS);
    CHECK_INT(verdict(&writing, probe_exec, at("work/dir/file")), PROBE_PERMISSIONS);
    CHECK_INT(verdict(&nothing, probe_read, at("work/none")), PROBE_MISSING);
    CHECK_INT(verdict(&nothing, probe_exec, at("work")), PROBE_PERMISSIONS);
}

TEST(nothing_is_touched)
{
    struct stat before;
    struct stat after;
    struct stat dir;
    struct stat dir_after;
    struct probe probe;
    inside_layout();
    CHECK(mkfifo(at("work/fifo"), 0666) == 0);
    CHECK(stat(at("work/file"), &before) == 0 && stat(at("work"), &dir) == 0);
    probe_write(at("work/file"), &probe);
    CHECK_INT(probe.verdict, PROBE_ALLOWED);
    probe_write(at("work"), &probe);
    CHECK_INT(probe.verdict, PROBE_ALLOWED);
    probe_exec(at("work/script"), &probe);
    CHECK_INT(probe.verdict, PROBE_ALLOWED);
    CHECK(stat(at("work/file"), &after) == 0 && stat(at("work"), &dir_after) == 0);
    CHECK_INT(before.st_size, after.st_size);
    CHECK_INT(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
    CHECK_INT(dir.st_mtim.tv_nsec, dir_after.st_mtim.tv_nsec);
    CHECK_INT(dir.st_nlink, dir_after.st_nlink);
    probe_read(at("work/fifo"), &probe); /* would wait for a writer */
    CHECK_INT(probe.verdict, PROBE_UNKNOWN);
    probe_read("/dev/null", &probe);
    CHECK_INT(probe.verdict, PROBE_UNKNOWN);
}
