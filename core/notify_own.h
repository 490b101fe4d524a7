/* notify_own: what the parts of notify share. For them only. */
#pragma once

#include "core/notify.h"

/* Which calls are watched, as an entry that lets them go on. */
struct notify_entry notify_watched_entry(const struct notify_watched *w);
/* Closes what is held of callers. When no more calls are answered. */
void notify_forget_callers(void);
