#include "rollback/journal_net_table.h"

#include "core/mem.h"

enum { FIRST = 256, GROWTH = 4 };

static struct journal_net_link **bucket_of(const struct journal_net_table *t, uint64_t hash)
{
    return &t->bucket[hash & (t->n_buckets - 1)];
}

static void make_buckets(struct journal_net_table *t, size_t n)
{
    t->n_buckets = n;
    t->bucket = mem_array(n, sizeof(struct journal_net_link *));
}

void journal_net_table_init(struct journal_net_table *ret)
{
    ret->n = 0;
    make_buckets(ret, FIRST);
}

void journal_net_table_release(struct journal_net_table *t, void (*drop)(struct journal_net_link *x))
{
    for (size_t i = 0; i < t->n_buckets; i++) {
        while (t->bucket[i]) {
            struct journal_net_link *x = t->bucket[i];
            t->bucket[i] = x->chain;
            drop(x);
        }
    }
    mem_free(t->bucket);
    *t = (struct journal_net_table){0};
}

static void put(struct journal_net_table *t, struct journal_net_link *x)
{
    struct journal_net_link **at = bucket_of(t, x->hash);
    x->chain = *at;
    *at = x;
}

static void grow(struct journal_net_table *t)
{
    struct journal_net_link **old = t->bucket;
    size_t n_old = t->n_buckets;
    make_buckets(t, n_old * GROWTH);
    for (size_t i = 0; i < n_old; i++) {
        while (old[i]) {
            struct journal_net_link *x = old[i];
            old[i] = x->chain;
            put(t, x);
        }
    }
    mem_free(old);
}

void journal_net_table_add(struct journal_net_table *t, struct journal_net_link *x, uint64_t hash)
{
    if (t->n >= t->n_buckets)
        grow(t);
    t->n++;
    x->hash = hash;
    put(t, x);
}

void journal_net_table_remove(struct journal_net_table *t, struct journal_net_link *x)
{
    struct journal_net_link **at = bucket_of(t, x->hash);
    while (*at != x)
        at = &(*at)->chain;
    *at = x->chain;
    x->chain = NULL;
    t->n--;
}

static struct journal_net_link *with_hash(struct journal_net_link *x, uint64_t hash)
{
    while (x && x->hash != hash)
        x = x->chain;
    return x;
}

struct journal_net_link *journal_net_table_first(const struct journal_net_table *t, uint64_t hash)
{
    return with_hash(*bucket_of(t, hash), hash);
}

struct journal_net_link *journal_net_table_next(const struct journal_net_link *x)
{
    return with_hash(x->chain, x->hash);
}
