/* project_find: what the project commands have in common. */
#pragma once

#include "core/cmd.h"
#include "policy/project.h"

extern const struct cmd_operand project_operands[]; /* [DIR] */
/* The project of the directory that is named, or of the current one. ERR_MISSING when there is none, ERR_DENIED inside a sandbox. */
MUST_CHECK int project_find_named(const struct cmd_context *ctx, const struct strlist *operands, struct project *ret, struct err *e);
/* Its path, safe for a terminal; caller owns. */
char *project_shown(const struct cmd_context *ctx, const struct project *p);
