/* shim: links to nono named after the programs it wraps, in data_dir/shims, for what child processes start. */
#pragma once

#include <stdbool.h>

#include "core/err.h"
#include "core/world.h"
#include "hooks/hook.h"

/* Makes the directory hold one link per program and no other link to nono. Idempotent; writes nothing when nothing changed.
 * ERR_INPUT when PATH cannot hold the directory. ERR_EXISTS when something that is not a link to nono has a program's name: it would run in nono's place. */
MUST_CHECK int shim_sync(const struct world *w, const struct hook_settings *s, struct err *e);
/* The program's name when this process was started through a shim, NULL otherwise; points into `started_as`. That is the file as execve(2) was
 * given it, from shim_started_as. A renamed nono is not a shim. */
const char *shim_name(const struct world *w, const char *started_as);
/* AT_EXECFN, getauxval(3): the kernel's word on which file was started. argv[0] is the caller's word: a bare name, with a PATH that may differ from
 * the one it was found on. */
const char *shim_started_as(void);
char *shim_dir(const struct world *w); /* caller owns */
