/* seal_child: seals what is over in a process of its own that nobody waits for. */
#pragma once

/* Starts it, detached from terminal, directory and descriptors; does nothing when it cannot: the next 'nono rollback' does its work. No session
 * may be held any more: the new process would hold it, too, for a moment. */
void seal_child_start(void);
