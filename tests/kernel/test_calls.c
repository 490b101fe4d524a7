/* What the seccomp filter holds, by real system calls. The same table is tested in full, without a kernel, by unit.seccomp_filter. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/kernel/inside.h"
#include "tests/unit/tap.h"

static const char *decimal(long n)
{
    static char ring[4][24];
    static unsigned next;
    char *buf = ring[next++ % 4];
    (void)snprintf(buf, sizeof ring[0], "%ld", n);
    return buf;
}

NEVER(tracing, EPERM, "ptrace")
NEVER(reading_memory, EPERM, "process-vm-readv")
NEVER(copying_descriptors, EPERM, "pidfd-getfd")
NEVER(keyrings, EPERM, "keyctl")
NEVER(namespace_by_clone, EPERM, "clone-newuser")
NEVER(namespace_by_clone3, ENOSYS, "clone3")
NEVER(namespace_by_unshare, EPERM, "unshare")
NEVER(io_uring, ENOSYS, "io-uring")
NEVER(handles, EPERM, "handle", "/")
NEVER(typing_into_the_terminal, EPERM, "tiocsti", "0")
NEVER(typing_with_a_wide_request, EPERM, "tiocsti", "0x100000000")
NEVER(system_v_memory, EACCES, "shmget")
NEVER(message_queues, EACCES, "mq-open", "/nono-test")
NEVER(vsock, EAFNOSUPPORT, "socket", decimal(AF_VSOCK), decimal(SOCK_STREAM))
NEVER(limits_of_the_parent, EPERM, "prlimit", decimal(getpid()))

NEVER(setuid_by_chmod, EPERM, "chmod", "4755", at("work/file"))
NEVER(setuid_by_creating, EPERM, "create-mode", "4755", at("work/new"))

TEST(other_modes_stay)
{
    const struct inside work = {.both = {"work"}};
    inside_layout();
    CHECK_INT(inside_run(&work, TRY("chmod", "2775", at("work/dir"))), 0);
    CHECK_INT(inside_run(&work, TRY("chmod", "0755", at("work/file"))), 0);
}

/* Not a triple: outside only root may, and the test would leave a mount behind. */
TEST(mounting)
{
    CHECK_INT(inside_run(&(struct inside){.both = {"/"}}, TRY("mount", tap_tmpdir())), EPERM);
}

TEST(own_limits_stay)
{
    CHECK_INT(inside_run(&(struct inside){0}, TRY("prlimit", "0")), 0);
}

#ifdef __x86_64__
TEST(foreign_calls_kill)
{
    if (outside_run(TRY("int80")) != 0)
        SKIP("this kernel does not run 32-bit calls");
    CHECK_INT(inside_run(&(struct inside){0}, TRY("int80")), 128 + SIGSYS);
}
#endif
