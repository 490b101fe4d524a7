/* seccomp_filter: the baseline that closes what Landlock leaves open by design. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/caps.h"
#include "core/err.h"

enum seccomp_verdict { SECCOMP_DENY_EPERM, SECCOMP_DENY_EACCES, SECCOMP_DENY_ENOSYS, SECCOMP_DENY_EAFNOSUPPORT, SECCOMP_MARK };

enum seccomp_when {
    SECCOMP_ALWAYS,
    SECCOMP_NET_OPEN,
    SECCOMP_NET_BLOCKED, /* but for ports, it may be */
    SECCOMP_NET_PORTS,   /* TCP alone; which ports is for Landlock */
    SECCOMP_NO_SOCKETS,  /* blocked, and no ports */
    SECCOMP_NO_LISTEN,   /* ports, and none of them to listen on */
    SECCOMP_SOME_SOCKETS,
    SECCOMP_NO_UNIX,     /* some sockets, and none of the file system */
    SECCOMP_ONLY_UNIX,   /* blocked, but for those of the file system */
    SECCOMP_AT_LANDLOCK, /* CAPS_LEVEL_LANDLOCK: System V and POSIX message objects are those of the machine */
    SECCOMP_AT_FULL,
    SECCOMP_OLD_LANDLOCK, /* the kernel's Landlock has no right for truncating (ABI 1 and 2) */
};

enum seccomp_op {
    SECCOMP_NO_TEST = 0,
    SECCOMP_BITS,    /* (arg & mask) == value */
    SECCOMP_DIFFERS, /* arg != value, in all 64 bits */
    SECCOMP_ABOVE,   /* arg > value, in all 64 bits */
};
struct seccomp_test {
    enum seccomp_op op;
    unsigned arg; /* 0-5 */
    uint64_t mask, value;
};
enum { SECCOMP_N_TESTS = 2 };

/* The single truth: the filter is compiled from it, `setup`, the manual page and the tests read it. One row per system call and test. */
struct seccomp_row {
    const char *name; /* system call; one that this machine does not have is left out */
    int number;       /* for when libseccomp does not know the name yet; 0: it must */
    enum seccomp_verdict verdict;
    enum seccomp_when when;
    struct seccomp_test test[SECCOMP_N_TESTS]; /* the row matches when all hold */
    const char *why;
};
extern const struct seccomp_row seccomp_rows[];
extern const size_t seccomp_n_rows;

/* What a filter depends on. */
struct seccomp_case {
    enum caps_network network;
    bool listens; /* with CAPS_NET_PORTS: some of them are to listen on */
    bool unix_sockets; /* socket(2) lets AF_UNIX through: core/unix_sockets.h answers it */
    bool full, old_landlock;
};
struct seccomp_case seccomp_case_of(const struct caps *c, int landlock_abi);
bool seccomp_row_applies(const struct seccomp_row *r, const struct seccomp_case *s);
/* The errno value a matching call fails with. */
int seccomp_row_errno(const struct seccomp_row *r);

struct sock_filter;
/* The compiled program for this machine, made by core/seccomp_gen.c at build time. Static data. */
const struct sock_filter *seccomp_filter_program(const struct seccomp_case *s, unsigned short *ret_len);
struct seccomp_data;
/* What a program says to a call: an action and its data (SECCOMP_RET_*). Pure; for programs that seccomp(2) accepts. */
uint32_t seccomp_filter_verdict(const struct sock_filter *insn, unsigned short len, const struct seccomp_data *call);
/* A refusal of something real (EPERM, EACCES, EAFNOSUPPORT), which nono may give in the place of the kernel. Not so what does not exist here (ENOSYS), on which
 * programs fall back, and nono's marks. */
bool seccomp_filter_is_refusal(uint32_t verdict);
/* Name of a system call that a row is about; NULL for others. */
const char *seccomp_filter_name(int number);
/* Why the first row about it refuses it; NULL when there is none. */
const char *seccomp_filter_why(const char *name);
/* Irrevocable. no_new_privs must be set. ERR_KERNEL. */
MUST_CHECK int seccomp_filter_load(const struct seccomp_case *s, struct err *e);
/* The same without its refusals: those are left to a filter that follows it (core/notify.h). */
MUST_CHECK int seccomp_filter_load_open(const struct seccomp_case *s, struct err *e);
