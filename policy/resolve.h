/* resolve: a profile, its bases, its groups and the options of one run, resolved into caps. */
#pragma once

#include <stdbool.h>

#include "core/caps.h"
#include "core/err.h"
#include "core/str.h"
#include "core/world.h"

struct resolve_request {
    const struct world *world;
    const char *profile; /* a name, or a path (contains '/' or ends in ".json"); NULL: "default" */
    const char *workdir; /* clean, real; $WORKDIR */
    const char *program; /* the program the shell hook wraps (basename): gets what it needs to run at all; NULL outside the hook */
    const struct strlist *allow, *read, *write, *allow_file, *read_file, *write_file; /* as typed; any may be NULL */
    const struct strlist *override_deny;
    const struct strlist *allow_command, *block_command;
    bool block_net; /* --block-net */
    bool allow_net; /* --allow-net: gives up a host allow-list that the profile asks for */
};

/* Everything but the working directory: ret->workdir_access is what the profile asks for (0: nothing), no grant is made for
 * it yet. A grant given as an option must exist (ERR_MISSING); one of a profile that does not is a warning; one of a group is silent.
 * ERR_INPUT with file, line and pointer for a bad profile; ERR_MISSING for an unknown profile or group, naming the nearest; ERR_KERNEL
 * for what this version cannot hold (a host allow-list without the proxy). */
MUST_CHECK int resolve_caps(const struct resolve_request *r, struct caps *ret, struct err *e);
/* Adds the grant for the working directory. `asked_by` is "--allow-cwd", "workdir.access" or "prompt". */
void resolve_grant_workdir(struct caps *c, unsigned access, const char *asked_by);
/* Last step: adds the denies for nono's own state, settings and shims; applies override_deny (ERR_INPUT when no grant of a person
 * covers it); ERR_DENIED when an option or profile grants a path inside nono's own state. Call before overlap_split. */
MUST_CHECK int resolve_seal(const struct resolve_request *r, struct caps *c, struct err *e);
