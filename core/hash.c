/* hash: FNV-1a. */
#include "core/hash.h"

#include <string.h>

uint64_t hash_add(uint64_t hash, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    return hash;
}

uint64_t hash_text(const char *text)
{
    return hash_add(HASH_START, text, strlen(text));
}
