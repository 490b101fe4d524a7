/* resolve_parts: what the files of resolve share; nobody else includes it. */
#pragma once

#include "core/caps.h"
#include "core/err.h"
#include "policy/group.h"
#include "policy/profile.h"
#include "policy/program.h"
#include "policy/real.h"
#include "policy/resolve.h"

struct resolving {
    const struct resolve_request *request;
    struct caps *caps;
    struct group_set groups;
    const struct group **in_force; /* of `groups` */
    size_t n_in_force;
    struct profile profile; /* borrowed */
    struct real_cache own_cache, *cache; /* the request's, or its own */
    struct program program; /* from resolve_program on */
};

/* What is wrong at `place`: the result, with the place in front, or 0 when problems are collected. `near` may be NULL. */
MUST_CHECK int resolve_fail(const struct resolving *s, const struct profile_place *place, const char *near, struct err *e);

/* resolve_paths.c. `path` is clean; consumes `origin`. */
void resolve_add_deny(struct real_cache *cache, struct caps *c, const char *path, struct caps_origin origin);
/* filesystem and policy.add_* of the profile. */
MUST_CHECK int resolve_profile_paths(struct resolving *s, struct err *e);
MUST_CHECK int resolve_option_paths(struct resolving *s, struct err *e);
/* A file or all below a directory. `path` is clean; consumes `origin`, which says what becomes of a path that does not exist. */
MUST_CHECK int resolve_add_grant(struct resolving *s, const char *path, unsigned access, struct caps_origin origin, struct err *e);
/* Of what changes below it nothing is kept. It need not exist: what is granted may be made later. */
void resolve_add_scratch(struct resolving *s, const char *path);
/* The programs of nono: a sandbox within the sandbox. */
MUST_CHECK int resolve_own_programs(struct resolving *s, struct err *e);
/* The paths of one group; grants only when `program` is given, which is then their origin. */
MUST_CHECK int resolve_group_paths(struct resolving *s, const struct group *g, const char *program, struct err *e);
/* Formatted, appended to the warnings. */
void resolve_warn(struct caps *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* resolve_program.c: what the wrapped program needs. After the denies are known. */
MUST_CHECK int resolve_program(struct resolving *s, struct err *e);
/* Where its settings may not be read: a copy without the secrets in them. After the overrides. */
MUST_CHECK int resolve_program_settings(struct resolving *s, struct err *e);

/* resolve_override.c: override_deny of the profile and of the options. After all grants of a person and all denies. */
MUST_CHECK int resolve_overrides(struct resolving *s, struct err *e);

/* resolve_network.c */
MUST_CHECK int resolve_network(struct resolving *s, struct err *e);

/* resolve_unix.c: the Unix sockets of the profile and of the options. */
MUST_CHECK int resolve_sockets(struct resolving *s, struct err *e);
/* When all grants and denies are known. ERR_DENIED for a directory that the command may write. */
MUST_CHECK int resolve_seal_sockets(struct caps *c, struct err *e);

/* resolve_guard.c: the patterns of profile and groups, and what they mean in the repositories that are there. */
MUST_CHECK int resolve_guards(struct resolving *s, struct err *e);

/* resolve_environment.c */
MUST_CHECK int resolve_environment(struct resolving *s, struct err *e);

/* resolve_command.c */
MUST_CHECK int resolve_commands(struct resolving *s, struct err *e);
