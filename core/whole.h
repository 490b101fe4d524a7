/* whole: nono is two programs of the same parts. `nono` is linked statically and without any library but the C library: most of what starting
 * a program costs is its dynamic linker. nono-main is linked with what needs libraries (the object store,
 * line editing), and `nono` becomes it when one of these is needed. Where the two are not built apart, `nono` is the whole program. */
#pragma once

#include "core/err.h"

/* The arguments to start again with; kept, not copied. Call once, before anything else here. */
void whole_remember(char **argv);
/* Returns 0 in the whole program. Otherwise becomes it, started anew with the same arguments and environment, or fails: ERR_MISSING, ERR_DENIED,
 * ERR_IO. Nothing may have been written, asked or changed before, since all of it happens again. */
MUST_CHECK int whole_become(struct err *e);
/* From here on nothing may happen again: whole_become fails in the static program (ERR_KERNEL). Before something begins that must not begin twice. */
void whole_stay(void);
