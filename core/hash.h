/* hash: FNV-1a with 64 bits, by its published constants. Tells texts apart in a table, and names a file after one; nothing that somebody may want to
 * collide depends on it: whoever finds a name compares the whole text behind it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define HASH_START UINT64_C(0xcbf29ce484222325)
/* Of what `hash` is of, and these bytes behind it. Begins with HASH_START. */
uint64_t hash_add(uint64_t hash, const void *bytes, size_t len);
uint64_t hash_text(const char *text);
