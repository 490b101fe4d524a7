/* restore_view: what a restore did or would do, as text and as JSON. */
#pragma once

#include <stdbool.h>

#include "core/str.h"
#include "core/world.h"
#include "rollback/restore.h"

struct restore_view {
    const struct restore_request *request;
    const struct restore_plan *plan;
    const struct restore_result *result; /* NULL: a dry run */
    bool full;                           /* every change, however many there are */
};

/* Append to `out`, safe for a terminal. */
void restore_view_text(struct str *out, const struct world *w, const struct restore_view *v);
void restore_view_json(struct str *out, const struct restore_view *v);
/* How to go on, as chatter: how this is undone, what can be done about conflicts. */
void restore_view_hints(const struct world *w, const struct restore_view *v);
