/* seccomp_filter: loads the program that was compiled from the table at build time. */
#include "core/seccomp_filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/seccomp_program.h"

enum { ABI_TRUNCATE = 3 };

struct seccomp_case seccomp_case_of(const struct caps *c, int landlock_abi)
{
    struct seccomp_case s = {.network = c->network, .unix_sockets = c->n_sockets > 0 || c->own_sockets, .full = c->level == CAPS_LEVEL_FULL, .old_landlock = landlock_abi < ABI_TRUNCATE};
    for (size_t i = 0; i < c->n_ports; i++)
        s.listens |= c->port[i].use == CAPS_PORT_LISTEN;
    return s;
}

const struct sock_filter *seccomp_filter_program(const struct seccomp_case *s, unsigned short *ret_len)
{
    const struct seccomp_program *p = &seccomp_programs[seccomp_program_index(s)];
    *ret_len = p->len;
    return p->insn;
}

static uint32_t load(const struct seccomp_data *call, uint32_t offset)
{
    uint32_t word = 0;
    if (offset <= sizeof *call - sizeof word)
        memcpy(&word, (const char *)call + offset, sizeof word);
    return word;
}

static unsigned jump(const struct sock_filter *i, uint32_t a)
{
    switch (BPF_OP(i->code)) {
    case BPF_JEQ:
        return a == i->k ? i->jt : i->jf;
    case BPF_JGT:
        return a > i->k ? i->jt : i->jf;
    case BPF_JGE:
        return a >= i->k ? i->jt : i->jf;
    case BPF_JSET:
        return a & i->k ? i->jt : i->jf;
    default:
        return i->k; /* BPF_JA */
    }
}

/* The part of classic BPF that libseccomp and core/notify.c write. */
uint32_t seccomp_filter_verdict(const struct sock_filter *insn, unsigned short len, const struct seccomp_data *call)
{
    uint32_t a = 0;
    for (unsigned at = 0; at < len; at++) {
        const struct sock_filter *i = &insn[at];
        switch (BPF_CLASS(i->code)) {
        case BPF_LD:
            a = load(call, i->k);
            break;
        case BPF_ALU:
            a &= i->k;
            break;
        case BPF_JMP:
            at += jump(i, a);
            break;
        case BPF_RET:
            return i->k;
        default:
            return SECCOMP_RET_KILL_PROCESS;
        }
    }
    return SECCOMP_RET_KILL_PROCESS;
}

bool seccomp_filter_is_refusal(uint32_t verdict)
{
    uint32_t sys = verdict & SECCOMP_RET_DATA;
    return (verdict & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO && (sys == EPERM || sys == EACCES || sys == EAFNOSUPPORT);
}

const char *seccomp_filter_name(int number)
{
    for (size_t i = 0; i < seccomp_n_names; i++)
        if (seccomp_names[i].number == number)
            return seccomp_names[i].name;
    return NULL;
}

const char *seccomp_filter_why(const char *name)
{
    for (size_t i = 0; i < seccomp_n_rows; i++)
        if (strcmp(seccomp_rows[i].name, name) == 0 && seccomp_rows[i].verdict != SECCOMP_MARK)
            return seccomp_rows[i].why;
    return NULL;
}

static int load_program(const struct sock_filter *insn, unsigned short len, struct err *e)
{
    const struct sock_fprog program = {.len = len, .filter = (struct sock_filter *)(uintptr_t)insn}; /* the kernel only reads it */
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
        return err_sys(e, ERR_KERNEL, errno, "the seccomp filter does not take hold");
    return 0;
}

int seccomp_filter_load(const struct seccomp_case *s, struct err *e)
{
    unsigned short len = 0;
    const struct sock_filter *insn = seccomp_filter_program(s, &len);
    return load_program(insn, len, e);
}

int seccomp_filter_load_open(const struct seccomp_case *s, struct err *e)
{
    struct sock_filter open[BPF_MAXINSNS];
    unsigned short len = 0;
    const struct sock_filter *insn = seccomp_filter_program(s, &len);
    for (unsigned short i = 0; i < len; i++) {
        open[i] = insn[i];
        if (BPF_CLASS(insn[i].code) == BPF_RET && seccomp_filter_is_refusal(insn[i].k))
            open[i].k = SECCOMP_RET_ALLOW;
    }
    return load_program(open, len, e);
}
