/* notify_own: what the parts of notify share. For them only. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "core/notify.h"

/* Which calls are watched, as an entry that lets them go on. */
struct notify_entry notify_watched_entry(const struct notify_watched *w);
/* All signals are blocked in it. Returns 0 or an errno value. */
MUST_CHECK int notify_make_thread(void *(*run)(void *), void *data, bool detached, pthread_t *ret);
/* Closes what is held of callers. When no more calls are answered. */
void notify_forget_callers(void);
