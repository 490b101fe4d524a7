/* hook_change: what hook add and hook remove have in common. */
#pragma once

#include "core/cmd.h"

/* Changes hook.json for `program`, with `profile` or NULL, and makes the links anew. Returns the exit status. */
MUST_CHECK int hook_change_add(const struct cmd_context *ctx, const char *program, const char *profile, struct err *e);
MUST_CHECK int hook_change_remove(const struct cmd_context *ctx, const char *program, struct err *e);
