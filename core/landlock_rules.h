/* landlock_rules: the table of Landlock rights; a plan from caps (pure); applying it. The only user of linux/landlock.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/caps.h"
#include "core/err.h"
#include "core/kernel.h"
#include "core/str.h"

enum landlock_kind { LANDLOCK_FS, LANDLOCK_NET, LANDLOCK_SCOPE };

struct landlock_right { /* a row of the table; kernel source: include/uapi/linux/landlock.h */
    enum landlock_kind kind;
    uint64_t bit;
    int abi; /* first ABI that knows it, 1-7 */
    const char *name;
    bool on_files;          /* may be given to a rule on something that is not a directory */
    bool devices;           /* given to grants that reach /dev only */
    unsigned access;        /* caps_access that includes it; 0: never granted */
    enum caps_network when; /* OPEN: always handled; BLOCKED: only when the network is blocked, but for ports it may be */
    enum caps_port_use port; /* that includes it */
    const char *without;    /* what is not held, or what stops working, on a kernel that lacks it; said by -v and `setup` */
    bool held_blocked;      /* without it, blocking the network holds the same */
    bool held_brokered;     /* a broker lets no call go on that it is about: then not handled */
};
extern const struct landlock_right landlock_rights[];
extern const size_t landlock_n_rights;

struct landlock_rule {
    const char *path; /* borrowed from the caps */
    uint64_t rights;
    bool file_only;
};

struct landlock_plan {
    uint64_t handled_fs, handled_net, scoped;
    uint64_t of_files[CAPS_READWRITE + 1], of_devices[CAPS_READWRITE + 1]; /* what an access (enum caps_access) is, where no device is reached and where one is */
    struct landlock_rule *rule; /* sorted by path, what is above comes first */
    size_t n_rules, cap_rules;
    const struct caps_port *port; /* borrowed from the caps */
    size_t n_ports;
    const struct caps_object *barred; /* borrowed from the caps */
    size_t n_barred;
    bool standard; /* /dev/stdout and the like are granted: the files and terminals behind 0, 1 and 2 may be opened again as they are open */
    struct strlist missing; /* what is not held, or held more widely than asked for: one line each */
};

/* What it cannot hold at all, and CAPS_LEVEL_FULL does; one of `missing` below that level. */
extern const char landlock_no_metadata[];

/* 0 when there is no Landlock, and then the reason (an errno value). */
int landlock_rules_abi(int *ret_sys);
/* Pure. Rules that others above them already cover are left out. ERR_KERNEL without Landlock; a right that the ABI lacks is either held
 * by the seccomp filter (see seccomp_filter_load) or named in `missing`, never dropped in silence; for ports nothing else can hold it: ERR_KERNEL. `caps` must outlive the plan.
 * Names below /proc/self mean another object in every process; they become READ on /proc, where Landlock's own rule keeps
 * memory, environment and descriptors of processes outside closed. */
MUST_CHECK int landlock_rules_plan(const struct caps *caps, int abi, struct landlock_plan *ret, struct err *e);
void landlock_plan_release(struct landlock_plan *p);
/* Irrevocable: creates the ruleset, opens every path (O_PATH|O_CLOEXEC, no link anywhere in it), adds the rule, restricts the calling
 * thread. no_new_privs must be set. A path that has gone meanwhile is skipped: it grants nothing. ERR_KERNEL otherwise. */
MUST_CHECK int landlock_rules_apply(const struct landlock_plan *p, int abi, struct err *e);
