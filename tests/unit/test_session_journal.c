/* session: a capture by journal, whose states come later. */
#include "rollback/session.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "rollback/session_own.h"
#include "tests/unit/session_fixture.h"
#include "tests/unit/tap.h"

/* A capture by journal, but for the journal. */
static int fake_begin(struct session *s, struct oid *ret_before, struct err *e)
{
    (void)ret_before;
    AUTO(mem_close_fd) int fd = openat(s->dir_fd, "journal", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return fd < 0 ? err_set(e, ERR_IO, "no journal") : 0;
}

static size_t fake_changes;

static int fake_end(struct session *s, struct oid *ret_after, struct err *e)
{
    (void)ret_after;
    (void)e;
    s->record.created = fake_changes;
    s->record.journal.kept = fake_changes > 0;
    return 0;
}

static int fake_released;

static void fake_release(struct session *s)
{
    (void)s;
    fake_released++;
}

static const struct session_capture fake = {.name = "broker", .journals = true, .begin = fake_begin, .end = fake_end, .release = fake_release};

static struct session *open_fake(void)
{
    static char word[] = "test";
    static char *const command[] = {word, NULL};
    struct session *s = NULL;
    struct err e = ERR_INIT;
    const struct session_request r = {
        .state_dir = fixture_state(), .workdir = fixture_tree(), .kind = "run", .command = command, .capture = &fake};
    CHECK_OK(session_open(&r, &s, &e), &e);
    return s;
}

/* As text: what the marker of the only open session says. */
static void check_marker(const char *wanted)
{
    struct err e = ERR_INIT;
    struct session_place place;
    AUTO(session_markers_release) struct session_markers markers = {0};
    CHECK_OK(session_place_open(fixture_state(), false, &place, &e), &e);
    CHECK_OK(session_markers_read(&place, &markers, &e), &e);
    CHECK_INT(markers.n, 1);
    CHECK_STR(markers.item[0].workdir, wanted);
    session_place_close(&place);
}

TEST(a_marker_is_the_lock_a_link_or_what_a_power_cut_left)
{
    struct err e = ERR_INIT;
    struct stat lock;
    struct stat marker;
    AUTO(session_free_ptr) struct session *s = open_fake();
    const char *id = session_record(s)->id;
    AUTO(mem_free_ptr) char *open = fixture_state_path("open/*", id);
    AUTO(mem_free_ptr) char *held = fixture_state_path("sessions/*/lock", id);
    CHECK(lstat(open, &marker) == 0 && stat(held, &lock) == 0 && marker.st_ino == lock.st_ino);
    check_marker(fixture_tree());
    CHECK(truncate(open, 0) == 0);
    check_marker("/");
    CHECK(unlink(open) == 0 && symlink(fixture_tree(), open) == 0);
    check_marker(fixture_tree());
    CHECK_OK(session_close(s, false, 0, &e), &e);
}

TEST(a_journal_needs_no_state_before)
{
    struct err e = ERR_INIT;
    fake_changes = 3;
    AUTO(session_free_ptr) struct session *s = open_fake();
    AUTO(session_record_release) struct session_record open = fixture_record(session_record(s)->id);
    CHECK_INT(session_state_of(fixture_state(), &open), SESSION_OPEN);
    CHECK(!open.has_before && !open.has_after && open.journal.known && open.journal.kept);
    CHECK_OK(session_close(s, false, 0, &e), &e);
    AUTO(session_record_release) struct session_record over = fixture_record(open.id);
    CHECK_INT(session_state_of(fixture_state(), &over), SESSION_UNSEALED);
    CHECK(!over.has_before && !over.has_after && over.created == 3 && over.ended_ns != 0);
    CHECK(fixture_state_has("open/*", open.id));
    session_free(take_ptr(&s));
    CHECK_INT(fake_released, 1);
    CHECK(!fixture_state_has("store/lock", ""));

    CHECK_OK(session_recover(fixture_state(), NULL, &e), &e);
    AUTO(session_record_release) struct session_record next = fixture_session("echo 1 > a");
    CHECK_INT(next.overlaps.n, 0);
    AUTO(session_record_release) struct session_record still = fixture_record(open.id);
    CHECK_INT(session_state_of(fixture_state(), &still), SESSION_UNSEALED);
    CHECK(!still.sealed_late && fixture_state_has("open/*", open.id));
}

TEST(a_journal_without_changes_is_closed_at_once)
{
    struct err e = ERR_INIT;
    fake_changes = 0;
    AUTO(session_free_ptr) struct session *s = open_fake();
    CHECK_OK(session_close(s, false, 0, &e), &e);
    AUTO(session_record_release) struct session_record r = fixture_record(session_record(s)->id);
    CHECK_INT(session_state_of(fixture_state(), &r), SESSION_CLOSED);
    CHECK(oid_is_zero(&r.before) && oid_is_zero(&r.after) && !r.journal.kept);
    CHECK(!fixture_state_has("open/*", r.id));
}

TEST(what_was_cut_off_by_a_scan_is_closed_before_a_journal_begins)
{
    AUTO(mem_free_ptr) char *id = fixture_cut_off(fixture_tree());
    fixture_do("echo 2 > b");
    AUTO(session_free_ptr) struct session *s = open_fake();
    CHECK(s != NULL);
    AUTO(session_record_release) struct session_record r = fixture_record(id);
    CHECK(r.sealed_late && r.created == 1);
    CHECK_INT(session_state_of(fixture_state(), &r), SESSION_CLOSED);
}
