#include "rollback/retention.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "rollback/retention_set.h"
#include "tests/unit/restore_fixture.h"
#include "tests/unit/session_fixture.h"
#include "tests/unit/store_fixture.h"
#include "tests/unit/tap.h"

#define DAY_NS (INT64_C(24) * 3600 * 1000000000)

static struct retention_result clean_up(struct retention_request how)
{
    struct retention_result result = {0};
    struct err e = ERR_INIT;
    CHECK_OK(retention_apply(fixture_state(), &how, &result, &e), &e);
    return result;
}

/* A session that is not looked at again. */
static void one_session(const char *script)
{
    struct session_record r = fixture_session(script);
    CHECK(r.has_after);
    session_record_release(&r);
}

static void check_whole(size_t sessions)
{
    AUTO(retention_check_release) struct retention_check check = {0};
    struct err e = ERR_INIT;
    CHECK_OK(retention_verify(fixture_state(), NULL, NULL, &check, &e), &e);
    CHECK_INT(check.sessions, sessions);
    if (check.damaged.n > 0)
        CHECK_STR(check.damaged.item[0], "");
}

static size_t stored_objects(void)
{
    AUTO(store_close_ptr) struct store *s = fixture_store();
    struct store_usage usage = {0};
    struct err e = ERR_INIT;
    CHECK_OK(store_usage(s, &usage, &e), &e);
    return (size_t)usage.objects;
}

TEST(the_newest_stay_and_stay_whole)
{
    struct err e = ERR_INIT;
    fixture_do("mkdir d; echo 1 > d/a");
    AUTO(session_record_release) struct session_record a = fixture_session("head -c 100000 /dev/urandom > one");
    AUTO(session_record_release) struct session_record b = fixture_session("rm one; head -c 100000 /dev/urandom > two");
    AUTO(session_record_release) struct session_record c = fixture_session("rm two; echo 2 > d/a");
    size_t before = stored_objects();
    AUTO(retention_result_release) struct retention_result result = clean_up((struct retention_request){.keep = 1, .keep_unchanged = 1});
    CHECK_INT(result.removed.n, 2);
    CHECK(strlist_has(&result.removed, a.id) && strlist_has(&result.removed, b.id));
    CHECK(result.bytes_freed > 50000);
    CHECK(stored_objects() < before);
    check_whole(1);
    AUTO(session_record_release) struct session_record gone = {0};
    CHECK_ERR(session_read(fixture_state(), a.id, &gone, &e), ERR_MISSING, &e);
    AUTO(restore_result_release) struct restore_result undo = fixture_restore(&c);
    CHECK(undo.undo.id[0] != 0);
    fixture_do("test -e two; test \"$(cat d/a)\" = 1");
}

TEST(those_that_changed_nothing_are_counted_apart)
{
    one_session("echo 1 > a");
    AUTO(session_record_release) struct session_record b = fixture_session("true");
    one_session("true");
    AUTO(retention_result_release) struct retention_result result = clean_up((struct retention_request){.keep = 1, .keep_unchanged = 1});
    CHECK_INT(result.removed.n, 1);
    CHECK_STR(result.removed.item[0], b.id);
    check_whole(2);
}

TEST(a_dry_run_removes_nothing)
{
    one_session("echo 1 > a");
    AUTO(retention_result_release) struct retention_result result = clean_up((struct retention_request){.all = true, .dry_run = true});
    CHECK_INT(result.removed.n, 1);
    check_whole(1);
}

TEST(the_stash_goes_with_its_session_wherever_it_lies)
{
    char base[400];
    char stash[500];
    char link[600];
    AUTO(session_record_release) struct session_record r = fixture_session("echo 1 > a");
    (void)snprintf(base, sizeof base, "%s/.nono-%u", tap_tmpdir(), (unsigned)geteuid());
    (void)snprintf(stash, sizeof stash, "%s/%s", base, r.id);
    (void)snprintf(link, sizeof link, "%s/sessions/%s/stash", fixture_state(), r.id);
    CHECK(mkdir(base, 0700) == 0 && mkdir(stash, 0700) == 0 && symlink(stash, link) == 0);
    (void)snprintf(link, sizeof link, "%s/closed", stash);
    CHECK(mkdir(link, 0700) == 0);
    (void)snprintf(link, sizeof link, "%s/closed/in", stash);
    CHECK(mkdir(link, 0700) == 0);
    (void)snprintf(link, sizeof link, "%s/closed", stash);
    CHECK(chmod(link, 0500) == 0);
    AUTO(retention_result_release) struct retention_result result = clean_up((struct retention_request){.all = true});
    CHECK_INT(result.removed.n, 1);
    CHECK(access(base, F_OK) < 0);
}

TEST(a_running_session_stays)
{
    struct err e = ERR_INIT;
    one_session("echo 1 > a");
    AUTO(session_free_ptr) struct session *s = fixture_open(fixture_tree());
    AUTO(retention_result_release) struct retention_result result = clean_up((struct retention_request){.all = true});
    CHECK_INT(result.removed.n, 1);
    fixture_do("echo 2 > b");
    CHECK_OK(session_close(s, false, 0, &e), &e);
    check_whole(1);
    AUTO(session_record_release) struct session_record r = fixture_record(session_record(s)->id);
    CHECK_INT(r.created, 1);
    AUTO(restore_result_release) struct restore_result undo = fixture_restore(&r);
    CHECK(undo.undo.id[0] != 0);
    fixture_do("test -e a; test ! -e b");
}

TEST(age)
{
    AUTO(session_record_release) struct session_record a = fixture_session("echo 1 > a");
    one_session("echo 2 > a");
    struct err e = ERR_INIT;
    a.started_ns -= INT64_C(3) * 24 * 3600 * 1000000000;
    CHECK_OK(session_record_write(fixture_state(), &a, &e), &e);
    AUTO(retention_result_release) struct retention_result none = clean_up((struct retention_request){.keep = SIZE_MAX, .keep_unchanged = SIZE_MAX, .older_than_ns = 4 * DAY_NS});
    CHECK_INT(none.removed.n, 0);
    AUTO(retention_result_release) struct retention_result one = clean_up((struct retention_request){.keep = SIZE_MAX, .keep_unchanged = SIZE_MAX, .older_than_ns = 2 * DAY_NS});
    CHECK_INT(one.removed.n, 1);
    CHECK_STR(one.removed.item[0], a.id);
    check_whole(1);
}

TEST(by_size_the_oldest_go)
{
    const uint64_t mib = 1024 * 1024;
    AUTO(session_record_release) struct session_record a = fixture_session("head -c 1000000 /dev/urandom > one");
    one_session("head -c 1000000 /dev/urandom > two");
    one_session("rm one; head -c 1000000 /dev/urandom > three");
    struct retention_request how = {.keep = SIZE_MAX, .keep_unchanged = SIZE_MAX, .max_bytes = 8 * mib, .measure = true, .dry_run = true};
    AUTO(retention_result_release) struct retention_result fits = clean_up(how);
    CHECK_INT(fits.removed.n, 0);
    CHECK_INT(fits.kept, 3);
    CHECK(fits.bytes_left > 3000000 && fits.bytes_left < 4 * mib);
    /* The newest needs all three files. */
    how.max_bytes = fits.bytes_left - 1;
    AUTO(retention_result_release) struct retention_result would = clean_up(how);
    CHECK_INT(would.removed.n, 1);
    CHECK_STR(would.removed.item[0], a.id);
    how.max_bytes = 2500000;
    AUTO(retention_result_release) struct retention_result all = clean_up(how);
    CHECK_INT(all.removed.n, 3);
    check_whole(3);
    how.max_bytes = fits.bytes_left - 1;
    how.dry_run = false;
    AUTO(retention_result_release) struct retention_result one = clean_up(how);
    CHECK_INT(one.removed.n, 1);
    CHECK(one.bytes_freed > 0 && one.bytes_left < fits.bytes_left);
    CHECK(one.bytes_left > would.bytes_left * 9 / 10 && one.bytes_left < would.bytes_left * 11 / 10);
    check_whole(2);
}

TEST(what_a_running_session_needs_counts_and_stays)
{
    struct err e = ERR_INIT;
    fixture_do("head -c 1000000 /dev/urandom > one");
    one_session("head -c 1000000 /dev/urandom > two");
    AUTO(session_free_ptr) struct session *s = fixture_open(fixture_tree());
    AUTO(retention_result_release) struct retention_result result =
        clean_up((struct retention_request){.keep = SIZE_MAX, .keep_unchanged = SIZE_MAX, .max_bytes = 1, .measure = true});
    CHECK_INT(result.removed.n, 1);
    CHECK_INT(result.kept, 1);
    CHECK_INT(result.running, 1);
    CHECK(result.bytes_left > 2000000);
    fixture_do("rm one two");
    CHECK_OK(session_close(s, false, 0, &e), &e);
    check_whole(1);
}

TEST(sizes_of_a_dry_run_are_those_of_the_real_one)
{
    one_session("head -c 1000000 /dev/urandom > one");
    one_session("rm one; head -c 1000000 /dev/urandom > two");
    one_session("rm two");
    struct retention_request how = {.keep = 1, .keep_unchanged = 1, .measure = true, .dry_run = true};
    AUTO(retention_result_release) struct retention_result would = clean_up(how);
    how.dry_run = false;
    AUTO(retention_result_release) struct retention_result is = clean_up(how);
    CHECK_INT(would.removed.n, 2);
    CHECK_INT(is.removed.n, 2);
    CHECK(would.bytes_freed > 1000000 && is.bytes_freed > 1000000);
    CHECK(is.bytes_freed > would.bytes_freed * 9 / 10 && is.bytes_freed < would.bytes_freed * 11 / 10);
    CHECK(is.bytes_left > would.bytes_left * 9 / 10 && is.bytes_left < would.bytes_left * 11 / 10);
}

/* The tree did not change since, so the head that the next session begins with must not name what was dropped. */
TEST(after_everything_went_the_next_session_is_whole)
{
    one_session("echo 1 > a");
    AUTO(retention_result_release) struct retention_result result = clean_up((struct retention_request){.all = true});
    CHECK_INT(result.removed.n, 1);
    CHECK_INT(stored_objects(), 0);
    AUTO(session_record_release) struct session_record b = fixture_session("rm a");
    check_whole(1);
    AUTO(restore_result_release) struct restore_result undo = fixture_restore(&b);
    CHECK(undo.undo.id[0] != 0);
    fixture_do("test \"$(cat a)\" = 1");
}

static void damage_record(const char *id)
{
    char path[8192];
    (void)snprintf(path, sizeof(path), "%s/sessions/%s/session.json", fixture_state(), id);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    CHECK(fd >= 0 && pwrite(fd, "[", 1, 0) == 1);
    (void)close(fd);
}

TEST(a_damaged_record_keeps_what_it_seems_to_name)
{
    struct err e = ERR_INIT;
    AUTO(session_record_release) struct session_record a = fixture_session("echo 1 > a");
    one_session("echo 2 > b");
    damage_record(a.id);
    AUTO(retention_result_release) struct retention_result result = clean_up((struct retention_request){.keep = 0});
    CHECK_INT(result.removed.n, 1);
    AUTO(store_close_ptr) struct store *s = fixture_store();
    AUTO(change_list_release) struct change_list l = {0};
    CHECK_OK(change_between(s, &a.before, &a.after, &l, &e), &e);
    CHECK_INT(l.created, 1);
    store_close(take_ptr(&s));
    AUTO(retention_result_release) struct retention_result all = clean_up((struct retention_request){.all = true});
    CHECK_INT(all.removed.n, 1);
    CHECK_INT(stored_objects(), 0);
}

TEST(verify_finds_damage)
{
    struct err e = ERR_INIT;
    fixture_do("head -c 5000 /dev/urandom > b");
    AUTO(session_record_release) struct session_record a = fixture_session("rm b");
    check_whole(1);
    fixture_do(
        "for f in ../state/store/*; do test $(stat -c %s $f) -gt 4000 && printf nono-was-here | dd of=$f bs=1 seek=3000 conv=notrunc status=none; done; true");
    AUTO(retention_check_release) struct retention_check check = {0};
    CHECK_OK(retention_verify(fixture_state(), a.id, NULL, &check, &e), &e);
    CHECK(check.damaged.n > 0);
    CHECK(str_starts(check.damaged.item[0], a.id));
}

TEST(trim_leaves_few_sessions_alone)
{
    struct err e = ERR_INIT;
    one_session("true");
    CHECK_OK(retention_trim(fixture_state(), &e), &e);
    check_whole(1);
}

/* Many sessions, all copies of one but for their ids. */
static void copy_session(struct session_record *r, int number)
{
    char path[8192];
    struct err e = ERR_INIT;
    (void)snprintf(r->id, sizeof(r->id), "20200101-000000-%d", number);
    r->started_ns = number;
    (void)snprintf(path, sizeof(path), "%s/sessions/%s", fixture_state(), r->id);
    CHECK(mkdir(path, 0700) == 0);
    CHECK_OK(session_record_write(fixture_state(), r, &e), &e);
}

TEST(trim_forgets_what_changed_nothing_and_nothing_else)
{
    enum { N_CHANGED = 5 };
    struct err e = ERR_INIT;
    AUTO(session_record_release) struct session_record changed = fixture_session("echo 1 > a");
    AUTO(session_record_release) struct session_record unchanged = fixture_session("true");
    for (int i = 1; i <= N_CHANGED; i++)
        copy_session(&changed, i);
    for (int i = N_CHANGED + 1; i <= 2 * RETENTION_KEEP_UNCHANGED; i++)
        copy_session(&unchanged, i);
    CHECK_OK(retention_trim(fixture_state(), &e), &e);
    check_whole(1 + N_CHANGED + RETENTION_KEEP_UNCHANGED);
    AUTO(session_record_release) struct session_record oldest = fixture_record("20200101-000000-1");
    CHECK_INT(oldest.created, 1);
}

TEST(sets)
{
    AUTO(retention_set_release) struct retention_set set = {0};
    struct oid id = {0};
    CHECK(!retention_set_has(&set, &id));
    for (unsigned i = 1; i < 5000; i++) {
        id.byte[0] = (unsigned char)i;
        id.byte[19] = (unsigned char)(i >> 8);
        CHECK(retention_set_add(&set, &id));
        CHECK(!retention_set_add(&set, &id));
    }
    CHECK_INT(set.n, 4999);
    CHECK(retention_set_has(&set, &id));
    id.byte[10] = 1;
    CHECK(!retention_set_has(&set, &id));
}
