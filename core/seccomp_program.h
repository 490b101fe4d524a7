/* seccomp_program: what core/seccomp_gen.c writes and seccomp_filter.c loads. */
#pragma once

#include <linux/filter.h>
#include <stdbool.h>

#include "core/seccomp_filter.h"

struct seccomp_program {
    const struct sock_filter *insn;
    unsigned short len;
};

enum { SECCOMP_N_PROGRAMS = 32 };
extern const struct seccomp_program seccomp_programs[SECCOMP_N_PROGRAMS];

/* The numbers of the system calls in seccomp_rows, each once. */
struct seccomp_name {
    int number;
    const char *name;
};
extern const struct seccomp_name seccomp_names[];
extern const size_t seccomp_n_names;

static inline unsigned seccomp_program_index(const struct seccomp_case *s)
{
    unsigned network = s->network == CAPS_NET_OPEN ? 0u : s->network == CAPS_NET_BLOCKED ? 1u : s->listens ? 3u : 2u;
    return network | (s->full ? 4u : 0u) | (s->old_landlock ? 8u : 0u) | (s->unix_sockets ? 16u : 0u);
}

static inline struct seccomp_case seccomp_program_case(unsigned index)
{
    static const enum caps_network networks[] = {CAPS_NET_OPEN, CAPS_NET_BLOCKED, CAPS_NET_PORTS, CAPS_NET_PORTS};
    return (struct seccomp_case){.network = networks[index & 3u], .listens = (index & 3u) == 3u, .full = index & 4u, .old_landlock = index & 8u, .unix_sockets = index & 16u};
}
