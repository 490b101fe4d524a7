/* journal_net_table: what a journal_net finds by a hash. What is in it is the caller's, and begins with its link. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct journal_net_link {
    struct journal_net_link *chain;
    uint64_t hash;
};
struct journal_net_table {
    struct journal_net_link **bucket;
    size_t n, n_buckets;
};

void journal_net_table_init(struct journal_net_table *ret);
/* Gives each that is in it to `drop`. */
void journal_net_table_release(struct journal_net_table *t, void (*drop)(struct journal_net_link *x));
void journal_net_table_add(struct journal_net_table *t, struct journal_net_link *x, uint64_t hash);
void journal_net_table_remove(struct journal_net_table *t, struct journal_net_link *x);
/* What has the hash, and the next one that has it, too: which one is meant is the caller's to tell. NULL at the end. */
struct journal_net_link *journal_net_table_first(const struct journal_net_table *t, uint64_t hash);
struct journal_net_link *journal_net_table_next(const struct journal_net_link *x);
