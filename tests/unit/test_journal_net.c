#include "rollback/journal_net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"
#include "tests/unit/tap.h"

/* A line per node that says something of its own, paths in order: "PATH = NOW", "PATH -" (nothing was there), "PATH stash N", "PATH gone". */
static void describe(const struct journal_net_node *x, const char *path, struct strlist *lines)
{
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    str_add(&line, path);
    switch (x->kind) {
    case JOURNAL_NET_SAME:
        if (journal_net_in_place(x))
            return;
        str_addf(&line, " = %s", x->now);
        break;
    case JOURNAL_NET_ABSENT:
        str_add(&line, " -");
        break;
    case JOURNAL_NET_STASHED:
        str_addf(&line, " stash %d%s", (int)x->stash_id, x->is_twin ? " twin" : "");
        break;
    case JOURNAL_NET_REMOVED:
        str_add(&line, " gone");
        break;
    }
    strlist_add(lines, line.buf);
}

static void walk(const struct journal_net_node *x, const char *path, struct strlist *lines)
{
    for (const struct journal_net_node *c = x->child; c; c = c->next) {
        char below[256];
        (void)snprintf(below, sizeof below, "%s/%s", path, c->name);
        describe(c, below, lines);
        walk(c, below, lines);
    }
}

static int order(const void *a, const void *b)
{
    char *const *x = a;
    char *const *y = b;
    return strcmp(*x, *y);
}

static void undo_all(const struct journal_entry *x, size_t n, struct journal_net *ret)
{
    journal_net_init(ret);
    while (n-- > 0)
        journal_net_undo(ret, &x[n]);
}

static void check(const struct journal_entry *x, size_t n, const char *wanted)
{
    AUTO(journal_net_release) struct journal_net net;
    AUTO(strlist_release) struct strlist lines = STRLIST_INIT;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_LINE);
    undo_all(x, n, &net);
    walk(net.root, "", &lines);
    if (lines.n > 1)
        qsort(lines.item, lines.n, sizeof *lines.item, order);
    for (size_t i = 0; i < lines.n; i++)
        str_addf(&text, "%s%s", i > 0 ? "; " : "", lines.item[i]);
    CHECK_STR(text.buf, wanted);
}

#define CREATED(p, i) \
    { \
        .kind = JOURNAL_CREATED, .path = (p), .other = "", .device = 1, .inode = (i), .flags = JOURNAL_BORN \
    }
#define RENAMED(a, b, i) \
    { \
        .kind = JOURNAL_RENAMED, .path = (a), .other = (b), .device = 1, .inode = (i) \
    }
#define REPLACED(a, b, i, j, s, f) \
    { \
        .kind = JOURNAL_REPLACED, .path = (a), .other = (b), .device = 1, .inode = (i), .other_inode = (j), .stash_id = (s), .flags = (f) \
    }
#define EXCHANGED(a, b, i, j) \
    { \
        .kind = JOURNAL_EXCHANGED, .path = (a), .other = (b), .device = 1, .inode = (i), .other_inode = (j) \
    }
#define STASHED(p, i, s) \
    { \
        .kind = JOURNAL_STASHED, .path = (p), .other = "", .device = 1, .inode = (i), .stash_id = (s), .mode = 0100644 \
    }
#define REMOVED(p, i) \
    { \
        .kind = JOURNAL_REMOVED, .path = (p), .other = "", .device = 1, .inode = (i), .mode = 040755 \
    }
#define OF(k, p, i) \
    { \
        .kind = (k), .path = (p), .other = "", .device = 1, .inode = (i) \
    }
#define CHECK_NET(wanted, ...) \
    do { \
        const struct journal_entry entries[] = {__VA_ARGS__}; \
        check(entries, sizeof entries / sizeof entries[0], wanted); \
    } while (0)

TEST(names_that_come_and_go)
{
    CHECK_NET("/w/a -", CREATED("/w/a", 1));
    CHECK_NET("/w/a stash 1", STASHED("/w/a", 1, 1));
    CHECK_NET("/w/a -", CREATED("/w/a", 1), CREATED("/w/a", 2)); /* made, silently removed, made again */
    CHECK_NET("/w/a stash 1", STASHED("/w/a", 1, 1), CREATED("/w/a", 2));
    CHECK_NET("/w/d gone", REMOVED("/w/d", 1));
    CHECK_NET("/w/d gone; /w/d/f stash 1", STASHED("/w/d/f", 2, 1), REMOVED("/w/d", 1));
    CHECK_NET("/w/d stash 2; /w/d/f stash 1", STASHED("/w/d/f", 2, 1), STASHED("/w/d", 1, 2), CREATED("/w/d", 3));
    CHECK_NET("/w/new -", {.kind = JOURNAL_LINKED, .path = "/w/new", .other = "/w/old", .device = 1, .inode = 1});
    CHECK_NET("", OF(JOURNAL_TIMES, "/w", 9));
}

TEST(names_that_move)
{
    CHECK_NET("/w/a = /w/b; /w/b -", RENAMED("/w/a", "/w/b", 1));
    CHECK_NET("/w/b -", RENAMED("/w/a", "/w/b", 1), RENAMED("/w/b", "/w/a", 1)); /* there and back */
    CHECK_NET("/w/a = /w/c; /w/b -; /w/c -", RENAMED("/w/a", "/w/b", 1), RENAMED("/w/b", "/w/c", 1));
    CHECK_NET("/w/a = /w/b; /w/b = /w/a", EXCHANGED("/w/a", "/w/b", 1, 2));
    CHECK_NET("", EXCHANGED("/w/a", "/w/b", 1, 2), EXCHANGED("/w/a", "/w/b", 2, 1));
    CHECK_NET("/w/a = /w/b; /w/b stash 1", REPLACED("/w/a", "/w/b", 1, 2, 1, 0));
    CHECK_NET("/w/b stash 1; /w/tmp -", CREATED("/w/tmp", 1), REPLACED("/w/tmp", "/w/b", 1, 2, 1, JOURNAL_BORN));
    CHECK_NET("/w/a stash 1; /w/b -", RENAMED("/w/a", "/w/b", 1), STASHED("/w/b", 1, 1));
    CHECK_NET("/w/a = /w/c; /w/b = /w/a; /w/c -", RENAMED("/w/a", "/w/c", 1), RENAMED("/w/b", "/w/a", 2));
}

TEST(what_is_in_a_directory_moves_with_it)
{
    CHECK_NET("/w/a = /w/b; /w/b -", RENAMED("/w/a", "/w/b", 1), OF(JOURNAL_TIMES, "/w/b", 1));
    CHECK_NET("/w/a = /w/b; /w/a/new -; /w/b -", RENAMED("/w/a", "/w/b", 1), CREATED("/w/b/new", 2));
    CHECK_NET("/w/a = /w/b; /w/a/x stash 1; /w/b -", RENAMED("/w/a", "/w/b", 1), STASHED("/w/b/x", 2, 1));
    CHECK_NET("/w/a = /w/b; /w/a/x stash 1; /w/b -", STASHED("/w/a/x", 2, 1), RENAMED("/w/a", "/w/b", 1));
    /* Out of a directory, which then moves. */
    CHECK_NET("/w/a = /w/c; /w/a/x = /w/y; /w/c -; /w/y -", RENAMED("/w/a/x", "/w/y", 2), RENAMED("/w/a", "/w/c", 1));
    /* Into one that was made, and that goes away with its name. */
    CHECK_NET("/w/d -; /w/x = /w/d/x", CREATED("/w/d", 3), RENAMED("/w/x", "/w/d/x", 2));
    CHECK_NET("/w/d -; /w/e -; /w/x = /w/e/x", CREATED("/w/d", 3), RENAMED("/w/x", "/w/d/x", 2), RENAMED("/w/d", "/w/e", 3));
    CHECK_NET("/w/a/b/c = /w/c; /w/a/d -; /w/c -", RENAMED("/w/a/b", "/w/a/d", 1), RENAMED("/w/a/d/c", "/w/c", 2), RENAMED("/w/a/d", "/w/a/b", 1));
}

TEST(twins_of_one_inode)
{
    const struct journal_entry gone = {.kind = JOURNAL_UNLINKED, .path = "/w/a", .other = "/w/b", .device = 1, .inode = 1};
    CHECK_NET("/w/a = /w/b", gone);
    CHECK_NET("/w/a stash 1 twin; /w/b stash 1", gone, STASHED("/w/b", 1, 1));
}

TEST(the_first_record_of_an_inode_counts)
{
    AUTO(journal_net_release) struct journal_net net;
    struct journal_entry x[] = {
        OF(JOURNAL_MODE, "/w/f", 1),      OF(JOURNAL_CONTENT, "/w/f", 1),   OF(JOURNAL_MODE, "/w/f", 1),
        OF(JOURNAL_ATTRIBUTE, "/w/f", 1), OF(JOURNAL_ATTRIBUTE, "/w/f", 1), STASHED("/w/f", 1, 7),
    };
    x[0].mode = 0100600;
    x[1].mode = 0100644;
    x[1].size = 5;
    x[1].stash_id = 3;
    x[1].mtime_s = 12;
    x[1].mtime_ns = 34;
    x[2].mode = 0100755;
    x[3].other = x[4].other = "user.a";
    x[3].flags = JOURNAL_ABSENT;
    x[4].value = "value";
    x[4].value_len = 5;
    undo_all(x, sizeof x / sizeof *x, &net);
    const struct journal_net_object *o = journal_net_object(&net, 1, 1);
    CHECK(o && o->has_mode && o->has_content && o->has_time);
    CHECK_INT(o->mode, 0100600);
    CHECK_INT(o->size, 5);
    CHECK_INT(o->stash_id, 3);
    CHECK(o->mtime_ns == INT64_C(12000000034));
    CHECK_INT(o->n_attributes, 1);
    CHECK(!o->attribute[0].value);
    CHECK(!journal_net_object(&net, 2, 1));
    const struct journal_net_node *f = journal_net_find(&net, "/w/f");
    CHECK(f && f->kind == JOURNAL_NET_STASHED && f->inode == 1);
    CHECK(!journal_net_find(&net, "/w/g"));
    CHECK(journal_net_in_place(journal_net_find(&net, "/w")));
    CHECK(journal_net_in_place(net.root));
}

TEST(records_that_no_file_system_makes_do_no_harm)
{
    CHECK_NET("", RENAMED("/w/a/b", "/w/a", 1));
    CHECK_NET("", RENAMED("/w/a", "/w/a/b", 1));
    CHECK_NET("", RENAMED("/", "/w", 1));
    CHECK_NET("", EXCHANGED("/w", "/w/a", 1, 2));
    CHECK_NET("", CREATED("/", 1));
    CHECK_NET("", STASHED("/", 1, 1), REMOVED("/", 1));
    CHECK_NET("", {.kind = JOURNAL_UNLINKED, .path = "/w", .other = "/w/b", .device = 1, .inode = 1});
    CHECK_NET("/w stash 1", REPLACED("/w/a", "/w", 1, 2, 1, 0));
}

TEST(a_directory_that_was_reached_is_looked_for_again_once_it_moved)
{
    CHECK_NET("/w/d = /w/e; /w/d/b stash 2; /w/e gone; /w/e/c stash 1", STASHED("/w/e/c", 10, 1), REMOVED("/w/e", 9), RENAMED("/w/d", "/w/e", 20),
              STASHED("/w/e/b", 11, 2));
    CHECK_NET("/w/d = /w/e; /w/d/a stash 1; /w/e = /w/d; /w/e/a stash 3", STASHED("/w/d/a", 10, 1), EXCHANGED("/w/d", "/w/e", 20, 21),
              STASHED("/w/d/a", 12, 3));
}

TEST(many_names_in_one_directory)
{
    enum { MANY = 20000 };
    AUTO(journal_net_release) struct journal_net net;
    char path[64];
    journal_net_init(&net);
    for (unsigned i = 0; i < MANY; i++) {
        (void)snprintf(path, sizeof path, "/w/d/%u", i * 7919U % MANY);
        const struct journal_entry x = STASHED(path, 10 + i, 1 + i);
        journal_net_undo(&net, &x);
    }
    for (unsigned i = 0; i < MANY; i += 1000) {
        (void)snprintf(path, sizeof path, "/w/d/%u", i);
        CHECK(journal_net_find(&net, path)->kind == JOURNAL_NET_STASHED);
    }
    CHECK_INT(net.n_nodes, MANY + 3);
}
