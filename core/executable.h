/* executable: which other file the kernel opens to execute a file: the interpreter that its first line names, or its loader. Asks for no memory. */
#pragma once

#include "core/str.h"

enum { EXECUTABLE_HEAD = 256 }; /* what the kernel looks at, BINPRM_BUF_SIZE */

enum executable_kind { EXECUTABLE_ALONE, EXECUTABLE_SCRIPT, EXECUTABLE_LOADED };
struct executable {
    enum executable_kind kind;
    char next[STR_MAX_PATH];         /* the interpreter or the loader, as it is written there */
    char arguments[EXECUTABLE_HEAD]; /* of an interpreter: the rest of the line */
};
/* `fd` is open for reading. What is no script and no ELF file of 64 bits with a loader is alone. */
void executable_read(int fd, struct executable *ret);
