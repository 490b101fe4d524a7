/* pager: a long answer, a screen at a time. */
#pragma once

#include <stddef.h>

#include "core/cmd.h"
#include "core/err.h"

/* Shows the text with $PAGER, else less or more, and waits for it. Where the standard output is no terminal, or PAGER is empty or "cat", the
 * text is printed. Text from outside was made safe before. */
MUST_CHECK int pager_show(const struct cmd_context *ctx, const char *text, size_t len, struct err *e);
