/* try: performs one operation by name, so that a test can say what a sandboxed program may do: try OPERATION [ARGUMENT...].
 * The status is 0 when it worked, else the errno value. Linked statically: it needs no grant but itself. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/prctl.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/kernel.h"
#include "tests/kernel/try.h"

/* EXDEV when this process lives in another namespace of that kind. */
static int in_namespace(char **a)
{
    char path[64] = "/proc/self/ns/";
    struct stat st;
    (void)strncat(path, a[0], 20);
    if (stat(path, &st) < 0)
        return errno;
    return st.st_ino == strtoull(a[1], NULL, 10) ? 0 : EXDEV;
}

static int execute(char **a)
{
    (void)execv(a[0], a);
    return errno;
}

/* Runs the rest as a grandchild would: in a process that nono did not start itself. */
static int in_child(char **a)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        (void)execv("/proc/self/exe", a - 1);
        _exit(127);
    }
    return waitpid(pid, &status, 0) < 0 ? errno : WEXITSTATUS(status);
}

static int read_fd(char **a)
{
    char byte;
    return status_of(read(number(a[0]), &byte, 1));
}

/* The name of something that belongs to the process that started nono. */
static int open_of_process(char **a)
{
    char path[256] = "/proc/";
    (void)strncat(path, a[0], 20);
    (void)strncat(path, a[1], 200);
    char *argument[] = {path};
    return try_open_read(argument);
}

static int trace_me(char **a)
{
    (void)a;
    return status_of(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int read_memory(char **a)
{
    char from = 1;
    char to = 0;
    struct iovec local = {&to, 1};
    struct iovec remote = {&from, 1};
    (void)a;
    return status_of(process_vm_readv(getpid(), &local, 1, &remote, 1, 0));
}

static int signal_process(char **a)
{
    return status_of(kill(number(a[0]), 0));
}

static int limit_process(char **a)
{
    struct rlimit64 old;
    return prlimit64(number(a[0]), RLIMIT_CORE, NULL, &old) < 0 ? errno : status_of(prlimit64(number(a[0]), RLIMIT_CORE, &old, NULL));
}

static int keyring(char **a)
{
    (void)a;
    return status_of(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1));
}

static int io_uring(char **a)
{
    char params[120] = {0};
    (void)a;
    return status_of(syscall(SYS_io_uring_setup, 1, params));
}

static int wait_for(long pid)
{
    if (pid == 0)
        _exit(0);
    return pid < 0 ? errno : status_of(waitpid((pid_t)pid, NULL, 0));
}

static int clone_namespace(char **a)
{
    (void)a;
    return wait_for(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
}

static int clone3_namespace(char **a)
{
    uint64_t args[8] = {[0] = CLONE_NEWUSER, [4] = SIGCHLD};
    (void)a;
    return wait_for(syscall(SYS_clone3, args, sizeof args));
}

static int unshare_namespace(char **a)
{
    (void)a;
    return status_of(unshare(CLONE_NEWUSER));
}

static int mount_something(char **a)
{
    return status_of(mount("none", a[0], "tmpfs", 0, NULL));
}

static int attach_memory(char **a)
{
    return status_of(shmget((key_t)number(a[0]), 1, 0));
}

static int shared_memory(char **a)
{
    (void)a;
    int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
    return id < 0 ? errno : status_of(shmctl(id, IPC_RMID, NULL));
}

static int message_queue(char **a)
{
    mqd_t queue = mq_open(a[0], O_CREAT | O_RDWR, 0600, NULL);
    return queue < 0 ? errno : status_of(mq_unlink(a[0]));
}

static int handle_of(char **a)
{
    struct file_handle *handle = calloc(1, sizeof *handle + MAX_HANDLE_SZ);
    int mount_id;
    handle->handle_bytes = MAX_HANDLE_SZ;
    return status_of(name_to_handle_at(AT_FDCWD, a[0], handle, &mount_id, 0));
}

static int copy_fd(char **a)
{
    (void)a;
    long pid = syscall(SYS_pidfd_open, getpid(), 0);
    return pid < 0 ? errno : status_of(syscall(SYS_pidfd_getfd, pid, STDERR_FILENO, 0));
}

/* A terminal of our own, since tests have none. The argument is added to the request: the kernel looks at its low half. */
static int type_in_terminal(char **a)
{
    char byte = 'x';
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        int master = posix_openpt(O_RDWR | O_NOCTTY);
        if (setsid() < 0 || master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
            _exit(errno);
        int slave = open(ptsname(master), O_RDWR | O_CLOEXEC); /* becomes the controlling terminal */
        _exit(slave < 0 ? errno : status_of(syscall(SYS_ioctl, slave, strtoul(a[0], NULL, 0) + TIOCSTI, &byte)));
    }
    return waitpid(pid, &status, 0) < 0 ? errno : WEXITSTATUS(status);
}

static int is_confined(char **a)
{
    (void)a;
    return prctl(KERNEL_MARK_PRCTL, 0, 0, 0, 0) < 0 && errno == KERNEL_MARK_ERRNO ? 0 : 1;
}

static int has_capability(char **a)
{
    int held = prctl(PR_CAPBSET_READ, number(a[0]), 0, 0, 0);
    return held < 0 ? errno : !held;
}

#ifdef __x86_64__
/* getpid by the door of 32-bit programs. */
static int foreign_call(char **a)
{
    long result;
    (void)a;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
    return result > 0 ? 0 : (int)-result;
}
#endif

static int sleep_on(char **a)
{
    (void)a;
    (void)sleep(60);
    return 0;
}

static int kill_self(char **a)
{
    return status_of(raise(number(a[0])));
}

static int leave(char **a)
{
    return number(a[0]);
}

static int same_directory(char **a)
{
    char cwd[4096];
    return getcwd(cwd, sizeof cwd) && strcmp(cwd, a[0]) == 0 ? 0 : 1;
}

/* A process that nobody waits for, for so many seconds. */
static int leave_behind(char **a)
{
    pid_t pid = fork();
    if (pid == 0) {
        (void)sleep((unsigned)number(a[0]));
        _exit(0);
    }
    return status_of(pid);
}

static const struct {
    const char *name;
    operation *run;
    int n_arguments;
} operations[] = {
    {"open-read", try_open_read, 1},
    {"open-write", try_open_write, 1},
    {"open-truncate", try_open_truncate, 1},
    {"truncate", try_truncate_name, 1},
    {"create", try_create, 1},
    {"tmpfile", try_temporary, 1},
    {"list", try_list, 1},
    {"mkdir", try_make_directory, 1},
    {"rmdir", try_remove_directory, 1},
    {"unlink", try_remove_file, 1},
    {"rename", try_rename_to, 2},
    {"link", try_link_to, 2},
    {"symlink", try_symlink_to, 2},
    {"mkfifo", try_make_fifo, 1},
    {"mknod", try_make_device, 1},
    {"chmod", try_change_mode, 2},
    {"create-mode", try_create_with_mode, 2},
    {"chown", try_change_owner, 1},
    {"chown-self", try_keep_owner, 1},
    {"utime", try_change_times, 1},
    {"setxattr", try_set_attribute, 1},
    {"chmod-at", try_change_mode_of_fd, 2},
    {"namespace", in_namespace, 2},
    {"exec", execute, 1},
    {"in-child", in_child, 1},
    {"read-fd", read_fd, 1},
    {"open-of-process", open_of_process, 2},
    {"connect-tcp", try_connect_tcp, 1},
    {"connect-mapped", try_connect_mapped, 1},
    {"fast-open", try_fast_open, 1},
    {"fast-open-message", try_fast_open_message, 2},
    {"listen-unbound", try_listen_unbound, 0},
    {"listen-autobound", try_listen_autobound, 1},
    {"listen-bad", try_listen_bad, 0},
    {"upper-protocol", try_upper_protocol, 1},
    {"bind-tcp", try_bind_tcp, 1},
    {"socket-protocol", try_socket_with_protocol, 3},
    {"connect-unix", try_connect_unix, 1},
    {"talk-unix", try_talk_unix, 3},
    {"connect-as", try_connect_as, 2},
    {"bind-unix", try_bind_unix, 1},
    {"own-unix", try_own_unix, 3},
    {"replaced-unix", try_replaced_unix, 2},
    {"turned-unix", try_turned_unix, 3},
    {"wait-unix", try_wait_unix, 2},
    {"many-unix", try_many_unix, 1},
    {"own-as", try_own_as, 2},
    {"own-abstract", try_own_abstract, 1},
    {"mix-unix", try_mix_unix, 3},
    {"connect-bad", try_connect_bad, 1},
    {"flip-unix", try_flip_unix, 2},
    {"crowd-unix", try_crowd_unix, 2},
    {"socket", try_socket_of, 2},
    {"socketpair", try_pair_of, 1},
    {"ptrace", trace_me, 0},
    {"process-vm-readv", read_memory, 0},
    {"signal", signal_process, 1},
    {"prlimit", limit_process, 1},
    {"keyctl", keyring, 0},
    {"io-uring", io_uring, 0},
    {"clone-newuser", clone_namespace, 0},
    {"clone3", clone3_namespace, 0},
    {"unshare", unshare_namespace, 0},
    {"mount", mount_something, 1},
    {"shmget", shared_memory, 0},
    {"shm-attach", attach_memory, 1},
    {"mq-open", message_queue, 1},
    {"handle", handle_of, 1},
    {"pidfd-getfd", copy_fd, 0},
    {"tiocsti", type_in_terminal, 1},
    {"terminal-read", try_terminal_read, 1},
    {"terminal", try_terminal_both, 1},
    {"own-terminal", try_own_terminal, 0},
    {"named-terminal", try_named_terminal, 1},
    {"confined", is_confined, 0},
    {"capability", has_capability, 1},
#ifdef __x86_64__
    {"int80", foreign_call, 0},
#endif
    {"storm", try_storm, 1},
    {"sleep", sleep_on, 0},
    {"leave-behind", leave_behind, 1},
    {"raise", kill_self, 1},
    {"exit", leave, 1},
    {"cwd", same_directory, 1},
};

int main(int argc, char **argv)
{
    enum { UNKNOWN = 254, TOO_FEW = 253 };
    for (size_t i = 0; argc > 1 && i < sizeof operations / sizeof *operations; i++)
        if (strcmp(argv[1], operations[i].name) == 0)
            return argc - 2 < operations[i].n_arguments ? TOO_FEW : operations[i].run(argv + 2);
    return UNKNOWN;
}
