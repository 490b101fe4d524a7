/* proc_text: read at once, and looked for by lines. */
#include "core/proc_text.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"

enum { NAME_LENGTH = 64 };

bool proc_text_read(pid_t tid, const char *file, char ret[PROC_TEXT_SIZE])
{
    char path[NAME_LENGTH];
    ret[0] = '\0';
    if (snprintf(path, sizeof path, "/proc/%d/%s", (int)tid, file) >= (int)sizeof path)
        return false;
    AUTO(mem_close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, ret, PROC_TEXT_SIZE - 1);
    ret[n > 0 ? n : 0] = '\0';
    return n > 0;
}

bool proc_text_number(const char *text, const char *line, unsigned index, int base, unsigned long *ret)
{
    const char *at = strstr(text, line);
    char *end = NULL;
    if (!at)
        return false;
    at += strlen(line);
    for (unsigned i = 0; i <= index; i++, at = end) {
        *ret = strtoul(at, &end, base);
        if (end == at)
            return false;
    }
    return true;
}
