#include "rollback/restore.h"

#include "core/mem.h"
#include "tests/unit/restore_fixture.h"
#include "tests/unit/session_fixture.h"
#include "tests/unit/tap.h"

static void conflict(const char *before, const char *command, const char *somebody_else, const char *check, size_t conflicts)
{
    fixture_do(before);
    AUTO(session_record_release) struct session_record r = fixture_session(command);
    fixture_do(somebody_else);
    AUTO(restore_plan_release) struct restore_plan plan = {0};
    struct err e = ERR_INIT;
    const struct restore_request q = fixture_request(&r, 1, NULL);
    CHECK_OK(restore_plan_make(&q, &plan, &e), &e);
    CHECK_INT(plan.conflicts, conflicts);
    AUTO(restore_result_release) struct restore_result undo = fixture_restore(&r);
    CHECK_INT(undo.plan.conflicts, conflicts);
    CHECK_INT(undo.plan.put_back, plan.put_back);
    fixture_do(check);
    AUTO(session_record_release) struct session_record after = fixture_record(r.id);
    CHECK_INT(after.undone, conflicts == 0);
}

TEST(modified_since)
{
    conflict("echo 1 > a; echo 1 > b", "echo 2 > a; echo 2 > b", "echo 3 > a", "test \"$(cat a)\" = 3; test \"$(cat b)\" = 1", 1);
}

TEST(modified_since_with_the_old_time_and_size)
{
    conflict("echo 1 > a", "echo 2 > a", "touch -r a ../t; echo 3 > a; touch -r ../t a", "test \"$(cat a)\" = 3", 1);
}

TEST(mode_changed_since)
{
    conflict("echo 1 > a", "echo 2 > a", "chmod 600 a", "test \"$(cat a)\" = 2", 1);
}

TEST(touched_since_is_no_conflict)
{
    conflict("echo 1 > a", "echo 2 > a", "touch a", "test \"$(cat a)\" = 1", 0);
}

TEST(put_back_by_hand_already)
{
    conflict("echo 1 > a; echo 1 > b", "rm a; echo 2 > b", "echo 1 > a", "test \"$(cat a)\" = 1; test \"$(cat b)\" = 1", 0);
}

TEST(created_again_with_other_content)
{
    conflict("echo 1 > a", "rm a", "echo 3 > a", "test \"$(cat a)\" = 3", 1);
}

TEST(a_created_file_was_edited_since)
{
    conflict("true", "echo 1 > a; mkdir d; echo 1 > d/x; echo 1 > d/y", "echo 2 > d/x", "test ! -e a; test \"$(cat d/x)\" = 2; test ! -e d/y", 2);
}

TEST(a_created_directory_got_more_since)
{
    conflict("true", "mkdir -p d/e; echo 1 > d/e/x", "echo 2 > d/e/mine", "test \"$(cat d/e/mine)\" = 2; test ! -e d/e/x", 2);
}

TEST(deleted_since)
{
    conflict("echo 1 > a", "echo 2 > a", "rm a", "test ! -e a", 1);
}

TEST(a_directory_is_a_file_by_now)
{
    conflict("mkdir d; echo 1 > d/x", "rm -r d", "echo mine > d", "test \"$(cat d)\" = mine", 2);
}

TEST(the_directory_it_was_in_is_gone)
{
    conflict("mkdir d; echo 1 > d/x; echo 1 > d/y", "rm d/x", "rm -r d", "test ! -e d", 1);
}

TEST(only_some_paths)
{
    fixture_do("mkdir d; echo 1 > d/x; echo 1 > d/y; echo 1 > a; echo 1 > dx");
    AUTO(session_record_release) struct session_record r = fixture_session("rm -r d; echo 2 > a; echo 2 > dx");
    AUTO(restore_result_release) struct restore_result one = fixture_restore_path(&r, "d/x");
    CHECK_INT(one.plan.put_back, 2);
    fixture_do("test \"$(cat d/x)\" = 1; test ! -e d/y; test \"$(cat a)\" = 2");
    AUTO(session_record_release) struct session_record partly = fixture_record(r.id);
    CHECK(!partly.undone);
    AUTO(restore_result_release) struct restore_result two = fixture_restore_path(&r, "d");
    CHECK_INT(two.plan.put_back, 1);
    fixture_do("test \"$(cat d/y)\" = 1; test \"$(cat a)\" = 2; test \"$(cat dx)\" = 2");
    AUTO(restore_result_release) struct restore_result rest = fixture_restore(&r);
    CHECK_INT(rest.plan.put_back, 2);
    fixture_do("test \"$(cat a)\" = 1; test \"$(cat dx)\" = 1");
    AUTO(session_record_release) struct session_record whole = fixture_record(r.id);
    CHECK(whole.undone);
}

TEST(a_path_outside_the_tree_is_refused)
{
    struct err e = ERR_INIT;
    AUTO(session_record_release) struct session_record r = fixture_session("echo 1 > a");
    AUTO(restore_plan_release) struct restore_plan plan = {0};
    AUTO(strlist_release) struct strlist paths = STRLIST_INIT;
    strlist_add(&paths, "/etc/passwd");
    const struct restore_request q = fixture_request(&r, 1, &paths);
    CHECK_ERR(restore_plan_make(&q, &plan, &e), ERR_INPUT, &e);
}
