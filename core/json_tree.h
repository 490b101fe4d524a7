/* json_tree: where each value of a JSON text with comments stands, for changing one and leaving the rest as it is. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/json.h"

/* Offsets into the text; an end is the offset behind the last byte. */
struct json_node {
    size_t start, end;
    size_t key_start, key_end; /* of a member's name, with its quotation marks; both 0 when there is none */
    size_t comma;              /* the one behind the value; 0: none */
    size_t parent, child, next; /* nodes; 0: none, for the root is nobody's child */
    const struct json_value *value;
};

struct json_tree {
    const char *text; /* borrowed; ends in a NUL that `len` does not count */
    size_t len;
    struct json_doc *doc; /* owns the values */
    struct json_node *node; /* in document order; the root is the first */
    size_t n, cap;
};

/* ERR_INPUT as json_doc_parse with JSON_COMMENTS. */
MUST_CHECK int json_tree_build(const char *text, size_t len, const char *name, struct json_tree *ret, struct err *e);
void json_tree_release(struct json_tree *t);
/* All give 0 when there is none: `at` is no object or array, or holds no such thing. */
size_t json_tree_member(const struct json_tree *t, size_t at, const char *key);
size_t json_tree_element(const struct json_tree *t, size_t at, size_t index);
size_t json_tree_last(const struct json_tree *t, size_t at);             /* the last child */
size_t json_tree_before(const struct json_tree *t, size_t at);           /* the sibling before */
/* Offset behind blanks (no line breaks unless `lines`) and comments from `at` on. *ret_comment, which may be NULL, gets the offset behind the
 * last comment, or `at`. */
size_t json_tree_skip(const struct json_tree *t, size_t at, bool lines, size_t *ret_comment);
