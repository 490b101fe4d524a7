/* progress: one line on a terminal about work that takes long, redrawn in place and gone when the work is over.
 *
 * Nothing is shown during the first half second. Every function takes NULL, for work that nobody watches. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool is_shown; /* stderr is a terminal that understands escape sequences */
    bool is_drawn;
    const char *what; /* "restoring"; NULL: nothing goes on */
    uint64_t done, total;
    int64_t began_ns, drawn_ns; /* of the clock that only goes forward */
};

/* Another piece of work, of `total` steps (0: not known), after what went before or as the first. `what` stays borrowed. */
void progress_start(struct progress *p, const char *what, uint64_t total);
/* `done` steps are behind us. */
void progress_step(struct progress *p, uint64_t done);
/* Takes the line away. Before anything else is printed; progress_start begins again. */
void progress_stop(struct progress *p);
