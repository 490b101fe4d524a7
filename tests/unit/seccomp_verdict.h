/* seccomp_verdict: what the compiled filter says, in each case that it is compiled for. */
#pragma once

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdint.h>

#include "core/seccomp_filter.h"

#ifdef __x86_64__
enum { NATIVE = AUDIT_ARCH_X86_64 };
#else
enum { NATIVE = AUDIT_ARCH_AARCH64 };
#endif

enum { N_VARIANTS = 15, FIRST_OLD = 2, END_OLD = 6, FIRST_PORTS = 8, FIRST_LISTENS = 10, FIRST_UNIX = 12 };
extern const struct seccomp_case variants[N_VARIANTS];

/* Run by tests/unit/bpf.h; fails the test where core's own interpreter, or the program in front of a filter of core/notify, says something else. */
uint32_t seccomp_verdict(const struct seccomp_case *v, uint32_t arch, int nr, const uint64_t arg[6]);
