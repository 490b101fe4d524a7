/* seccomp_filter: claims about what it refuses, written down by hand: a row that is lost from the table is noticed here. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "core/kernel.h"
#include "tests/unit/seccomp_verdict.h"
#include "tests/unit/tap.h"

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
            uint32_t got = seccomp_verdict(&variants[v], NATIVE, c->nr, c->arg);
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
            CHECK_INT(seccomp_verdict(&variants[v], NATIVE, cases[i].nr, cases[i].arg),
                      cases[i].wanted ? SECCOMP_RET_ERRNO | (uint32_t)cases[i].wanted : SECCOMP_RET_ALLOW);
    for (size_t v = FIRST_PORTS; v < FIRST_UNIX; v++)
        CHECK_INT(seccomp_verdict(&variants[v], NATIVE, SYS_listen, listened), v < FIRST_LISTENS ? SECCOMP_RET_ERRNO | EACCES : SECCOMP_RET_ALLOW);
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
            CHECK_INT(seccomp_verdict(&variants[v], NATIVE, SYS_socket, cases[i].arg), wanted ? SECCOMP_RET_ERRNO | (uint32_t)wanted : SECCOMP_RET_ALLOW);
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
            CHECK_INT(seccomp_verdict(&variants[v], NATIVE, cases[i].nr, cases[i].arg),
                      cases[i].wanted ? SECCOMP_RET_ERRNO | (uint32_t)cases[i].wanted : SECCOMP_RET_ALLOW);
}

/* They reach nobody else where the command has an IPC namespace of its own. */
TEST(the_full_level)
{
    static const int numbers[] = {SYS_shmget, SYS_shmat, SYS_semget, SYS_semop, SYS_msgget, SYS_msgsnd, SYS_mq_open};
    static const uint64_t none[6];
    static const uint64_t full[] = {KERNEL_MARK_FULL_PRCTL, 0, 0, 0, 0, 0};
    for (size_t v = 0; v < N_VARIANTS; v++)
        CHECK_INT(seccomp_verdict(&variants[v], NATIVE, SYS_prctl, full), !variants[v].full ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | KERNEL_MARK_ERRNO);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        for (size_t v = 0; v < N_VARIANTS; v++)
            CHECK_INT(seccomp_verdict(&variants[v], NATIVE, numbers[i], none), !variants[v].full ? SECCOMP_RET_ERRNO | EACCES : SECCOMP_RET_ALLOW);
}
