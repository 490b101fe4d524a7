/* diagnose_signal: signals to processes outside, which Landlock or a PID namespace keeps inside. */
#include "core/diagnose_signal.h"

#include <limits.h>
#include <signal.h>

#include "core/denials.h"
#include "core/feature.h"
#include "core/proc_text.h"

/* All that is inside has a filter; of what has one, nobody can tell. */
static bool is_certainly_outside(pid_t pid)
{
    char status[PROC_TEXT_SIZE];
    unsigned long mode = 0;
    return proc_text_read(pid, "status", status) && proc_text_number(status, "\nSeccomp:", 0, 10, &mode) && mode == 0;
}

/* The numbers inside begin anew, and the caller has one of them: far above it, none was given yet. The last number of the line is the one inside. */
static bool was_never_inside(pid_t tid, pid_t pid)
{
    enum { FAR = 4096 };
    char status[PROC_TEXT_SIZE];
    unsigned long number = 0;
    unsigned n = 0;
    if (!proc_text_read(tid, "status", status))
        return false;
    for (unsigned long next; proc_text_number(status, "\nNSpid:", n, 10, &next); n++)
        number = next;
    return n > 0 && number + FAR < (unsigned long)pid;
}

void diagnose_signal(const struct caps *c, const struct trace_event *ev)
{
    bool own_numbers = c->level == CAPS_LEVEL_FULL && c->own_processes && !ev->is_here;
    pid_t to = ev->to < 0 && ev->to != INT_MIN ? -ev->to : ev->to;
    if (to <= 1 || (c->given_up & 1u << FEATURE_SIGNALS) || kill(ev->to, 0) < 0) /* another user's: not for the sandbox to deny */
        return;
    if (own_numbers ? was_never_inside(ev->tid, to) : is_certainly_outside(to))
        denials_add(DENIALS_CALL, DENIALS_BY_KERNEL, "kill", ev->tid);
}
