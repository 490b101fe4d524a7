/* The store when its processes are killed, and when others sweep it. */
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "rollback/store.h"
#include "tests/unit/killed.h"
#include "tests/unit/store_fixture.h"
#include "tests/unit/tap.h"

enum { MIB = 1024 * 1024 };

static void commit_two(void)
{
    struct err e = ERR_INIT;
    struct oid id;
    struct store *s = NULL;
    if (store_open(fixture_path("state"), &s, &e) != 0 || store_put(s, STORE_BLOB, "first", 5, &id, &e) != 0 ||
        store_put(s, STORE_BLOB, "second", 6, &id, &e) != 0 || store_commit(s, &e) != 0)
        _exit(1);
    store_close(s);
}

TEST(killed_at_every_write_it_is_all_or_nothing)
{
    struct oid first, second;
    struct fixture_sample x = fixture_put_sample();
    bool seen_nothing = false, seen_all = false;
    struct store *s = fixture_store();
    first = fixture_put(s, "first", 5);
    second = fixture_put(s, "second", 6);
    store_close(s);
    for (unsigned nth = 1; !killed_at(nth, commit_two); nth++) {
        s = fixture_store();
        bool has_first = fixture_holds(s, &first, "first", 5);
        CHECK_INT(fixture_holds(s, &second, "second", 6), has_first);
        seen_nothing = seen_nothing || !has_first;
        seen_all = seen_all || has_first;
        struct oid id = fixture_put(s, "after the crash", 15); /* a writer cleans what the dead one left */
        CHECK(fixture_holds(s, &id, "after the crash", 15));
        store_close(s);
        CHECK_INT(fixture_count(".tmp") + fixture_count(".tmpidx"), 0);
        CHECK_INT(fixture_count(".seg"), fixture_count(".idx"));
        CHECK_INT(fixture_sound_objects(&x), 4);
        /* Begin the next round without the two. */
        if (has_first)
            (void)fixture_shell("cd %s && ls -t *.idx | head -n 1 | cut -d. -f1 | while read n; do rm -f $n.idx $n.seg; done",
                                fixture_path("state/store"));
    }
    CHECK(seen_nothing && seen_all);
    fixture_free_sample(&x);
}

struct living {
    struct oid id[8];
    size_t n;
    unsigned marked;
};

static int mark_nothing(void *arg, struct store *s, struct err *e)
{
    struct living *l = arg;
    (void)s;
    (void)e;
    l->marked++;
    return 0;
}

static bool is_living(void *arg, const struct oid *id)
{
    const struct living *l = arg;
    for (size_t i = 0; i < l->n; i++) {
        if (oid_equal(&l->id[i], id))
            return true;
    }
    return false;
}

TEST(sweep_keeps_what_lives)
{
    struct err e = ERR_INIT;
    struct living l = {.n = 0};
    const struct store_sweep how = {&l, mark_nothing, is_living, false};
    uint64_t freed = 0, before = 0, after = 0;
    unsigned char *big = fixture_bytes(300 * 1024, 1, false), *huge = fixture_bytes(5 * MIB, 2, false), *small = fixture_bytes(1000, 3, false);
    struct store *s = fixture_store(), *reader = fixture_store();
    l.id[l.n++] = fixture_put(s, huge, 5 * MIB); /* with a dead one of its size: half of the segment */
    struct oid dead = fixture_put(s, big, 300 * 1024);
    unsigned char *dead_huge = fixture_bytes(6 * MIB, 4, false);
    (void)fixture_put(s, dead_huge, 6 * MIB);
    CHECK_OK(store_commit(s, &e), &e);
    struct oid dead_alone = fixture_put(s, "dead", 4);
    CHECK_OK(store_commit(s, &e), &e);
    l.id[l.n++] = fixture_put(s, small, 1000);
    CHECK_OK(store_commit(s, &e), &e);
    CHECK_OK(store_generation(s, &before, &e), &e);
    CHECK(fixture_holds(reader, &dead, big, 300 * 1024));
    CHECK_ERR(store_sweep(s, &how, &freed, &e), ERR_BUSY, &e);
    CHECK_INT(l.marked, 0);
    store_unlock(reader);
    CHECK_OK(store_sweep(s, &how, &freed, &e), &e);
    CHECK_INT(l.marked, 1);
    CHECK(freed > 6 * MIB);
    CHECK_OK(store_generation(s, &after, &e), &e);
    CHECK(before != after);
    CHECK(!store_has(s, &dead) && !store_has(s, &dead_alone) && !store_has(reader, &dead));
    CHECK(fixture_holds(s, &l.id[0], huge, 5 * MIB) && fixture_holds(s, &l.id[1], small, 1000));
    CHECK(fixture_holds(reader, &l.id[0], huge, 5 * MIB) && fixture_holds(reader, &l.id[1], small, 1000));
    store_unlock(reader);
    CHECK_OK(store_sweep(s, &how, &freed, &e), &e); /* nothing left to do: nothing is rewritten, the generation stays */
    CHECK_INT(freed, 0);
    CHECK_OK(store_generation(s, &before, &e), &e);
    CHECK(before == after);
    store_close(s);
    store_close(reader);
    mem_free(big);
    mem_free(huge);
    mem_free(small);
    mem_free(dead_huge);
}

static struct living swept;

static void sweep_once(void)
{
    struct err e = ERR_INIT;
    uint64_t freed = 0;
    struct store *s = NULL;
    const struct store_sweep how = {&swept, mark_nothing, is_living, false};
    if (store_open(fixture_path("state"), &s, &e) != 0 || store_sweep(s, &how, &freed, &e) != 0)
        _exit(1);
    store_close(s);
}

TEST(killed_at_every_step_a_sweep_loses_nothing_that_lives)
{
    struct err e = ERR_INIT;
    bool done = false;
    for (unsigned nth = 1; !done; nth++) {
        struct store *s = fixture_store();
        unsigned char *junk = fixture_bytes(5000, nth, false);
        swept.n = 0;
        swept.id[swept.n++] = fixture_put(s, "alive", 5);
        (void)fixture_put(s, junk, 4000);
        CHECK_OK(store_commit(s, &e), &e);
        (void)fixture_put(s, junk, 5000);
        CHECK_OK(store_commit(s, &e), &e);
        store_close(s);
        done = killed_at(nth, sweep_once);
        CHECK(fixture_count(".idx") <= fixture_count(".seg")); /* an index promises its segment */
        s = fixture_store();
        CHECK(fixture_holds(s, &swept.id[0], "alive", 5));
        /* What is half gone must not pass for being there. */
        struct oid again = fixture_put(s, junk, 5000);
        CHECK(fixture_holds(s, &again, junk, 5000));
        store_close(s);
        mem_free(junk);
        sweep_once(); /* so that each round makes the same calls */
    }
    CHECK_INT(fixture_count(".seg"), 1);
    CHECK_INT(fixture_count(".idx"), 1);
    CHECK_INT(fixture_count(".tmp") + fixture_count(".tmpidx"), 0);
}
