#include "rollback/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/str.h"
#include "rollback/snapshot.h"
#include "tests/unit/store_fixture.h"
#include "tests/unit/tap.h"

enum { MIB = 1024 * 1024 };

static const struct strlist *excluded;

static struct scan *scan_with(struct store *s)
{
    struct err e = ERR_INIT;
    struct scan *scan = NULL;
    const struct scan_request r = {.root = fixture_path("tree"), .state_dir = fixture_path("state"), .exclude = excluded, .settle_ns = 10000000};
    CHECK_OK(scan_run(&r, s, &scan, &e), &e);
    CHECK_OK(store_commit(s, &e), &e);
    CHECK_OK(scan_keep(scan, &e), &e);
    return scan;
}

struct outcome {
    struct oid files, meta;
    bool unchanged;
    size_t n_read, n_entries, n_unreadable, n_notes;
};

static struct outcome scan_tree(void)
{
    struct store *s = fixture_store();
    struct scan *scan = scan_with(s);
    const struct scan_result *r = scan_result(scan);
    struct outcome o = {r->files, r->meta, r->unchanged, r->n_read, r->n_entries, r->n_unreadable, r->notes.n};
    scan_free(scan);
    store_close(s);
    return o;
}

static bool same(const struct outcome *a, const struct outcome *b)
{
    return oid_equal(&a->files, &b->files) && oid_equal(&a->meta, &b->meta);
}

/* Stat data of files written just now is not believed. */
static void settle(void)
{
    (void)usleep(60000);
}

static void shell(const char *command)
{
    CHECK_STR(fixture_shell("export LC_ALL=C; cd %s && { %s; } >&2 && echo done", fixture_path(""), command), "done");
}

static void make_tree(void)
{
    shell("mkdir -p tree/a/b/c tree/empty/deeper tree/.git/hooks tree/a/sub/.git && echo one > tree/one && echo two > tree/a/two && : > "
          "tree/a/b/none &&"
          "printf x > tree/a/b/c/x && ln -s ../one tree/a/link && ln -s nowhere tree/dangling && chmod 755 tree/a/two && chmod 4711 tree/one &&"
          "echo hook > tree/.git/hooks/pre-commit && echo '*' > tree/.gitignore && echo g > tree/a/sub/.git/config && mkfifo tree/fifo && ln "
          "tree/one tree/a/one-again &&"
          "printf n > \"$(printf 'tree/new\\nline')\" && printf u > \"$(printf 'tree/\\377\\376')\" && touch -d @123456789.987654321 tree/a/b &&"
          "head -c 6000000 /dev/zero > tree/big && i=0 && while [ $i -lt 60 ]; do mkdir tree/d$i && echo $i > tree/d$i/f; i=$((i+1)); done");
    settle();
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

static void check_outcome(const struct outcome *o)
{
    struct store *s = fixture_store();
    CHECK_INT(check_dir(s, &o->files, &o->meta, fixture_path("tree")), o->n_entries);
    store_close(s);
}

static void everything_is_recorded(void)
{
    make_tree();
    if (geteuid() == 0)
        shell("mknod tree/null c 1 3 && chown 1234:5678 tree/null tree/empty");
    (void)setxattr(fixture_path("tree/one"), "user.test", "value", 5, 0);
    (void)setxattr(fixture_path("tree/empty"), "user.test", "dir", 3, 0);
    settle();
    struct outcome first = scan_tree();
    CHECK_STR(fixture_shell("find %s -mindepth 1 -print0 | tr -dc '\\0' | wc -c", fixture_path("tree")), fixture_shell("echo %zu", first.n_entries));
    CHECK(!first.unchanged);
    CHECK_INT(first.n_unreadable, 0);
    check_outcome(&first);
    struct outcome second = scan_tree();
    CHECK(second.unchanged && same(&first, &second));
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
    shell("mkdir -p tree/a/b tree/a-b tree/a.b && echo 1 > tree/a/x && echo 2 > tree/a/b/y && echo 3 > tree/a-b/z && echo 4 > tree/a.b/z && ln -s x "
          "tree/a/l &&"
          "echo 5 > tree/a.c && echo 6 > tree/run && chmod 700 tree/run && head -c 5000000 /dev/zero > tree/big");
    struct outcome o = scan_tree();
    oid_to_hex(&o.files, hex);
    CHECK_STR(fixture_shell("cd %s && export HOME=$PWD GIT_DIR=../git GIT_WORK_TREE=$PWD && git init -q . && git add -A . && git write-tree",
                            fixture_path("tree")),
              hex);
}

TEST(nothing_changed_needs_no_module)
{
    int status = 0;
    make_tree();
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        (void)scan_tree();
        _exit(0);
    }
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    CHECK(scan_tree().unchanged);
    CHECK_STR(fixture_shell("grep -c libgit2 /proc/%d/maps", (int)getpid()), "0");
}

static void change_shows(const char *command, bool content)
{
    struct outcome before = scan_tree();
    settle();
    shell(command);
    struct outcome after = scan_tree();
    if (same(&before, &after) || after.unchanged || (content && oid_equal(&before.files, &after.files)))
        tap_fail(__FILE__, __LINE__, "not noticed: %s", command);
    check_outcome(&after);
    settle();
    (void)scan_tree(); /* the racy ones are read again … */
    settle();
    struct outcome again = scan_tree();
    CHECK(again.unchanged && same(&after, &again)); /* … until they are old */
    CHECK_INT(again.n_read, 0);
}

TEST(every_change_shows)
{
    make_tree();
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
        settle();
        (void)scan_tree();
        change_shows("setfattr -n user.test -v 2 tree/x 2>/dev/null || chmod 611 tree/x", false);
    }
    change_shows("find tree -mindepth 1 -delete", true);
}

TEST(a_young_file_is_read_again)
{
    make_tree();
    (void)scan_tree();
    for (int i = 0; i < 20; i++) {
        char text[20];
        (void)snprintf(text, sizeof(text), "%03d", i);
        fixture_write(fixture_path("tree/one"), text, 3);
        struct outcome o = scan_tree();
        check_outcome(&o);
    }
}

TEST(excluded_names_and_the_state_directory_are_left_out)
{
    struct strlist names = STRLIST_INIT;
    strlist_add(&names, "node_modules");
    shell("mkdir -p tree/a/node_modules/x tree/b tree/node_modules2 && echo 1 > tree/a/node_modules/x/f && echo 2 > tree/b/node_modules && ln -s "
          "tree/b/state state");
    shell("rm state && mkdir tree/b/state && ln -s tree/b/state state");
    excluded = &names;
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
    shell("mkdir -p tree/d && cd tree && touch d/x.pyc d/x.pyo d/x.py .pyc 'a[1]' a1 a2");
    excluded = &names;
    struct outcome found = scan_tree();
    CHECK_INT(found.n_entries, 3); /* d, d/x.py, a2 */
    excluded = NULL;
    strlist_release(&names);
}

/* The directory is as it was; only what is asked for differs. */
TEST(names_left_out_once_are_found_when_asked_for)
{
    struct strlist names = STRLIST_INIT;
    strlist_add(&names, "node_modules");
    shell("mkdir -p tree/a/node_modules && echo 1 > tree/a/node_modules/f && echo 2 > tree/a/g");
    settle();
    excluded = &names;
    struct outcome without = scan_tree();
    excluded = NULL;
    struct outcome with = scan_tree();
    CHECK_INT(without.n_entries, 2);
    CHECK_INT(with.n_entries, 4);
    excluded = &names;
    struct outcome again = scan_tree();
    CHECK_INT(again.n_entries, 2);
    strlist_release(&names);
}

static char cache[4096];

static void find_cache(void)
{
    (void)snprintf(cache, sizeof(cache), "%s", fixture_shell("ls -d %s/index/*", fixture_path("state")));
    CHECK(cache[0] == '/');
}

TEST(a_damaged_cache_costs_only_time)
{
    size_t len = 0;
    shell("mkdir -p tree/a && echo 1 > tree/a/f && echo 2 > tree/g && ln -s g tree/l");
    settle();
    struct outcome first = scan_tree();
    find_cache();
    unsigned char *file = fixture_read(cache, &len);
    for (size_t i = 0; i < len; i += 3) {
        file[i] ^= 0x41;
        fixture_write(cache, file, len);
        file[i] ^= 0x41;
        struct outcome o = scan_tree();
        CHECK(same(&first, &o));
        CHECK_INT(o.n_read, 2);
    }
    for (size_t i = 0; i < len; i += 11) {
        fixture_write(cache, file, i);
        struct outcome o = scan_tree();
        CHECK(same(&first, &o));
        CHECK_INT(o.n_read, 2);
    }
    mem_free(file);
    CHECK(scan_tree().unchanged);
}

TEST(a_cache_of_another_tree_is_not_used)
{
    make_tree();
    (void)scan_tree();
    shell("cp -a tree tree2 && mv tree old && mv tree2 tree");
    settle();
    struct outcome o = scan_tree();
    CHECK(o.n_read > 60);
    check_outcome(&o);
}

static int mark_nothing(void *arg, struct store *s, struct err *e)
{
    (void)arg;
    (void)s;
    (void)e;
    return 0;
}

static bool nothing_lives(void *arg, const struct oid *id)
{
    (void)id;
    return arg != NULL;
}

TEST(what_was_swept_is_stored_again)
{
    struct err e = ERR_INIT;
    uint64_t freed = 0;
    const struct store_sweep how = {NULL, mark_nothing, nothing_lives, false};
    make_tree();
    struct outcome first = scan_tree();
    struct store *s = fixture_store();
    CHECK_OK(store_sweep(s, &how, &freed, &e), &e);
    store_close(s);
    struct outcome second = scan_tree();
    CHECK(same(&first, &second) && !second.unchanged);
    check_outcome(&second);
    struct outcome third = scan_tree();
    CHECK(third.unchanged);
    (void)fixture_shell("rm -r %s/store", fixture_path("state"));
    struct outcome fourth = scan_tree();
    CHECK(same(&first, &fourth));
    check_outcome(&fourth);
}

TEST(what_may_not_be_read_is_named)
{
    tap_drop_root();
    shell("mkdir -p tree/dir/below tree/list && echo 1 > tree/dir/f && echo 2 > tree/secret && echo 3 > tree/list/f && chmod 000 tree/secret "
          "tree/dir && chmod 444 tree/list");
    settle();
    struct outcome o = scan_tree();
    CHECK_INT(o.n_unreadable, 3);
    CHECK_INT(o.n_notes, 3);
    struct store *s = fixture_store();
    struct snapshot_dir d;
    struct err e = ERR_INIT;
    CHECK_OK(snapshot_dir_read(s, &o.files, &o.meta, &d, &e), &e);
    CHECK_INT(d.n, 3);
    for (size_t i = 0; i < d.n; i++)
        CHECK_INT(d.entry[i].node.flags, SNAPSHOT_UNREADABLE);
    snapshot_dir_release(&d);
    store_close(s);
    shell("chmod 600 tree/secret && chmod 700 tree/dir tree/list");
    settle();
    o = scan_tree();
    CHECK_INT(o.n_unreadable, 0);
    check_outcome(&o);
}

static atomic_bool stop;

static void *append_main(void *arg)
{
    int fd = open(arg, O_WRONLY | O_APPEND | O_CLOEXEC);
    while (!atomic_load(&stop))
        (void)!write(fd, "more", 4);
    (void)close(fd);
    return NULL;
}

static void *overwrite_main(void *arg)
{
    int fd = open(arg, O_WRONLY | O_CLOEXEC);
    while (!atomic_load(&stop))
        (void)!pwrite(fd, "more", 4, 0);
    (void)close(fd);
    return NULL;
}

static void refused_while(void *(*writer)(void *))
{
    struct err e = ERR_INIT;
    struct scan *scan = NULL;
    pthread_t thread;
    make_tree();
    char *path = mem_strdup(fixture_path("tree/big"));
    struct store *s = fixture_store();
    CHECK(pthread_create(&thread, NULL, writer, path) == 0);
    const struct scan_request r = {.root = fixture_path("tree"), .state_dir = fixture_path("state"), .settle_ns = 10000000};
    /* On a busy machine the writer may not get to run while the file is read: then nothing was to be refused. */
    int status = 0;
    for (int i = 0; i < 50 && status == 0; i++) {
        status = scan_run(&r, s, &scan, &e);
        if (status == 0)
            scan_free_ptr(&scan);
    }
    CHECK_ERR(status, ERR_BUSY, &e);
    CHECK(strstr(e.text, "big") != NULL);
    atomic_store(&stop, true);
    CHECK(pthread_join(thread, NULL) == 0);
    store_close(s);
    mem_free(path);
    struct outcome o = scan_tree();
    check_outcome(&o);
}

TEST(a_file_that_grows_all_the_time_is_refused_by_name)
{
    refused_while(append_main);
}

TEST(a_file_that_is_overwritten_all_the_time_is_refused_by_name)
{
    refused_while(overwrite_main);
}

TEST(deeper_than_a_path_can_be_and_with_few_descriptors)
{
    struct rlimit few = {200, 200};
    CHECK(mkdir(fixture_path("tree"), 0700) == 0);
    int top = open(fixture_path("tree"), O_RDONLY | O_DIRECTORY | O_CLOEXEC), at = dup(top);
    for (int i = 0; i < 1500; i++) {
        int file = openat(at, "z-file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        CHECK(file >= 0 && mkdirat(at, "down", 0700) == 0 && mkdirat(at, "side", 0700) == 0);
        (void)close(file);
        int next = openat(at, "down", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CHECK(next >= 0);
        (void)close(at);
        at = next;
    }
    (void)close(at);
    (void)close(top);
    settle();
    CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
    struct outcome first = scan_tree(), second = scan_tree();
    CHECK_INT(first.n_entries, 4500);
    CHECK(second.unchanged && same(&first, &second));
}

TEST(a_full_disk_is_an_error_and_leaves_the_cache)
{
    struct err e = ERR_INIT;
    struct rlimit limit = {10000, RLIM_INFINITY};
    struct scan *scan = NULL;
    make_tree();
    struct outcome first = scan_tree();
    shell("head -c 3000000 /dev/urandom > tree/random && echo 1 > tree/d3/f");
    CHECK(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    struct store *s = fixture_store();
    const struct scan_request r = {.root = fixture_path("tree"), .state_dir = fixture_path("state"), .settle_ns = 10000000};
    CHECK_ERR(scan_run(&r, s, &scan, &e), ERR_IO, &e);
    store_close(s);
    limit.rlim_cur = RLIM_INFINITY;
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    struct outcome second = scan_tree();
    CHECK(!same(&first, &second));
    check_outcome(&second);
}

TEST(a_root_that_is_not_there)
{
    struct err e = ERR_INIT;
    struct scan *scan = NULL;
    struct store *s = fixture_store();
    const struct scan_request r = {.root = fixture_path("tree"), .state_dir = fixture_path("state")};
    CHECK_ERR(scan_run(&r, s, &scan, &e), ERR_MISSING, &e);
    store_close(s);
}

TEST(one_object_is_seen_as_the_scan_sees_it)
{
    struct err e = ERR_INIT;
    struct snapshot_node n;
    make_tree();
    (void)setxattr(fixture_path("tree/one"), "user.test", "value", 5, 0);
    struct outcome o = scan_tree();
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
