/* guide: how to write a profile, for a person. */
#pragma once

#include "core/str.h"

/* Markdown, at most 80 columns wide: data/guide.md, then every key from the table. Appended. */
void guide_write(struct str *out);
