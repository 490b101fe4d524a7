/* The commit above the two trees, in git's own text, and the walk over all that it reaches. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"
#include "rollback/snapshot.h"
#include "rollback/snapshot_tree.h"

#define COMMIT_AUTHOR "nono <nono@localhost>"
enum {
    COMMIT_MAX = 16 * 1024, /* bytes */
    COMMIT_MAX_PARENTS = 16,
};

struct commit {
    struct oid tree;
    struct oid parent[COMMIT_MAX_PARENTS];
    size_t n_parents;
};

static int put_root(struct store *s, const struct oid *files, const struct oid *meta, struct oid *ret, struct err *e)
{
    AUTO(bytes_release) struct bytes raw = {0};
    const struct snapshot_tree_entry entry[2] = {
        {{"files", 5}, SNAPSHOT_TREE_DIR, *files},
        {{"meta", 4}, SNAPSHOT_TREE_DIR, *meta},
    };
    snapshot_tree_encode(entry, 2, &raw);
    return store_put(s, STORE_TREE, raw.ptr, raw.len, ret, e);
}

/* NOLINTNEXTLINE(readability-function-size): each is another thing, and none belongs to another. */
int snapshot_write(struct store *s, const struct oid *files, const struct oid *meta, const struct oid *parent, const char *message, int64_t when_ns,
                   struct oid *ret_commit, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(COMMIT_MAX);
    char hex[OID_HEX + 1];
    struct oid root;
    if (put_root(s, files, meta, &root, e) != 0)
        return e->class;
    oid_to_hex(&root, hex);
    str_addf(&text, "tree %s\n", hex);
    if (parent != NULL) {
        oid_to_hex(parent, hex);
        str_addf(&text, "parent %s\n", hex);
    }
    int64_t when = when_ns / 1000000000;
    str_addf(&text, "author " COMMIT_AUTHOR " %" PRId64 " +0000\n", when);
    str_addf(&text, "committer " COMMIT_AUTHOR " %" PRId64 " +0000\n", when);
    str_addf(&text, "\n%s\n", message);
    if (str_check(&text, "a commit", e) != 0)
        return e->class;
    return store_put(s, STORE_COMMIT, text.buf, text.len, ret_commit, e);
}

/* "WORD HEX\n" at *at; moves past it. */
static bool take_id_line(const char **at, const char *word, struct oid *ret)
{
    char hex[OID_HEX + 1];
    size_t len = strlen(word);
    const char *line = *at;
    if (strncmp(line, word, len) != 0 || memchr(line + len, '\0', OID_HEX + 1) != NULL || line[len + OID_HEX] != '\n')
        return false;
    memcpy(hex, line + len, OID_HEX);
    hex[OID_HEX] = '\0';
    *at = line + len + OID_HEX + 1;
    return oid_from_hex(hex, ret);
}

static int read_commit(struct store *s, const struct oid *id, struct commit *ret, struct err *e)
{
    AUTO(mem_free_ptr) void *text = NULL;
    size_t len = 0;
    struct commit c = {0};
    if (store_get(s, id, STORE_COMMIT, &text, &len, e) != 0)
        return e->class;
    const char *at = text;
    if (len > COMMIT_MAX || strlen(at) != len || !take_id_line(&at, "tree ", &c.tree))
        return err_set(e, ERR_CORRUPT, "a stored commit is damaged");
    while (c.n_parents < COMMIT_MAX_PARENTS && take_id_line(&at, "parent ", &c.parent[c.n_parents]))
        c.n_parents++;
    if (!str_starts(at, "author "))
        return err_set(e, ERR_CORRUPT, "a stored commit is damaged");
    *ret = c;
    return 0;
}

static bool is_subtree(const struct snapshot_tree_entry *x, const char *name)
{
    return x->mode == SNAPSHOT_TREE_DIR && x->name.len == strlen(name) && memcmp(x->name.ptr, name, x->name.len) == 0;
}

int snapshot_read(struct store *s, const struct oid *commit, struct oid *ret_files, struct oid *ret_meta, struct err *e)
{
    AUTO(mem_free_ptr) void *raw = NULL;
    AUTO(snapshot_tree_release) struct snapshot_tree t = {0};
    struct commit c;
    size_t len = 0;
    if (read_commit(s, commit, &c, e) != 0 || store_get(s, &c.tree, STORE_TREE, &raw, &len, e) != 0 || snapshot_tree_decode(raw, len, &t, e) != 0)
        return e->class;
    if (t.n != 2 || !is_subtree(&t.entry[0], "files") || !is_subtree(&t.entry[1], "meta"))
        return err_set(e, ERR_CORRUPT, "a stored commit is not a snapshot of nono");
    *ret_files = t.entry[0].id;
    *ret_meta = t.entry[1].id;
    return 0;
}

/* What was marked and is still to be opened: a stack, so that depth costs memory and no stack frames. */
struct walk {
    struct store *store;
    int (*mark)(void *arg, const struct oid *id, enum store_kind kind, struct err *e);
    void *arg;
    struct walk_item {
        struct oid id;
        enum store_kind kind;
    } * item;
    size_t n, cap;
};

static void walk_release(struct walk *w)
{
    mem_free(w->item);
}

static int reach(struct walk *w, const struct oid *id, enum store_kind kind, struct err *e)
{
    int is_new = w->mark(w->arg, id, kind, e);
    if (is_new < 0)
        return is_new;
    if (is_new > 0 && kind != STORE_BLOB) {
        mem_reserve(&w->item, &w->cap, w->n + 1, sizeof(*w->item));
        w->item[w->n++] = (struct walk_item){*id, kind};
    }
    return 0;
}

static int open_tree(struct walk *w, const struct oid *id, struct err *e)
{
    AUTO(mem_free_ptr) void *raw = NULL;
    AUTO(snapshot_tree_release) struct snapshot_tree t = {0};
    size_t len = 0;
    if (store_get(w->store, id, STORE_TREE, &raw, &len, e) != 0 || snapshot_tree_decode(raw, len, &t, e) != 0)
        return e->class;
    for (size_t i = 0; i < t.n; i++) {
        if (reach(w, &t.entry[i].id, t.entry[i].mode == SNAPSHOT_TREE_DIR ? STORE_TREE : STORE_BLOB, e) != 0)
            return e->class;
    }
    return 0;
}

static int open_commit(struct walk *w, const struct oid *id, struct err *e)
{
    struct commit c;
    if (read_commit(w->store, id, &c, e) != 0 || reach(w, &c.tree, STORE_TREE, e) != 0)
        return e->class;
    for (size_t i = 0; i < c.n_parents; i++) {
        if (reach(w, &c.parent[i], STORE_COMMIT, e) != 0)
            return e->class;
    }
    return 0;
}

static int walk_from(struct walk *w, const struct oid *id, enum store_kind kind, struct err *e)
{
    if (reach(w, id, kind, e) != 0)
        return e->class;
    while (w->n > 0) {
        struct walk_item next = w->item[--w->n];
        int status = next.kind == STORE_COMMIT ? open_commit(w, &next.id, e) : open_tree(w, &next.id, e);
        if (status != 0)
            return status;
    }
    return 0;
}

int snapshot_walk(struct store *s, const struct oid *commit, int (*mark)(void *arg, const struct oid *id, enum store_kind kind, struct err *e),
                  void *arg, struct err *e)
{
    AUTO(walk_release) struct walk w = {.store = s, .mark = mark, .arg = arg};
    return walk_from(&w, commit, STORE_COMMIT, e);
}

int snapshot_walk_tree(struct store *s, const struct oid *tree, int (*mark)(void *arg, const struct oid *id, enum store_kind kind, struct err *e),
                       void *arg, struct err *e)
{
    AUTO(walk_release) struct walk w = {.store = s, .mark = mark, .arg = arg};
    return walk_from(&w, tree, STORE_TREE, e);
}
