/* Killed at every write: whoever looks next finds the session, and takes it back. */
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "rollback/restore.h"
#include "rollback/retention.h"
#include "rollback/seal.h"
#include "rollback/seal_keep.h"
#include "rollback/session_place.h"
#include "tests/unit/journal_session.h"
#include "tests/unit/killed.h"
#include "tests/unit/session_fixture.h"
#include "tests/unit/store_fixture.h"
#include "tests/unit/tap.h"

static const char operations[] =
    "append a 1\nwrite b 2\nmv d z\nmkdir n\nwrite n/f 3\nrm z/x\nattr a v\nchmod b 600\nrmdir empty\nwrite t 4\nmv t c\nswap a l";

/* Each time the same disk, so that the n-th write is the one behind the n-1 before. */
static void prepare(void)
{
    fixture_do("rm -rf ../state ./* && echo 1 > a; echo 2 > b; echo 3 > c; mkdir -p d/e empty; echo 3 > d/x; echo 4 > d/e/y; ln -s a l; touch -d "
               "@1000 a b d .");
}

static void seal_everything(void)
{
    struct err e = ERR_INIT;
    CHECK_OK(seal_all(fixture_state(), &e), &e);
}

static void take_back_by_store(const char *id)
{
    struct err e = ERR_INIT;
    AUTO(session_record_release) struct session_record r = fixture_record(id);
    AUTO(restore_result_release) struct restore_result result = {0};
    CHECK_OK(seal_record(fixture_state(), &r, &e), &e);
    CHECK_INT(session_state_of(fixture_state(), &r), SESSION_CLOSED);
    CHECK_INT(r.notes.n, 0);
    CHECK_OK(restore_apply(&(struct restore_request){.state_dir = fixture_state(), .session = &r, .n = 1}, &result, &e), &e);
    CHECK_INT(result.plan.conflicts + result.plan.uncovered + result.failed.n, 0);
}

TEST(killed_at_every_write_of_sealing)
{
    bool ended = false;
    for (unsigned nth = 1; !ended; nth++) {
        struct err e = ERR_INIT;
        AUTO(session_list_release) struct session_list list = {0};
        prepare();
        AUTO(mem_free_ptr) char *before = fixture_tree_text();
        AUTO(session_record_release) struct session_record r = journal_session(operations);
        ended = killed_at(nth, seal_everything);
        CHECK_OK(session_list_read(fixture_state(), NULL, &list, &e), &e);
        CHECK(list.n > 0 && list.damaged.n == 0 && strcmp(list.item[0].id, r.id) == 0);
        CHECK(list.item[0].created == r.created && session_is_over(session_state_of(fixture_state(), &list.item[0])));
        take_back_by_store(r.id);
        AUTO(mem_free_ptr) char *after = fixture_tree_text();
        CHECK_STR(after, before);
        CHECK(nth < 1000);
    }
}

static void run_whole_session(void)
{
    struct session_record r = journal_session(operations);
    session_record_release(&r);
}

TEST(killed_at_every_write_of_a_session)
{
    bool ended = false;
    for (unsigned nth = 1; !ended; nth++) {
        struct err e = ERR_INIT;
        AUTO(session_list_release) struct session_list list = {0};
        prepare();
        AUTO(mem_free_ptr) char *before = fixture_tree_text();
        ended = killed_at(nth, run_whole_session);
        AUTO(mem_free_ptr) char *now = fixture_tree_text();
        CHECK_OK(session_recover(fixture_state(), NULL, &e), &e);
        CHECK_OK(session_list_read(fixture_state(), NULL, &list, &e), &e);
        CHECK_INT(list.damaged.n, 0);
        if (strcmp(now, before) != 0) {
            CHECK(list.n > 0 && !list.item[0].undone && strcmp(list.item[0].kind, "run") == 0);
            take_back_by_store(list.item[0].id);
            fixture_do("test -z \"$(find . -type f -links +1)\""); /* none has a name in the stash beside it */
            AUTO(mem_free_ptr) char *after = fixture_tree_text();
            if (strcmp(after, before) != 0)
                (void)fprintf(stderr, "# killed at %u\n", nth);
            CHECK_STR(after, before);
        }
        CHECK(nth < 2000);
    }
}

static void run_next_session(void)
{
    struct session_record r = journal_session("write b 22\nappend a 23\nmv n m\nrm z/e/y\nwrite c 4");
    session_record_release(&r);
}

/* A whole session comes and goes between any two writes of sealing the one before: what it took away is found in what it kept. */
TEST(another_session_between_any_two_writes_of_sealing)
{
    bool ended = false;
    for (unsigned nth = 1; !ended; nth++) {
        prepare();
        AUTO(mem_free_ptr) char *before = fixture_tree_text();
        AUTO(session_record_release) struct session_record first = journal_session(operations);
        AUTO(mem_free_ptr) char *between = fixture_tree_text();
        ended = interrupted_at(nth, seal_everything, run_next_session);
        if (!ended) {
            AUTO(session_list_release) struct session_list list = {0};
            struct err e = ERR_INIT;
            CHECK_OK(session_list_read(fixture_state(), NULL, &list, &e), &e);
            CHECK_INT(list.n, 2);
            take_back_by_store(list.item[0].id);
            AUTO(mem_free_ptr) char *now = fixture_tree_text();
            CHECK_STR(now, between);
        }
        take_back_by_store(first.id);
        AUTO(mem_free_ptr) char *after = fixture_tree_text();
        CHECK_STR(after, before);
        CHECK(nth < 1000);
    }
}

static void run_empty_session(void)
{
    struct session_record r = journal_session("");
    session_record_release(&r);
}

/* It is closed without its journal, and nobody asks for that any more. */
TEST(killed_at_every_write_of_a_session_that_changes_nothing)
{
    bool ended = false;
    for (unsigned nth = 1; !ended; nth++) {
        struct err e = ERR_INIT;
        AUTO(session_list_release) struct session_list list = {0};
        prepare();
        ended = killed_at(nth, run_empty_session);
        CHECK_OK(session_recover(fixture_state(), NULL, &e), &e);
        seal_everything();
        CHECK_OK(session_list_read(fixture_state(), NULL, &list, &e), &e);
        CHECK(list.n <= 1 && list.damaged.n == 0);
        if (list.n == 1) {
            CHECK_INT(session_state_of(fixture_state(), &list.item[0]), SESSION_CLOSED);
            CHECK(!list.item[0].journal.kept && list.item[0].created + list.item[0].modified + list.item[0].deleted == 0);
        }
        fixture_do("test ! -d ../state || test -z \"$(find ../state \\( -name .nono-spare -o -name journal -o -name 'stash*' \\) -path '*/sessions/*')\"");
        CHECK(nth < 1000);
    }
}

static void drop_old(void)
{
    struct err e = ERR_INIT;
    AUTO(session_place_close) struct session_place place = SESSION_PLACE_INIT;
    CHECK_OK(session_place_open(fixture_state(), false, &place, &e), &e);
    CHECK_OK(seal_keep_newest(&place, &e), &e);
}

static struct session_record make_old(void)
{
    struct err e = ERR_INIT;
    AUTO(session_place_close) struct session_place place = SESSION_PLACE_INIT;
    AUTO(mem_close_fd) int dir = -1;
    AUTO(session_record_release) struct session_record made = journal_session(operations);
    seal_everything();
    struct session_record r = fixture_record(made.id);
    r.ended_ns = r.started_ns = 1;
    CHECK_OK(session_place_open(fixture_state(), false, &place, &e), &e);
    CHECK_OK(session_place_open_dir(&place, r.id, &dir, &e), &e);
    CHECK_OK(session_place_write(dir, &r, &e), &e);
    return r;
}

/* The states bring everything back meanwhile, and whoever drops next finds what is left of it. */
TEST(killed_at_every_write_of_dropping_a_journal)
{
    bool ended = false;
    for (unsigned nth = 1; !ended; nth++) {
        struct err e = ERR_INIT;
        AUTO(retention_check_release) struct retention_check check = {0};
        prepare();
        AUTO(mem_free_ptr) char *before = fixture_tree_text();
        AUTO(session_record_release) struct session_record r = make_old();
        ended = killed_at(nth, drop_old);
        CHECK_OK(retention_verify(fixture_state(), NULL, NULL, &check, &e), &e);
        CHECK_INT(check.damaged.n, 0);
        drop_old();
        AUTO(session_record_release) struct session_record now = fixture_record(r.id);
        CHECK(!now.journal.kept && now.has_after);
        fixture_do("test -z \"$(find ../state \\( -name .nono-spare -o -name journal -o -name left -o -name 'stash*' \\) -path '*/sessions/*')\"");
        take_back_by_store(r.id);
        AUTO(mem_free_ptr) char *after = fixture_tree_text();
        CHECK_STR(after, before);
        CHECK(nth < 1000);
    }
}
