/* scan_fixture: a tree with something of every kind in tmpdir/tree, scanned, and what was recorded compared with what is there. */
#pragma once

#include <stdbool.h>

#include "core/str.h"
#include "rollback/scan.h"

struct scan_outcome {
    struct oid files, meta;
    bool unchanged;
    size_t n_read, n_entries, n_unreadable, n_notes;
};

extern const struct strlist *scan_excluded; /* NULL: nothing */
struct scan_outcome scan_tree(void);
bool scan_same(const struct scan_outcome *a, const struct scan_outcome *b);
/* Stat data of files written just now is not believed. */
void scan_settle(void);
/* A line of shell in tmpdir; fails the test when it fails. */
void scan_shell(const char *command);
void scan_make_tree(void);
void scan_check(const struct scan_outcome *o);
