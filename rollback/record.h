/* record: a session record as text (sessions/ID/session.json) and back, every field checked. */
#pragma once

#include <stddef.h>

#include "core/err.h"
#include "core/str.h"
#include "rollback/session.h"

enum { RECORD_VERSION = 1 };
MUST_CHECK int record_format(const struct session_record *r, struct str *out, struct err *e);
/* `name` is what messages call the text. ERR_CORRUPT. */
MUST_CHECK int record_parse(const char *text, size_t len, const char *name, struct session_record *ret, struct err *e);
