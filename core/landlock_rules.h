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
    bool on_files;      /* may be given to a rule on something that is not a directory */
    unsigned access;    /* caps_access that includes it */
    const char *without; /* what is not held on a kernel that lacks it; said by -v and `setup` */
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
    struct landlock_rule *rule;
    size_t n_rules, cap_rules;
    struct strlist missing; /* rights of the table this ABI lacks: one line each */
};

/* Pure. Rules that another rule above them already covers are left out. ERR_KERNEL when the ABI cannot hold what the caps promise: a
 * missing right is never dropped in silence. `caps` must outlive the plan. */
MUST_CHECK int landlock_rules_plan(const struct caps *caps, int abi, struct landlock_plan *ret, struct err *e);
void landlock_plan_release(struct landlock_plan *p);
/* Irrevocable: creates the ruleset, opens every path (O_PATH|O_CLOEXEC), checks that it is still what was planned, adds the
 * rule, restricts the calling thread. no_new_privs must be set. A path that has gone meanwhile is skipped: it grants nothing. */
MUST_CHECK int landlock_rules_apply(const struct landlock_plan *p, int abi, struct err *e);
