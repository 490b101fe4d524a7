/* change: what differs between two snapshots. Equal ids are never opened. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "rollback/snapshot.h"

enum change_kind {
    CHANGE_CREATED,
    CHANGE_DELETED,
    CHANGE_MODIFIED, /* content, link target or type */
    CHANGE_METADATA, /* mode, owner, times, xattrs, hard links only */
};

struct change {
    enum change_kind kind;
    char *path; /* relative to the root, "" for the root itself; bytes from outside: quote_term before printing */
    struct snapshot_node before, after; /* type 0 where it did not exist */
};

struct change_list { /* sorted by path, parents before children */
    struct change *item;
    size_t n, cap;
    size_t created, modified, deleted; /* files and links; a directory counts when it is all that changed; times of directories do not count */
};

MUST_CHECK int change_between(struct store *s, const struct oid *before, const struct oid *after, struct change_list *ret, struct err *e); /* commits */
void change_list_release(struct change_list *l);
/* True when a person would call it a change: not a directory whose time alone moved because an entry did. */
bool change_is_visible(const struct change *c);
