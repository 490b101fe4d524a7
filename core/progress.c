/* progress: the line and when it is drawn. */
#include "core/progress.h"

#include <inttypes.h>
#include <stddef.h>
#include <time.h>

#include "core/out.h"

#define MILLISECOND_NS INT64_C(1000000)

enum { PATIENCE_MS = 500, REDRAW_MS = 100 };

static int64_t now_ns(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void draw(struct progress *p, int64_t now)
{
    if (now - p->began_ns < PATIENCE_MS * MILLISECOND_NS || (p->is_drawn && now - p->drawn_ns < REDRAW_MS * MILLISECOND_NS))
        return;
    p->is_drawn = true;
    p->drawn_ns = now;
    if (p->total > 0)
        out_note("\r\033[K%s: %" PRIu64 " of %" PRIu64 " (%d %%)", p->what, p->done, p->total, (int)(100.0 * (double)p->done / (double)p->total));
    else if (p->done > 0)
        out_note("\r\033[K%s: %" PRIu64, p->what, p->done);
    else
        out_note("\r\033[K%s ...", p->what);
}

void progress_start(struct progress *p, const char *what, uint64_t total)
{
    if (!p || !p->is_shown)
        return;
    int64_t now = now_ns();
    if (!p->what)
        p->began_ns = now;
    p->what = what;
    p->total = total;
    p->done = 0;
    p->drawn_ns = 0; /* another text is not kept waiting */
    draw(p, now);
}

void progress_step(struct progress *p, uint64_t done)
{
    if (!p || !p->is_shown || !p->what)
        return;
    p->done = done < p->total || p->total == 0 ? done : p->total;
    draw(p, now_ns());
}

void progress_stop(struct progress *p)
{
    if (!p)
        return;
    if (p->is_drawn)
        out_note("\r\033[K");
    p->is_drawn = false;
    p->what = NULL;
}
