/* retention_set: a set of object ids. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "rollback/oid.h"

struct retention_set {
    struct oid *slot; /* the zero id is an empty slot */
    size_t n, size;
};

bool retention_set_add(struct retention_set *s, const struct oid *id); /* false when it was there */
bool retention_set_has(const struct retention_set *s, const struct oid *id);
void retention_set_release(struct retention_set *s);
