/* journal_layout: the bytes of a journal, for its writer and its reader. In this machine's byte order: it never leaves the machine. */
#pragma once

#include <stdint.h>

#include "rollback/journal.h"

#define JOURNAL_MAGIC "nonojnl\1"

enum {
    JOURNAL_HEADER = 64, /* of the file: the magic, then zeroes */
    JOURNAL_ALIGN = 8,
};

struct journal_record {
    uint32_t length; /* of all of it; written last, and again at the end of the record */
    uint8_t kind;
    uint8_t flags; /* this and the next two may be filled in later: the sum does not cover them */
    uint16_t zero;
    uint64_t device;
    uint64_t inode;
    uint64_t step;
    int64_t time_ns;
    uint64_t other_inode;
    int64_t mtime_s;
    uint32_t mtime_ns;
    uint32_t mode;
    uint32_t uid;
    uint32_t gid;
    uint32_t stash;
    uint32_t path_len; /* with its terminator, as `other` */
    uint32_t other_len;
    uint32_t value_len;
    uint64_t stash_id;
    uint64_t size;
};

struct journal_tail {
    uint32_t sum;
    uint32_t length;
};

enum {
    JOURNAL_TEXT_MAX = 2 * STR_MAX_PATH + JOURNAL_MAX_VALUE,
    JOURNAL_RECORD_MAX = sizeof(struct journal_record) + JOURNAL_TEXT_MAX + JOURNAL_ALIGN + sizeof(struct journal_tail),
};

/* Of a record of that length in memory. */
uint32_t journal_sum(const struct journal_record *r, size_t length);
