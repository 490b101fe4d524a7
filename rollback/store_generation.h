/* store_generation: a random number that names what the store holds; it changes before anything goes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"

/* False when there is none, or none that can be read. */
bool store_generation_read(int dirfd, uint64_t *ret);
/* Only while nobody else uses the store. */
MUST_CHECK int store_generation_renew(int dirfd, uint64_t *ret, struct err *e);
