/* rollback_autorun: the changes of sessions by which something is executed later, for whoever shows them or takes them back. */
#pragma once

#include "core/cmd.h"
#include "core/err.h"
#include "core/json.h"
#include "rollback/session.h"

/* Of one session; none while it runs. */
MUST_CHECK int rollback_autorun_find(const struct cmd_context *ctx, const struct session_record *r, struct autorun *ret, struct err *e);
/* Their absolute paths, each once, appended. */
void rollback_autorun_paths(const struct session_record *r, const struct autorun *a, struct strlist *ret);
/* "  runs later:  PATH (KIND)" of each, appended. */
void rollback_autorun_list(const struct autorun *a, struct str *out);
void rollback_autorun_json(const struct autorun *a, struct json_out *o);
