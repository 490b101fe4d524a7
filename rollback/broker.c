/* broker: what is registered, and the turn that calls take. */
#include "rollback/broker.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/fscrypt.h>
#include <linux/fsverity.h>
#include <linux/msdos_fs.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/diagnose.h"
#include "core/mem.h"
#include "core/path.h"
#include "rollback/broker_guard.h"

/* Newer than the headers of Debian 12. */
enum { WAIT_KILLABLE = 1 << 5, SYS_FCHMODAT2 = 452, SYS_SETXATTRAT = 463, SYS_REMOVEXATTRAT = 466, SYS_FILE_SETATTR = 469, FIRST_UNKNOWN = 470 };

static struct broker broker = {.lock = PTHREAD_MUTEX_INITIALIZER, .view = -1};

/* What would change a thing through a descriptor that was opened to read, beside what the kernel is asked for by name. */
static const uint32_t refused_ioctls[] = {
    FS_IOC_SETFLAGS,
    FS_IOC32_SETFLAGS,
    FS_IOC_SETVERSION,
    FS_IOC32_SETVERSION,
    FS_IOC_FSSETXATTR,
    FS_IOC_ENABLE_VERITY,
    FS_IOC_SET_ENCRYPTION_POLICY,
    (uint32_t)FAT_IOCTL_SET_ATTRIBUTES,
    BTRFS_IOC_SNAP_CREATE,
    BTRFS_IOC_SNAP_CREATE_V2,
    BTRFS_IOC_SUBVOL_CREATE,
    BTRFS_IOC_SUBVOL_CREATE_V2,
    BTRFS_IOC_SNAP_DESTROY,
    BTRFS_IOC_SNAP_DESTROY_V2,
    BTRFS_IOC_SUBVOL_SETFLAGS,
    (uint32_t)BTRFS_IOC_SET_RECEIVED_SUBVOL,
    BTRFS_IOC_DEFRAG,
    BTRFS_IOC_DEFRAG_RANGE,
};

/* Programs fall back to what there is a handler for. */
static const int unknown_calls[] = {SYS_FCHMODAT2, SYS_SETXATTRAT, SYS_REMOVEXATTRAT, SYS_FILE_SETATTR};

static bool answer(const void *data, const struct notify_call *c, bool may_block, struct notify_answer *ret)
{
    const struct broker_row *row = data;
    (void)pthread_mutex_lock(&broker.lock);
    broker.is_denied = false;
    broker.turn++;
    int r = row->op(&broker, c, may_block);
    bool is_denied = broker.is_denied && (r == BROKER_PROCEED || r < 0);
    (void)pthread_mutex_unlock(&broker.lock);
    if (r == BROKER_BLOCKS)
        return false;
    if (is_denied)
        diagnose_call(broker.caps, c);
    *ret = (struct notify_answer){.proceed = r == BROKER_PROCEED, .is_sent = r == BROKER_SENT};
    if (r < 0)
        ret->error = -r;
    else if (!ret->proceed && !ret->is_sent)
        ret->value = r;
    return true;
}

static int add_rows(const struct broker_row *row, struct notify *n, struct err *e)
{
    int r = 0;
    for (; r == 0 && row->op; row++) {
        const struct notify_entry entry = {
            .number = row->number, .when = row->when, .arg = row->arg, .value = row->value, .handle = answer, .data = row};
        r = notify_add(n, entry, e);
    }
    return r;
}

static int add_refusals(struct notify *n, struct err *e)
{
    /* A process that cannot be dumped cannot be looked into either, and every one of its changes would fail. */
    int r = notify_add(n, (struct notify_entry){.number = SYS_prctl, .when = NOTIFY_EQUAL, .value = PR_SET_DUMPABLE}, e);
    for (size_t i = 0; r == 0 && i < sizeof refused_ioctls / sizeof *refused_ioctls; i++)
        r = notify_add(
            n, (struct notify_entry){.number = SYS_ioctl, .when = NOTIFY_EQUAL, .arg = 1, .value = refused_ioctls[i], .error = ENOTTY}, e);
    for (size_t i = 0; r == 0 && i < sizeof unknown_calls / sizeof *unknown_calls; i++)
        r = notify_add(n, (struct notify_entry){.number = unknown_calls[i], .error = ENOSYS}, e);
    n->unknown_from = FIRST_UNKNOWN;
    return r;
}

int broker_register(const struct caps *caps, const struct kept *kept, struct mutate *m, struct notify *n, struct err *e)
{
    const struct broker_row *const tables[] = {broker_open_rows, broker_name_rows, broker_meta_rows, broker_bind_rows, broker_caller_rows, broker_nested_rows};
    broker.caps = caps;
    broker.mutate = m;
    broker.last_dir = BROKER_DIRS;
    broker.kept = *kept;
    broker.scratch_used = 0;
    broker.has_unkept = false;
    broker_guise(&broker);
    broker_path_begin();
    int r = add_refusals(n, e);
    for (size_t i = 0; r == 0 && i < sizeof tables / sizeof *tables; i++)
        r = add_rows(tables[i], n, e);
    return r == 0 && geteuid() == 0 ? add_rows(broker_user_rows, n, e) : r;
}

int broker_secure(struct mutate *m, const struct kept *kept, int fd, struct err *e)
{
    char path[STR_MAX_PATH];
    struct stat st;
    bool is_gone = false;
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return 0;
    if (broker_path_of(fd, path, &is_gone) < 0 || is_gone || !path_is_clean(path) || !kept_has(kept, path))
        return 0;
    const struct mutate_object object = {.fd = fd, .path = path};
    int r = mutate_will_write(m, &object);
    return r < 0 ? err_sys(e, r == -EFBIG ? ERR_LIMIT : ERR_IO, -r, "cannot keep what is in the file that descriptor %d writes to", fd) : 0;
}

void broker_started(pid_t command)
{
    (void)pthread_mutex_lock(&broker.lock);
    if (broker.command == 0)
        broker.command = command;
    (void)pthread_mutex_unlock(&broker.lock);
}

void broker_settle(void)
{
    broker_guard_settle(&broker);
}

bool broker_has_unkept(void)
{
    return broker.has_unkept;
}

void broker_scratch(struct strlist *ret)
{
    const struct strlist *trees = broker.kept.scratch;
    for (size_t i = 0; broker.mutate && trees && i < trees->n && i < BROKER_MAX_SCRATCH; i++) {
        if (broker.scratch_used >> i & 1)
            strlist_add(ret, trees->item[i]);
    }
}

void broker_release(void)
{
    if (!broker.mutate)
        return;
    (void)umask(broker.own_mask);
    for (size_t i = 0; i < BROKER_DIRS; i++)
        if (broker.is_set[i]) {
            mem_close_fd(&broker.dir[i].fd);
            broker.is_set[i] = false;
        }
    mem_close_fd(&broker.view);
    broker_path_end();
    broker.mutate = NULL;
}

/* Apart, so that only this process has its large frame. */
static _Noreturn __attribute__((noinline)) void try_to_listen(void)
{
    struct notify none = {0};
    struct sock_filter insn[NOTIFY_MAX_INSNS];
    struct sock_fprog program = {.len = notify_program(&none, insn), .filter = insn};
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    _exit(fd < 0);
}

/* Only a filter that is there already can have a listener. */
static bool is_answered_by_another(void)
{
    if (prctl(PR_GET_SECCOMP) <= 0)
        return false;
    pid_t pid = fork();
    if (pid == 0)
        try_to_listen();
    int status = 0;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return pid < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

/* What Yama lets a process look into: its children with 1, none with 2 but for the capability, none at all with 3. */
static bool yama_forbids(void)
{
    char level = '0';
    AUTO(mem_close_fd) int fd = open("/proc/sys/kernel/yama/ptrace_scope", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, &level, 1) != 1)
        return false;
    return level >= '3' || (level == '2' && geteuid() != 0);
}

bool broker_works(int landlock_abi, struct str *why)
{
    enum { ABI_TRUNCATE = 3 };
    if (landlock_abi < ABI_TRUNCATE) {
        str_addf(why, "Landlock ABI %d of this kernel cannot hold files from being truncated", landlock_abi);
        return false;
    }
    /* Known flags lead to a bad address. */
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER | WAIT_KILLABLE, NULL) == 0 || errno != EFAULT)
        str_add(why, "this kernel or container does not let nono answer system calls without being interrupted");
    else if (yama_forbids())
        str_add(why, "kernel.yama.ptrace_scope does not let nono read the arguments of system calls");
    else if (is_answered_by_another())
        str_add(why, "a program above this one answers its system calls already");
    else
        return true;
    return false;
}
