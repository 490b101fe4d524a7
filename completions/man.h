/* man: the mdoc manual pages of the commands, from the same table: nono(1), and one for each command and each group of them. */
#pragma once

#include <stdbool.h>

#include "core/cmd.h"
#include "core/str.h"

/* Appends the path of each page: "" for the whole, "run", "rollback", "rollback list". */
void man_names(const struct cmd *const *table, const struct cmd_group *groups, struct strlist *ret);
/* The page of `path`, which starts with ".Dd"; false when there is none. */
bool man_page(const struct cmd *const *table, const struct cmd_group *groups, const char *path, const char *version, struct str *out);
