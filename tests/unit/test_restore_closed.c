#include "rollback/restore.h"

#include "core/mem.h"
#include "tests/unit/restore_fixture.h"
#include "tests/unit/session_fixture.h"
#include "tests/unit/tap.h"

TEST(a_directory_that_was_closed)
{
    tap_drop_root();
    fixture_do("mkdir d; echo 1 > d/x; echo 1 > d/z; touch -d @1 d");
    char *first = fixture_tree_text();
    AUTO(session_record_release) struct session_record r = fixture_session("rm d/x; chmod 0 d");
    AUTO(restore_result_release) struct restore_result undo = fixture_restore(&r);
    CHECK_INT(undo.plan.conflicts + undo.plan.uncovered + undo.failed.n, 0);
    fixture_check_tree(first);
}

TEST(what_was_made_in_a_closed_directory_is_told)
{
    tap_drop_root();
    fixture_do("mkdir d; echo 1 > d/x");
    AUTO(session_record_release) struct session_record r = fixture_session("rm d/x; echo 2 > d/y; chmod 0 d");
    CHECK(r.notes.n > 0);
    AUTO(restore_result_release) struct restore_result undo = fixture_restore(&r);
    CHECK_INT(undo.plan.uncovered, 1);
    fixture_do("test \"$(cat d/x)\" = 1; test \"$(cat d/y)\" = 2");
}

TEST(a_closed_directory_that_the_command_made_is_told)
{
    tap_drop_root();
    AUTO(session_record_release) struct session_record r = fixture_session("mkdir d; echo 1 > d/x; chmod 0 d");
    AUTO(restore_result_release) struct restore_result undo = fixture_restore(&r);
    CHECK_INT(undo.plan.conflicts, 0);
    CHECK_INT(undo.plan.uncovered, 1);
    fixture_do("chmod 700 d; test \"$(cat d/x)\" = 1");
}

/* Where nobody could look before, nothing is taken away. */
TEST(what_a_closed_directory_held_stays)
{
    tap_drop_root();
    fixture_do("mkdir d; echo 1 > d/x; chmod 0 d");
    AUTO(session_record_release) struct session_record r = fixture_session("chmod 755 d");
    AUTO(restore_result_release) struct restore_result undo = fixture_restore(&r);
    CHECK(undo.plan.uncovered > 0);
    fixture_do("test \"$(stat -c %a d)\" = 0; chmod 755 d; test \"$(cat d/x)\" = 1");
}

TEST(a_file_that_could_not_be_read_is_told)
{
    tap_drop_root();
    fixture_do("echo 1 > x; chmod 0 x; echo 2 > y");
    AUTO(session_record_release) struct session_record r = fixture_session("rm -f x y");
    CHECK(r.notes.n > 0);
    AUTO(restore_result_release) struct restore_result undo = fixture_restore(&r);
    CHECK_INT(undo.plan.uncovered, 1);
    CHECK_INT(undo.plan.put_back, 1);
    fixture_do("test ! -e x; test \"$(cat y)\" = 2");
    AUTO(session_record_release) struct session_record after = fixture_record(r.id);
    CHECK(!after.undone);
}
