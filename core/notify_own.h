/* notify_own: what the parts of notify share. For them only. */
#pragma once

/* Closes what is held of callers. When no more calls are answered. */
void notify_forget_callers(void);
