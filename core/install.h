/* install: where the parts of one installation lie, seen from any of its programs. */
#pragma once

#include "core/err.h"

#define INSTALL_MAIN "nono-main" /* the program linked with every library, when `nono` itself is not (core/whole.h) */

/* Path of the part `name` (a module, a program) that belongs to the program `exe`: beside nono-main; for a program in bin/, in lib/nono
 * of the same prefix, so that a whole prefix can be moved; else where this build was to be installed. A program in the build tree uses the
 * parts of that tree. Caller owns. */
char *install_part(const char *exe, const char *name);
/* The program that people and shims call, for the program `exe`. Caller owns. */
char *install_entry(const char *exe);
/* Whoever could write a part could as well have written the program: same owner or root, and not writable by everyone. ERR_MISSING when `part`
 * is not there, ERR_DENIED when it is not to be trusted. */
MUST_CHECK int install_check(const char *part, const char *exe, struct err *e);
/* The file of this process. ERR_KERNEL. */
MUST_CHECK int install_self(char **ret, struct err *e);
