/* profile_change: what profile set, add and remove have in common. */
#pragma once

#include <stdbool.h>

#include "core/cmd.h"
#include "policy/profile_edit.h"

struct change_args {
    struct cmd_args_head head; /* operands: NAME KEY VALUE... */
    bool dry_run;
};
/* What the help of each of them ends with. */
#define PROFILE_CHANGE_PROMISE \
    "Everything else in the file stays as it is, remarks included. A change after which the profile would not work is refused, and the " \
    "file stays as it was."
extern const struct cmd_opt profile_change_opts[];
enum { PROFILE_CHANGE_OPTS = 1 };

/* Changes the file, unless the result is no profile that would work. Returns the exit status. */
MUST_CHECK int profile_change(const struct cmd_context *ctx, const struct change_args *args, enum profile_edit_verb verb, struct err *e);
