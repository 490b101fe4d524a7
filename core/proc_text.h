/* proc_text: the kernel's small files about a process, for those who answer or tell what it does. Allocates nothing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PROC_TEXT_SIZE = 4096 };
/* The beginning of a file of a thread, "status", terminated; `tid` in the numbers of this process. False when it cannot be read, or is empty: then "". */
bool proc_text_read(pid_t tid, const char *file, char ret[PROC_TEXT_SIZE]);
/* The number at `index`, from 0, of the line that begins with `line`: "\nUid:". No line that a process can write begins so. False when there is none. */
bool proc_text_number(const char *text, const char *line, unsigned index, int base, unsigned long *ret);
