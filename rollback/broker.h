/* broker: capture of what a command changes, by making each change for it. The command can write nothing itself (caps->brokered, Landlock);
 * what it asks for arrives over core/notify, is resolved once, judged where it lies, and done by rollback/mutate.h, which keeps what was there
 * before. What the broker does not know fails in the kernel: it cannot escape. reference: seccomp_unotify(2). */
#pragma once

#include <stdbool.h>

#include "core/caps.h"
#include "core/err.h"
#include "core/notify.h"
#include "core/str.h"
#include "rollback/kept.h"
#include "rollback/mutate.h"

/* Whether this kernel lets it work, asked without changing anything; a reason in `why` when not. Another program that answers the calls of this
 * process already is found only by notify_install. */
bool broker_works(int landlock_abi, struct str *why);
/* Registers the handlers. What `kept` does not have is not kept when it changes. What it points to, `caps`, as they are when the command starts, and `m`
 * outlive the command. One at a time in a process. ERR_LIMIT, ERR_EXISTS. */
MUST_CHECK int broker_register(const struct caps *caps, const struct kept *kept, struct mutate *m, struct notify *n, struct err *e);
/* Before the start: keeps what a descriptor that the command inherits, opened for writing, leads to, when `kept` has it. ERR_IO, ERR_LIMIT. */
MUST_CHECK int broker_secure(struct mutate *m, const struct kept *kept, int fd, struct err *e);
/* After the start: the first process. Until then, what confines itself further can change nothing. */
void broker_started(pid_t command);
/* After notify_stop, when nothing of the command is left: looks at what only shows then (rollback/broker_guard.h). Before the session is closed. */
void broker_settle(void);
/* After notify_stop: something may have been changed that is not kept. */
bool broker_has_unkept(void);
/* After notify_stop: the scratch trees in which something may have been changed, which is not kept. */
void broker_scratch(struct strlist *ret);
/* After notify_stop: gives up what was opened. */
void broker_release(void);
