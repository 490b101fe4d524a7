/* json_scan: the grammar of JSON, checked byte by byte before cJSON sees the text, and positions in a text that passed.
 * Private to core/json*.c. */
#pragma once

#include <stddef.h>

#include "core/err.h"
#include "core/json.h"

enum { JSON_MAX_NUMBER = 63 }; /* characters; cJSON copies a number into 64 bytes */

/* Checks the text and writes to `ret` (len + 1 bytes) what cJSON shall read: comments and trailing commas are blanks, "\udc80" to
 * "\udcff" outside a pair are the byte they stand for. Line breaks stay where they are. ERR_INPUT "NAME:LINE: …", to the sink as well;
 * `name` is safe to print, and stands for that of the source. */
MUST_CHECK int json_scan(const struct json_source *source, const char *name, char *ret, struct err *e);
/* Behind the string whose opening quotation mark is at `at`, in a text that passed. */
const char *json_scan_string(const char *at);
/* Start of the n-th value (0: the root) in document order, in what json_scan wrote. */
const char *json_scan_value(const char *text, size_t n);
