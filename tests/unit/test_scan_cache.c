/* scan: what the scan before knew is believed only where it must still be true. */
#include "rollback/scan.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/str.h"
#include "tests/unit/scan_fixture.h"
#include "tests/unit/store_fixture.h"
#include "tests/unit/tap.h"

TEST(a_young_file_is_read_again)
{
    scan_make_tree();
    (void)scan_tree();
    for (int i = 0; i < 20; i++) {
        char text[20];
        (void)snprintf(text, sizeof(text), "%03d", i);
        fixture_write(fixture_path("tree/one"), text, 3);
        struct scan_outcome o = scan_tree();
        scan_check(&o);
    }
}

/* The directory is as it was; only what is asked for differs. */
TEST(names_left_out_once_are_found_when_asked_for)
{
    struct strlist names = STRLIST_INIT;
    strlist_add(&names, "node_modules");
    scan_shell("mkdir -p tree/a/node_modules && echo 1 > tree/a/node_modules/f && echo 2 > tree/a/g");
    scan_settle();
    scan_excluded = &names;
    struct scan_outcome without = scan_tree();
    scan_excluded = NULL;
    struct scan_outcome with = scan_tree();
    CHECK_INT(without.n_entries, 2);
    CHECK_INT(with.n_entries, 4);
    scan_excluded = &names;
    struct scan_outcome again = scan_tree();
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
    scan_shell("mkdir -p tree/a && echo 1 > tree/a/f && echo 2 > tree/g && ln -s g tree/l");
    scan_settle();
    struct scan_outcome first = scan_tree();
    find_cache();
    unsigned char *file = fixture_read(cache, &len);
    for (size_t i = 0; i < len; i += 3) {
        file[i] ^= 0x41;
        fixture_write(cache, file, len);
        file[i] ^= 0x41;
        struct scan_outcome o = scan_tree();
        CHECK(scan_same(&first, &o));
        CHECK_INT(o.n_read, 2);
    }
    for (size_t i = 0; i < len; i += 11) {
        fixture_write(cache, file, i);
        struct scan_outcome o = scan_tree();
        CHECK(scan_same(&first, &o));
        CHECK_INT(o.n_read, 2);
    }
    mem_free(file);
    CHECK(scan_tree().unchanged);
}

TEST(a_cache_of_another_tree_is_not_used)
{
    scan_make_tree();
    (void)scan_tree();
    scan_shell("cp -a tree tree2 && mv tree old && mv tree2 tree");
    scan_settle();
    struct scan_outcome o = scan_tree();
    CHECK(o.n_read > 60);
    scan_check(&o);
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
    scan_make_tree();
    struct scan_outcome first = scan_tree();
    struct store *s = fixture_store();
    CHECK_OK(store_sweep(s, &how, &freed, &e), &e);
    store_close(s);
    struct scan_outcome second = scan_tree();
    CHECK(scan_same(&first, &second) && !second.unchanged);
    scan_check(&second);
    struct scan_outcome third = scan_tree();
    CHECK(third.unchanged);
    (void)fixture_shell("rm -r %s/store", fixture_path("state"));
    struct scan_outcome fourth = scan_tree();
    CHECK(scan_same(&first, &fourth));
    scan_check(&fourth);
}

TEST(nothing_changed_needs_no_module)
{
    int status = 0;
    scan_make_tree();
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
