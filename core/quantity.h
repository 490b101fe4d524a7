/* quantity: ages and sizes, as a person writes and reads them. */
#pragma once

#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

enum { QUANTITY_MAX_AGE_DAYS = 100 * 366 };
/* "30" and "30d" are days; also s, m, h, w. Nanoseconds. ERR_USAGE; `source` is what messages call it: "--older-than". */
MUST_CHECK int quantity_age(const char *text, const char *source, int64_t *ret_ns, struct err *e);
/* "500000", "500K", "20M", "1.5G", "2T": bytes; a letter is a power of 1024, and "B" or "iB" may follow it. At least 1. */
MUST_CHECK int quantity_size(const char *text, const char *source, uint64_t *ret, struct err *e);
/* The same, or "unlimited", which is UINT64_MAX. */
MUST_CHECK int quantity_limit(const char *text, const char *source, uint64_t *ret, struct err *e);
/* Appends "812 bytes", "12.0 KiB", "3.4 MiB". */
void quantity_add_size(struct str *out, uint64_t bytes);
