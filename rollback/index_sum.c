#include "rollback/index_sum.h"

#include <endian.h>
#include <string.h>

/* An odd multiplier (2^64 / golden ratio): each step is a bijection of the state. */
#define SUM_FACTOR UINT64_C(0x9e3779b97f4a7c15)

static uint64_t sum_step(uint64_t state, uint64_t word)
{
    state = (state ^ word) * SUM_FACTOR;
    return state ^ (state >> 29);
}

uint64_t index_sum(const void *data, size_t len, uint64_t seed)
{
    const unsigned char *at = data;
    uint64_t state = sum_step(seed, len);
    for (; len >= 8; len -= 8, at += 8) {
        uint64_t word;
        memcpy(&word, at, sizeof(word));
        state = sum_step(state, le64toh(word));
    }
    uint64_t tail = 0;
    if (len > 0)
        memcpy(&tail, at, len);
    return sum_step(sum_step(state, le64toh(tail)), SUM_FACTOR);
}
