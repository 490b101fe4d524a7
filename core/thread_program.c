/* thread_program: by the link of the thread in /proc. */
#include "core/thread_program.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/str.h"

void thread_program_name(pid_t tid, char ret[THREAD_PROGRAM_SIZE])
{
    char link[40];
    char file[STR_MAX_PATH];
    (void)snprintf(link, sizeof link, "/proc/%d/exe", (int)tid);
    ssize_t len = tid > 0 ? readlink(link, file, sizeof file - 1) : -1;
    file[len > 0 ? len : 0] = '\0';
    const char *slash = strrchr(file, '/');
    (void)snprintf(ret, THREAD_PROGRAM_SIZE, "%.*s", THREAD_PROGRAM_SIZE - 1, slash ? slash + 1 : "");
}
