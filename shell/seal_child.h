/* seal_child: seals what is over in a process of its own that nobody waits for. */
#pragma once

#include "core/world.h"

/* Starts it, detached from terminal, directory and descriptors, unless one is at work; does nothing when it cannot: the next 'nono rollback' does its work. No session
 * may be held any more: the new process would hold it, too, for a moment. */
void seal_child_start(const struct world *w);
