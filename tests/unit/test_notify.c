/* The filter made from what is registered, run by an interpreter; and what handlers do, on calls of a child. */
#include "core/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"
#include "tests/unit/bpf.h"
#include "tests/unit/tap.h"

#ifdef __x86_64__
enum { NATIVE = AUDIT_ARCH_X86_64 };
#else
enum { NATIVE = AUDIT_ARCH_AARCH64 };
#endif

static uint32_t verdict(const struct notify *n, uint32_t arch, int number, uint64_t arg)
{
    struct sock_filter insn[NOTIFY_MAX_INSNS];
    const struct seccomp_data data = {.nr = number, .arch = arch, .args = {0, 0, arg, 0, 0, 0}};
    unsigned short len = notify_program(n, insn);
    CHECK(len <= NOTIFY_MAX_INSNS);
    return bpf_run(insn, len, &data);
}

static bool never(const void *data, const struct notify_call *c, bool may_block, struct notify_answer *ret)
{
    (void)data;
    (void)c;
    (void)may_block;
    (void)ret;
    return true;
}

TEST(the_filter_is_what_was_registered)
{
    struct err e = ERR_INIT;
    struct notify n = {0};
    bool known[1000] = {false};
    unsigned seed = 1;
    CHECK_INT(verdict(&n, NATIVE, 1, 0), SECCOMP_RET_ALLOW);
    while (n.n < NOTIFY_MAX_ENTRIES) {
        int number = rand_r(&seed) % 1000;
        if (known[number] || number == SYS_sendmsg)
            continue;
        known[number] = true;
        CHECK_OK(notify_add(&n, (struct notify_entry){.number = number, .handle = never}, &e), &e);
        for (int nr = 0; nr < 1000; nr++)
            CHECK_INT(verdict(&n, NATIVE, nr, 0), known[nr] ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW);
        CHECK_INT(verdict(&n, NATIVE, -1, 0), SECCOMP_RET_ALLOW);
        CHECK_INT(verdict(&n, AUDIT_ARCH_I386, number, 0), SECCOMP_RET_KILL_PROCESS);
    }
    CHECK_ERR(notify_add(&n, (struct notify_entry){.number = 1000, .handle = never}, &e), ERR_LIMIT, &e);
}

TEST(arguments_are_compared_as_the_kernel_does)
{
    struct err e = ERR_INIT;
    struct notify n = {0};
    CHECK_OK(notify_add(&n, (struct notify_entry){.number = 7, .when = NOTIFY_EQUAL, .arg = 2, .value = 5, .handle = never}, &e), &e);
    CHECK_OK(notify_add(&n, (struct notify_entry){.number = 3, .when = NOTIFY_ANY_BIT, .arg = 2, .value = 6, .handle = never}, &e), &e);
    CHECK_ERR(notify_add(&n, (struct notify_entry){.number = 7}, &e), ERR_EXISTS, &e);
    CHECK_ERR(notify_add(&n, (struct notify_entry){.number = SYS_sendmsg}, &e), ERR_EXISTS, &e);
    static const struct {
        int number;
        uint64_t arg;
        bool notified;
    } cases[] = {{7, 5, true}, {7, 4, false}, {7, 5 | 1ull << 32, true}, {7, 1ull << 32, false}, {3, 2, true}, {3, 4 | 1ull << 40, true}, {3, 8, false},
                 {3, 0, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_INT(verdict(&n, NATIVE, cases[i].number, cases[i].arg), cases[i].notified ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW);
}

static void watch_nothing(const void *data, const struct notify_call *c, enum notify_fate fate)
{
    (void)data;
    (void)c;
    (void)fate;
}

TEST(what_is_watched_is_in_the_filter)
{
    struct err e = ERR_INIT;
    struct notify n = {0};
    int other = 0;
    CHECK_OK(notify_add(&n, (struct notify_entry){.number = 7, .when = NOTIFY_EQUAL, .arg = 2, .value = 5, .handle = never}, &e), &e);
    CHECK_OK(notify_add(&n, (struct notify_entry){.number = 9, .when = NOTIFY_EQUAL, .arg = 2, .value = 5, .handle = never}, &e), &e);
    for (int i = 0; i < 2; i++) {
        CHECK_OK(notify_watch(&n, 9, watch_nothing, NULL, &e), &e);
        CHECK_OK(notify_watch(&n, 3, watch_nothing, NULL, &e), &e);
    }
    CHECK_INT(n.n_watched, 2);
    CHECK_ERR(notify_watch(&n, 4, watch_nothing, &other, &e), ERR_EXISTS, &e);
    CHECK_ERR(notify_watch(&n, SYS_sendmsg, watch_nothing, NULL, &e), ERR_EXISTS, &e);
    for (int nr = 0; nr < 20; nr++) {
        CHECK_INT(verdict(&n, NATIVE, nr, 0), nr == 3 || nr == 9 ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW);
        CHECK_INT(verdict(&n, NATIVE, nr, 5), nr == 3 || nr == 7 || nr == 9 ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW);
    }
    for (int nr = 100; n.n < NOTIFY_MAX_ENTRIES; nr++)
        CHECK_OK(notify_add(&n, (struct notify_entry){.number = nr, .handle = never}, &e), &e);
    for (int nr = 200; n.n_watched < NOTIFY_MAX_WATCHED; nr++)
        CHECK_OK(notify_watch(&n, nr, watch_nothing, NULL, &e), &e);
    CHECK_ERR(notify_watch(&n, 300, watch_nothing, NULL, &e), ERR_LIMIT, &e);
    CHECK_INT(verdict(&n, NATIVE, 250, 0), SECCOMP_RET_USER_NOTIF);
    CHECK_INT(verdict(&n, NATIVE, 300, 0), SECCOMP_RET_ALLOW);
}

TEST(what_is_watched_in_a_range_is_left_alone_outside_it)
{
    struct err e = ERR_INIT;
    struct notify n = {0};
    CHECK_OK(notify_add(&n, (struct notify_entry){.number = 7, .when = NOTIFY_EQUAL, .arg = 2, .value = 500, .handle = never}, &e), &e);
    CHECK_OK(notify_watch_some(&n, (struct notify_watched){.number = 1, .arg = 2, .least = 64, .most = 100}, watch_nothing, NULL, &e), &e);
    CHECK_OK(notify_watch_some(&n, (struct notify_watched){.number = 7, .arg = 2, .least = 64, .most = 100}, watch_nothing, NULL, &e), &e);
    static const struct {
        uint64_t value;
        bool first, second;
    } cases[] = {{0, false, false}, {63, false, false}, {64, true, true}, {100, true, true}, {101, false, false}, {500, false, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_INT(verdict(&n, NATIVE, 1, cases[i].value), cases[i].first ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW);
        CHECK_INT(verdict(&n, NATIVE, 7, cases[i].value), cases[i].second ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW);
    }
}

TEST(what_is_watched_twice_is_watched_as_both_ask)
{
    static const struct notify_watched some = {.number = 1, .arg = 2, .least = 64, .most = 100};
    static const struct notify_watched all = {.number = 1}, other = {.number = 1, .arg = 2, .least = 1, .most = 2};
    static const struct {
        const struct notify_watched *first, *second;
        bool outside;
    } cases[] = {{&some, &some, false}, {&some, &all, true}, {&all, &some, true}, {&some, &other, true}};
    struct err e = ERR_INIT;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct notify n = {0};
        CHECK_OK(notify_watch_some(&n, *cases[i].first, watch_nothing, NULL, &e), &e);
        CHECK_OK(notify_watch_some(&n, *cases[i].second, watch_nothing, NULL, &e), &e);
        CHECK_INT(n.n_watched, 1);
        CHECK_INT(verdict(&n, NATIVE, 1, 64), SECCOMP_RET_USER_NOTIF);
        CHECK_INT(verdict(&n, NATIVE, 1, 2), cases[i].outside ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW);
    }
}

TEST(the_longest_filter_has_room)
{
    static struct sock_filter baseline[NOTIFY_MAX_BASELINE];
    static struct sock_filter insn[2 * NOTIFY_MAX_INSNS];
    struct err e = ERR_INIT;
    struct notify n = {.baseline = baseline, .n_baseline = NOTIFY_MAX_BASELINE, .unknown_from = 900};
    for (int nr = 100; n.n < NOTIFY_MAX_ENTRIES; nr++)
        CHECK_OK(notify_add(&n, (struct notify_entry){.number = nr, .when = NOTIFY_BETWEEN, .value = 1, .most = 2, .handle = never}, &e), &e);
    for (int nr = 300; n.n_watched < NOTIFY_MAX_WATCHED; nr++)
        CHECK_OK(notify_watch_some(&n, (struct notify_watched){.number = nr, .least = 1, .most = 2}, watch_nothing, NULL, &e), &e);
    CHECK(notify_program(&n, insn) <= NOTIFY_MAX_INSNS);
}

TEST(the_filter_refuses_by_itself)
{
    struct err e = ERR_INIT;
    struct notify n = {.unknown_from = 300};
    CHECK_INT(verdict(&n, NATIVE, 299, 0), SECCOMP_RET_ALLOW);
    CHECK_OK(notify_add(&n, (struct notify_entry){.number = 16, .when = NOTIFY_EQUAL, .arg = 2, .value = 5, .error = ENOTTY}, &e), &e);
    CHECK_OK(notify_add(&n, (struct notify_entry){.number = 9, .handle = never}, &e), &e);
    CHECK_OK(notify_add(&n, (struct notify_entry){.number = 16, .when = NOTIFY_EQUAL, .arg = 2, .value = 6, .error = EPERM}, &e), &e);
    CHECK_OK(notify_add(&n, (struct notify_entry){.number = 16, .when = NOTIFY_ANY_BIT, .arg = 2, .value = 8}, &e), &e);
    CHECK_ERR(notify_add(&n, (struct notify_entry){.number = 16, .handle = never}, &e), ERR_EXISTS, &e);
    CHECK_ERR(notify_add(&n, (struct notify_entry){.number = 9, .error = EPERM}, &e), ERR_EXISTS, &e);
    CHECK_OK(notify_add(&n, (struct notify_entry){.number = 16, .when = NOTIFY_EQUAL, .arg = 2, .value = 17, .handle = never}, &e), &e);
    CHECK_ERR(notify_add(&n, (struct notify_entry){.number = 16, .when = NOTIFY_EQUAL, .arg = 2, .value = 18, .handle = never}, &e), ERR_EXISTS, &e);
    CHECK_INT(verdict(&n, NATIVE, 16, 17), SECCOMP_RET_USER_NOTIF);
    CHECK_INT(verdict(&n, NATIVE, 16, 5), SECCOMP_RET_ERRNO | ENOTTY);
    CHECK_INT(verdict(&n, NATIVE, 16, 6), SECCOMP_RET_ERRNO | EPERM);
    CHECK_INT(verdict(&n, NATIVE, 16, 7), SECCOMP_RET_ALLOW);
    CHECK_INT(verdict(&n, NATIVE, 16, 9), SECCOMP_RET_ERRNO);
    CHECK_INT(verdict(&n, NATIVE, 9, 0), SECCOMP_RET_USER_NOTIF);
    CHECK_INT(verdict(&n, NATIVE, 15, 5), SECCOMP_RET_ALLOW);
    CHECK_INT(verdict(&n, NATIVE, 17, 5), SECCOMP_RET_ALLOW);
    CHECK_OK(notify_watch(&n, 16, watch_nothing, NULL, &e), &e);
    CHECK_INT(verdict(&n, NATIVE, 16, 5), SECCOMP_RET_ERRNO | ENOTTY);
    CHECK_INT(verdict(&n, NATIVE, 16, 7), SECCOMP_RET_USER_NOTIF);
    CHECK_INT(verdict(&n, NATIVE, 300, 0), SECCOMP_RET_ERRNO | ENOSYS);
    CHECK_INT(verdict(&n, NATIVE, 5000, 0), SECCOMP_RET_ERRNO | ENOSYS);
}

enum { MAX_TEXT = 5000 };
static struct seen {
    int watched, watched_answered, watched_refused, text, short_text, missing, bytes, fd, bad_fd;
    char content[MAX_TEXT];
} *seen;

/* getpriority(2) asks for everything that a handler can do; its arguments are an address and a descriptor. */
static bool handle(const void *data, const struct notify_call *c, bool may_block, struct notify_answer *ret)
{
    char text[MAX_TEXT];
    CHECK(data == &seen);
    if (c->arg[2] == 'b' && !may_block)
        return false;
    if (c->arg[2] == 'p') {
        *ret = (struct notify_answer){.proceed = true};
        return true;
    }
    seen->text = notify_read_text(c, c->arg[0], seen->content, sizeof seen->content);
    seen->short_text = notify_read_text(c, c->arg[0], text, 3);
    seen->missing = notify_read_text(c, 8, text, sizeof text);
    seen->bytes = notify_read(c, c->arg[0], text, 4);
    seen->bad_fd = notify_get_fd(c, 999);
    int fd = notify_get_fd(c, (int)c->arg[1]);
    seen->fd = fd;
    if (c->arg[2] == 'f' && fd >= 0) {
        int given = notify_answer_fd(c, fd, true);
        *ret = (struct notify_answer){.is_sent = given >= 0, .error = EIO};
    } else {
        *ret = (struct notify_answer){.error = EXDEV};
    }
    if (fd >= 0)
        (void)close(fd);
    return true;
}

static void watch(const void *data, const struct notify_call *c, enum notify_fate fate)
{
    CHECK(data == &seen && c->tid > 0);
    seen->watched++;
    seen->watched_answered += fate == NOTIFY_ANSWERED;
    seen->watched_refused += fate == NOTIFY_REFUSED;
}

static struct notify made(void)
{
    struct notify n = {0};
    struct err e = ERR_INIT;
    CHECK_OK(notify_watch(&n, SYS_getpriority, watch, &seen, &e), &e);
    CHECK_OK(notify_watch(&n, SYS_getppid, watch, &seen, &e), &e);
    CHECK_OK(notify_add(&n, (struct notify_entry){.number = SYS_getpriority, .handle = handle, .data = &seen}, &e), &e);
    return n;
}

static int take_listener(int channel)
{
    char byte = 0;
    struct iovec part = {&byte, 1};
    char room[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    int fd = -1;
    CHECK(recvmsg(channel, &message, MSG_CMSG_CLOEXEC) == 1 && byte == NOTIFY_MESSAGE && CMSG_FIRSTHDR(&message));
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    return fd;
}

/* Runs `body` in a child under the filter; its status. */
static int run_under(int (*body)(void))
{
    int pair[2], status = 0;
    struct err e = ERR_INIT;
    struct notify n = made();
    seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(seen != MAP_FAILED && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || notify_install(&n, pair[1], &e) < 0)
            _exit(99);
        _exit(body());
    }
    CHECK_OK(notify_start(&n, take_listener(pair[0]), &e), &e);
    CHECK(waitpid(pid, &status, 0) == pid && close(pair[0]) == 0 && close(pair[1]) == 0);
    notify_stop();
    return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

static int ask(const char *text, int fd, char what)
{
    long r = syscall(SYS_getpriority, text, fd, what);
    return r < 0 ? -errno : (int)r;
}

static int ask_for_error(void)
{
    return ask("hello", STDERR_FILENO, 'e') == -EXDEV ? 0 : 1;
}

TEST(what_a_handler_may_do)
{
    CHECK_INT(run_under(ask_for_error), 0);
    CHECK_INT(seen->text, 0);
    CHECK_STR(seen->content, "hello");
    CHECK_INT(seen->short_text, -ENAMETOOLONG);
    CHECK_INT(seen->missing, -EFAULT);
    CHECK_INT(seen->bytes, 0);
    CHECK_INT(seen->bad_fd, -EBADF);
    CHECK(seen->fd >= 0);
}

static int ask_for_descriptor(void)
{
    int fd = ask("x", STDERR_FILENO, 'f');
    return fd > STDERR_FILENO && fcntl(fd, F_GETFD) == FD_CLOEXEC ? 0 : 1;
}

TEST(a_descriptor_as_the_answer)
{
    CHECK_INT(run_under(ask_for_descriptor), 0);
}

/* On another thread, with a table of descriptors of its own. */
static int in_thread(void *result)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int copy = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 700);
    *(int *)result = copy == 700 ? ask("t", copy, 'f') : -EBADF;
    return 0;
}

static int ask_from_thread(void)
{
    static char stack[65536] __attribute__((aligned(16)));
    volatile int result = -1;
    int thread = clone(in_thread, stack + sizeof stack, CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_FS, (void *)(uintptr_t)&result);
    for (int i = 0; thread > 0 && result == -1 && i < 60000; i++)
        (void)usleep(1000);
    return result >= 0 && fcntl(result, F_GETFD) < 0 ? 0 : 1;
}

TEST(a_thread_with_its_own_descriptors)
{
    CHECK_INT(run_under(ask_from_thread), 0);
}

static int ask_and_block(void)
{
    return ask("b", STDERR_FILENO, 'b') == -EXDEV ? 0 : 1;
}

TEST(a_call_that_blocks)
{
    CHECK_INT(run_under(ask_and_block), 0);
}

static int let_go_on(void)
{
    return (int)syscall(SYS_getpriority, 0, 0, 'p') > 0 ? 0 : 1;
}

TEST(a_call_that_goes_on)
{
    CHECK_INT(run_under(let_go_on), 0);
}

static int be_watched(void)
{
    return (int)syscall(SYS_getpriority, 0, 0, 'p') > 0 && getppid() > 0 && getpid() > 0 ? 0 : 1;
}

TEST(a_watcher_sees_and_changes_nothing)
{
    CHECK_INT(run_under(be_watched), 0);
    CHECK_INT(seen->watched, 2);
    CHECK_INT(seen->watched_answered, 1);
}

/* A text that ends with the last byte that is mapped. */
static int ask_at_the_edge(void)
{
    char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED || munmap(page + 4096, 4096) < 0)
        return 2;
    memcpy(page + 4096 - 4, "end", 4);
    int r = ask(page + 4096 - 4, STDERR_FILENO, 'e');
    return r == -EXDEV ? 0 : 1;
}

TEST(the_edge_of_memory)
{
    CHECK_INT(run_under(ask_at_the_edge), 0);
    CHECK_INT(seen->text, 0);
    CHECK_STR(seen->content, "end");
}

/* Who answers is gone: nothing is let through. */
TEST(nobody_answers)
{
    int pair[2], status = 0;
    struct err e = ERR_INIT;
    struct notify n = made();
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || notify_install(&n, pair[1], &e) < 0)
            _exit(99);
        _exit(ask("x", 0, 'p') == -ENOSYS ? 0 : 1);
    }
    CHECK(close(take_listener(pair[0])) == 0);
    CHECK(waitpid(pid, &status, 0) == pid && close(pair[0]) == 0 && close(pair[1]) == 0);
    CHECK_INT(status, 0);
}
