#include "rollback/snapshot.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "rollback/snapshot_tree.h"
#include "tests/unit/store_fixture.h"
#include "tests/unit/tap.h"

static struct oid put_tree_text(struct store *s, const void *data, size_t len)
{
    struct err e = ERR_INIT;
    struct oid id;
    CHECK_OK(store_put(s, STORE_TREE, data, len, &id, &e), &e);
    return id;
}

/* A directory with one of each; names are in order. */
enum { N = 7 };
struct example {
    struct snapshot_entry entry[N];
    struct snapshot_dir dir;
};

static void empty_dir(struct store *s, struct oid *ret_files, struct oid *ret_meta)
{
    struct err e = ERR_INIT;
    const struct snapshot_dir d = {.self = {.type = SNAPSHOT_DIR, .mode = 0700}};
    CHECK_OK(snapshot_dir_write(s, &d, ret_files, ret_meta, &e), &e);
}

static void make_example(struct store *s, struct example *x)
{
    static char names[N][8] = {".git", "a", "a.b", "device", "link", "n\nl", "\xff"};
    memset(x, 0, sizeof(*x));
    x->dir = (struct snapshot_dir){.self = {.type = SNAPSHOT_DIR, .mode = 01777, .mtime_ns = -1, .uid = 7}, .entry = x->entry, .n = N};
    for (size_t i = 0; i < N; i++)
        x->entry[i].name = names[i];
    x->entry[0].node = (struct snapshot_node){.type = SNAPSHOT_DIR, .mode = 0700};
    empty_dir(s, &x->entry[0].files, &x->entry[0].meta);
    x->entry[1].node = (struct snapshot_node){.type = SNAPSHOT_DIR, .mode = 0700};
    empty_dir(s, &x->entry[1].files, &x->entry[1].meta);
    x->entry[2].node = (struct snapshot_node){.type = SNAPSHOT_FILE, .mode = 04755, .size = 4, .mtime_ns = 1234567890987654321, .link_group = 99};
    x->entry[2].node.content = fixture_put(s, "text", 4);
    x->entry[2].node.xattrs = fixture_put(s, "not looked at", 13);
    x->entry[3].node = (struct snapshot_node){.type = SNAPSHOT_BLOCK, .mode = 0660, .rdev = 0x1234567890};
    x->entry[4].node = (struct snapshot_node){.type = SNAPSHOT_LINK, .mode = 0777};
    x->entry[4].node.content = fixture_put(s, "a", 1);
    x->entry[5].node = (struct snapshot_node){.type = SNAPSHOT_FILE, .mode = 0600, .flags = SNAPSHOT_UNREADABLE, .size = 9};
    x->entry[6].node = (struct snapshot_node){.type = SNAPSHOT_SOCKET, .uid = UINT32_MAX, .gid = 1};
}

TEST(a_directory_comes_back_as_it_was)
{
    struct err e = ERR_INIT;
    struct example x;
    struct snapshot_dir d;
    struct oid files, meta, again_files, again_meta;
    struct store *s = fixture_store();
    make_example(s, &x);
    CHECK_OK(snapshot_dir_write(s, &x.dir, &files, &meta, &e), &e);
    CHECK_OK(snapshot_dir_read(s, &files, &meta, &d, &e), &e);
    CHECK_INT(d.n, N);
    CHECK(memcmp(&d.self, &x.dir.self, sizeof(d.self)) == 0);
    for (size_t i = 0; i < N; i++) {
        CHECK_STR(d.entry[i].name, x.entry[i].name);
        CHECK(memcmp(&d.entry[i].node, &x.entry[i].node, sizeof(d.entry[i].node)) == 0);
        CHECK(oid_equal(&d.entry[i].files, &x.entry[i].files) && oid_equal(&d.entry[i].meta, &x.entry[i].meta));
    }
    CHECK_OK(snapshot_dir_write(s, &d, &again_files, &again_meta, &e), &e);
    CHECK(oid_equal(&files, &again_files) && oid_equal(&meta, &again_meta));
    snapshot_dir_release(&d);
    store_close(s);
}

TEST(trees_that_do_not_fit_their_records_are_refused)
{
    struct err e = ERR_INIT;
    struct example x, other;
    struct snapshot_dir d;
    struct oid files, meta, other_files, other_meta;
    struct store *s = fixture_store();
    make_example(s, &x);
    CHECK_OK(snapshot_dir_write(s, &x.dir, &files, &meta, &e), &e);
    for (int i = 0; i < 4; i++) {
        make_example(s, &other);
        if (i == 0)
            other.dir.n--; /* a special file: only the records differ, so that trees still fit */
        if (i == 1)
            other.entry[2].node.mode = 0644;
        if (i == 2)
            other.entry[2].node.type = SNAPSHOT_LINK;
        if (i == 3) {
            other.entry[5].node.flags = 0;
            other.entry[5].node.content = other.entry[2].node.content;
        }
        CHECK_OK(snapshot_dir_write(s, &other.dir, &other_files, &other_meta, &e), &e);
        if (i == 0) {
            CHECK_OK(snapshot_dir_read(s, &files, &other_meta, &d, &e), &e);
            snapshot_dir_release(&d);
            continue;
        }
        CHECK_ERR(snapshot_dir_read(s, &files, &other_meta, &d, &e), ERR_CORRUPT, &e);
        CHECK_ERR(snapshot_dir_read(s, &other_files, &meta, &d, &e), ERR_CORRUPT, &e);
    }
    CHECK_ERR(snapshot_dir_read(s, &meta, &files, &d, &e), ERR_CORRUPT, &e);
    store_close(s);
}

TEST(hostile_trees_are_refused)
{
#define ID "\1aaaaaaaaaaaaaaaaaaa"
#define TREE(text) \
    { \
        text, sizeof(text) - 1 \
    }
    static const struct {
        const char *text;
        size_t len;
    } bad[] = {
        TREE("100644 ..\0" ID),
        TREE("100644 .\0" ID),
        TREE("100644 \0" ID),
        TREE("100644 a/b\0" ID),
        TREE("40000 b\0" ID "40000 a\0" ID),
        TREE("100644 a\0" ID "100644 a\0" ID),
        TREE("160000 a\0" ID),
        TREE("100600 a\0" ID),
        TREE("100644 a\0aaa"),
        TREE("100644 a"),
        TREE("040000 a\0" ID),
        TREE("junk"),
        TREE("100644 a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
    };
    struct err e = ERR_INIT;
    struct snapshot_dir d;
    struct snapshot_tree t;
    struct oid files, meta;
    struct store *s = fixture_store();
    empty_dir(s, &files, &meta);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct oid tree = put_tree_text(s, bad[i].text, bad[i].len);
        CHECK_ERR(snapshot_tree_decode(bad[i].text, bad[i].len, &t, &e), ERR_CORRUPT, &e);
        CHECK_ERR(snapshot_dir_read(s, &tree, &meta, &d, &e), ERR_CORRUPT, &e);
        CHECK_ERR(snapshot_dir_read(s, &files, &tree, &d, &e), ERR_CORRUPT, &e);
    }
    store_close(s);
}

TEST(a_meta_tree_has_what_its_records_name_and_no_more)
{
    static const char more[] = "100644 zzz\0" ID;
    struct err e = ERR_INIT;
    struct example x;
    struct snapshot_dir d;
    struct oid files, meta;
    void *raw = NULL;
    size_t len = 0;
    struct store *s = fixture_store();
    make_example(s, &x);
    CHECK_OK(snapshot_dir_write(s, &x.dir, &files, &meta, &e), &e);
    CHECK_OK(store_get(s, &meta, STORE_TREE, &raw, &len, &e), &e);
    unsigned char *longer = mem_alloc(len + sizeof(more));
    memcpy(longer, raw, len);
    memcpy(longer + len, more, sizeof(more) - 1);
    struct oid with_more = put_tree_text(s, longer, len + sizeof(more) - 1);
    /* The last entry is "x" and 40 digits: the attributes of one file. */
    struct oid with_less = put_tree_text(s, raw, len - strlen("100644 x") - OID_HEX - 1 - OID_SIZE);
    CHECK_ERR(snapshot_dir_read(s, &files, &with_more, &d, &e), ERR_CORRUPT, &e);
    CHECK_ERR(snapshot_dir_read(s, &files, &with_less, &d, &e), ERR_CORRUPT, &e);
    CHECK(strstr(e.text, "do not fit") != NULL);
    mem_free(longer);
    mem_free(raw);
    store_close(s);
}

struct seen {
    struct oid id[64];
    size_t n;
};

static int mark(void *arg, const struct oid *id, enum store_kind kind, struct err *e)
{
    struct seen *x = arg;
    (void)e;
    (void)kind;
    for (size_t i = 0; i < x->n; i++) {
        if (oid_equal(&x->id[i], id))
            return 0;
    }
    CHECK(x->n < 64);
    x->id[x->n++] = *id;
    return 1;
}

TEST(a_commit_names_its_trees_and_reaches_everything)
{
    struct err e = ERR_INIT;
    struct example x;
    struct oid files, meta, first, second, got_files, got_meta;
    struct seen seen = {.n = 0};
    struct store_usage u;
    struct store *s = fixture_store();
    make_example(s, &x);
    CHECK_OK(snapshot_dir_write(s, &x.dir, &files, &meta, &e), &e);
    CHECK_OK(snapshot_write(s, &files, &meta, NULL, "first", 1000000000, &first, &e), &e);
    CHECK_OK(snapshot_write(s, &x.entry[0].files, &x.entry[0].meta, &first, "second", 2000000000, &second, &e), &e);
    CHECK_OK(snapshot_read(s, &first, &got_files, &got_meta, &e), &e);
    CHECK(oid_equal(&files, &got_files) && oid_equal(&meta, &got_meta));
    CHECK_OK(store_commit(s, &e), &e);
    CHECK_OK(snapshot_walk(s, &second, mark, &seen, &e), &e);
    CHECK_OK(store_usage(s, &u, &e), &e);
    CHECK_INT(seen.n, u.objects); /* attributes and the parent included */
    CHECK_ERR(snapshot_read(s, &files, &got_files, &got_meta, &e), ERR_CORRUPT, &e);
    CHECK_ERR(snapshot_read(s, &(struct oid){{5}}, &got_files, &got_meta, &e), ERR_MISSING, &e);
    store_close(s);
}

TEST(commits_that_are_none_are_refused)
{
    static const char *const bad[] = {"", "tree 123\n", "tree 1111111111111111111111111111111111111111",
                                      "tree 1111111111111111111111111111111111111111\nparent 2\n",
                                      "parent 1111111111111111111111111111111111111111\n"};
    struct err e = ERR_INIT;
    struct store *s = fixture_store();
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct oid id, files, meta;
        CHECK_OK(store_put(s, STORE_COMMIT, bad[i], strlen(bad[i]), &id, &e), &e);
        CHECK_ERR(snapshot_read(s, &id, &files, &meta, &e), ERR_CORRUPT, &e);
    }
    store_close(s);
}

TEST(git_reads_what_is_written)
{
    static const char *const name[] = {"commit", "tree", "blob"};
    struct err e = ERR_INIT;
    struct example x;
    struct oid files, meta, commit;
    struct seen seen = {.n = 0};
    if (!fixture_has_git())
        SKIP("git is not installed");
    struct store *s = fixture_store();
    make_example(s, &x);
    x.entry[0].name = mem_strdup("%git"); /* git fsck objects to the other one, as it should */
    CHECK_OK(snapshot_dir_write(s, &x.dir, &files, &meta, &e), &e);
    CHECK_OK(snapshot_write(s, &files, &meta, NULL, "a session", 1700000000000000000, &commit, &e), &e);
    CHECK_OK(snapshot_walk(s, &commit, mark, &seen, &e), &e);
    CHECK_STR(fixture_shell("cd %s && HOME=$PWD git init -q --bare repo && echo ok", tap_tmpdir()), "ok");
    for (size_t i = 0; i < seen.n; i++) {
        char hex[OID_HEX + 1];
        void *data = NULL;
        size_t len = 0, kind = 0;
        while (kind < 3 && store_get(s, &seen.id[i], (enum store_kind)(kind + 1), &data, &len, &e) != 0)
            kind++;
        CHECK(kind < 3);
        oid_to_hex(&seen.id[i], hex);
        fixture_write(fixture_path("object"), data, len);
        CHECK_STR(fixture_shell("cd %s && HOME=$PWD git -C repo hash-object --literally -t %s -w ../object", tap_tmpdir(), name[kind]), hex);
        mem_free(data);
    }
    char hex[OID_HEX + 1];
    oid_to_hex(&commit, hex);
    CHECK_STR(fixture_shell("cd %s && HOME=$PWD git -C repo fsck --strict --no-dangling %s 2>&1 | grep -v '^notice' ; echo end", tap_tmpdir(), hex),
              "end");
    CHECK_STR(fixture_shell("cd %s && HOME=$PWD git -C repo show -s --format=%%s,%%at %s", tap_tmpdir(), hex), "a session,1700000000");
    mem_free(x.entry[0].name);
    store_close(s);
}

TEST(attributes_come_back)
{
    struct err e = ERR_INIT;
    struct snapshot_xattr item[3] = {{mem_strdup("security.capability"), mem_strdup("c"), 1},
                                     {mem_strdup("user.a"), mem_strdup(""), 0},
                                     {mem_strdup("user.b"), mem_dup("1\0002", 3), 3}};
    struct snapshot_xattrs x = {item, 3, 3}, got, none = {0};
    struct store *s = fixture_store();
    void *data = NULL;
    size_t len = 0;
    snapshot_xattrs_encode(&x, &data, &len);
    struct oid id = fixture_put(s, data, len), zero = {{0}};
    CHECK_OK(snapshot_xattrs_read(s, &id, &got, &e), &e);
    CHECK_INT(got.n, 3);
    CHECK_STR(got.item[2].name, "user.b");
    CHECK_INT(got.item[2].len, 3);
    snapshot_xattrs_release(&got);
    for (size_t i = 0; i < len; i++)
        CHECK_ERR(snapshot_xattrs_decode(data, i, &got, &e), ERR_CORRUPT, &e);
    CHECK_OK(snapshot_xattrs_read(s, &zero, &got, &e), &e);
    CHECK_INT(got.n, 0);
    mem_free(data);
    snapshot_xattrs_encode(&none, &data, &len);
    CHECK(data == NULL && len == 0);
    for (size_t i = 0; i < 3; i++) {
        mem_free(item[i].name);
        mem_free(item[i].value);
    }
    store_close(s);
}

TEST(only_what_a_person_sets_is_kept)
{
    CHECK(snapshot_xattr_is_kept("user.mime_type"));
    CHECK(snapshot_xattr_is_kept("system.posix_acl_access"));
    CHECK(!snapshot_xattr_is_kept("security.selinux"));
    CHECK(!snapshot_xattr_is_kept("system.posix_acl_accessx"));
}
