/* seccomp_program: what core/seccomp_gen.c writes and seccomp_filter.c loads. */
#pragma once

#include <linux/filter.h>
#include <stdbool.h>

struct seccomp_program {
    const struct sock_filter *insn;
    unsigned short len;
};

enum { SECCOMP_N_PROGRAMS = 8 };
extern const struct seccomp_program seccomp_programs[SECCOMP_N_PROGRAMS];

static inline unsigned seccomp_program_index(bool blocked, bool full, bool old_landlock)
{
    return (blocked ? 1u : 0u) | (full ? 2u : 0u) | (old_landlock ? 4u : 0u);
}
