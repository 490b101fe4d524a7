/* store: what is put comes back, also beside other writers and on a full disk. */
#include "rollback/store.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"
#include "tests/unit/store_fixture.h"
#include "tests/unit/tap.h"

enum { MIB = 1024 * 1024 };

static void round_trip(size_t len, bool packs)
{
    struct err e = ERR_INIT;
    unsigned char *data = fixture_bytes(len, len + 1, packs);
    struct store *s = fixture_store();
    struct oid id = fixture_put(s, data, len);
    CHECK(fixture_holds(s, &id, data, len)); /* before it is committed */
    CHECK_OK(store_commit(s, &e), &e);
    CHECK(fixture_holds(s, &id, data, len));
    store_close(s);
    s = fixture_store();
    CHECK(store_has(s, &id) && fixture_holds(s, &id, data, len));
    store_close(s);
    if (fixture_has_git()) {
        char hex[OID_HEX + 1];
        oid_to_hex(&id, hex);
        fixture_write(fixture_path("blob"), data, len);
        CHECK_STR(fixture_shell("git hash-object %s", fixture_path("blob")), hex);
    }
    mem_free(data);
}

static void round_trips(void)
{
    static const size_t len[] = {0, 1, 31, 32, 1000, 16 * 1024, 256 * 1024, 256 * 1024 + 1, 4 * MIB - 1, 4 * MIB, 4 * MIB + 1, 6 * MIB, 9 * MIB + 7};
    for (size_t i = 0; i < sizeof(len) / sizeof(len[0]); i++) {
        round_trip(len[i], false);
        round_trip(len[i], true);
    }
}

TEST(every_size_comes_back_under_its_git_id)
{
    round_trips();
}

TEST(every_size_comes_back_for_an_ordinary_user)
{
    tap_drop_root();
    round_trips();
}

TEST(opening_touches_nothing)
{
    struct store *s = fixture_store();
    store_close(s);
    CHECK(access(fixture_path("state"), F_OK) != 0);
}

TEST(generation_needs_no_module_and_stays)
{
    struct err e = ERR_INIT;
    uint64_t first = 0, second = 0;
    struct store *s = fixture_store();
    CHECK_OK(store_generation(s, &first, &e), &e);
    CHECK(strstr(fixture_shell("cat /proc/%d/maps | grep libgit2", (int)getpid()), "libgit2") == NULL);
    store_close(s);
    s = fixture_store();
    CHECK_OK(store_generation(s, &second, &e), &e);
    CHECK(first == second);
    store_close(s);
}

TEST(what_was_not_committed_is_dropped)
{
    struct err e = ERR_INIT;
    struct store *s = fixture_store(), *other = fixture_store();
    struct oid id = fixture_put(s, "never", 5);
    CHECK(!fixture_holds(other, &id, "never", 5));
    store_close(s);
    CHECK(!fixture_holds(other, &id, "never", 5));
    CHECK_INT(fixture_count(".tmp") + fixture_count(".seg") + fixture_count(".idx"), 0);
    CHECK_OK(store_commit(other, &e), &e);
    CHECK_INT(fixture_count(".idx"), 0);
    store_close(other);
}

TEST(a_commit_is_seen_by_a_store_that_is_open)
{
    struct err e = ERR_INIT;
    struct store *s = fixture_store(), *other = fixture_store();
    struct oid absent = {{1}};
    CHECK(!store_has(other, &absent));
    struct oid id = fixture_put(s, "later", 5);
    CHECK_OK(store_commit(s, &e), &e);
    CHECK(fixture_holds(other, &id, "later", 5));
    store_close(s);
    store_close(other);
}

TEST(same_content_is_stored_once)
{
    struct err e = ERR_INIT;
    struct store_usage u;
    unsigned char *data = fixture_bytes(5 * MIB, 1, false);
    for (int i = 0; i < 3; i++) {
        struct store *s = fixture_store();
        fixture_write(fixture_path("big"), data, 5 * MIB);
        int fd = open(fixture_path("big"), O_RDONLY | O_CLOEXEC);
        struct oid id;
        CHECK_OK(store_put_fd(s, fd, 5 * MIB, &id, &e), &e);
        (void)fixture_put(s, "small", 5);
        (void)fixture_put(s, "small", 5);
        CHECK_OK(store_commit(s, &e), &e);
        CHECK_OK(store_usage(s, &u, &e), &e);
        CHECK_INT(u.objects, 2);
        CHECK_INT(u.segments, 1);
        CHECK(u.bytes < 5 * MIB + 4096);
        (void)close(fd);
        store_close(s);
    }
    mem_free(data);
}

static void put_fd_of(size_t len, long long pretend, int wanted)
{
    struct err e = ERR_INIT;
    struct oid streamed, hashed, put;
    unsigned char *data = fixture_bytes(len, 3, true);
    struct store *s = fixture_store();
    fixture_write(fixture_path("f"), data, len);
    int fd = open(fixture_path("f"), O_RDONLY | O_CLOEXEC);
    int status = store_put_fd(s, fd, (uint64_t)pretend, &streamed, &e);
    if (wanted != 0) {
        CHECK_ERR(status, wanted, &e);
    } else {
        CHECK_OK(status, &e);
        CHECK(lseek(fd, 0, SEEK_SET) == 0);
        CHECK_OK(store_hash_fd(s, fd, (uint64_t)pretend, &hashed, &e), &e);
        put = fixture_put(s, data, len);
        CHECK(oid_equal(&streamed, &put) && oid_equal(&hashed, &put));
    }
    (void)close(fd);
    store_close(s);
    mem_free(data);
}

TEST(a_file_is_streamed_and_its_size_must_hold)
{
    static const size_t len[] = {0, 100, 4 * MIB, 4 * MIB + 1, 7 * MIB};
    for (size_t i = 0; i < sizeof(len) / sizeof(len[0]); i++) {
        put_fd_of(len[i], (long long)len[i], 0);
        put_fd_of(len[i], (long long)len[i] + 1, ERR_BUSY);
        if (len[i] > 0)
            put_fd_of(len[i], (long long)len[i] - 1, ERR_BUSY);
    }
}

TEST(get_fd_writes_the_content)
{
    static const size_t len[] = {0, 100, 4 * MIB, 6 * MIB + 5};
    struct err e = ERR_INIT;
    for (size_t i = 0; i < sizeof(len) / sizeof(len[0]); i++) {
        size_t got_len = 0;
        unsigned char *data = fixture_bytes(len[i], 9, true);
        struct store *s = fixture_store();
        struct oid id = fixture_put(s, data, len[i]);
        int fd = open(fixture_path("out"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        CHECK_OK(store_get_fd(s, &id, fd, &e), &e);
        (void)close(fd);
        unsigned char *got = fixture_read(fixture_path("out"), &got_len);
        CHECK_INT(got_len, len[i]);
        CHECK(memcmp(got, data, got_len) == 0);
        mem_free(got);
        mem_free(data);
        store_close(s);
    }
}

TEST(missing_and_mistaken_objects)
{
    struct err e = ERR_INIT;
    struct store *s = fixture_store();
    struct oid absent = {{0xab}}, id = fixture_put(s, "blob", 4);
    void *data = NULL;
    size_t len = 0;
    CHECK_ERR(store_get(s, &absent, STORE_BLOB, &data, &len, &e), ERR_MISSING, &e);
    CHECK_ERR(store_get_fd(s, &absent, -1, &e), ERR_MISSING, &e);
    CHECK_ERR(store_get(s, &id, STORE_TREE, &data, &len, &e), ERR_CORRUPT, &e);
    CHECK_OK(store_get(s, &id, STORE_BLOB, &data, &len, &e), &e);
    mem_free(data);
    store_close(s);
}

static void limit_file_size(rlim_t bytes)
{
    struct rlimit limit = {bytes, RLIM_INFINITY};
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

static void full_disk(void)
{
    struct err e = ERR_INIT;
    unsigned char *data = fixture_bytes(3 * MIB, 5, false);
    struct fixture_sample x = fixture_put_sample();
    CHECK(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    for (rlim_t limit = 0; limit < 3 * MIB; limit = limit < 2048 ? limit + 100 : limit * 3) {
        struct store *s = fixture_store();
        struct oid id;
        CHECK(store_has(s, &x.id[0]));
        limit_file_size(limit);
        int status = store_put(s, STORE_BLOB, data, 3 * MIB, &id, &e);
        if (status == 0)
            status = store_commit(s, &e);
        CHECK_INT(status, ERR_IO);
        CHECK(strstr(e.text, "object store") != NULL);
        store_close(s);
        limit_file_size(RLIM_INFINITY);
        CHECK_INT(fixture_count(".idx"), 1);
        CHECK_INT(fixture_count(".seg"), 1);
        CHECK_INT(fixture_count(".tmp") + fixture_count(".tmpidx"), 0);
        CHECK_INT(fixture_sound_objects(&x), 4);
    }
    fixture_free_sample(&x);
    mem_free(data);
}

TEST(a_full_disk_leaves_what_was_there)
{
    full_disk();
}

TEST(a_full_disk_leaves_what_was_there_for_an_ordinary_user)
{
    tap_drop_root();
    full_disk();
}

TEST(a_store_that_cannot_be_written_says_so)
{
    struct err e = ERR_INIT;
    struct oid id;
    tap_drop_root();
    struct fixture_sample x = fixture_put_sample();
    CHECK(chmod(fixture_path("state/store"), 0500) == 0);
    struct store *s = fixture_store();
    CHECK(fixture_holds(s, &x.id[1], x.data[1], x.len[1]));
    CHECK_ERR(store_put(s, STORE_BLOB, "new", 3, &id, &e), ERR_DENIED, &e);
    store_close(s);
    CHECK(chmod(fixture_path("state/store"), 0700) == 0);
    fixture_free_sample(&x);
}

static _Noreturn void write_many(unsigned seed)
{
    struct err e = ERR_INIT;
    struct store *s = fixture_store();
    for (uint64_t i = 0; i < 200; i++) {
        /* Every second object is the same for all writers. */
        unsigned char *data = fixture_bytes(500 + i, i % 2 == 0 ? i : seed * 1000 + i, true);
        (void)fixture_put(s, data, 500 + i);
        mem_free(data);
        if (i % 10 == 9)
            CHECK_OK(store_commit(s, &e), &e);
    }
    store_close(s);
    _exit(0);
}

TEST(writers_do_not_disturb_each_other)
{
    int status = 0;
    pid_t pid[3];
    (void)tap_tmpdir(); /* one for all */
    for (unsigned i = 0; i < 3; i++) {
        pid[i] = fork();
        CHECK(pid[i] >= 0);
        if (pid[i] == 0)
            write_many(i);
    }
    for (size_t i = 0; i < 3; i++) {
        CHECK(waitpid(pid[i], &status, 0) == pid[i]);
        CHECK_INT(status, 0);
    }
    struct store *s = fixture_store();
    for (unsigned seed = 0; seed < 3; seed++) {
        for (uint64_t i = 0; i < 200; i++) {
            struct err e = ERR_INIT;
            struct oid id;
            unsigned char *data = fixture_bytes(500 + i, i % 2 == 0 ? i : seed * 1000 + i, true);
            CHECK_OK(store_hash(s, STORE_BLOB, data, 500 + i, &id, &e), &e);
            CHECK(fixture_holds(s, &id, data, 500 + i));
            mem_free(data);
        }
    }
    store_close(s);
    CHECK(fixture_count(".idx") < 40); /* 60 commits: small segments were merged */
    CHECK_INT(fixture_count(".seg"), fixture_count(".idx"));
}

static void *thread_main(void *arg)
{
    struct store *s = arg;
    for (uint64_t i = 0; i < 300; i++) {
        size_t len = i % 50 == 0 ? 4 * MIB + 1 + i : 700 + i;
        unsigned char *data = fixture_bytes(len, i, i % 3 != 0);
        struct oid id = fixture_put(s, data, len);
        CHECK(fixture_holds(s, &id, data, len));
        mem_free(data);
    }
    return NULL;
}

TEST(threads_share_a_store)
{
    struct err e = ERR_INIT;
    struct store_usage u;
    pthread_t thread[3];
    struct store *s = fixture_store();
    for (size_t i = 0; i < 3; i++)
        CHECK(pthread_create(&thread[i], NULL, thread_main, s) == 0);
    for (size_t i = 0; i < 3; i++)
        CHECK(pthread_join(thread[i], NULL) == 0);
    CHECK_OK(store_commit(s, &e), &e);
    CHECK_OK(store_usage(s, &u, &e), &e);
    CHECK_INT(u.objects, 300);
    store_close(s);
}

TEST(each_names_every_object)
{
    struct err e = ERR_INIT;
    struct fixture_sample x = fixture_put_sample();
    struct store_usage u;
    struct store *s = fixture_store();
    CHECK_OK(store_usage(s, &u, &e), &e);
    CHECK_INT(u.objects, 4);
    CHECK_INT(u.segments, 1);
    CHECK(u.bytes > 300);
    store_close(s);
    fixture_free_sample(&x);
}
