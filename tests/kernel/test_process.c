/* What surrounds the command: descriptors, processes, capabilities, nesting, statuses. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/kernel.h"
#include "core/landlock_rules.h"
#include "core/launch_confine.h"
#include "core/mem.h"
#include "tests/kernel/inside.h"
#include "tests/unit/tap.h"

static const struct inside none = {0};

static const char *decimal(long n)
{
    static char ring[4][24];
    static unsigned next;
    char *buf = ring[next++ % 4];
    (void)snprintf(buf, sizeof ring[0], "%ld", n);
    return buf;
}

/* Where neither Landlock nor processes of its own keep signals inside, nothing starts unless that was given up. */
TEST(a_promise_that_nothing_holds)
{
    const struct inside kept = {.abi = 5, .promised = true}, given_up = {.abi = 5}, newer = {.abi = 6, .promised = true};
    inside_layout();
    CHECK_INT(inside_start(&kept, TRY("confined")), inside_all_at_full() ? 0 : ERR_KERNEL);
    CHECK_INT(inside_start(&given_up, TRY("confined")), 0);
    CHECK_INT(inside_start(&newer, TRY("confined")), 0);
}

TEST(inherited_descriptors_are_closed)
{
    enum { NUMBER = 77 };
    inside_layout();
    AUTO(mem_close_fd) int fd = open(at("secret/key"), O_RDONLY | O_CLOEXEC);
    AUTO(mem_close_fd) int leaked = dup2(fd, NUMBER);
    CHECK_INT(leaked, NUMBER);
    CHECK_INT(outside_run(TRY("read-fd", decimal(NUMBER))), 0);
    CHECK_INT(inside_run(&none, TRY("read-fd", decimal(NUMBER))), EBADF);
}

TEST(standard_descriptors_stay)
{
    inside_layout();
    AUTO(mem_close_fd) int fd = open(at("secret/key"), O_RDONLY | O_CLOEXEC);
    CHECK_INT(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    CHECK_INT(inside_run(&none, TRY("read-fd", "0")), 0);
}

/* "nono run make > log": what says /dev/stdout must reach the log, with the rights of the descriptor and no more. */
TEST(standard_descriptors_can_be_opened_again)
{
    static const struct {
        int flags;
        const char *operation;
        int wanted;
    } cases[] = {
        {O_RDONLY, "open-read", 0}, {O_RDONLY, "open-write", EACCES}, {O_WRONLY, "open-write", 0},    {O_WRONLY, "open-read", EACCES},
        {O_RDWR, "open-write", 0},  {O_RDWR, "open-read", 0},         {O_RDONLY, "truncate", EACCES}, {O_WRONLY, "truncate", 0},
    };
    const struct inside standard = {.read = {"/proc/self/fd"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        inside_layout();
        AUTO(mem_close_fd) int fd = open(at("work/file"), cases[i].flags | O_CLOEXEC);
        CHECK_INT(dup2(fd, STDIN_FILENO), STDIN_FILENO);
        CHECK_INT(outside_run(TRY(cases[i].operation, "/proc/self/fd/0")), 0);
        inside_layout();
        AUTO(mem_close_fd) int again = open(at("work/file"), cases[i].flags | O_CLOEXEC);
        CHECK_INT(dup2(again, STDIN_FILENO), STDIN_FILENO);
        CHECK_INT(inside_run(&standard, TRY(cases[i].operation, "/proc/self/fd/0")), cases[i].wanted);
        CHECK_INT(inside_run(&none, TRY(cases[i].operation, "/proc/self/fd/0")), EACCES);
    }
}

/* The caller's standard input was closed: nothing of nono's may take its number. */
TEST(closed_standard_descriptors_stay_closed)
{
    CHECK(close(STDIN_FILENO) == 0);
    CHECK_INT(outside_run(TRY("read-fd", "0")), EBADF);
    CHECK_INT(inside_run(&none, TRY("read-fd", "0")), EBADF);
    CHECK_INT(open("/dev/null", O_RDONLY), STDIN_FILENO); /* NOLINT(android-cloexec-open): standard input */
}

TEST(signals_to_the_parent)
{
    struct kernel kernel;
    kernel_probe(&kernel);
    if (kernel.landlock_abi < 6)
        SKIP("Landlock ABI %d has no scopes", kernel.landlock_abi);
    inside_never(TRY("signal", decimal(getpid())), inside_all_at_full() ? ESRCH : EPERM);
}

/* /proc/self is granted as all of /proc: what belongs to a process outside must stay closed all the same. */
TEST(processes_outside_stay_closed)
{
    static const char *const names[] = {"/environ", "/maps", "/mem", "/auxv", "/fd/0", "/root/etc/passwd"};
    const struct inside proc = {.read = {"/proc/self"}};
    const struct inside everything = {.read = {"/"}};
    AUTO(mem_close_fd) int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK_INT(dup2(null, STDIN_FILENO), STDIN_FILENO);
    inside_layout();
    if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 1)
        SKIP("the test itself is closed to others");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *const *command = TRY("open-of-process", decimal(getpid()), names[i]);
        if (strcmp(names[i], "/mem") != 0) /* can be opened; address 0, which is what is read, cannot be read */
            CHECK_INT(outside_run(command), 0);
        int refused = inside_all_at_full() ? ENOENT : EACCES;
        CHECK_INT(inside_run(&proc, command), refused);
        CHECK_INT(inside_run(&everything, command), refused);
    }
}

TEST(own_process_is_open_for_descendants)
{
    const struct inside proc = {.read = {"/proc/self"}};
    inside_triple(TRY("open-read", "/proc/self/environ"), EACCES, &none, &proc);
    inside_triple(TRY("in-child", "open-read", "/proc/self/status"), EACCES, &none, &proc);
    inside_triple(TRY("in-child", "in-child", "list", "/proc/self/fd"), EACCES, &none, &proc);
}

TEST(confinement_is_known_by_the_kernel)
{
    CHECK(!kernel_is_confined());
    CHECK_INT(outside_run(TRY("confined")), 1);
    CHECK_INT(inside_run(&none, TRY("confined")), 0);
    CHECK_INT(inside_run(&none, TRY("in-child", "confined")), 0);
}

static bool bounding_has(int capability)
{
    return prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1;
}

TEST(capabilities_of_root)
{
    static const int dropped[] = {CAP_SYS_ADMIN, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH, CAP_NET_ADMIN,       CAP_NET_RAW,
                                  CAP_MKNOD,     CAP_SYS_CHROOT, CAP_SETPCAP,         CAP_LINUX_IMMUTABLE, CAP_SYS_RAWIO};
    if (geteuid() != 0 || !bounding_has(CAP_SYS_ADMIN)) {
        CHECK(inside_run(&none, TRY("capability", decimal(CAP_SYS_ADMIN))) <= 1);
        return;
    }
    for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++) {
        CHECK_INT(outside_run(TRY("capability", decimal(dropped[i]))), 0);
        CHECK_INT(inside_run(&none, TRY("capability", decimal(dropped[i]))), 1);
    }
    CHECK_INT(inside_run(&none, TRY("capability", decimal(CAP_CHOWN))), 0);
    inside_layout();
    CHECK_INT(inside_run(&(struct inside){.both = {"work"}}, TRY("chown", at("work/file"))), 0);
}

TEST(the_directory_is_entered)
{
    inside_layout();
    CHECK_INT(inside_run(&(struct inside){.cwd = at("work/dir")}, TRY("cwd", at("work/dir"))), 0);
}

TEST(statuses_pass_through)
{
    CHECK_INT(inside_run(&none, TRY("exit", "7")), 7);
    CHECK_INT(inside_run(&none, TRY("raise", decimal(SIGKILL))), 128 + SIGKILL);
    CHECK_INT(inside_run(&none, TRY("raise", decimal(SIGTERM))), 128 + SIGTERM);
}

/* The outer sandbox confines this process itself, and closes its descriptors. */
static int in_two(void)
{
    const struct inside outer = {.both = {"work"}, .read = {"/proc"}};
    const struct inside inner = {.both = {"work/dir", "secret"}};
    AUTO(caps_release) struct caps caps;
    AUTO(landlock_plan_release) struct landlock_plan plan = {0};
    struct kernel kernel;
    struct err e = ERR_INIT;
    kernel_probe(&kernel);
    inside_caps(&outer, &caps);
    const struct launch l = {.caps = &caps, .kernel = &kernel};
    CHECK_OK(landlock_rules_plan(&caps, kernel.landlock_abi, &plan, &e), &e);
    CHECK_OK(launch_separate(&l, -1, &e), &e);
    CHECK_OK(launch_confine(&l, &plan, &e), &e);
    CHECK(kernel_is_confined());
    CHECK_INT(inside_run(&inner, TRY("open-write", at("work/dir/file"))), 0);
    CHECK_INT(inside_run(&inner, TRY("open-write", at("work/file"))), EACCES);
    CHECK_INT(inside_run(&inner, TRY("open-read", at("secret/key"))), EACCES);
    return 0;
}

TEST(nesting)
{
    int status = -1;
    inside_layout();
    pid_t pid = fork();
    if (pid == 0)
        _exit(in_two());
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK_INT(status, 0);
}

/* nono killed outright: the command must not go on without it. */
TEST(the_command_dies_with_nono)
{
    int fd[2];
    char byte;
    CHECK(pipe2(fd, O_CLOEXEC) == 0);
    AUTO(mem_close_fd) int reading = fd[0];
    AUTO(mem_close_fd) int writing = fd[1];
    pid_t pid = fork();
    if (pid == 0) {
        (void)dup2(writing, STDIN_FILENO); /* the command holds it, too */
        _exit(inside_run(&none, TRY("sleep")));
    }
    mem_close_fd(&writing);
    (void)usleep(200 * 1000);
    CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
    CHECK_INT(read(reading, &byte, 1), 0); /* nobody holds the other end any more */
}
