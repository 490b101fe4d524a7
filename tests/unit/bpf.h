/* bpf: runs a seccomp program in this process, as the kernel would. */
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>

/* The value the program returns, e.g. SECCOMP_RET_ALLOW. The test fails on an instruction that seccomp does not know, a jump out of the
 * program, or an end without a verdict. */
uint32_t bpf_run(const struct sock_filter *insn, unsigned short len, const struct seccomp_data *data);
