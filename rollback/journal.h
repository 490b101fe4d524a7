/* journal: what a session does to its trees, one record before each change, such that undoing the records from the last to the first brings
 * everything back. A mapped file: a record costs no system call and outlives a killed nono. Its layout: FORMAT.md. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

enum {
    JOURNAL_FIRST = 64 * 1024,         /* bytes that are secured on the disk at once, at the beginning */
    JOURNAL_GROWTH = 16 * 1024 * 1024, /* and at most, later */
    JOURNAL_MAX = 1024 * 1024 * 1024,  /* the whole file: changes beyond it fail with ENOSPC */
    JOURNAL_MAX_NAME = 255,            /* of an extended attribute, without terminator */
    JOURNAL_MAX_VALUE = 64 * 1024,     /* of an extended attribute */
};

/* In words: what to do to undo it. `path` and `other` are where things were at the time of the record: they hold again when everything
 * after it has been undone. The last record may describe what never happened: inodes tell. */
enum journal_kind {
    JOURNAL_CREATED = 1, /* path came to be, as inode: take it away, with all that is in it. inode 0: unknown, nono was killed meanwhile */
    JOURNAL_LINKED,      /* path became one more name of inode, which has the name `other` too: take the name away */
    JOURNAL_RENAMED,     /* inode went from path to other */
    JOURNAL_REPLACED,    /* inode went from path to other, and other_inode, which was there, to the stash. BORN: inode need not go back */
    JOURNAL_EXCHANGED,   /* inode went from path to other, other_inode from other to path */
    JOURNAL_STASHED,     /* inode went from path to the stash; mode, owner and time are a directory's, which may need them again */
    JOURNAL_REMOVED,     /* an empty directory that could not be stashed: mode, owner, time */
    JOURNAL_UNLINKED,    /* path, one of the names of inode, is gone; `other` is another one */
    JOURNAL_TIMES,       /* first change of the modification time of inode: time */
    JOURNAL_MODE,        /* mode, uid, gid of inode */
    JOURNAL_ATTRIBUTE,   /* extended attribute `other` of inode had the value, or ABSENT */
    JOURNAL_CONTENT,     /* inode may be written to from here on: its content is in the stash (not when size is 0); mode, owner, time */
};
#define JOURNAL_KINDS (JOURNAL_CONTENT + 1)

enum journal_flag {
    JOURNAL_BORN = 1,    /* the inode began its life in this session */
    JOURNAL_ABSENT = 2,  /* ATTRIBUTE: there was none. CONTENT: it is not in the stash, as it was too large */
};

struct journal_entry {
    enum journal_kind kind;
    unsigned flags;  /* enum journal_flag */
    uint64_t at;     /* offset in the file, set by the reader */
    uint64_t step;   /* of an undo: which record of the other journal this belongs to; else 0 */
    int64_t time_ns; /* of the record, since 1970 */
    uint64_t device, inode, other_inode;
    uint32_t mode; /* st_mode, type included; 0 when it does not matter */
    uint32_t uid, gid;
    int64_t mtime_s; /* modification time */
    uint32_t mtime_ns;
    uint32_t stash;    /* which stash, below STASH_MAX */
    uint64_t stash_id; /* place in it, see stash_name; 0: none */
    uint64_t size;     /* CONTENT, and of files STASHED and REPLACED: bytes */
    const char *path;  /* clean and absolute; of the reader: lives as long as the view */
    const char *other; /* a second path, or the name of an attribute; "" when there is none */
    const void *value;
    size_t value_len;
};

/* -- writing: one thread at a time, no allocation, safe beside a heap that knows no threads -- */

struct journal {
    int fd;
    unsigned char *map;
    uint64_t mapped; /* bytes of file and map */
    uint64_t end;    /* where the next record goes */
    uint64_t last;   /* of the newest record; 0: none */
};
#define JOURNAL_INIT \
    { \
        .fd = -1 \
    }

/* A new file of that name (0600). ERR_EXISTS, ERR_IO (full disk). */
MUST_CHECK int journal_create(int dir, const char *name, struct journal *ret, struct err *e);
/* Goes on with one that was cut off, behind its last whole record. ERR_MISSING, ERR_CORRUPT. */
MUST_CHECK int journal_resume(int dir, const char *name, struct journal *ret, struct err *e);
/* Cuts the file to what is used. Nothing that is lost when it is not called. */
void journal_close(struct journal *j);
/* Returns 0 and the offset of the record, or a negative errno value: -ENOSPC (full disk, or JOURNAL_MAX), -ENAMETOOLONG, -E2BIG. Of `x`,
 * time_ns 0 stands for now. */
MUST_CHECK int journal_write(struct journal *j, const struct journal_entry *x, uint64_t *ret_at);
bool journal_has_records(const struct journal *j);
/* Drops the record at `at` and what follows it: what they announce did not happen. */
void journal_cut(struct journal *j, uint64_t at);
/* Says which inode it became, and whether BORN. The only thing of a record that changes. */
void journal_settle(struct journal *j, uint64_t at, uint64_t device, uint64_t inode, bool is_born);

/* -- reading -- */

struct journal_view {
    const unsigned char *data;
    uint64_t end;  /* behind the last record */
    size_t mapped; /* 0: `data` is borrowed */
    size_t n;      /* records */
};
/* Maps the file and checks all of it: lengths, kinds, flags, sums, that paths are clean and absolute. What nono wrote when it was killed
 * is left out; anything else that is wrong: ERR_CORRUPT. ERR_MISSING. The file is not changed by others while the view lives. */
MUST_CHECK int journal_read(int dir, const char *name, struct journal_view *ret, struct err *e);
/* The same of bytes in memory, 8-aligned, which are borrowed. `name` is for messages. */
MUST_CHECK int journal_parse(const void *data, size_t len, const char *name, struct journal_view *ret, struct err *e);
void journal_view_release(struct journal_view *v);
/* One after the other: begins with *at == 0, false at the end. */
bool journal_next(const struct journal_view *v, uint64_t *at, struct journal_entry *ret);
/* From the last to the first: begins with *at == v->end. */
bool journal_previous(const struct journal_view *v, uint64_t *at, struct journal_entry *ret);
/* Calls `each` for every record in order until it returns something else than 0, which is returned. */
typedef int journal_visit(void *arg, const struct journal_entry *x, struct err *e);
MUST_CHECK int journal_each(const struct journal_view *v, journal_visit *each, void *arg, struct err *e);
