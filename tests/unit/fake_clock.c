/* fake_clock: what the clocks of this process say. */
#include "tests/unit/fake_clock.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CLOCKS = 16, MS_PER_S = 1000, NS_PER_MS = 1000 * 1000, NS_PER_S = 1000 * 1000 * 1000 };

static struct timespec began[MAX_CLOCKS];
static bool has_begun[MAX_CLOCKS];
static long advanced_ms;

void fake_clock_stop(void)
{
    struct timespec ignored;
    for (clockid_t which = 0; which < MAX_CLOCKS; which++)
        (void)clock_gettime(which, &ignored);
}

void fake_clock_advance(long ms)
{
    advanced_ms += ms;
}

int clock_gettime(clockid_t which, struct timespec *ret)
{
    if (which < 0 || which >= MAX_CLOCKS)
        return (int)syscall(SYS_clock_gettime, which, ret);
    if (!has_begun[which] && syscall(SYS_clock_gettime, which, &began[which]) < 0)
        return -1;
    has_begun[which] = true;
    int64_t ns = began[which].tv_nsec + (int64_t)(advanced_ms % MS_PER_S) * NS_PER_MS;
    ret->tv_sec = began[which].tv_sec + advanced_ms / MS_PER_S + (time_t)(ns / NS_PER_S);
    ret->tv_nsec = (long)(ns % NS_PER_S);
    return 0;
}
