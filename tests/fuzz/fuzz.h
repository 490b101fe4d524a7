/* fuzz: what a target and the driver agree on. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size); /* NOLINT(readability-identifier-naming): the fuzzer's name */

/* A property does not hold: the fuzzer wants a crash. */
#define FUZZ_CHECK(expr) \
    do { \
        if (!(expr)) \
            abort(); \
    } while (0)
