/* json_edit: one change to a JSON text with comments. Everything else stays as it is, byte for byte: order, blanks, comments.
 *
 * Pure: the new text is appended to `out`. Nodes are those of core/json_tree.h. `value` is JSON without comments; it is laid out as the text
 * around it is: a list on one line where lists are, one item to a line where they are not. */
#pragma once

#include "core/json_tree.h"
#include "core/str.h"

void json_edit_replace(const struct json_tree *t, size_t node, const char *value, struct str *out);
/* Behind the last child of `container`; `key` for an object, NULL for an array. A comment on the last line stays with the last child. */
void json_edit_append(const struct json_tree *t, size_t container, const char *key, const char *value, struct str *out);
/* An entry that has its lines for itself goes with the comment behind it on them; comments on other lines stay. Not for the root. */
void json_edit_remove(const struct json_tree *t, size_t node, struct str *out);
