/* snapshot_meta: the records of one directory, as its blob "m" in the meta tree holds them. FORMAT.md has the table. */
#pragma once

#include "core/err.h"
#include "rollback/bytes.h"
#include "rollback/snapshot.h"

enum { SNAPSHOT_META_MAX_ENTRIES = 8 * 1024 * 1024 };

void snapshot_meta_encode(const struct snapshot_dir *d, struct bytes *out);
/* Content of files and links is zero in what it yields: the git tree holds it. ERR_CORRUPT. */
MUST_CHECK int snapshot_meta_decode(const void *data, size_t len, struct snapshot_dir *ret, struct err *e);
bool snapshot_name_is_valid(const char *name, size_t len);
