/* shim: links to nono named after the programs it wraps, in data_dir/shims, for what child processes start. */
#pragma once

#include <stdbool.h>

#include "core/err.h"
#include "core/world.h"
#include "hooks/hook.h"

/* Makes the directory hold one link per program and no other link to nono. Idempotent; writes nothing when nothing changed. */
MUST_CHECK int shim_sync(const struct world *w, const struct hook_settings *s, struct err *e);
/* The program's name when this process was started through a shim (argv[0] names a link inside the shim directory, or a bare name found there
 * on PATH), NULL otherwise. A renamed nono is not a shim. */
const char *shim_name(const struct world *w, const char *argv0);
char *shim_dir(const struct world *w); /* caller owns */
