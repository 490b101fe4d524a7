/* seccomp_filter: the baseline that closes what Landlock leaves open by design. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/caps.h"
#include "core/err.h"

enum seccomp_verdict { SECCOMP_DENY_EPERM, SECCOMP_DENY_EACCES, SECCOMP_DENY_ENOSYS, SECCOMP_MARK };

/* The table, for `setup`, the manual page and the tests: one row per system call or argument test. */
struct seccomp_row {
    const char *name; /* system call */
    int number;       /* when libseccomp does not know the name yet, else -1 */
    enum seccomp_verdict verdict;
    int arg;             /* -1: every call */
    uint64_t mask, value; /* the call matches when (args[arg] & mask) == value … */
    bool negate;          /* … or != value */
    bool only_blocked;    /* only when the network is blocked */
    const char *why;
};
extern const struct seccomp_row seccomp_rows[];
extern const size_t seccomp_n_rows;

struct sock_fprog;
/* The compiled program for this machine and network policy, made by libseccomp at build time. Points to static data. */
MUST_CHECK int seccomp_filter_program(enum caps_network network, struct sock_fprog *ret, struct err *e);
/* Irrevocable. no_new_privs must be set. */
MUST_CHECK int seccomp_filter_load(enum caps_network network, struct err *e);
