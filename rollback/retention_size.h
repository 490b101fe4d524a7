/* retention_size: what sessions take of the disk. For the retention files only. */
#pragma once

#include <stdint.h>

#include "core/err.h"
#include "rollback/retention_set.h"
#include "rollback/session.h"
#include "rollback/session_place.h"

/* Of the directory of a session: its record, journal and stash, wherever the stash lies. Names that others share do not count. */
uint64_t retention_size_of_directory(const struct session_place *p, const char *id);
/* Bytes of the objects that a session needs and `counted` has not got yet; they are added to it. */
MUST_CHECK int retention_size_of_objects(struct store *s, const struct session_record *r, struct retention_set *counted, uint64_t *ret, struct err *e);
