/* shim: links to nono named after the programs it wraps, in data_dir/shims, for what child processes start. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/world.h"
#include "hooks/hook.h"

/* The names that get a link, appended: the programs of the settings, and the versions of them that are found on PATH ("python3.11" for "python3"). PATH is
 * looked through only when a directory on it, or the list of programs, is not what it was the last time (or `again`); else the versions are
 * those that have a link. At most SHIM_VERSIONS_MAX versions of each directory. */
enum { SHIM_VERSIONS_MAX = 64 };
#define SHIM_SEEN ".nono-seen" /* in the directory of shims: what PATH looked like the last time */
MUST_CHECK int shim_names(const struct world *w, const struct hook_settings *s, bool again, struct strlist *ret, struct err *e);
/* The versions found in those directories of PATH that have changed since, appended; nothing is remembered of it. */
void shim_new_names(const struct world *w, const struct hook_settings *s, int64_t since_ns, struct strlist *ret);
/* Makes the directory hold one link per name and no other link to nono. Idempotent; writes nothing when nothing changed; *ret_changes, which may be NULL,
 * counts the links made and removed. ERR_INPUT when PATH cannot hold the directory. ERR_EXISTS when something that is not a link to nono has a program's
 * name: it would run in nono's place. */
MUST_CHECK int shim_sync(const struct world *w, const struct strlist *names, size_t *ret_changes, struct err *e);
/* The same, and no link is removed: another shell may have other directories on its PATH. */
MUST_CHECK int shim_add(const struct world *w, const struct strlist *names, size_t *ret_changes, struct err *e);
/* Removes the links, and the directory unless somebody else has put something into it. */
MUST_CHECK int shim_remove(const struct world *w, struct err *e);
/* The program's name when this process was started through a shim, NULL otherwise; points into `started_as`. That is the file as execve(2) was
 * given it, from shim_started_as: a link in the directory of shims, or in one that was made with another HOME. A renamed nono is not a shim. */
const char *shim_name(const struct world *w, const char *started_as);
/* AT_EXECFN, getauxval(3): the kernel's word on which file was started. argv[0] is the caller's word: a bare name, with a PATH that may differ from
 * the one it was found on. */
const char *shim_started_as(void);
char *shim_dir(const struct world *w); /* caller owns */
