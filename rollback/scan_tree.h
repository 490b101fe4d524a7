/* scan_tree: the directories of one scan while it runs. For rollback/scan*.c only. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "rollback/index.h"
#include "rollback/scan.h"
#include "rollback/scan_object.h"

enum {
    SCAN_UNLISTABLE = 1,   /* a status: the directory may not be listed, or searched */
    SCAN_SKIP = 2,         /* a status: the entry is left out */
    SCAN_FRESH = 1 << 8,   /* in an entry's flags, in memory only: differs from the cache, or is not in it */
    SCAN_MAX_DEPTH = 4096, /* of directories; what is deeper is not covered */
    SCAN_MAX_ENTRIES = 16 * 1024 * 1024,
    SCAN_MAX_NOTES = 20,
    SCAN_MAX_FDS = 128,            /* directories that stay open for their children */
    SCAN_SECOND_AFTER = 48,        /* directories that are found before a second thread pays */
    SCAN_LIST_BUFFER = 128 * 1024, /* bytes of one getdents64 */
};

struct scan_dir {
    struct scan_dir *parent;
    struct scan_dir *next;   /* on the stack, and later in the order of finishing */
    const char *name;        /* in the parent's names; "" for the root */
    struct index_entry stat; /* as its parent has it */
    struct index_dir cached; /* what the cache holds; entry NULL: nothing */
    bool has_cached;
    struct index_dir list;     /* what is there now: `cached` itself when nothing differs, else owned */
    struct index_entry *own;   /* list.entry, when it is owned (and the names are, too) */
    struct scan_dir **child;   /* one per directory in `list`, in its order */
    size_t n_children, n_made; /* those that are gone come after n_children */
    atomic_size_t unfinished;  /* children, and itself */
    atomic_size_t users;       /* of fd: children that are not opened yet, and itself */
    int fd;                    /* -1: not open, or closed to save descriptors */
    unsigned depth;
    bool changed;           /* its own records differ from the cached ones */
    bool gone;              /* was not there any more when it was opened, or is left out */
    bool unreadable;        /* cannot be listed: recorded as empty, and as not covered */
    struct oid files, meta; /* when finished */
    uint64_t offset;        /* in the new cache */
};

struct scan {
    struct scan_request request; /* its strings are borrowed for the length of scan_run, but for root */
    char *root_path, *state_dir;
    struct store *store;
    struct index index;
    bool check_ids; /* the cache is of another generation: its ids may have gone from the store */
    bool names_are_kept; /* a directory with the same stat data as in the cache holds the same names */
    uint32_t left_out;
    uint64_t generation;
    int64_t started_ns;
    uint64_t state_dev, state_ino; /* never entered */
    struct scan_dir root;

    pthread_mutex_t lock; /* over all that follows */
    pthread_cond_t wake;
    struct scan_dir *stack;
    struct scan_dir *finished, **finished_end;
    size_t n_found; /* directories ever put on the stack */
    unsigned busy;  /* threads that work on a directory */
    bool has_second;
    pthread_t second;
    int status; /* the first error */
    struct err error;
    atomic_size_t n_fds;
    atomic_bool differs; /* from the cache, in anything at all */
    struct scan_result result;
};

struct scan_worker {
    struct scan *scan;
    struct scan_reader reader;
    unsigned char *buffer; /* SCAN_LIST_BUFFER */
    size_t n_entries, n_unreadable;
};

/* Lists the directory, compares it with the cache, reads what differs, and puts its children on the stack. */
MUST_CHECK int scan_dir_read(struct scan_worker *w, struct scan_dir *d, struct err *e);
/* Computes the ids when all children are finished. */
MUST_CHECK int scan_dir_finish(struct scan_worker *w, struct scan_dir *d, struct err *e);
void scan_dir_release(struct scan_dir *d);
/* Opens it: from its parent, or from the root down when that is closed. Sets `gone`. SCAN_UNLISTABLE. */
MUST_CHECK int scan_dir_open(struct scan *s, struct scan_dir *d, struct err *e);
void scan_dir_leave(struct scan *s, struct scan_dir *d); /* one user of its descriptor less */

/* False when the store may have dropped what the entry names. */
bool scan_has_ids(const struct scan *s, const struct index_entry *x);
/* Sets left_out and names_are_kept; after the cache was read. */
void scan_names_begin(struct scan *s);
/* True when the directory and every entry of it are as the cache says; takes the list from there. False says nothing. */
bool scan_names_hold(struct scan_worker *w, struct scan_dir *d);

/* "PATH of name below the root", quoted for a message; caller owns. */
char *scan_dir_path(const struct scan_dir *d, const char *name);
void scan_note(struct scan *s, const struct scan_dir *d, const char *name, const char *what);
void scan_push(struct scan *s, struct scan_dir *const *child, size_t n);
