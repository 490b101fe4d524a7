/* resolve: a profile, its bases, its groups and the options of one run, resolved into caps. */
#pragma once

#include <stdbool.h>

#include "core/caps.h"
#include "core/err.h"
#include "core/str.h"
#include "core/world.h"
#include "policy/extend.h"
#include "policy/real.h"

enum { RESOLVE_MAX_PATHS = 2048 }; /* that a profile and its bases may grant and deny */

struct resolve_request {
    const struct world *world;
    const char *profile; /* a name, or a path (contains '/' or ends in ".json"); NULL: "default" */
    const struct extend_draft *draft; /* instead of `profile`; NULL: none */
    const char *workdir; /* clean, real; $WORKDIR */
    const char *program; /* the program the shell hook wraps (basename): gets what it needs to run at all; NULL outside the hook */
    const struct strlist *allow, *read, *write, *allow_file, *read_file, *write_file; /* as typed; any may be NULL */
    const struct strlist *override_deny;
    const struct strlist *allow_command, *block_command;
    const struct strlist *env, *env_allow, *env_deny; /* --env NAME=VALUE, and names or patterns */
    const struct strlist *unix_socket; /* paths as typed; may be NULL */
    const struct strlist *open_port, *listen_port; /* numbers as typed; any may be NULL */
    const struct strlist *allow_degraded; /* names of promises to give up (core/feature.h); may be NULL */
    bool block_net; /* --block-net */
    bool allow_net; /* --allow-net: gives up whatever limit to the network the profile asks for */
    struct real_cache *cache; /* so that no step looks again at what another one saw; NULL: each step has its own */
    struct problems *problems; /* takes what is wrong with the profile, which is then left out; NULL: the first error is the result */
    bool look_only; /* makes no cache directory for `program`: somebody asks, and nothing is to be started */
};

/* Everything but the working directory: ret->workdir_access is what the profile asks for (0: nothing), no grant is made for
 * it yet. A grant given as an option must exist (ERR_MISSING); one of a profile that does not is a warning; one of a group is silent.
 * ERR_INPUT with file, line and pointer for a bad profile; ERR_MISSING for an unknown profile or group, naming the nearest; ERR_KERNEL
 * for what this version cannot hold (a host allow-list without the proxy).
 * A directory of Unix sockets that the command may write is refused by resolve_seal (ERR_DENIED): it could move any socket there.
 * Ports given as options block the rest of the network; those of a profile count where it blocks the network, and not beside block_net.
 *
 * Groups: those of the profile and its bases, else those of `default` (policy/extend.h); without the excluded ones; and every required one.
 * Paths are real, but for /proc/self and what means it (/dev/fd, /dev/stdout…): those are another object in every process, and are left
 * as paths below /proc/self.
 * override_deny gives back exactly what it names and a person granted (ERR_INPUT otherwise): a denied path, or a path inside one, whose
 * neighbours then stay denied. It is no word for everything below a path.
 * Looks, and changes nothing, but for one thing: caches of `program` that are not there are made (policy/program.h). */
MUST_CHECK int resolve_caps(const struct resolve_request *r, struct caps *ret, struct err *e);
/* Its two steps: the profile with its bases, and the caps of it. */
MUST_CHECK int resolve_read(const struct resolve_request *r, struct profile *ret, struct err *e);
MUST_CHECK int resolve_profile(const struct resolve_request *r, const struct profile *p, struct caps *ret, struct err *e);
/* Names of the groups that are in effect: without the excluded, with the required ones. */
MUST_CHECK int resolve_groups(const struct profile *p, struct strlist *ret, struct err *e);
/* Adds the grant for the working directory. `asked_by` is "--allow-cwd", "workdir.access" or "prompt". */
void resolve_grant_workdir(struct caps *c, unsigned access, const char *asked_by);
/* Last step: adds the denies for nono's own state, settings and shims, and for the copies of policy/cleaned.h, which nothing overrides; ERR_DENIED
 * when an option, a profile or the working directory grants a path inside them; all denies are added even then. Call before overlap_split. */
MUST_CHECK int resolve_seal(const struct resolve_request *r, struct caps *c, struct err *e);
/* What the command gets of the working directory without a question to anybody: what the profile says (resolve_caps), else read with
 * `allow_cwd`, else nothing. `ret_asked_by` is static. */
unsigned resolve_workdir_access(const struct caps *c, bool allow_cwd, const char **ret_asked_by);
/* The rest of the way from resolve_caps to what is enforced, but for overlap_split: grants `access` (0: none) to the working directory, then
 * resolve_seal. */
MUST_CHECK int resolve_finish(const struct resolve_request *r, struct caps *c, unsigned access, const char *asked_by, struct err *e);
