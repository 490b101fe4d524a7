/* thread_program: what a thread runs, for those who tell what it did. Allocates nothing. */
#pragma once

#include <sys/types.h>

enum { THREAD_PROGRAM_SIZE = 32 }; /* a longer name is cut */
/* Base name of the file, "" when it is not known. `tid` may be 0: none is known. */
void thread_program_name(pid_t tid, char ret[THREAD_PROGRAM_SIZE]);
