/* seccomp_filter: loads the program that was compiled from the table at build time. */
#include "core/seccomp_filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/seccomp_program.h"

enum { ABI_TRUNCATE = 3 };

struct seccomp_case seccomp_case_of(const struct caps *c, int landlock_abi)
{
    struct seccomp_case s = {.network = c->network, .unix_sockets = c->n_sockets > 0, .full = c->level == CAPS_LEVEL_FULL, .old_landlock = landlock_abi < ABI_TRUNCATE};
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

int seccomp_filter_load(const struct caps *c, int landlock_abi, struct err *e)
{
    struct sock_fprog program = {0};
    const struct seccomp_case which = seccomp_case_of(c, landlock_abi);
    const struct sock_filter *insn = seccomp_filter_program(&which, &program.len);
    program.filter = (struct sock_filter *)(uintptr_t)insn; /* the kernel only reads it */
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
        return err_sys(e, ERR_KERNEL, errno, "the seccomp filter does not take hold");
    return 0;
}
