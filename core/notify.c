/* notify: what is registered, the filter made from it, and handing its listener over. */
#include "core/notify.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/notify_own.h"
#include "core/seccomp_filter.h"

#ifdef __x86_64__
enum { NATIVE = AUDIT_ARCH_X86_64 };
#elif defined __aarch64__
enum { NATIVE = AUDIT_ARCH_AARCH64 };
#else
#error "the low half of an argument is known for little-endian machines only"
#endif

/* Newer than the headers of Debian 12. */
enum { WAIT_KILLABLE = 1 << 5 };

int notify_add(struct notify *n, struct notify_entry entry, struct err *e)
{
    size_t at = 0;
    bool is_taken = false;
    for (; at < n->n && n->entry[at].number <= entry.number; at++) {
        const struct notify_entry *known = &n->entry[at];
        bool is_all = known->when == NOTIFY_ALWAYS || entry.when == NOTIFY_ALWAYS;
        is_taken |= known->number == entry.number && ((known->handle && entry.handle) || (is_all && (known->handle || entry.handle)));
    }
    if (n->n == NOTIFY_MAX_ENTRIES)
        return err_set(e, ERR_LIMIT, "more than %d system calls are to be answered", NOTIFY_MAX_ENTRIES);
    if (entry.number == SYS_sendmsg || is_taken)
        return err_set(e, ERR_EXISTS, "system call %d has a handler, or may have none", entry.number);
    memmove(&n->entry[at + 1], &n->entry[at], (n->n - at) * sizeof entry);
    n->entry[at] = entry;
    n->n++;
    return 0;
}

int notify_watch_some(struct notify *n, struct notify_watched which, notify_watcher *watch, const void *data, struct err *e)
{
    size_t at = 0;
    while (at < n->n_watched && n->watched[at].number < which.number)
        at++;
    bool hands_over = which.number == SYS_sendmsg && (which.arg != 2 || which.most == 0 || which.most >= NOTIFY_HANDING_FLAGS);
    if (hands_over || (n->watch && (n->watch != watch || n->watch_data != data)))
        return err_set(e, ERR_EXISTS, "system call %d is watched by another, or may not be", which.number);
    n->watch = watch;
    n->watch_data = data;
    if (at < n->n_watched && n->watched[at].number == which.number) {
        const struct notify_watched *w = &n->watched[at];
        if (w->arg != which.arg || w->least != which.least || w->most != which.most)
            n->watched[at].most = 0;
        return 0;
    }
    if (n->n_watched == NOTIFY_MAX_WATCHED)
        return err_set(e, ERR_LIMIT, "more than %d system calls are to be watched", NOTIFY_MAX_WATCHED);
    memmove(&n->watched[at + 1], &n->watched[at], (n->n_watched - at) * sizeof which);
    n->watched[at] = which;
    n->n_watched++;
    return 0;
}

int notify_watch(struct notify *n, int number, notify_watcher *watch, const void *data, struct err *e)
{
    return notify_watch_some(n, (struct notify_watched){.number = number}, watch, data, e);
}

bool notify_entry_fits(const struct notify_entry *entry, const uint64_t arg[6])
{
    uint32_t low = (uint32_t)arg[entry->arg];
    if (entry->when == NOTIFY_BETWEEN)
        return low >= entry->value && low <= entry->most;
    return entry->when == NOTIFY_ALWAYS || (entry->when == NOTIFY_EQUAL ? low == entry->value : (low & entry->value) != 0);
}

struct program {
    struct sock_filter *insn;
    unsigned short len;
};

static void put(struct program *p, struct sock_filter insn)
{
    p->insn[p->len++] = insn;
}

static void put_statement(struct program *p, int code, uint32_t k)
{
    put(p, (struct sock_filter)BPF_STMT((uint16_t)code, k));
}

static void put_jump(struct program *p, int code, uint32_t k, uint8_t yes, uint8_t no)
{
    put(p, (struct sock_filter)BPF_JUMP((uint16_t)(BPF_JMP | code | BPF_K), k, yes, no));
}

static uint32_t verdict_of(const struct notify_entry *e)
{
    return e->handle ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ERRNO | ((uint32_t)e->error & SECCOMP_RET_DATA);
}

/* Where the number is that of `e`. */
static void put_entry(struct program *p, const struct notify_entry *e)
{
    if (e->when != NOTIFY_ALWAYS) {
        put_statement(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, args) + e->arg * (uint32_t)sizeof(uint64_t));
        if (e->when == NOTIFY_BETWEEN) {
            put_jump(p, BPF_JGE, e->value, 0, 2);
            put_jump(p, BPF_JGT, e->most, 1, 0);
        } else {
            put_jump(p, e->when == NOTIFY_EQUAL ? BPF_JEQ : BPF_JSET, e->value, 0, 1);
        }
    }
    put_statement(p, BPF_RET | BPF_K, verdict_of(e));
}

/* What is answered or watched, by number. */
struct rows {
    struct notify_entry entry[NOTIFY_MAX_ENTRIES + NOTIFY_MAX_WATCHED];
    size_t n;
};

static void put_number(struct program *p, const struct rows *r, size_t low, size_t high)
{
    put_jump(p, BPF_JEQ, (uint32_t)r->entry[low].number, 1, 0);
    put_statement(p, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    for (size_t i = low; i < high; i++)
        put_entry(p, &r->entry[i]);
    put_statement(p, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
}

/* Where a number begins that is not the first in [low, high); high when there is one number only. */
static size_t middle_of(const struct rows *r, size_t low, size_t high)
{
    size_t at = low + (high - low) / 2;
    while (at > low && r->entry[at - 1].number == r->entry[at].number)
        at--;
    if (at > low)
        return at;
    while (at < high && r->entry[at].number == r->entry[low].number)
        at++;
    return at;
}

/* A binary search over [low, high), not empty. Its depth is the logarithm of their greatest number. NOLINTNEXTLINE(misc-no-recursion) */
static void put_search(struct program *p, const struct rows *r, size_t low, size_t high)
{
    size_t middle = middle_of(r, low, high);
    if (middle == high) {
        put_number(p, r, low, high);
        return;
    }
    put_jump(p, BPF_JGE, (uint32_t)r->entry[middle].number, 0, 1);
    unsigned short over = p->len;
    put_statement(p, BPF_JMP | BPF_JA, 0); /* as far as need be: a conditional jump reaches 255 */
    put_search(p, r, low, middle);
    p->insn[over].k = (uint32_t)(p->len - over - 1);
    put_search(p, r, middle, high);
}

static bool just_seen(const void *data, const struct notify_call *c, bool may_block, struct notify_answer *ret)
{
    (void)data;
    (void)c;
    (void)may_block;
    ret->proceed = true;
    return true;
}

struct notify_entry notify_watched_entry(const struct notify_watched *w)
{
    return (struct notify_entry){
        .number = w->number,
        .when = w->most ? NOTIFY_BETWEEN : NOTIFY_ALWAYS,
        .arg = w->arg,
        .value = w->least,
        .most = w->most,
        .handle = just_seen,
    };
}

/* What is watched whatever its arguments, is in the place of what is answered. */
static void merge(const struct notify *n, struct rows *ret)
{
    size_t w = 0;
    ret->n = 0;
    for (size_t i = 0; i < n->n || w < n->n_watched;) {
        const struct notify_watched *watched = w < n->n_watched && (i == n->n || n->watched[w].number <= n->entry[i].number) ? &n->watched[w] : NULL;
        int number = watched ? watched->number : n->entry[i].number;
        for (; i < n->n && n->entry[i].number == number; i++)
            if (!watched || watched->most || !n->entry[i].handle)
                ret->entry[ret->n++] = n->entry[i];
        if (!watched)
            continue;
        ret->entry[ret->n++] = notify_watched_entry(watched);
        w++;
    }
}

/* What the baseline lets through goes on behind it. */
static void put_baseline(struct program *p, const struct notify *n)
{
    for (unsigned short i = 0; i < n->n_baseline; i++) {
        struct sock_filter insn = n->baseline[i];
        bool is_verdict = BPF_CLASS(insn.code) == BPF_RET;
        if (is_verdict && insn.k == SECCOMP_RET_ALLOW)
            insn = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)(n->n_baseline - i - 1));
        else if (is_verdict && seccomp_filter_is_refusal(insn.k))
            insn.k = SECCOMP_RET_USER_NOTIF;
        put(p, insn);
    }
}

unsigned short notify_program(const struct notify *n, struct sock_filter *ret)
{
    struct rows rows;
    merge(n, &rows);
    struct program p = {.insn = ret};
    put_baseline(&p, n);
    put_statement(&p, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
    put_jump(&p, BPF_JEQ, NATIVE, 1, 0);
    put_statement(&p, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    put_statement(&p, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    if (n->unknown_from > 0) {
        put_jump(&p, BPF_JGE, (uint32_t)n->unknown_from, 0, 1);
        put_statement(&p, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
    }
    if (rows.n > 0)
        put_search(&p, &rows, 0, rows.n);
    else
        put_statement(&p, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    return p.len;
}

static int send_listener(int channel, int listener, struct err *e)
{
    char byte = NOTIFY_MESSAGE;
    struct iovec part = {&byte, 1};
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {.room = {0}};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof control.room};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof listener);
    memcpy(CMSG_DATA(header), &listener, sizeof listener);
    if (sendmsg(channel, &message, NOTIFY_HANDING_FLAGS) != 1)
        return err_sys(e, ERR_IO, errno, "cannot hand over the listener for system calls");
    return 0;
}

int notify_install(const struct notify *n, int channel, struct err *e)
{
    struct sock_filter insn[NOTIFY_MAX_INSNS];
    struct sock_fprog program = {.filter = insn};
    program.len = notify_program(n, insn);
    unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
    long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags | WAIT_KILLABLE, &program);
    if (fd < 0 && errno == EINVAL)
        fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    if (fd < 0 && errno == EBUSY)
        return err_set(e, ERR_BUSY, "nono has to answer or watch system calls here, and a program above it (another nono, a container runtime) does so "
                                    "already: the kernel allows one. Start nono outside of that, or let that grant it");
    AUTO(mem_close_fd) int listener = (int)fd;
    if (listener < 0)
        return err_sys(e, ERR_KERNEL, errno, "this policy needs nono to answer system calls, which this kernel or container does not let it do");
    return send_listener(channel, listener, e);
}
