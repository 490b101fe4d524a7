/* profile_edit_parts: a change on its way. Private to profile_edit*.c. */
#pragma once

#include "core/json_tree.h"
#include "core/str.h"
#include "policy/profile.h"
#include "policy/profile_edit.h"

enum { EDIT_MAX_STEPS = 4, EDIT_MAX_NAMES = 4 };

/* From the root to a value: section, key, record, field. Each step by any of its names; the first is the one that is written. */
struct edit_route {
    const char *name[EDIT_MAX_STEPS][EDIT_MAX_NAMES + 1];
    size_t n;
    bool has_field; /* it ends at a field of a record */
    struct strlist memory;
};

struct edit_work {
    const struct profile_edit *edit;
    const struct profile_key *key;
    const char *rest;  /* of the dotted name, behind the key */
    const char *shown; /* the dotted name, for messages */
    struct edit_route route;
    struct str text; /* as it is so far */
    struct err *e;
};

MUST_CHECK int edit_read(const struct edit_work *w, struct json_tree *ret);
/* The node of the value, 0 when it is not written. */
size_t edit_find(const struct edit_work *w, const struct json_tree *t);
/* Writes `value` (JSON) where the route leads, with the objects that lack on the way. */
MUST_CHECK int edit_put(struct edit_work *w, const char *value);
MUST_CHECK int edit_remove(struct edit_work *w, const struct json_tree *t, size_t node);
/* `made` becomes the text and is empty afterwards. */
MUST_CHECK int edit_take(struct edit_work *w, struct str *made);

/* profile_edit_list: the items of a list. */
MUST_CHECK int edit_list_set(struct edit_work *w);
MUST_CHECK int edit_list_add(struct edit_work *w, const char *typed);
MUST_CHECK int edit_list_remove(struct edit_work *w, const char *typed);
