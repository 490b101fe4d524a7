/* scan: what cannot be read, what changes meanwhile, and what is too much for the machine. */
#include "rollback/scan.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "rollback/snapshot.h"
#include "tests/unit/scan_fixture.h"
#include "tests/unit/store_fixture.h"
#include "tests/unit/tap.h"

TEST(what_may_not_be_read_is_named)
{
    tap_drop_root();
    scan_shell("mkdir -p tree/dir/below tree/list && echo 1 > tree/dir/f && echo 2 > tree/secret && echo 3 > tree/list/f && chmod 000 tree/secret "
          "tree/dir && chmod 444 tree/list");
    scan_settle();
    struct scan_outcome o = scan_tree();
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
    scan_shell("chmod 600 tree/secret && chmod 700 tree/dir tree/list");
    scan_settle();
    o = scan_tree();
    CHECK_INT(o.n_unreadable, 0);
    scan_check(&o);
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
    scan_make_tree();
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
    struct scan_outcome o = scan_tree();
    scan_check(&o);
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
    scan_settle();
    CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
    struct scan_outcome first = scan_tree(), second = scan_tree();
    CHECK_INT(first.n_entries, 4500);
    CHECK(second.unchanged && scan_same(&first, &second));
}

TEST(a_full_disk_is_an_error_and_leaves_the_cache)
{
    struct err e = ERR_INIT;
    struct rlimit limit = {10000, RLIM_INFINITY};
    struct scan *scan = NULL;
    scan_make_tree();
    struct scan_outcome first = scan_tree();
    scan_shell("head -c 3000000 /dev/urandom > tree/random && echo 1 > tree/d3/f");
    CHECK(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    struct store *s = fixture_store();
    const struct scan_request r = {.root = fixture_path("tree"), .state_dir = fixture_path("state"), .settle_ns = 10000000};
    CHECK_ERR(scan_run(&r, s, &scan, &e), ERR_IO, &e);
    store_close(s);
    limit.rlim_cur = RLIM_INFINITY;
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    struct scan_outcome second = scan_tree();
    CHECK(!scan_same(&first, &second));
    scan_check(&second);
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
