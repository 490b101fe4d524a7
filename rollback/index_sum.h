/* index_sum: a 64-bit sum that finds damage, not malice, in files of ours that no object id covers. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Every change within one aligned group of eight bytes changes the sum; other changes do but for one in 2^64. */
uint64_t index_sum(const void *data, size_t len, uint64_t seed);
