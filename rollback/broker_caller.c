/* broker_caller: creation mask and user of who calls, taken by the thread that acts. */
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/proc_text.h"
#include "rollback/broker_own.h"

/* The number of a thread may become another's; by then it was not seen for longer than this. */
enum { TRUSTED_NS = 100 * 1000 * 1000, MAX_GROUPS = 64 };

int64_t broker_now_ns(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void broker_forget_callers(struct broker *b)
{
    memset(b->caller, 0, sizeof b->caller);
    b->callers_differ = true;
}

static int read_caller(const struct broker *b, pid_t tid, struct broker_caller *ret)
{
    enum { FILE_SYSTEM = 3 };
    char status[PROC_TEXT_SIZE];
    unsigned long mask = 0, uid = 0, gid = 0;
    if (!proc_text_read(tid, "status", status) || !proc_text_number(status, "\nUmask:", 0, 8, &mask) || !proc_text_number(status, "\nUid:", FILE_SYSTEM, 10, &uid) ||
        !proc_text_number(status, "\nGid:", FILE_SYSTEM, 10, &gid))
        return -EACCES;
    *ret = (struct broker_caller){.tid = tid, .read_ns = broker_now_ns(), .umask = (mode_t)mask, .uid = (uid_t)uid, .gid = (gid_t)gid};
    ret->is_nested = broker_is_nested(b, tid);
    return 0;
}

static size_t groups_of(const char *status, gid_t ret[MAX_GROUPS])
{
    static const char line[] = "\nGroups:";
    const char *at = strstr(status, line);
    size_t n = 0;
    for (at = at ? at + sizeof line - 1 : ""; n < MAX_GROUPS; n++) {
        char *end = NULL;
        at += strspn(at, " \t");
        if (*at < '0' || *at > '9')
            break;
        ret[n] = (gid_t)strtoul(at, &end, 10);
        at = end;
    }
    return n;
}

/* For this thread alone: the C library would change the user of all. */
static int take_user(const struct broker_caller *c)
{
    char status[PROC_TEXT_SIZE];
    gid_t group[MAX_GROUPS];
    if (!proc_text_read(c->tid, "status", status))
        return -EACCES;
    size_t n = groups_of(status, group);
    if (syscall(SYS_setgroups, n, group) < 0)
        return -EACCES;
    (void)syscall(SYS_setfsgid, c->gid);
    (void)syscall(SYS_setfsuid, c->uid);
    return (uid_t)syscall(SYS_setfsuid, -1) == c->uid && (gid_t)syscall(SYS_setfsgid, -1) == c->gid ? 0 : -EACCES;
}

/* nono of root has powers that the command lost at its start, and what it does for the command must not use them; to look into the command's processes
 * takes one more. What is gone here is gone for this thread alone. */
static int drop_powers(const struct broker *b)
{
    static const unsigned kept[] = {CAP_CHOWN, CAP_FOWNER, CAP_FSETID, CAP_SETGID, CAP_SETUID, CAP_SYS_PTRACE};
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};
    uint32_t mask[_LINUX_CAPABILITY_U32S_3] = {0};
    if (syscall(SYS_capget, &header, data) < 0)
        return -EACCES;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        mask[CAP_TO_INDEX(kept[i])] |= CAP_TO_MASK(kept[i]);
    if (b->caps->n_masks == 0)
        mask[CAP_TO_INDEX(CAP_DAC_OVERRIDE)] |= CAP_TO_MASK(CAP_DAC_OVERRIDE);
    for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
        data[i].permitted &= mask[i];
        data[i].effective = data[i].permitted;
        data[i].inheritable = 0;
    }
    return syscall(SYS_capset, &header, data) < 0 ? -EACCES : 0;
}

static _Thread_local bool is_prepared, has_own_mask;

/* The thread gets a mask of its own where a container does not forbid it; else nono's is put back at the end. */
static int prepare_thread(const struct broker *b)
{
    if (is_prepared)
        return 0;
    if (b->own_uid == 0 && drop_powers(b) < 0)
        return -EACCES;
    has_own_mask = unshare(CLONE_FS) == 0;
    is_prepared = true;
    return 0;
}

static int look_up(struct broker *b, pid_t tid, struct broker_caller **ret)
{
    struct broker_caller *known = &b->caller[(unsigned)tid % BROKER_CALLERS];
    *ret = known;
    if (known->tid == tid && broker_now_ns() - known->read_ns < TRUSTED_NS)
        return 0;
    return read_caller(b, tid, known);
}

static void take_mask(mode_t mask)
{
    static _Thread_local bool is_known;
    static _Thread_local mode_t now;
    if (has_own_mask && is_known && now == mask)
        return;
    (void)umask(mask);
    now = mask;
    is_known = true;
}

int broker_become(struct broker *b, const struct notify_call *c)
{
    struct broker_caller *who = NULL;
    int r = prepare_thread(b);
    if (r < 0 || !b->callers_differ)
        return r;
    r = look_up(b, c->tid, &who);
    if (r < 0)
        return r;
    if (who->is_nested)
        return BROKER_PROCEED;
    take_mask(who->umask);
    b->acts_for = b->own_uid == 0 && (who->uid != 0 || who->gid != b->own_gid) ? who : NULL;
    return b->acts_for ? take_user(who) : 0;
}

static void take_own(void *data)
{
    struct broker *b = data;
    if (!b->acts_for)
        return;
    (void)syscall(SYS_setfsuid, b->own_uid);
    (void)syscall(SYS_setfsgid, b->own_gid);
}

static void take_caller(void *data)
{
    struct broker *b = data;
    if (!b->acts_for)
        return;
    (void)syscall(SYS_setfsgid, b->acts_for->gid);
    (void)syscall(SYS_setfsuid, b->acts_for->uid);
}

void broker_take_own(struct broker *b)
{
    take_own(b);
}

void broker_take_caller(struct broker *b)
{
    take_caller(b);
}

void broker_be_self(struct broker *b)
{
    take_own(b);
    if (b->acts_for)
        (void)syscall(SYS_setgroups, b->n_own_groups, b->own_group);
    b->acts_for = NULL;
}

void broker_guise(struct broker *b)
{
    b->own_mask = umask(0);
    (void)umask(b->own_mask);
    b->n_own_groups = getgroups(BROKER_MAX_GROUPS, b->own_group);
    b->own_uid = geteuid();
    b->own_gid = getegid();
    if (b->own_uid == 0)
        b->mutate->guise = (struct mutate_guise){.own = take_own, .caller = take_caller, .arg = b};
}

static int op_changes_caller(struct broker *b, const struct notify_call *c, bool may_block)
{
    (void)c;
    (void)may_block;
    broker_forget_callers(b);
    return BROKER_PROCEED;
}

const struct broker_row broker_caller_rows[] = {
    {.number = SYS_umask, .op = op_changes_caller},
    {0},
};

/* Only root's processes can become another user. */
const struct broker_row broker_user_rows[] = {
    {.number = SYS_setuid, .op = op_changes_caller},    {.number = SYS_setgid, .op = op_changes_caller},
    {.number = SYS_setreuid, .op = op_changes_caller},  {.number = SYS_setregid, .op = op_changes_caller},
    {.number = SYS_setresuid, .op = op_changes_caller}, {.number = SYS_setresgid, .op = op_changes_caller},
    {.number = SYS_setfsuid, .op = op_changes_caller},  {.number = SYS_setfsgid, .op = op_changes_caller},
    {.number = SYS_setgroups, .op = op_changes_caller}, {.number = SYS_capset, .op = op_changes_caller},
    {0},
};
