/* unix_bound: whether anybody serves at the file of a Unix socket, without asking it. */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

/* False when no socket of this network namespace is bound to the file; true also when that cannot be told. */
bool unix_bound(const struct stat *st);
