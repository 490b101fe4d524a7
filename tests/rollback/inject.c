/* inject: runs a program and ends it, or makes the disk full, at its n-th change of the disk.
 *
 *   inject count FILE COMMAND...     writes to FILE how many changes there were
 *   inject kill N COMMAND...         SIGKILL in the place of change N
 *   inject full N COMMAND...         change N fails with ENOSPC
 *   inject full-from N COMMAND...    from change N on, all that needs room fails with ENOSPC
 *
 * Threads of the program count together, its children do not count. The exit status is the program's; 125 when it was killed here, 126 when it
 * made fewer changes. Elsewhere than on x86-64, or where ptrace(2) is not allowed, 77. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SYS_FCHMODAT2 = 452 }; /* newer than the headers of Debian 12 */
enum { STATUS_KILLED = 125, STATUS_TOO_FEW = 126, STATUS_SKIP = 77, MAX_THREADS = 64 };

#ifdef __x86_64__

struct call {
    long number;
    bool needs_room;
};
static const struct call calls[] = {
    {SYS_write, true},       {SYS_pwrite64, true},      {SYS_writev, true},     {SYS_pwritev, true},      {SYS_ftruncate, true},   {SYS_fallocate, true},
    {SYS_openat, true},      {SYS_open, true},          {SYS_creat, true},      {SYS_mkdir, true},        {SYS_mkdirat, true},     {SYS_symlink, true},
    {SYS_symlinkat, true},   {SYS_link, true},          {SYS_linkat, true},     {SYS_mknod, true},        {SYS_mknodat, true},     {SYS_setxattr, true},
    {SYS_lsetxattr, true},   {SYS_fsetxattr, true},     {SYS_sendfile, true},   {SYS_copy_file_range, true}, {SYS_fsync, true},    {SYS_fdatasync, true},
    {SYS_rename, false},     {SYS_renameat, false},     {SYS_renameat2, false}, {SYS_unlink, false},      {SYS_unlinkat, false},   {SYS_rmdir, false},
    {SYS_chmod, false},      {SYS_fchmod, false},       {SYS_fchmodat, false},  {SYS_chown, false},       {SYS_fchown, false},     {SYS_lchown, false},
    {SYS_fchownat, false},   {SYS_utimensat, false},    {SYS_removexattr, false}, {SYS_lremovexattr, false}, {SYS_fremovexattr, false}, {SYS_syncfs, false},
    {SYS_FCHMODAT2, false},
};
enum { N_CALLS = sizeof(calls) / sizeof(calls[0]) };

struct run {
    enum { COUNT, KILL, FULL, FULL_FROM } what;
    unsigned long nth, seen;
    pid_t thread[MAX_THREADS]; /* of the program itself */
    size_t n;
};

static void start(char **command)
{
    struct sock_filter filter[N_CALLS + 3];
    const struct sock_fprog program = {.len = N_CALLS + 3, .filter = filter};
    filter[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (unsigned i = 0; i < N_CALLS; i++)
        filter[1 + i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i].number, (unsigned char)(N_CALLS - i), 0);
    filter[1 + N_CALLS] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    filter[2 + N_CALLS] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 || raise(SIGSTOP) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
        _exit(STATUS_SKIP);
    (void)execvp(command[0], command);
    _exit(127);
}

static bool is_ours(const struct run *r, pid_t pid)
{
    for (size_t i = 0; i < r->n; i++) {
        if (r->thread[i] == pid)
            return true;
    }
    return false;
}

/* Opening for reading and writing to the terminal change nothing. */
static const struct call *change_of(const struct user_regs_struct *regs)
{
    unsigned long long flags = regs->orig_rax == SYS_openat ? regs->rdx : regs->rsi;
    bool opens = regs->orig_rax == SYS_openat || regs->orig_rax == SYS_open;
    if (opens && (flags & (O_ACCMODE | O_CREAT | O_TRUNC)) == O_RDONLY)
        return NULL;
    if ((regs->orig_rax == SYS_write || regs->orig_rax == SYS_writev) && regs->rdi <= STDERR_FILENO)
        return NULL;
    for (size_t i = 0; i < N_CALLS; i++) {
        if ((unsigned long long)calls[i].number == regs->orig_rax)
            return &calls[i];
    }
    return NULL;
}

/* True when everything is over. */
static bool at_call(struct run *r, pid_t pid)
{
    struct user_regs_struct regs;
    if (!is_ours(r, pid) || ptrace(PTRACE_GETREGS, pid, NULL, &regs) < 0)
        return false;
    const struct call *c = change_of(&regs);
    if (!c)
        return false;
    r->seen++;
    if (r->what == KILL && r->seen == r->nth) {
        (void)kill(r->thread[0], SIGKILL);
        return true;
    }
    if ((r->what == FULL && r->seen == r->nth) || (r->what == FULL_FROM && r->seen >= r->nth && c->needs_room)) {
        regs.orig_rax = (unsigned long long)-1;
        regs.rax = (unsigned long long)-ENOSPC;
        (void)ptrace(PTRACE_SETREGS, pid, NULL, &regs);
    }
    return false;
}

static int follow(struct run *r, pid_t program)
{
    int status = 0;
    bool killed = false;
    for (;;) {
        pid_t pid = waitpid(-1, &status, __WALL);
        if (pid < 0)
            return STATUS_SKIP;
        if (!WIFSTOPPED(status)) {
            if (pid == program)
                return killed ? STATUS_KILLED : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            continue;
        }
        int signal = WSTOPSIG(status);
        unsigned event = (unsigned)status >> 16;
        unsigned long message = 0;
        if (event == PTRACE_EVENT_SECCOMP)
            killed = at_call(r, pid) || killed;
        else if (event == PTRACE_EVENT_CLONE && is_ours(r, pid) && ptrace(PTRACE_GETEVENTMSG, pid, NULL, &message) == 0 && r->n < MAX_THREADS)
            r->thread[r->n++] = (pid_t)message;
        if (event != 0 || signal == SIGSTOP || signal == SIGTRAP)
            signal = 0;
        (void)ptrace(PTRACE_CONT, pid, NULL, signal);
    }
}

static int run(struct run *r, char **command)
{
    const long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_EXITKILL;
    int status = 0;
    pid_t pid = fork();
    if (pid == 0)
        start(command);
    if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) || ptrace(PTRACE_SETOPTIONS, pid, NULL, options) < 0)
        return STATUS_SKIP;
    r->thread[r->n++] = pid;
    (void)ptrace(PTRACE_CONT, pid, NULL, 0);
    return follow(r, pid);
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"count", "kill", "full", "full-from"};
    struct run r = {0};
    if (argc < 4)
        return 2;
    while (r.what < FULL_FROM && strcmp(argv[1], names[r.what]) != 0)
        r.what++;
    if (r.what != COUNT)
        r.nth = strtoul(argv[2], NULL, 10);
    int status = run(&r, argv + 3);
    FILE *f = r.what == COUNT ? fopen(argv[2], "we") : NULL;
    if (f) {
        (void)fprintf(f, "%lu\n", r.seen);
        (void)fclose(f);
    }
    return r.what != COUNT && r.seen < r.nth && status != STATUS_SKIP ? STATUS_TOO_FEW : status;
}

#else

int main(void)
{
    return STATUS_SKIP;
}

#endif
