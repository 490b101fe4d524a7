/* man: the mdoc manual page, from the same table. */
#pragma once

#include "core/cmd.h"
#include "core/str.h"

void man_page(const struct cmd *const *table, const struct cmd_group *groups, const char *version, struct str *out);
