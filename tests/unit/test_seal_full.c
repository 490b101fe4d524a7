/* The disk is full at each write in turn, for a moment or for good: what was done before is listed and can be taken back once there is room. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "rollback/restore.h"
#include "rollback/seal.h"
#include "rollback/take_back.h"
#include "tests/unit/journal_session.h"
#include "tests/unit/killed.h"
#include "tests/unit/session_fixture.h"
#include "tests/unit/tap.h"

static const char operations[] = "append a 1\nwrite b 2\nmv d z\nmkdir n\nwrite n/f 3\nrm z/x\nattr a v\nrmdir empty\nwrite t 4\nmv t c\nswap a l";

static void prepare(void)
{
    fixture_do("echo 1 > a; echo 2 > b; echo 3 > c; mkdir -p d/e empty; echo 3 > d/x; echo 4 > d/e/y; ln -s a l; touch -d @1000 a b d .");
}

/* In a child, whose complaints are expected. */
static void be_silent(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    (void)dup2(null, STDERR_FILENO);
    (void)dup2(null, STDOUT_FILENO);
}

static const char *taken;

static void seal_it(void)
{
    struct err e = ERR_INIT;
    be_silent();
    (void)!seal_all(fixture_state(), &e);
}

static void run_session(void)
{
    be_silent();
    struct session_record r = journal_session(operations);
    session_record_release(&r);
}

static void move_back(void)
{
    struct err e = ERR_INIT;
    bool is_done = false;
    AUTO(restore_result_release) struct restore_result result = {0};
    be_silent();
    AUTO(session_record_release) struct session_record r = fixture_record(taken);
    (void)!take_back(&(struct restore_request){.state_dir = fixture_state(), .session = &r, .n = 1}, &result, &is_done, &e);
}

/* With room again, over the store. */
static void take_back_whole(const char *id, const char *before)
{
    struct err e = ERR_INIT;
    AUTO(session_record_release) struct session_record r = fixture_record(id);
    AUTO(restore_result_release) struct restore_result result = {0};
    CHECK_OK(seal_record(fixture_state(), &r, &e), &e);
    CHECK_INT(r.notes.n, 0);
    CHECK_OK(restore_apply(&(struct restore_request){.state_dir = fixture_state(), .session = &r, .n = 1}, &result, &e), &e);
    CHECK_INT(result.plan.conflicts + result.plan.uncovered + result.failed.n, 0);
    AUTO(mem_free_ptr) char *now = fixture_tree_text();
    CHECK_STR(now, before);
}

static void check_listed(const char *id)
{
    struct err e = ERR_INIT;
    AUTO(session_list_release) struct session_list list = {0};
    CHECK_OK(session_list_read(fixture_state(), NULL, &list, &e), &e);
    CHECK_INT(list.damaged.n, 0);
    bool found = false;
    for (size_t i = 0; i < list.n; i++)
        found |= strcmp(list.item[i].id, id) == 0 && session_is_over(session_state_of(fixture_state(), &list.item[i]));
    CHECK(found);
}

enum { MOST = 1000 };

/* What stays full from one call on is mostly what is full there once. */
static unsigned step(bool stays_full)
{
    return stays_full ? 3 : 1;
}

static void full_while(void (*act)(void), bool stays_full)
{
    bool ended = false;
    prepare();
    AUTO(mem_free_ptr) char *before = fixture_tree_text();
    for (unsigned nth = 1; !ended; nth += step(stays_full)) {
        struct err e = ERR_INIT;
        fixture_do("rm -rf ../state");
        AUTO(session_record_release) struct session_record r = journal_session(operations);
        taken = r.id;
        ended = full_at(nth, stays_full, act);
        (void)printf("# full at %u\n", nth);
        CHECK_OK(session_recover(fixture_state(), NULL, &e), &e);
        check_listed(r.id);
        take_back_whole(r.id, before);
        CHECK(nth < MOST);
    }
}

static void full_in_session(bool stays_full)
{
    bool ended = false;
    prepare();
    AUTO(mem_free_ptr) char *before = fixture_tree_text();
    for (unsigned nth = 1; !ended; nth += step(stays_full)) {
        struct err e = ERR_INIT;
        AUTO(session_list_release) struct session_list list = {0};
        fixture_do("rm -rf ../state");
        ended = full_at(nth, stays_full, run_session);
        (void)printf("# full at %u\n", nth);
        AUTO(mem_free_ptr) char *now = fixture_tree_text();
        CHECK_OK(session_recover(fixture_state(), NULL, &e), &e);
        CHECK_OK(session_list_read(fixture_state(), NULL, &list, &e), &e);
        CHECK_INT(list.damaged.n, 0);
        CHECK(strcmp(now, before) == 0 || list.n == 1);
        if (strcmp(now, before) != 0)
            take_back_whole(list.item[0].id, before);
        CHECK(nth < MOST);
    }
}

TEST(once_while_sealing)
{
    full_while(seal_it, false);
}

TEST(for_good_while_sealing)
{
    full_while(seal_it, true);
}

TEST(once_while_taking_back)
{
    full_while(move_back, false);
}

TEST(for_good_while_taking_back)
{
    full_while(move_back, true);
}

TEST(once_in_a_session)
{
    full_in_session(false);
}

TEST(for_good_in_a_session)
{
    full_in_session(true);
}
