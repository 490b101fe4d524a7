/* broker_nested: processes that have confined themselves further than nono did, and what they start: what the broker did for them would be done outside
 * of their own domain, which the kernel alone knows. Whose it is, it tells nobody. They are known by whom they descend from: what would hide that,
 * is refused. */
#include <errno.h>
#include <linux/prctl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "core/proc_text.h"
#include "rollback/broker_own.h"

enum { MAX_ANCESTORS = 256 };

/* When it was started, which tells it from a later one of its number; 0: it is gone. */
static unsigned long long start_of(pid_t pid)
{
    enum { AFTER_NAME = 20 };
    char text[PROC_TEXT_SIZE];
    const char *at = proc_text_read(pid, "stat", text) ? strrchr(text, ')') : NULL;
    for (int i = 0; at && i < AFTER_NAME; i++)
        at = strchr(at + 1, ' ');
    return at ? strtoull(at, NULL, 10) : 0;
}

static pid_t process_of(pid_t pid, const char *line)
{
    char text[PROC_TEXT_SIZE];
    unsigned long found = 0;
    return proc_text_read(pid, "status", text) && proc_text_number(text, line, 0, 10, &found) ? (pid_t)found : 0;
}

static bool is_listed(const struct broker *b, pid_t pid)
{
    for (size_t i = 0; i < b->n_nested; i++)
        if (b->nested[i].pid == pid && b->nested[i].start == start_of(pid))
            return true;
    return false;
}

/* One whose ancestors have ended may have been started by such a one. */
bool broker_is_nested(const struct broker *b, pid_t tid)
{
    if (!b->has_nested)
        return false;
    pid_t pid = process_of(tid, "\nTgid:");
    for (int i = 0; i < MAX_ANCESTORS && pid > 0; i++) {
        if (is_listed(b, pid))
            return true;
        if (pid == b->command)
            return false;
        pid = process_of(pid, "\nPPid:");
    }
    return true;
}

/* What those that are gone have started, has lost its ancestors. */
static void drop_gone(struct broker *b)
{
    size_t n = 0;
    for (size_t i = 0; i < b->n_nested; i++)
        if (start_of(b->nested[i].pid) == b->nested[i].start)
            b->nested[n++] = b->nested[i];
    b->n_nested = n;
}

/* landlock_restrict_self(2). Where there is no more room, all are taken for such ones: the last number is nobody's. */
static int op_confines_itself(struct broker *b, const struct notify_call *c, bool may_block)
{
    (void)may_block;
    if (b->has_reaper)
        return -EOPNOTSUPP;
    pid_t pid = process_of(c->tid, "\nTgid:");
    const struct broker_nested nested = {.pid = pid, .start = start_of(pid)};
    if (nested.start == 0)
        return -EPERM;
    drop_gone(b);
    b->has_nested = true;
    if (b->n_nested < BROKER_MAX_NESTED)
        b->nested[b->n_nested++] = nested;
    else
        b->command = -1;
    broker_forget_callers(b);
    return BROKER_PROCEED;
}

/* landlock_create_ruleset(2): as where there is no Landlock, which programs expect. */
static int op_would_confine_itself(struct broker *b, const struct notify_call *c, bool may_block)
{
    (void)c;
    (void)may_block;
    return b->has_reaper ? -EOPNOTSUPP : BROKER_PROCEED;
}

/* clone(2) of a sibling. */
static int op_starts_beside(struct broker *b, const struct notify_call *c, bool may_block)
{
    (void)may_block;
    return broker_is_nested(b, c->tid) ? -EPERM : BROKER_PROCEED;
}

/* prctl(2): gets the children of what ends below it, as if it had started them. What has confined itself may: they are its own. */
static int op_takes_orphans(struct broker *b, const struct notify_call *c, bool may_block)
{
    (void)may_block;
    if (c->arg[1] == 0 || broker_is_nested(b, c->tid))
        return BROKER_PROCEED;
    if (b->has_nested)
        return -EPERM;
    b->has_reaper = true;
    return BROKER_PROCEED;
}

const struct broker_row broker_nested_rows[] = {
    {.number = SYS_landlock_create_ruleset, .op = op_would_confine_itself},
    {.number = SYS_landlock_restrict_self, .op = op_confines_itself},
    {.number = SYS_clone, .when = NOTIFY_ANY_BIT, .value = CLONE_PARENT, .op = op_starts_beside},
    {.number = SYS_prctl, .when = NOTIFY_EQUAL, .value = PR_SET_CHILD_SUBREAPER, .op = op_takes_orphans},
    {0},
};
