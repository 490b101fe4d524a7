/* odb_export: objects out of the segments into the loose files of a git repository. */
#pragma once

#include "core/err.h"
#include "rollback/odb.h"
#include "rollback/odb_segments.h"

/* `objects_dir` must exist. */
MUST_CHECK int odb_export_open(const char *objects_dir, struct odb_export **ret, struct err *e);
/* ERR_MISSING; ERR_CORRUPT when the content has another id. */
MUST_CHECK int odb_export_add(struct odb_segments *s, struct odb_export *x, const struct oid *id, struct err *e);
/* An object that is not in the store. */
MUST_CHECK int odb_export_put(struct odb_export *x, enum store_kind kind, const void *data, size_t len, struct oid *ret, struct err *e);
void odb_export_close(struct odb_export *x);
