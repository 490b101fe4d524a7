/* group: the named sets of grants and denies in data/groups.json. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/str.h"

enum group_platform { GROUP_ANY, GROUP_LINUX, GROUP_MACOS };
extern const char *const group_platform_names[]; /* "cross-platform", "linux", "macos" */

struct group {
    char *name, *description;
    enum group_platform platform;
    bool required; /* a profile cannot be without it */
    struct strlist read, write, readwrite; /* paths with variables, as in the file */
    struct strlist deny;                   /* the same */
    struct strlist commands;
    struct strlist guard;                  /* patterns: core/guard.h */
    struct strlist scratch;                /* paths as above: what changes there is not kept for rollback; grants nothing */
    bool unlink, unlink_override;
    struct strlist symlinks; /* macOS: "FROM", "TO", "FROM"… */
};

struct group_set {
    struct group *group; /* in the order of the file */
    size_t n, cap;
    bool is_static; /* the groups compiled in: shared, never released */
};

/* The groups compiled in. */
void group_set_load(struct group_set *ret);
/* The same from a text, strictly checked; `source` is what messages call it. */
MUST_CHECK int group_set_parse(const char *text, size_t len, const char *source, struct group_set *ret, struct err *e);
void group_set_release(struct group_set *s);
const struct group *group_set_find(const struct group_set *s, const char *name);
/* Sets ERR_MISSING "there is no group 'X'", with the nearest name where one is near. */
int group_set_unknown(const struct group_set *s, const char *name, struct err *e);
/* Name nearest to `name`, NULL when none is near. */
const char *group_set_nearest(const struct group_set *s, const char *name);
/* True when the group says anything about the system nono runs on. */
bool group_applies(const struct group *g);
