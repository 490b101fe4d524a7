/* Diagnosis: what is denied is named, what is granted is not, and neither is what fails for another reason. The kernel denies as it does without. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/denials.h"
#include "core/mem.h"
#include "tests/kernel/inside.h"
#include "tests/kernel/try.h"
#include "tests/unit/tap.h"

static const struct inside nothing = {.diagnose = true};

static void fail_with_all(const char *why, enum denials_operation what, const char *target)
{
    char all[2000] = "";
    for (size_t i = 0, len = 0; i < denials_count() && len < sizeof all; i++) {
        struct denial d;
        denials_get(i, &d);
        len += (size_t)snprintf(all + len, sizeof all - len, " [%s %s %u]", denials_operation_names[d.operation], d.target, d.count);
    }
    tap_fail(__FILE__, __LINE__, "%s: %s %s; there is%s", why, denials_operation_names[what], target, all);
}

/* How often it was denied. */
static unsigned times(enum denials_operation what, const char *target)
{
    for (size_t i = 0; i < denials_count(); i++) {
        struct denial d;
        denials_get(i, &d);
        if (d.operation == what && strcmp(d.target, target) == 0)
            return d.count;
    }
    return 0;
}

static int run(const struct inside *policy, const char *const *command)
{
    inside_layout();
    denials_clear();
    int status = inside_run(policy, command);
    CHECK_INT(denials_lost(), 0);
    return status;
}

static bool is_refusal(int status)
{
    return status == EACCES || status == EROFS || status == EXDEV || status == EPERM;
}

/* Without a grant it is refused and named; with one it succeeds and nothing is named. */
static void both(enum denials_operation what, const char *target, const struct inside *with, const char *const *command)
{
    CHECK(with->diagnose);
    CHECK(is_refusal(run(&nothing, command)));
    if (times(what, target) == 0)
        fail_with_all("not named", what, target);
    int status = run(with, command);
    if (status != 0 || denials_count() != 0)
        fail_with_all(strerror(status), what, target);
}

TEST(files)
{
    const struct inside read = {.read = {"secret"}, .diagnose = true}, write = {.both = {"work"}, .diagnose = true};
    const char *key = at("secret/key"), *file = at("work/file"), *made = at("work/made");
    both(DENIALS_READ, key, &read, TRY("open-read", key));
    both(DENIALS_READ, at("secret"), &read, TRY("list", at("secret")));
    both(DENIALS_WRITE, file, &write, TRY("open-write", file));
    both(DENIALS_READWRITE, file, &write, TRY("open-truncate", file));
    both(DENIALS_WRITE, file, &write, TRY("truncate", file));
    both(DENIALS_WRITE, made, &write, TRY("create", made));
    both(DENIALS_WRITE, made, &write, TRY("mkdir", made));
    both(DENIALS_WRITE, at("work/empty"), &write, TRY("rmdir", at("work/empty")));
    both(DENIALS_WRITE, file, &write, TRY("unlink", file));
    both(DENIALS_WRITE, made, &write, TRY("rename", file, made));
    both(DENIALS_WRITE, made, &write, TRY("link", file, made));
    both(DENIALS_WRITE, made, &write, TRY("symlink", "elsewhere", made));
    both(DENIALS_WRITE, made, &write, TRY("mkfifo", made));
    CHECK_INT(run(&nothing, TRY("exec", at("work/script"))), EACCES);
    CHECK_INT(times(DENIALS_EXECUTE, at("work/script")), 1);
    CHECK_INT(run(&write, TRY("exec", at("work/script"))), ENOEXEC);
    CHECK_INT(denials_count(), 0);
}

/* Which a command meets in the directory, not in the sandbox. */
TEST(what_fails_for_another_reason)
{
    const struct inside write = {.both = {"work"}, .diagnose = true};
    CHECK_INT(run(&nothing, TRY("open-read", at("absent"))), ENOENT);
    CHECK_INT(denials_count(), 0);
    CHECK_INT(run(&nothing, TRY("open-write", at("absent"))), ENOENT);
    CHECK_INT(run(&nothing, TRY("create", at("absent/file"))), ENOENT);
    CHECK_INT(run(&nothing, TRY("open-read", at("work/file/x"))), ENOTDIR);
    CHECK_INT(run(&nothing, TRY("mkdir", at("work"))), EEXIST);
    CHECK_INT(denials_count(), 0);
    CHECK_INT(run(&write, TRY("rmdir", at("work/dir"))), ENOTEMPTY);
    CHECK_INT(run(&write, TRY("open-write", at("work/dir"))), EISDIR);
    CHECK_INT(denials_count(), 0);
    CHECK_INT(run(&nothing, TRY("exit", "7")), 7);
    CHECK_INT(denials_count(), 0);
}

/* Paths are those of the caller: its directory, its links, its /proc. */
TEST(where_a_path_leads)
{
    const struct inside from = {.cwd = at("secret"), .diagnose = true}, own = {.read = {"/proc/self"}, .diagnose = true};
    CHECK_INT(run(&from, TRY("open-read", "key")), EACCES);
    CHECK_INT(times(DENIALS_READ, at("secret/key")), 1);
    CHECK_INT(run(&from, TRY("open-read", "../work/./dir/../file")), EACCES);
    CHECK_INT(times(DENIALS_READ, at("work/file")), 1);
    CHECK_INT(run(&nothing, TRY("open-read", at("home/link"))), EACCES);
    CHECK_INT(times(DENIALS_READ, at("home/.ssh/key")), 1);
    CHECK_INT(run(&nothing, TRY("open-read", "/proc/self/status")), EACCES);
    CHECK_INT(times(DENIALS_READ, "/proc/self/status"), 1);
    CHECK_INT(run(&own, TRY("open-read", "/proc/self/status")), 0);
    CHECK_INT(denials_count(), 0);
}

TEST(a_denied_path_inside_a_grant)
{
    const struct inside held = {.both = {"home"}, .deny = {"home/.ssh"}, .diagnose = true};
    const struct inside masked = {.both = {"home"}, .deny = {"home/.ssh"}, .masked = true, .diagnose = true};
    CHECK_INT(run(&held, TRY("open-read", at("home/.ssh/key"))), EACCES);
    CHECK_INT(times(DENIALS_READ, at("home/.ssh/key")), 1);
    CHECK_INT(run(&held, TRY("open-read", at("home/project/file"))), 0);
    CHECK_INT(denials_count(), 0);
    CHECK_INT(run(&masked, TRY("open-read", at("home/.ssh/key"))), EACCES);
    CHECK_INT(times(DENIALS_READ, at("home/.ssh/key")), 1);
    CHECK_INT(run(&masked, TRY("open-read", at("home/link"))), EACCES);
    CHECK_INT(times(DENIALS_READ, at("home/.ssh/key")), 1);
    CHECK_INT(run(&masked, TRY("open-read", at("home/.config/app/file"))), 0);
    CHECK_INT(denials_count(), 0);
}

TEST(at_the_full_level)
{
    const struct inside full = {.both = {"work"}, .read = {"home"}, .full = true, .diagnose = true};
    const struct inside two = {.both = {"work/dir", "work/other"}, .full = true, .diagnose = true};
    CHECK_INT(run(&full, TRY("chmod", "600", at("home/project/file"))), EROFS);
    CHECK_INT(times(DENIALS_ATTRIBUTES, at("home/project/file")), 1);
    CHECK_INT(run(&full, TRY("chmod", "600", at("work/file"))), 0);
    CHECK_INT(denials_count(), 0);
    CHECK_INT(run(&two, TRY("rename", at("work/dir/file"), at("work/other/file"))), EXDEV);
    CHECK_INT(times(DENIALS_MOVE, at("work/other/file")), 1);
    CHECK_INT(run(&two, TRY("rename", at("work/dir/file"), at("work/dir/new"))), 0);
    CHECK_INT(denials_count(), 0);
}

TEST(ports)
{
    char text[16];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    AUTO(mem_close_fd) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&address, len) == 0 && listen(fd, 4) == 0 &&
          getsockname(fd, (struct sockaddr *)&address, &len) == 0);
    int port = ntohs(address.sin_port);
    (void)snprintf(text, sizeof text, "%d", port);
    const struct inside open_port = {.open_port = port, .diagnose = true}, other = {.open_port = port ^ 1, .diagnose = true};
    CHECK_INT(run(&open_port, TRY("connect-tcp", text)), 0);
    CHECK_INT(denials_count(), 0);
    CHECK_INT(run(&other, TRY("connect-tcp", text)), EACCES);
    (void)snprintf(text, sizeof text, "127.0.0.1:%d", port);
    CHECK_INT(times(DENIALS_CONNECT, text), 1);
    (void)snprintf(text, sizeof text, "%d", port);
    CHECK_INT(run(&other, TRY("bind-tcp", text)), EACCES);
    CHECK_INT(times(DENIALS_LISTEN, text), 1);
}

/* What the filter refuses as such. */
TEST(system_calls)
{
    static const struct {
        const char *command[3];
        const char *name;
    } calls[] = {{{"ptrace"}, "ptrace"},
                 {{"keyctl"}, "keyctl"},
                 {{"unshare"}, "unshare"},
                 {{"mount", "/"}, "mount"},
                 {{"process-vm-readv"}, "process_vm_readv"}};
    const struct inside blocked = {.block_net = true, .diagnose = true}, open_net = {.diagnose = true}, bare = {.block_net = true};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        const struct inside plain = {.block_net = false};
        int without = run(&plain, calls[i].command);
        CHECK_INT(without, EPERM);
        CHECK_INT(run(&nothing, calls[i].command), without);
        CHECK_INT(times(DENIALS_CALL, calls[i].name), 1);
        CHECK_INT(denials_count(), 1);
    }
    CHECK_INT(run(&blocked, TRY("socket", "2", "1")), EACCES);
    CHECK_INT(times(DENIALS_SOCKET, "an IPv4 socket"), 1);
    CHECK_INT(run(&blocked, TRY("socket", "10", "2")), EACCES);
    CHECK_INT(times(DENIALS_SOCKET, "an IPv6 socket for datagrams"), 1);
    CHECK_INT(run(&open_net, TRY("socket", "40", "1")), EAFNOSUPPORT);
    CHECK_INT(times(DENIALS_SOCKET, "a socket of family 40"), 1);
    CHECK_INT(run(&open_net, TRY("socket", "2", "1")), 0);
    CHECK_INT(denials_count(), 0);
    CHECK_INT(run(&bare, TRY("socket", "2", "1")), EACCES);
    CHECK_INT(denials_count(), 0);
    CHECK_INT(run(&nothing, TRY("io-uring")), ENOSYS);
    CHECK_INT(denials_count(), 0);
    CHECK_INT(run(&nothing, TRY("confined")), 0);
}

/* Every call is answered by the kernel as it would be, and counted: by threads, forked and vforked children, in the middle of signals. */
TEST(a_storm)
{
    const struct inside read = {.read = {"secret"}, .diagnose = true};
    const char *key = at("secret/key");
    CHECK_INT(run(&read, TRY("storm", key)), 0);
    CHECK_INT(denials_count(), 0);
    CHECK_INT(run(&nothing, TRY("storm", key)), EACCES);
    CHECK_INT(denials_count(), 1);
    CHECK_INT(times(DENIALS_READ, key), TRY_STORM_OPENS);
    CHECK_INT(run(&nothing, TRY("in-child", "in-child", "storm", key)), EACCES);
    CHECK_INT(times(DENIALS_READ, key), TRY_STORM_OPENS);
}

/* Nothing is looked at unless it was asked for. */
TEST(without_it)
{
    const struct inside quiet = {.cwd = NULL};
    CHECK_INT(run(&quiet, TRY("open-read", at("secret/key"))), EACCES);
    CHECK_INT(denials_count(), 0);
}

TEST(as_an_ordinary_user)
{
    tap_drop_root();
    const struct inside read = {.read = {"secret"}, .diagnose = true},
                        masked = {.both = {"home"}, .deny = {"home/.ssh"}, .masked = true, .diagnose = true};
    both(DENIALS_READ, at("secret/key"), &read, TRY("open-read", at("secret/key")));
    CHECK_INT(run(&masked, TRY("open-read", at("home/.ssh/key"))), EACCES);
    CHECK_INT(times(DENIALS_READ, at("home/.ssh/key")), 1);
    CHECK_INT(run(&masked, TRY("open-read", at("home/link"))), EACCES);
    CHECK_INT(times(DENIALS_READ, at("home/.ssh/key")), 1);
    CHECK_INT(run(&nothing, TRY("storm", at("secret/key"))), EACCES);
    CHECK_INT(times(DENIALS_READ, at("secret/key")), TRY_STORM_OPENS);
}

/* Whose permissions close it, sandbox or not. */
TEST(a_directory_that_is_closed_to_the_user)
{
    tap_drop_root();
    inside_layout();
    CHECK(chmod(at("secret"), 0) == 0);
    denials_clear();
    CHECK_INT(inside_run(&nothing, TRY("open-read", at("secret/key"))), EACCES);
    CHECK_INT(denials_count(), 0);
    CHECK(chmod(at("secret"), 0755) == 0);
    CHECK_INT(inside_run(&nothing, TRY("open-read", at("secret/key"))), EACCES);
    CHECK_INT(denials_count(), 1);
}
