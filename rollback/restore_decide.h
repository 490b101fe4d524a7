/* restore_decide: the three-way decision for one path, as pure functions. */
#pragma once

#include <stdbool.h>

#include "rollback/change.h"
#include "rollback/restore.h"

/* `now` is what is there at this moment, type 0 when nothing is. Each field must be as the command left it or as it was before (a restore
 * that was killed half-way leaves a mixture), else somebody else changed it. Times, attributes and hard links never make a conflict. */
enum restore_verdict restore_decide(const struct change *c, const struct snapshot_node *now);
/* Everything is as before; which names share an inode is not looked at. */
bool restore_is_as_before(const struct change *c, const struct snapshot_node *now);
/* Putting it back needs the content of a file. */
bool restore_needs_content(const struct change *c);
