/* seccomp_rows: the table of system calls that a sandboxed command is refused. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "core/kernel.h"
#include "core/seccomp_filter.h"

#if !defined __x86_64__ && !defined __aarch64__
#error "the argument positions below are known for x86_64 and aarch64 only"
#endif

/* The kernel looks at the low half only of an argument that is an int: a test of all 64 bits could be passed by. */
#define LOW 0xffffffffu
#define BITS(arg_, mask_, value_) \
    { \
        .op = SECCOMP_BITS, .arg = (arg_), .mask = (mask_), .value = (value_) \
    }
#define IS(arg_, value_) BITS(arg_, LOW, value_)
#define DIFFERS(arg_, value_) \
    { \
        .op = SECCOMP_DIFFERS, .arg = (arg_), .value = (value_) \
    }
#define ABOVE(arg_, value_) \
    { \
        .op = SECCOMP_ABOVE, .arg = (arg_), .value = (value_) \
    }

#define ROW(name_, verdict_, why_) \
    { \
        .name = (name_), .verdict = (verdict_), .why = (why_) \
    }
#define EPERM_(name_, why_) ROW(name_, SECCOMP_DENY_EPERM, why_)
#define ENOSYS_(name_, why_) ROW(name_, SECCOMP_DENY_ENOSYS, why_)
#define TEST(name_, verdict_, when_, why_, ...) \
    { \
        .name = (name_), .verdict = (verdict_), .when = (when_), .why = (why_), .test = { __VA_ARGS__ } \
    }
#define NEW_NAMESPACE(flag) TEST("clone", SECCOMP_DENY_EPERM, SECCOMP_ALWAYS, "a user namespace gives capabilities", BITS(0, flag, flag))
#define FAMILY(family) \
    TEST("socket", SECCOMP_DENY_EAFNOSUPPORT, SECCOMP_SOME_SOCKETS, "only IPv4, IPv6 and netlink sockets are ordinary", IS(0, family))
#define NOT_TCP(...) \
    TEST("socket", SECCOMP_DENY_EACCES, SECCOMP_NET_PORTS, "Landlock knows the ports of TCP, not of UDP, MPTCP, SCTP…", __VA_ARGS__)
#define FAST_OPEN(name_, arg_) \
    TEST(name_, SECCOMP_DENY_EACCES, SECCOMP_NET_PORTS, "sends with the connection request: Landlock does not see this way to connect", \
         BITS(arg_, MSG_FASTOPEN, MSG_FASTOPEN))
#define OLD_TRUNCATE(name_, arg_, mode) \
    TEST(name_, SECCOMP_DENY_EACCES, SECCOMP_OLD_LANDLOCK, "empties a file that may only be read, or not even that", \
         BITS(arg_, O_ACCMODE | O_TRUNC, O_TRUNC | (mode)))

#define SETUID_MODE(name_, mode_arg, ...) TEST(name_, SECCOMP_DENY_EPERM, SECCOMP_ALWAYS, SETUID, BITS(mode_arg, S_ISUID, S_ISUID), ##__VA_ARGS__)

#define SETUID "a file that runs as its owner outlives the sandbox: for root, any file of the system can be made one"
#define OTHER_PROCESS "reaches into another process"
#define MOUNTS "changes what paths mean"
#define SYSTEM "changes the machine, not the sandbox"
#define SYSV(name_) \
    { \
        .name = (name_), .verdict = SECCOMP_DENY_EACCES, .when = SECCOMP_AT_LANDLOCK, \
        .why = "System V and POSIX message objects of processes outside have no path that Landlock could judge" \
    }

const struct seccomp_row seccomp_rows[] = {
    TEST("prctl", SECCOMP_MARK, SECCOMP_ALWAYS, "how nono knows that it runs inside", IS(0, KERNEL_MARK_PRCTL)),
    TEST("prctl", SECCOMP_MARK, SECCOMP_AT_FULL, "how nono knows what holds it", IS(0, KERNEL_MARK_FULL_PRCTL)),

    EPERM_("ptrace", OTHER_PROCESS),
    EPERM_("process_vm_readv", OTHER_PROCESS),
    EPERM_("process_vm_writev", OTHER_PROCESS),
    EPERM_("process_madvise", OTHER_PROCESS),
    EPERM_("pidfd_getfd", OTHER_PROCESS),
    EPERM_("kcmp", OTHER_PROCESS),
    EPERM_("move_pages", OTHER_PROCESS),
    EPERM_("migrate_pages", OTHER_PROCESS),
    TEST("prlimit64", SECCOMP_DENY_EPERM, SECCOMP_ALWAYS, "sets limits of another process", DIFFERS(0, 0), DIFFERS(2, 0)),

    EPERM_("keyctl", "the keyring is shared with processes outside"),
    EPERM_("add_key", "the keyring is shared with processes outside"),
    EPERM_("request_key", "the keyring is shared with processes outside"),

    EPERM_("mount", MOUNTS),
    EPERM_("umount2", MOUNTS),
    EPERM_("pivot_root", MOUNTS),
    EPERM_("move_mount", MOUNTS),
    EPERM_("open_tree", MOUNTS),
    {.name = "open_tree_attr", .number = 467, .verdict = SECCOMP_DENY_EPERM, .why = MOUNTS},
    EPERM_("fsopen", MOUNTS),
    EPERM_("fsconfig", MOUNTS),
    EPERM_("fsmount", MOUNTS),
    EPERM_("fspick", MOUNTS),
    EPERM_("mount_setattr", MOUNTS),
    EPERM_("chroot", MOUNTS),
    EPERM_("unshare", "a user namespace gives capabilities"),
    EPERM_("setns", "enters a namespace outside"),
    NEW_NAMESPACE(CLONE_NEWNS),
    NEW_NAMESPACE(CLONE_NEWCGROUP),
    NEW_NAMESPACE(CLONE_NEWUTS),
    NEW_NAMESPACE(CLONE_NEWIPC),
    NEW_NAMESPACE(CLONE_NEWUSER),
    NEW_NAMESPACE(CLONE_NEWPID),
    NEW_NAMESPACE(CLONE_NEWNET),
    ENOSYS_("clone3", "its flags are behind a pointer; C libraries fall back to clone"),

    EPERM_("open_by_handle_at", "opens without a path"),
    EPERM_("name_to_handle_at", "prepares opening without a path"),
    EPERM_("fanotify_init", "watches what happens outside"),
    EPERM_("lookup_dcookie", "names files without opening them"),
    EPERM_("quotactl", SYSTEM),
    EPERM_("quotactl_fd", SYSTEM),
    EPERM_("acct", SYSTEM),
    EPERM_("swapon", SYSTEM),
    EPERM_("swapoff", SYSTEM),
    EPERM_("reboot", SYSTEM),
    EPERM_("kexec_load", SYSTEM),
    EPERM_("kexec_file_load", SYSTEM),
    EPERM_("init_module", SYSTEM),
    EPERM_("finit_module", SYSTEM),
    EPERM_("delete_module", SYSTEM),
    EPERM_("settimeofday", SYSTEM),
    EPERM_("clock_settime", SYSTEM),
    EPERM_("sethostname", SYSTEM),
    EPERM_("setdomainname", SYSTEM),
    EPERM_("syslog", "reads the kernel's log"),
    EPERM_("iopl", SYSTEM),
    EPERM_("ioperm", SYSTEM),
    EPERM_("modify_ldt", "has been a way into the kernel, and nothing ordinary needs it"),
    EPERM_("vhangup", SYSTEM),
    EPERM_("nfsservctl", SYSTEM),

    EPERM_("bpf", "loads code into the kernel"),
    EPERM_("perf_event_open", "measures other processes and the kernel"),
    EPERM_("userfaultfd", "makes races in the kernel winnable"),
    ENOSYS_("io_uring_setup", "its operations pass no filter; programs fall back"),
    ENOSYS_("io_uring_enter", "its operations pass no filter; programs fall back"),
    ENOSYS_("io_uring_register", "its operations pass no filter; programs fall back"),

    TEST("ioctl", SECCOMP_DENY_EPERM, SECCOMP_ALWAYS, "types into the terminal, as the user", IS(1, TIOCSTI)),
    TEST("ioctl", SECCOMP_DENY_EPERM, SECCOMP_ALWAYS, "pastes into the console, as the user", IS(1, TIOCLINUX)),

    SETUID_MODE("chmod", 1),
    SETUID_MODE("fchmod", 1),
    SETUID_MODE("fchmodat", 2),
    {.name = "fchmodat2", .number = 452, .verdict = SECCOMP_DENY_EPERM, .why = SETUID, .test = {BITS(2, S_ISUID, S_ISUID)}},
    SETUID_MODE("mknod", 1),
    SETUID_MODE("mknodat", 2),
    SETUID_MODE("creat", 1),
    SETUID_MODE("open", 2, BITS(1, O_CREAT, O_CREAT)),
    SETUID_MODE("open", 2, BITS(1, O_TMPFILE, O_TMPFILE)),
    SETUID_MODE("openat", 3, BITS(2, O_CREAT, O_CREAT)),
    SETUID_MODE("openat", 3, BITS(2, O_TMPFILE, O_TMPFILE)),
    ENOSYS_("openat2", "its flags and mode are behind a pointer; programs fall back to openat"),

    SYSV("shmget"),
    SYSV("shmat"),
    SYSV("shmctl"),
    SYSV("semget"),
    SYSV("semop"),
    SYSV("semtimedop"),
    SYSV("semctl"),
    SYSV("msgget"),
    SYSV("msgsnd"),
    SYSV("msgrcv"),
    SYSV("msgctl"),
    SYSV("mq_open"),
    SYSV("mq_unlink"),

    /* All but 1, 2, 10 and 16. */
    FAMILY(AF_UNSPEC),
    FAMILY(AF_AX25),
    FAMILY(AF_IPX),
    FAMILY(AF_APPLETALK),
    FAMILY(AF_NETROM),
    FAMILY(AF_BRIDGE),
    FAMILY(AF_ATMPVC),
    FAMILY(AF_X25),
    FAMILY(AF_ROSE),
    FAMILY(AF_DECnet),
    FAMILY(AF_NETBEUI),
    FAMILY(AF_SECURITY),
    FAMILY(AF_KEY),
    TEST("socket", SECCOMP_DENY_EAFNOSUPPORT, SECCOMP_NET_OPEN, "vsock, alg, xdp, packet… reach the host or the kernel", ABOVE(0, AF_NETLINK)),
    TEST("socket", SECCOMP_DENY_EACCES, SECCOMP_NET_PORTS, "only TCP is open", ABOVE(0, AF_INET6)),
    /* SOCK_STREAM is 1 of four bits. */
    NOT_TCP(BITS(1, 0xf, 0)),
    NOT_TCP(BITS(1, 2, 2)),
    NOT_TCP(BITS(1, 4, 4)),
    NOT_TCP(BITS(1, 8, 8)),
    /* All protocols but 0 and 6. */
    NOT_TCP(IS(2, 1)),
    NOT_TCP(IS(2, 2)),
    NOT_TCP(IS(2, 3)),
    NOT_TCP(IS(2, 4)),
    NOT_TCP(IS(2, 5)),
    NOT_TCP(ABOVE(2, IPPROTO_TCP)),
    FAST_OPEN("sendto", 3),
    FAST_OPEN("sendmsg", 2),
    FAST_OPEN("sendmmsg", 3),
    TEST("setsockopt", SECCOMP_DENY_EACCES, SECCOMP_NET_PORTS, "turns a TCP socket into one of another kind (SMC)", IS(1, IPPROTO_TCP),
         IS(2, TCP_ULP)),
    {.name = "listen", .verdict = SECCOMP_DENY_EACCES, .when = SECCOMP_NO_LISTEN, .why = "without bind, the kernel chooses a port"},
    /* Landlock does not judge connect(2) to a socket in the file system, and any one of them is a way out: the user's service manager starts
     * programs for whoever asks. */
    TEST("socket", SECCOMP_DENY_EACCES, SECCOMP_NO_UNIX, "reaches D-Bus, Docker, agents: programs outside the sandbox that act on request",
         IS(0, AF_UNIX)),
    TEST("socketpair", SECCOMP_DENY_EAFNOSUPPORT, SECCOMP_NET_OPEN, "only Unix socket pairs are ordinary", DIFFERS(0, AF_UNIX)),

    TEST("socket", SECCOMP_DENY_EACCES, SECCOMP_ONLY_UNIX, "the network is blocked", ABOVE(0, AF_UNIX)),
    TEST("socket", SECCOMP_DENY_EACCES, SECCOMP_ONLY_UNIX, "the network is blocked", IS(0, AF_UNSPEC)),
    {.name = "socket", .verdict = SECCOMP_DENY_EACCES, .when = SECCOMP_NO_SOCKETS, .why = "the network is blocked"},
    TEST("socketpair", SECCOMP_DENY_EACCES, SECCOMP_NET_BLOCKED, "the network is blocked", DIFFERS(0, AF_UNIX)),
    /* SOCK_DGRAM and SOCK_RAW, which Unix sockets take for the same. */
    TEST("socketpair", SECCOMP_DENY_EACCES, SECCOMP_ALWAYS, "one end of a datagram pair can be connected to any Unix socket",
         BITS(1, 0xe, SOCK_DGRAM)),

    {.name = "truncate", .verdict = SECCOMP_DENY_EACCES, .when = SECCOMP_OLD_LANDLOCK, .why = "empties a file that may not be written"},
    OLD_TRUNCATE("open", 1, O_RDONLY),
    OLD_TRUNCATE("open", 1, O_ACCMODE),
    OLD_TRUNCATE("openat", 2, O_RDONLY),
    OLD_TRUNCATE("openat", 2, O_ACCMODE),
};
const size_t seccomp_n_rows = sizeof seccomp_rows / sizeof *seccomp_rows;

bool seccomp_row_applies(const struct seccomp_row *r, const struct seccomp_case *s)
{
    switch (r->when) {
    case SECCOMP_ALWAYS:
        return true;
    case SECCOMP_NET_OPEN:
        return s->network == CAPS_NET_OPEN;
    case SECCOMP_NET_BLOCKED:
        return s->network != CAPS_NET_OPEN;
    case SECCOMP_AT_LANDLOCK:
        return !s->full;
    case SECCOMP_AT_FULL:
        return s->full;
    case SECCOMP_NET_PORTS:
        return s->network == CAPS_NET_PORTS;
    case SECCOMP_NO_SOCKETS:
        return s->network == CAPS_NET_BLOCKED && !s->unix_sockets;
    case SECCOMP_ONLY_UNIX:
        return s->network == CAPS_NET_BLOCKED && s->unix_sockets;
    case SECCOMP_NO_UNIX:
        return s->network != CAPS_NET_BLOCKED && !s->unix_sockets;
    case SECCOMP_NO_LISTEN:
        return s->network == CAPS_NET_PORTS && !s->listens;
    case SECCOMP_SOME_SOCKETS:
        return s->network != CAPS_NET_BLOCKED;
    case SECCOMP_OLD_LANDLOCK:
        return s->old_landlock;
    }
    return true;
}

int seccomp_row_errno(const struct seccomp_row *r)
{
    switch (r->verdict) {
    case SECCOMP_DENY_EACCES:
        return EACCES;
    case SECCOMP_DENY_ENOSYS:
        return ENOSYS;
    case SECCOMP_DENY_EAFNOSUPPORT:
        return EAFNOSUPPORT;
    case SECCOMP_MARK:
        return KERNEL_MARK_ERRNO;
    case SECCOMP_DENY_EPERM:
        break;
    }
    return EPERM;
}
