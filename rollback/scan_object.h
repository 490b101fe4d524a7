/* scan_object: one object that is not a directory's contents: what stat says, its content, link target and attributes. */
#pragma once

#include <stdbool.h>

#include "core/err.h"
#include "rollback/bytes.h"
#include "rollback/index.h"
#include "rollback/store.h"

struct scan_reader { /* one per thread */
    struct store *store;
    bool keep;           /* content is stored, else only hashed */
    bool store_failed;   /* the last error is the store's, not the object's */
    struct bytes buffer; /* of small files */
    size_t n_read;
    uint64_t bytes_read;
};

/* Fills `x` but for its name. What changes while it is looked at is looked at again, three times (ERR_BUSY). ERR_MISSING: it has gone. An object
 * that may not be read gets the flag SNAPSHOT_UNREADABLE. Errors do not name the object: the caller does. */
MUST_CHECK int scan_object(struct scan_reader *r, int dirfd, const char *name, struct index_entry *x, struct err *e);
/* The attributes of an object, put or hashed; a directory when `name` is "". */
MUST_CHECK int scan_object_xattrs(struct scan_reader *r, int fd, const char *name, struct oid *ret, struct err *e);
void scan_reader_release(struct scan_reader *r);
