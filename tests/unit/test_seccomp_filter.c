/* The compiled filter, run by an interpreter: against the table it was made from, and against claims written down here. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "core/kernel.h"
#include "core/notify.h"
#include "core/seccomp_filter.h"
#include "tests/unit/bpf.h"
#include "tests/unit/tap.h"

#ifdef __x86_64__
enum { NATIVE = AUDIT_ARCH_X86_64 };
#else
enum { NATIVE = AUDIT_ARCH_AARCH64 };
#endif

static const struct seccomp_case variants[] = {
    {.network = CAPS_NET_OPEN},
    {.network = CAPS_NET_BLOCKED},
    {.network = CAPS_NET_OPEN, .old_landlock = true},
    {.network = CAPS_NET_BLOCKED, .old_landlock = true},
    {.network = CAPS_NET_OPEN, .old_landlock = true, .full = true},
    {.network = CAPS_NET_BLOCKED, .old_landlock = true, .full = true},
    {.network = CAPS_NET_OPEN, .full = true},
    {.network = CAPS_NET_BLOCKED, .full = true},
    {.network = CAPS_NET_PORTS},
    {.network = CAPS_NET_PORTS, .full = true},
    {.network = CAPS_NET_PORTS, .listens = true},
    {.network = CAPS_NET_PORTS, .listens = true, .full = true},
    {.network = CAPS_NET_OPEN, .unix_sockets = true},
    {.network = CAPS_NET_BLOCKED, .unix_sockets = true, .full = true},
    {.network = CAPS_NET_PORTS, .unix_sockets = true},
};
enum { N_VARIANTS = sizeof variants / sizeof *variants, FIRST_OLD = 2, END_OLD = 6, FIRST_PORTS = 8, FIRST_LISTENS = 10, FIRST_UNIX = 12 };

/* The same program in front of a filter of core/notify: its refusals are left to nono, which finds the same verdict, and all else is as it was. */
static void check_in_front(const struct sock_filter *insn, unsigned short len, const struct seccomp_data *data, uint32_t wanted)
{
    static struct sock_filter merged[NOTIFY_MAX_INSNS];
    static const struct sock_filter *of;
    static unsigned short merged_len;
    if (of != insn) {
        const struct notify n = {.baseline = insn, .n_baseline = len};
        CHECK(len <= NOTIFY_MAX_BASELINE);
        merged_len = notify_program(&n, merged);
        of = insn;
    }
    CHECK_INT(seccomp_filter_verdict(insn, len, data), wanted);
    bool is_refusal = wanted == (SECCOMP_RET_ERRNO | EPERM) || wanted == (SECCOMP_RET_ERRNO | EACCES) || wanted == (SECCOMP_RET_ERRNO | EAFNOSUPPORT);
    CHECK_INT(seccomp_filter_is_refusal(wanted), is_refusal);
    CHECK_INT(bpf_run(merged, merged_len, data), is_refusal ? SECCOMP_RET_USER_NOTIF : wanted);
}

static uint32_t verdict(const struct seccomp_case *v, uint32_t arch, int nr, const uint64_t arg[6])
{
    unsigned short len;
    struct seccomp_data data = {.nr = nr, .arch = arch};
    const struct sock_filter *insn = seccomp_filter_program(v, &len);
    memcpy(data.args, arg, sizeof data.args);
    uint32_t found = bpf_run(insn, len, &data);
    check_in_front(insn, len, &data, found);
    return found;
}

/* The number of row `i` here, negative when this machine does not have it. */
static int number_of(size_t i)
{
    enum { MAX_ROWS = 256 };
    static int known[MAX_ROWS]; /* 0: not asked yet; read(2), which has that number, is no row */
    CHECK(i < MAX_ROWS);
    if (known[i] == 0) {
        int nr = seccomp_syscall_resolve_name(seccomp_rows[i].name);
        known[i] = nr == __NR_SCMP_ERROR ? seccomp_rows[i].number : nr;
    }
    return known[i];
}

static bool holds(const struct seccomp_test *t, const uint64_t arg[6])
{
    switch (t->op) {
    case SECCOMP_NO_TEST:
        return true;
    case SECCOMP_BITS:
        return (arg[t->arg] & t->mask) == t->value;
    case SECCOMP_DIFFERS:
        return arg[t->arg] != t->value;
    case SECCOMP_ABOVE:
        return arg[t->arg] > t->value;
    }
    return false;
}

/* What the table says: allowed, or the errno values of all rows that match. */
static void check_against_table(const struct seccomp_case *v, int nr, const uint64_t arg[6])
{
    uint32_t got = verdict(v, NATIVE, nr, arg);
    bool any = false, agrees = false;
    for (size_t i = 0; i < seccomp_n_rows; i++) {
        const struct seccomp_row *r = &seccomp_rows[i];
        if (number_of(i) != nr || !seccomp_row_applies(r, v))
            continue;
        if (holds(&r->test[0], arg) && holds(&r->test[1], arg)) {
            any = true;
            agrees |= got == (SECCOMP_RET_ERRNO | (uint32_t)seccomp_row_errno(r));
        }
    }
    if (any ? !agrees : got != SECCOMP_RET_ALLOW)
        tap_fail(__FILE__, __LINE__, "system call %d (%#llx, %#llx, %#llx): %#x", nr, (unsigned long long)arg[0], (unsigned long long)arg[1],
                 (unsigned long long)arg[2], got);
}

/* Values that decide a test: the value itself, its neighbours, each bit of it, and garbage in the upper half. */
static size_t interesting(const struct seccomp_test *t, uint64_t ret[], size_t max)
{
    static const uint64_t high = 1ull << 32;
    size_t n = 0;
    const uint64_t fixed[] = {0,     1,           t->value,         t->value + 1, t->value - 1,         t->value | high,
                              ~0ull, 0xffffffffu, t->value ^ ~0ull, high,         (uint64_t)(int64_t)-1};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed && n < max; i++)
        ret[n++] = fixed[i];
    for (unsigned bit = 0; bit < 64 && n < max; bit++)
        ret[n++] = t->value ^ (1ull << bit);
    return n;
}

TEST(the_program_says_what_the_table_says)
{
    enum { MAX = 80 };
    for (size_t v = 0; v < N_VARIANTS; v++)
        for (size_t i = 0; i < seccomp_n_rows; i++) {
            const struct seccomp_row *r = &seccomp_rows[i];
            uint64_t first[MAX] = {0};
            uint64_t second[MAX] = {0};
            int nr = number_of(i);
            if (nr < 0)
                continue;
            size_t n = interesting(&r->test[0], first, MAX);
            size_t m = r->test[1].op == SECCOMP_NO_TEST ? 1 : interesting(&r->test[1], second, MAX);
            for (size_t a = 0; a < n; a++)
                for (size_t b = 0; b < m; b++) {
                    uint64_t arg[6] = {0};
                    arg[r->test[0].arg] = first[a];
                    if (r->test[1].op != SECCOMP_NO_TEST)
                        arg[r->test[1].arg] = second[b];
                    check_against_table(&variants[v], nr, arg);
                }
        }
}

TEST(what_the_table_does_not_name_is_allowed)
{
    static const uint64_t zeros[6];
    static const uint64_t ones[6] = {~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull};
    for (size_t v = 0; v < N_VARIANTS; v++)
        for (int nr = 0; nr < 1000; nr++) {
            check_against_table(&variants[v], nr, zeros);
            check_against_table(&variants[v], nr, ones);
        }
}

TEST(foreign_machines_are_killed)
{
    static const uint32_t foreign[] = {AUDIT_ARCH_I386, AUDIT_ARCH_ARM, AUDIT_ARCH_RISCV64, 0, ~0u, NATIVE ^ 1};
    static const uint64_t none[6];
    for (size_t v = 0; v < N_VARIANTS; v++)
        for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
            for (int nr = 0; nr < 500; nr++)
                CHECK_INT(verdict(&variants[v], foreign[i], nr, none), SECCOMP_RET_KILL_PROCESS);
}

#ifdef __x86_64__
TEST(x32_does_not_exist)
{
    static const uint64_t none[6];
    static const int numbers[] = {0, 1, 2, 41, 101, 512, 547};
    for (size_t v = 0; v < N_VARIANTS; v++) {
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
            CHECK_INT(verdict(&variants[v], NATIVE, 0x40000000 | numbers[i], none), SECCOMP_RET_ERRNO | ENOSYS);
        CHECK_INT(verdict(&variants[v], NATIVE, -1, none), SECCOMP_RET_ERRNO | ENOSYS);
        CHECK_INT(verdict(&variants[v], NATIVE, 0x3fffffff, none), SECCOMP_RET_ALLOW);
    }
}
#endif

/* Written down by hand: a row that is lost from the table is noticed here. */
static const struct claim {
    int nr;
    uint64_t arg[6];
    int open, blocked; /* errno value, 0: allowed */
} claims[] = {
    {SYS_ptrace, {0}, EPERM, EPERM},
    {SYS_process_vm_readv, {0}, EPERM, EPERM},
    {SYS_process_vm_writev, {0}, EPERM, EPERM},
    {SYS_pidfd_getfd, {0}, EPERM, EPERM},
    {SYS_kcmp, {0}, EPERM, EPERM},
    {SYS_keyctl, {0}, EPERM, EPERM},
    {SYS_add_key, {0}, EPERM, EPERM},
    {SYS_request_key, {0}, EPERM, EPERM},
    {SYS_bpf, {0}, EPERM, EPERM},
    {SYS_perf_event_open, {0}, EPERM, EPERM},
    {SYS_userfaultfd, {0}, EPERM, EPERM},
    {SYS_mount, {0}, EPERM, EPERM},
    {SYS_umount2, {0}, EPERM, EPERM},
    {SYS_move_mount, {0}, EPERM, EPERM},
    {SYS_open_tree, {0}, EPERM, EPERM},
    {467, {0}, EPERM, EPERM}, /* open_tree_attr */
    {SYS_fsopen, {0}, EPERM, EPERM},
    {SYS_mount_setattr, {0}, EPERM, EPERM},
    {SYS_pivot_root, {0}, EPERM, EPERM},
    {SYS_chroot, {0}, EPERM, EPERM},
    {SYS_unshare, {0}, EPERM, EPERM},
    {SYS_setns, {0}, EPERM, EPERM},
    {SYS_open_by_handle_at, {0}, EPERM, EPERM},
    {SYS_fanotify_init, {0}, EPERM, EPERM},
    {SYS_init_module, {0}, EPERM, EPERM},
    {SYS_finit_module, {0}, EPERM, EPERM},
    {SYS_kexec_load, {0}, EPERM, EPERM},
    {SYS_syslog, {0}, EPERM, EPERM},
    {SYS_io_uring_setup, {0}, ENOSYS, ENOSYS},
    {SYS_io_uring_enter, {0}, ENOSYS, ENOSYS},
    {SYS_io_uring_register, {0}, ENOSYS, ENOSYS},
    {SYS_clone3, {0}, ENOSYS, ENOSYS},
    {SYS_clone, {CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SETTLS}, 0, 0},
    {SYS_clone, {17}, 0, 0},
    {SYS_clone, {CLONE_NEWUSER | 17}, EPERM, EPERM},
    {SYS_clone, {CLONE_NEWNS}, EPERM, EPERM},
    {SYS_clone, {CLONE_NEWPID | CLONE_NEWNET}, EPERM, EPERM},
    {SYS_clone, {CLONE_NEWCGROUP}, EPERM, EPERM},
    {SYS_clone, {CLONE_NEWIPC}, EPERM, EPERM},
    {SYS_clone, {CLONE_NEWUTS}, EPERM, EPERM},
    {SYS_ioctl, {0, TIOCSTI}, EPERM, EPERM},
    {SYS_ioctl, {0, TIOCSTI | 1ull << 32}, EPERM, EPERM},
    {SYS_ioctl, {0, TIOCSTI | 0xffffffffull << 32}, EPERM, EPERM},
    {SYS_ioctl, {0, TIOCLINUX}, EPERM, EPERM},
    {SYS_ioctl, {0, TCGETS}, 0, 0},
    {SYS_ioctl, {0, TIOCGWINSZ}, 0, 0},
    {SYS_prlimit64, {0, 7, 1}, 0, 0},
    {SYS_prlimit64, {77, 7, 0}, 0, 0},
    {SYS_prlimit64, {77, 7, 1}, EPERM, EPERM},
    {SYS_shmat, {0}, EACCES, EACCES},
    {SYS_semget, {0}, EACCES, EACCES},
    {SYS_msgget, {0}, EACCES, EACCES},
    {SYS_mq_open, {0}, EACCES, EACCES},
    {SYS_prctl, {KERNEL_MARK_PRCTL}, KERNEL_MARK_ERRNO, KERNEL_MARK_ERRNO},
    {SYS_prctl, {PR_SET_NAME}, 0, 0},
    {SYS_socket, {AF_INET, SOCK_STREAM}, 0, EACCES},
    {SYS_socket, {AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP}, 0, EACCES},
    {SYS_socket, {AF_INET6, SOCK_STREAM, IPPROTO_TCP}, 0, EACCES},
    {SYS_socket, {AF_INET, SOCK_STREAM, 262}, 0, EACCES}, /* MPTCP */
    {SYS_socket, {AF_INET6, SOCK_STREAM, IPPROTO_SCTP}, 0, EACCES},
    {SYS_socket, {AF_INET, SOCK_STREAM, IPPROTO_TCP | 1ull << 32}, 0, EACCES},
    {SYS_socket, {AF_INET, SOCK_DGRAM, IPPROTO_ICMP}, 0, EACCES},
    {SYS_socket, {AF_INET, SOCK_RAW, IPPROTO_TCP}, 0, EACCES},
    {SYS_socket, {AF_INET, SOCK_SEQPACKET}, 0, EACCES},
    {SYS_socket, {AF_INET, 0}, 0, EACCES},
    {SYS_socket, {43, SOCK_STREAM}, EAFNOSUPPORT, EACCES}, /* SMC */
    {SYS_sendto, {3, 0, 0, MSG_FASTOPEN}, 0, 0},
    {SYS_sendto, {3, 0, 0, MSG_NOSIGNAL}, 0, 0},
    {SYS_sendmsg, {3, 0, MSG_FASTOPEN | MSG_DONTWAIT}, 0, 0},
    {SYS_sendmmsg, {3, 0, 0, MSG_FASTOPEN}, 0, 0},
    {SYS_setsockopt, {3, IPPROTO_TCP, TCP_ULP}, 0, 0},
    {SYS_setsockopt, {3, IPPROTO_TCP, TCP_NODELAY}, 0, 0},
    {SYS_listen, {3, 5}, 0, 0},
    {SYS_socket, {AF_INET6, SOCK_DGRAM}, 0, EACCES},
    {SYS_socket, {AF_UNIX, SOCK_STREAM}, EACCES, EACCES},
    {SYS_socket, {AF_NETLINK, SOCK_RAW}, 0, EACCES},
    {SYS_socket, {AF_PACKET, SOCK_RAW}, EAFNOSUPPORT, EACCES},
    {SYS_socket, {AF_VSOCK, SOCK_STREAM}, EAFNOSUPPORT, EACCES},
    {SYS_socket, {AF_ALG, SOCK_SEQPACKET}, EAFNOSUPPORT, EACCES},
    {SYS_socket, {AF_BLUETOOTH, SOCK_RAW}, EAFNOSUPPORT, EACCES},
    {SYS_socket, {AF_KEY, SOCK_RAW}, EAFNOSUPPORT, EACCES},
    {SYS_socket, {AF_X25, SOCK_STREAM}, EAFNOSUPPORT, EACCES},
    {SYS_socket, {AF_VSOCK | 1ull << 32, SOCK_STREAM}, EAFNOSUPPORT, EACCES},
    {SYS_socketpair, {AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC}, 0, 0},
    {SYS_socketpair, {AF_UNIX, SOCK_SEQPACKET}, 0, 0},
    {SYS_socketpair, {AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK}, EACCES, EACCES},
    {SYS_socketpair, {AF_UNIX, SOCK_RAW}, EACCES, EACCES},
    {SYS_socketpair, {AF_TIPC, SOCK_STREAM}, EAFNOSUPPORT, EACCES},
    {SYS_memfd_create, {0}, 0, 0},
    {SYS_seccomp, {0}, 0, 0},
    {444, {0}, 0, 0}, /* landlock_create_ruleset */
    {SYS_execve, {0}, 0, 0},
    {SYS_openat, {0, 0, O_RDWR | O_CREAT | O_TRUNC}, 0, 0},
    {SYS_openat, {0, 0, O_TRUNC}, 0, 0},
    {SYS_openat, {0, 0, O_WRONLY | O_CREAT, 04755}, EPERM, EPERM},
    {SYS_openat, {0, 0, O_WRONLY | O_CREAT, 02755}, 0, 0},
    {SYS_openat, {0, 0, O_WRONLY | O_TMPFILE, 04755}, EPERM, EPERM},
    {SYS_openat, {0, 0, O_RDONLY | O_DIRECTORY, 04755}, 0, 0},
    {SYS_openat2, {0}, ENOSYS, ENOSYS},
    {SYS_fchmod, {0, 04755}, EPERM, EPERM},
    {SYS_fchmod, {0, 02775}, 0, 0},
    {SYS_fchmod, {0, 0755}, 0, 0},
    {SYS_fchmodat, {0, 0, 06755}, EPERM, EPERM},
    {SYS_fchmodat, {0, 0, 0644}, 0, 0},
    {452, {0, 0, 04755}, EPERM, EPERM}, /* fchmodat2 */
    {SYS_mknodat, {0, 0, 0100000 | 04755}, EPERM, EPERM},
#ifdef SYS_chmod
    {SYS_chmod, {0, 04755}, EPERM, EPERM},
    {SYS_chmod, {0, 0755}, 0, 0},
    {SYS_creat, {0, 04755}, EPERM, EPERM},
    {SYS_open, {0, O_WRONLY | O_CREAT, 04755}, EPERM, EPERM},
    {SYS_open, {0, O_WRONLY, 04755}, 0, 0},
#endif
    {SYS_truncate, {0}, 0, 0},
    {SYS_kill, {0}, 0, 0},
};

TEST(claims)
{
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        const struct claim *c = &claims[i];
        for (size_t v = 0; v < 2; v++) {
            int wanted = v == 0 ? c->open : c->blocked;
            uint32_t got = verdict(&variants[v], NATIVE, c->nr, c->arg);
            if (got != (wanted ? SECCOMP_RET_ERRNO | (uint32_t)wanted : SECCOMP_RET_ALLOW))
                tap_fail(__FILE__, __LINE__, "claim %zu, system call %d, network %s: %#x", i, c->nr, v ? "blocked" : "open", got);
        }
    }
}

TEST(what_is_left_where_only_tcp_ports_are_open)
{
    static const struct {
        int nr;
        uint64_t arg[6];
        int wanted;
    } cases[] = {
        {SYS_socket, {AF_INET, SOCK_STREAM}, 0},
        {SYS_socket, {AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP}, 0},
        {SYS_socket, {AF_INET6, SOCK_STREAM, IPPROTO_TCP}, 0},
        {SYS_socket, {AF_INET, SOCK_STREAM, 262}, EACCES}, /* MPTCP */
        {SYS_socket, {AF_INET6, SOCK_STREAM, IPPROTO_SCTP}, EACCES},
        {SYS_socket, {AF_INET, SOCK_STREAM, IPPROTO_TCP | 1ull << 32}, EACCES},
        {SYS_socket, {AF_INET, SOCK_STREAM, (uint64_t)-1}, EACCES},
        {SYS_socket, {AF_INET, SOCK_DGRAM}, EACCES},
        {SYS_socket, {AF_INET, SOCK_DGRAM, IPPROTO_ICMP}, EACCES},
        {SYS_socket, {AF_INET, SOCK_RAW, IPPROTO_TCP}, EACCES},
        {SYS_socket, {AF_INET, SOCK_SEQPACKET}, EACCES},
        {SYS_socket, {AF_INET, 0}, EACCES},
        {SYS_socket, {AF_UNIX, SOCK_STREAM}, EACCES},
        {SYS_socket, {AF_NETLINK, SOCK_RAW}, EACCES},
        {SYS_socket, {43, SOCK_STREAM}, EACCES}, /* SMC */
        {SYS_socket, {AF_VSOCK, SOCK_STREAM}, EACCES},
        {SYS_sendto, {3, 0, 0, MSG_FASTOPEN}, EACCES},
        {SYS_sendto, {3, 0, 0, MSG_NOSIGNAL}, 0},
        {SYS_sendmsg, {3, 0, MSG_FASTOPEN | MSG_DONTWAIT}, EACCES},
        {SYS_sendmmsg, {3, 0, 0, MSG_FASTOPEN}, EACCES},
        {SYS_setsockopt, {3, IPPROTO_TCP, TCP_ULP}, EACCES},
        {SYS_setsockopt, {3, IPPROTO_TCP, TCP_NODELAY}, 0},
        {SYS_socketpair, {AF_INET, SOCK_STREAM}, EACCES},
    };
    static const uint64_t listened[6] = {3, 5};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t v = FIRST_PORTS; v < FIRST_UNIX; v++)
            CHECK_INT(verdict(&variants[v], NATIVE, cases[i].nr, cases[i].arg),
                      cases[i].wanted ? SECCOMP_RET_ERRNO | (uint32_t)cases[i].wanted : SECCOMP_RET_ALLOW);
    for (size_t v = FIRST_PORTS; v < FIRST_UNIX; v++)
        CHECK_INT(verdict(&variants[v], NATIVE, SYS_listen, listened), v < FIRST_LISTENS ? SECCOMP_RET_ERRNO | EACCES : SECCOMP_RET_ALLOW);
}

/* Which it may be is for the handler (core/unix_sockets.h): the filter lets the family through and nothing else. */
TEST(unix_sockets)
{
    for (size_t v = FIRST_UNIX; v < N_VARIANTS; v++) {
        static const struct {
            uint64_t arg[6];
            int wanted[3]; /* open, blocked, ports */
        } cases[] = {
            {{AF_UNIX, SOCK_STREAM}, {0, 0, 0}},
            {{AF_INET, SOCK_STREAM}, {0, EACCES, 0}},
            {{AF_INET, SOCK_DGRAM}, {0, EACCES, EACCES}},
            {{AF_NETLINK, SOCK_RAW}, {0, EACCES, EACCES}},
            {{AF_VSOCK, SOCK_STREAM}, {EAFNOSUPPORT, EACCES, EACCES}},
            {{AF_UNIX | 1ull << 32, SOCK_STREAM}, {EAFNOSUPPORT, EACCES, EACCES}},
        };
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            int wanted = cases[i].wanted[v - FIRST_UNIX];
            CHECK_INT(verdict(&variants[v], NATIVE, SYS_socket, cases[i].arg), wanted ? SECCOMP_RET_ERRNO | (uint32_t)wanted : SECCOMP_RET_ALLOW);
        }
    }
}

TEST(truncating_before_landlock_knew_it)
{
    static const struct {
        int nr;
        uint64_t arg[6];
        int wanted;
    } cases[] = {
        {SYS_truncate, {0}, EACCES},
        {SYS_ftruncate, {0}, 0},
        {SYS_openat, {0, 0, O_RDONLY | O_TRUNC}, EACCES},
        {SYS_openat, {0, 0, O_ACCMODE | O_TRUNC | O_CLOEXEC}, EACCES},
        {SYS_openat, {0, 0, O_WRONLY | O_TRUNC}, 0},
        {SYS_openat, {0, 0, O_RDWR | O_TRUNC | O_CREAT}, 0},
        {SYS_openat, {0, 0, O_RDONLY | O_CLOEXEC}, 0},
#ifdef SYS_open
        {SYS_open, {0, O_RDONLY | O_TRUNC}, EACCES},
        {SYS_open, {0, O_WRONLY | O_TRUNC}, 0},
#endif
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t v = FIRST_OLD; v < END_OLD; v++)
            CHECK_INT(verdict(&variants[v], NATIVE, cases[i].nr, cases[i].arg),
                      cases[i].wanted ? SECCOMP_RET_ERRNO | (uint32_t)cases[i].wanted : SECCOMP_RET_ALLOW);
}

/* They reach nobody else where the command has an IPC namespace of its own. */
TEST(the_full_level)
{
    static const int numbers[] = {SYS_shmget, SYS_shmat, SYS_semget, SYS_semop, SYS_msgget, SYS_msgsnd, SYS_mq_open};
    static const uint64_t none[6];
    static const uint64_t full[] = {KERNEL_MARK_FULL_PRCTL, 0, 0, 0, 0, 0};
    for (size_t v = 0; v < N_VARIANTS; v++)
        CHECK_INT(verdict(&variants[v], NATIVE, SYS_prctl, full), !variants[v].full ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | KERNEL_MARK_ERRNO);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        for (size_t v = 0; v < N_VARIANTS; v++)
            CHECK_INT(verdict(&variants[v], NATIVE, numbers[i], none), !variants[v].full ? SECCOMP_RET_ERRNO | EACCES : SECCOMP_RET_ALLOW);
}

TEST(names_of_what_is_refused)
{
    CHECK_STR(seccomp_filter_name(SYS_ptrace), "ptrace");
    CHECK_STR(seccomp_filter_name(SYS_socket), "socket");
    CHECK(!seccomp_filter_name(SYS_read));
    CHECK(!seccomp_filter_name(-1));
    CHECK(strstr(seccomp_filter_why("ptrace"), "process"));
    CHECK(!seccomp_filter_why("read"));
}

TEST(rows_are_well_formed)
{
    for (size_t i = 0; i < seccomp_n_rows; i++) {
        const struct seccomp_row *r = &seccomp_rows[i];
        CHECK(r->why && *r->why);
        CHECK(seccomp_syscall_resolve_name(r->name) != __NR_SCMP_ERROR || r->number > 0);
        CHECK(seccomp_row_errno(r) > 0);
        for (size_t t = 0; t < SECCOMP_N_TESTS; t++)
            CHECK(r->test[t].arg < 6 && (r->test[t].op != SECCOMP_BITS || (r->test[t].value & ~r->test[t].mask) == 0));
    }
}
