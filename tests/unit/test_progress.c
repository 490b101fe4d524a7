#include "core/progress.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/out.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/tap.h"

/* What `work` leaves on stderr. */
static const char *shown_by(void (*work)(struct progress *p), struct progress *p)
{
    static char text[4096];
    int fds[2];
    int saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
    CHECK(pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0 && dup2(fds[1], STDERR_FILENO) == STDERR_FILENO);
    work(p);
    CHECK(dup2(saved, STDERR_FILENO) == STDERR_FILENO);
    (void)close(fds[1]);
    (void)close(saved);
    ssize_t n = read(fds[0], text, sizeof(text) - 1);
    text[n > 0 ? n : 0] = '\0';
    (void)close(fds[0]);
    return text;
}

static void quick(struct progress *p)
{
    progress_start(p, "working", 10);
    for (uint64_t i = 1; i <= 10; i++)
        progress_step(p, i);
    progress_stop(p);
}

static void slow(struct progress *p)
{
    progress_start(p, "looking", 2);
    progress_step(p, 1);
    fake_clock_advance(550);
    progress_start(p, "working", 1000);
    for (uint64_t i = 1; i <= 1000; i++)
        progress_step(p, i);
    fake_clock_advance(120);
    progress_step(p, 2000);
    progress_start(p, "closing", 0);
    progress_stop(p);
}

TEST(quick_work_shows_nothing)
{
    struct progress p = {.is_shown = true};
    CHECK_STR(shown_by(quick, &p), "");
}

TEST(slow_work_is_one_line_that_goes)
{
    struct progress p = {.is_shown = true};
    CHECK_STR(shown_by(slow, &p), "\r\033[Kworking: 0 of 1000 (0 %)\r\033[Kworking: 1000 of 1000 (100 %)\r\033[Kclosing ...\r\033[K");
    CHECK_STR(shown_by(quick, &p), "");
}

TEST(nobody_watches)
{
    struct progress p = {0};
    CHECK_STR(shown_by(slow, &p), "");
    CHECK_STR(shown_by(quick, NULL), "");
}

TEST(silent)
{
    struct progress p = {.is_shown = true};
    const struct out_settings settings = {.silent = true};
    out_configure(&settings);
    CHECK_STR(shown_by(slow, &p), "");
}
