/* scan: everything is recorded, every change shows, and nothing else is looked at. */
#include "rollback/scan.h"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/str.h"
#include "rollback/snapshot.h"
#include "tests/unit/scan_fixture.h"
#include "tests/unit/store_fixture.h"
#include "tests/unit/tap.h"

static void everything_is_recorded(void)
{
    scan_make_tree();
    if (geteuid() == 0)
        scan_shell("mknod tree/null c 1 3 && chown 1234:5678 tree/null tree/empty");
    (void)setxattr(fixture_path("tree/one"), "user.test", "value", 5, 0);
    (void)setxattr(fixture_path("tree/empty"), "user.test", "dir", 3, 0);
    scan_settle();
    struct scan_outcome first = scan_tree();
    CHECK_STR(fixture_shell("find %s -mindepth 1 -print0 | tr -dc '\\0' | wc -c", fixture_path("tree")), fixture_shell("echo %zu", first.n_entries));
    CHECK(!first.unchanged);
    CHECK_INT(first.n_unreadable, 0);
    scan_check(&first);
    struct scan_outcome second = scan_tree();
    CHECK(second.unchanged && scan_same(&first, &second));
    CHECK_INT(second.n_read, 0);
    CHECK_INT(second.n_entries, first.n_entries);
}

TEST(everything_is_recorded_and_comes_back)
{
    everything_is_recorded();
}

TEST(everything_is_recorded_for_an_ordinary_user)
{
    tap_drop_root();
    everything_is_recorded();
}

TEST(the_content_tree_is_git_s)
{
    char hex[OID_HEX + 1];
    if (!fixture_has_git())
        SKIP("git is not installed");
    scan_shell("mkdir -p tree/a/b tree/a-b tree/a.b && echo 1 > tree/a/x && echo 2 > tree/a/b/y && echo 3 > tree/a-b/z && echo 4 > tree/a.b/z && ln -s x "
          "tree/a/l &&"
          "echo 5 > tree/a.c && echo 6 > tree/run && chmod 700 tree/run && head -c 5000000 /dev/zero > tree/big");
    struct scan_outcome o = scan_tree();
    oid_to_hex(&o.files, hex);
    CHECK_STR(fixture_shell("cd %s && export HOME=$PWD GIT_DIR=../git GIT_WORK_TREE=$PWD && git init -q . && git add -A . && git write-tree",
                            fixture_path("tree")),
              hex);
}

static void change_shows(const char *command, bool content)
{
    struct scan_outcome before = scan_tree();
    scan_settle();
    scan_shell(command);
    struct scan_outcome after = scan_tree();
    if (scan_same(&before, &after) || after.unchanged || (content && oid_equal(&before.files, &after.files)))
        tap_fail(__FILE__, __LINE__, "not noticed: %s", command);
    scan_check(&after);
    scan_settle();
    (void)scan_tree(); /* the racy ones are read again … */
    scan_settle();
    struct scan_outcome again = scan_tree();
    CHECK(again.unchanged && scan_same(&after, &again)); /* … until they are old */
    CHECK_INT(again.n_read, 0);
}

TEST(every_change_shows)
{
    scan_make_tree();
    change_shows("echo ONE > tree/one", true);
    change_shows("cp -p tree/a/two ref && echo TWO | dd of=tree/a/two conv=notrunc status=none && touch -r ref tree/a/two", true);
    change_shows("chmod 600 tree/one", true);
    change_shows("chmod 640 tree/one", false);
    change_shows("touch -d @1 tree/a/b/c/x", false);
    change_shows("rm tree/a/link && ln -s elsewhere tree/a/link", true);
    change_shows("rm -r tree/d5", true);
    change_shows("mkdir tree/d6/new", true);
    change_shows("chmod 700 tree/empty/deeper", false);
    change_shows("ln tree/d7/f tree/d8/g", true);
    change_shows("mv tree/d9/f tree/d10/f", true);
    change_shows("rm tree/fifo", false);
    change_shows("rm tree/d11/f && mkdir tree/d11/f", true);
    change_shows("rm -r tree/d12 && echo file > tree/d12", true);
    change_shows("chmod 700 tree", false);
    change_shows("echo x > tree/x", true);
    if (setxattr(fixture_path("tree/x"), "user.test", "1", 1, 0) == 0) {
        scan_settle();
        (void)scan_tree();
        change_shows("setfattr -n user.test -v 2 tree/x 2>/dev/null || chmod 611 tree/x", false);
    }
    change_shows("find tree -mindepth 1 -delete", true);
}

TEST(excluded_names_and_the_state_directory_are_left_out)
{
    struct strlist names = STRLIST_INIT;
    strlist_add(&names, "node_modules");
    scan_shell("mkdir -p tree/a/node_modules/x tree/b tree/node_modules2 && echo 1 > tree/a/node_modules/x/f && echo 2 > tree/b/node_modules && ln -s "
          "tree/b/state state");
    scan_shell("rm state && mkdir tree/b/state && ln -s tree/b/state state");
    scan_excluded = &names;
    struct err e = ERR_INIT;
    struct store *s = NULL;
    struct scan *scan = NULL;
    char *state = mem_strdup(fixture_path("tree/b/state"));
    const struct scan_request r = {.root = fixture_path("tree"), .state_dir = state, .exclude = &names, .settle_ns = 10000000};
    CHECK_OK(store_open(state, &s, &e), &e);
    CHECK_OK(scan_run(&r, s, &scan, &e), &e);
    CHECK_INT(scan_result(scan)->n_entries, 3); /* a, b, node_modules2 */
    scan_free(scan);
    store_close(s);
    mem_free(state);
    strlist_release(&names);
}

TEST(excluded_names_may_be_patterns)
{
    struct strlist names = STRLIST_INIT;
    strlist_add(&names, "*.py[co]");
    strlist_add(&names, "a[1]");
    scan_shell("mkdir -p tree/d && cd tree && touch d/x.pyc d/x.pyo d/x.py .pyc 'a[1]' a1 a2");
    scan_excluded = &names;
    struct scan_outcome found = scan_tree();
    CHECK_INT(found.n_entries, 3); /* d, d/x.py, a2 */
    scan_excluded = NULL;
    strlist_release(&names);
}

TEST(one_object_is_seen_as_the_scan_sees_it)
{
    struct err e = ERR_INIT;
    struct snapshot_node n;
    scan_make_tree();
    (void)setxattr(fixture_path("tree/one"), "user.test", "value", 5, 0);
    struct scan_outcome o = scan_tree();
    struct snapshot_dir d;
    struct store *s = fixture_store();
    CHECK_OK(snapshot_dir_read(s, &o.files, &o.meta, &d, &e), &e);
    int fd = open(fixture_path("tree"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; i < d.n; i++) {
        const struct snapshot_node *was = &d.entry[i].node;
        CHECK_OK(scan_one(s, fd, d.entry[i].name, &n, &e), &e);
        CHECK(n.type == was->type && n.flags == was->flags && n.mode == was->mode && n.mtime_ns == was->mtime_ns && n.size == was->size &&
              n.link_group == was->link_group && oid_equal(&n.content, &was->content) && oid_equal(&n.xattrs, &was->xattrs));
    }
    CHECK_ERR(scan_one(s, fd, "not there", &n, &e), ERR_MISSING, &e);
    (void)close(fd);
    snapshot_dir_release(&d);
    store_close(s);
}
