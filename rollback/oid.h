/* oid: the id of a git object (SHA-1, as libgit2 computes it, with collision detection). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { OID_SIZE = 20, OID_HEX = 40 };

struct oid {
    unsigned char byte[OID_SIZE];
};

bool oid_is_zero(const struct oid *o);
bool oid_equal(const struct oid *a, const struct oid *b);
int oid_compare(const struct oid *a, const struct oid *b);
void oid_to_hex(const struct oid *o, char ret[OID_HEX + 1]);
bool oid_from_hex(const char *hex, struct oid *ret); /* exactly 40 digits */
