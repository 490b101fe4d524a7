/* retention_choose: which sessions go. For the retention files only. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"
#include "rollback/retention.h"
#include "rollback/session_place.h"

struct retention_choice {
    struct strlist victims; /* ids, the newest first */
    size_t running;
    uint64_t objects; /* bytes in the store of what stays; of a dry run that measures, and with max_bytes */
};
/* `list` is newest first. Removes nothing. */
MUST_CHECK int retention_choose(const char *state_dir, const struct session_place *p, const struct session_list *list, const struct retention_request *how,
                                struct retention_choice *ret, struct err *e);
void retention_choice_release(struct retention_choice *c);
