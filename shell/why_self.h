/* why_self: what holds for this process, by the kernel's word. No file takes part that a command could write. */
#pragma once

#include "core/err.h"
#include "core/world.h"
#include "shell/why_print.h"

/* Appends the answer, text or JSON. Without a question (q->what NULL): whether this is a sandbox. */
MUST_CHECK int why_self(const struct world *w, const struct why_question *q, enum why_op op, bool json, struct str *out, struct err *e);
