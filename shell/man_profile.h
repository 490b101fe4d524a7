/* man_profile: nono-profile(5), from the table of profile keys. */
#pragma once

#include "core/str.h"

void man_profile(const char *version, struct str *out);
