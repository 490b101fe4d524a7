/* column: how wide text stands on a terminal. The text is what quote_term makes: whole UTF-8, no control characters, no escape sequences. */
#pragma once

#include <stddef.h>

#include "core/str.h"

size_t column_width(const char *text, size_t len);
/* Bytes of the longest beginning that is at most `columns` wide; a character is not cut, nor parted from marks that stand on it. */
size_t column_fit(const char *text, size_t len, size_t columns);
/* Fills what was appended since `start` with blanks up to `columns`. */
void column_pad(struct str *out, size_t start, size_t columns);
/* Appends the text, shortened to `columns` (at least 3) with "..." at its end when it is wider. */
void column_cut(struct str *out, const char *text, size_t len, size_t columns);
