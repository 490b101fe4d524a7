/* kernel: what this kernel can do, probed once into a struct that a test can fake. */
#pragma once

#include <stdbool.h>

#include "core/err.h"

struct kernel {
    int landlock_abi;   /* >= 1, or 0 when missing */
    int landlock_errno; /* why it is missing: ENOSYS, EOPNOTSUPP, EPERM… */
    bool seccomp;       /* seccomp filter mode works here */
    bool confined;      /* this process already runs inside a nono sandbox, by the kernel's word */
    char release[65];   /* uname -r */
};

void kernel_probe(struct kernel *ret);
/* ERR_KERNEL, telling a kernel without Landlock (ENOSYS) from one where it is switched off (EOPNOTSUPP) and from a
 * container that forbids it (EPERM), with what to do. */
MUST_CHECK int kernel_require(const struct kernel *k, struct err *e);
/* True inside a nono sandbox. Asked of the seccomp filter itself (it answers one reserved prctl(2) with a reserved errno): a process cannot
 * remove a filter, and no environment variable or file takes part. */
bool kernel_is_confined(void);
/* The same for a sandbox with namespaces (CAPS_LEVEL_FULL), whichever of those around this process it is. */
bool kernel_is_confined_fully(void);
/* "nono" and the number after it; ECONNREFUSED, which prctl(2) never returns. */
enum { KERNEL_MARK_PRCTL = 0x6e6f6e6f, KERNEL_MARK_FULL_PRCTL = 0x6e6f6e70, KERNEL_MARK_ERRNO = 111 };
