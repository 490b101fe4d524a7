/* explain_proc: what of other processes stays closed. */
#include <string.h>

#include "core/path.h"
#include "policy/explain_parts.h"

/* proc(5): "governed by a ptrace access mode". */
static const char *const closed[] = {
    "auxv", "cwd", "environ", "exe", "fd", "fdinfo", "io", "map_files", "maps", "mem", "ns", "numa_maps", "pagemap", "personality", "root", "smaps",
    "smaps_rollup", "stack", "syscall",
};

static const char *skip_number(const char *text)
{
    size_t len = strspn(text, "0123456789");
    return len > 0 && text[len] == '/' ? text + len + 1 : NULL;
}

bool explain_is_isolated(const char *real)
{
    const char *rest = path_below(real, "/proc");
    rest = rest ? skip_number(rest) : NULL;
    if (rest && strncmp(rest, "task/", strlen("task/")) == 0)
        rest = skip_number(rest + strlen("task/"));
    size_t len = rest ? strcspn(rest, "/") : 0;
    for (size_t i = 0; rest && i < sizeof closed / sizeof *closed; i++)
        if (strlen(closed[i]) == len && memcmp(closed[i], rest, len) == 0)
            return true;
    return false;
}
