/* tree_text: everything of a tree that a restore must bring back. */
#pragma once

/* One line for each entry, the root included: its path, type, mode, owner, time, content as a hash, link target, first name of the same inode, and
 * extended attributes. Fails the test where it cannot look; a file that may not be read says so instead of its content. Caller owns. */
char *tree_text(const char *root);
