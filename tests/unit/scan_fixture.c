#include "tests/unit/scan_fixture.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/mem.h"
#include "rollback/snapshot.h"
#include "tests/unit/store_fixture.h"
#include "tests/unit/tap.h"

const struct strlist *scan_excluded;

static struct scan *scan_with(struct store *s)
{
    struct err e = ERR_INIT;
    struct scan *scan = NULL;
    const struct scan_request r = {.root = fixture_path("tree"), .state_dir = fixture_path("state"), .exclude = scan_excluded, .settle_ns = 10000000};
    CHECK_OK(scan_run(&r, s, &scan, &e), &e);
    CHECK_OK(store_commit(s, &e), &e);
    CHECK_OK(scan_keep(scan, &e), &e);
    return scan;
}

struct scan_outcome scan_tree(void)
{
    struct store *s = fixture_store();
    struct scan *scan = scan_with(s);
    const struct scan_result *r = scan_result(scan);
    struct scan_outcome o = {r->files, r->meta, r->unchanged, r->n_read, r->n_entries, r->n_unreadable, r->notes.n};
    scan_free(scan);
    store_close(s);
    return o;
}

bool scan_same(const struct scan_outcome *a, const struct scan_outcome *b)
{
    return oid_equal(&a->files, &b->files) && oid_equal(&a->meta, &b->meta);
}

void scan_settle(void)
{
    (void)usleep(60000);
}

void scan_shell(const char *command)
{
    CHECK_STR(fixture_shell("export LC_ALL=C; cd %s && { %s; } >&2 && echo done", fixture_path(""), command), "done");
}

void scan_make_tree(void)
{
    scan_shell("mkdir -p tree/a/b/c tree/empty/deeper tree/.git/hooks tree/a/sub/.git && echo one > tree/one && echo two > tree/a/two && : > "
          "tree/a/b/none &&"
          "printf x > tree/a/b/c/x && ln -s ../one tree/a/link && ln -s nowhere tree/dangling && chmod 755 tree/a/two && chmod 4711 tree/one &&"
          "echo hook > tree/.git/hooks/pre-commit && echo '*' > tree/.gitignore && echo g > tree/a/sub/.git/config && mkfifo tree/fifo && ln "
          "tree/one tree/a/one-again &&"
          "printf n > \"$(printf 'tree/new\\nline')\" && printf u > \"$(printf 'tree/\\377\\376')\" && touch -d @123456789.987654321 tree/a/b &&"
          "head -c 6000000 /dev/zero > tree/big && i=0 && while [ $i -lt 60 ]; do mkdir tree/d$i && echo $i > tree/d$i/f; i=$((i+1)); done");
    scan_settle();
}

/* Compares what was recorded with what is there; yields the number of objects. */
static size_t check_dir(struct store *s, const struct oid *files, const struct oid *meta, const char *path);

static void check_xattrs(struct store *s, const char *path, const struct oid *id)
{
    struct err e = ERR_INIT;
    struct snapshot_xattrs x = {0};
    char value[256];
    CHECK_OK(snapshot_xattrs_read(s, id, &x, &e), &e);
    for (size_t i = 0; i < x.n; i++) {
        ssize_t n = lgetxattr(path, x.item[i].name, value, sizeof(value));
        CHECK_INT(n, x.item[i].len);
        CHECK(memcmp(value, x.item[i].value, (size_t)n) == 0);
    }
    CHECK(x.n > 0 || lgetxattr(path, "user.test", value, sizeof(value)) < 0);
    snapshot_xattrs_release(&x);
}

static void check_content(struct store *s, const struct snapshot_node *n, const char *path)
{
    size_t len = 0;
    char target[4096];
    if (n->type == SNAPSHOT_LINK) {
        ssize_t got = readlink(path, target, sizeof(target));
        CHECK(got > 0 && fixture_holds(s, &n->content, target, (size_t)got));
    } else if (n->type == SNAPSHOT_FILE && n->flags == 0) {
        unsigned char *data = fixture_read(path, &len);
        CHECK(fixture_holds(s, &n->content, data, len));
        mem_free(data);
    } else {
        CHECK(oid_is_zero(&n->content));
    }
}

static size_t check_dir(struct store *s, const struct oid *files, const struct oid *meta, const char *path)
{
    struct err e = ERR_INIT;
    struct snapshot_dir d;
    size_t total = 0;
    CHECK_OK(snapshot_dir_read(s, files, meta, &d, &e), &e);
    for (size_t i = 0; i < d.n; i++) {
        struct snapshot_node now;
        struct stat st;
        char *below = mem_alloc(strlen(path) + strlen(d.entry[i].name) + 2);
        (void)sprintf(below, "%s/%s", path, d.entry[i].name);
        CHECK(lstat(below, &st) == 0);
        snapshot_node_of(&st, &now);
        const struct snapshot_node *was = &d.entry[i].node;
        CHECK(now.type == was->type && now.mode == was->mode && now.uid == was->uid && now.gid == was->gid && now.mtime_ns == was->mtime_ns &&
              now.size == was->size && now.link_group == was->link_group && now.rdev == was->rdev);
        check_content(s, was, below);
        check_xattrs(s, below, &was->xattrs);
        total += 1 + (was->type == SNAPSHOT_DIR && was->flags == 0 ? check_dir(s, &d.entry[i].files, &d.entry[i].meta, below) : 0);
        mem_free(below);
    }
    snapshot_dir_release(&d);
    return total;
}

void scan_check(const struct scan_outcome *o)
{
    struct store *s = fixture_store();
    CHECK_INT(check_dir(s, &o->files, &o->meta, fixture_path("tree")), o->n_entries);
    store_close(s);
}
