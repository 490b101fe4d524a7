#include "rollback/restore.h"

#include <string.h>

#include "core/mem.h"
#include "tests/unit/restore_fixture.h"
#include "tests/unit/session_fixture.h"
#include "tests/unit/tap.h"

static struct restore_result restore_as(const struct session_record *r, enum restore_conflicts conflicts)
{
    struct restore_request q = fixture_request(r, 1, NULL);
    q.conflicts = conflicts;
    return fixture_restore_all(&q);
}

/* A command, somebody's edit, and back over it; then the edit must come back. */
static void over(const char *before, const char *command, const char *edit)
{
    fixture_do(before);
    char *first = fixture_tree_text();
    AUTO(session_record_release) struct session_record r = fixture_session(command);
    fixture_do(edit);
    char *edited = fixture_tree_text();
    AUTO(restore_result_release) struct restore_result undo = restore_as(&r, RESTORE_BEFORE);
    CHECK_INT(undo.plan.conflicts + undo.plan.uncovered + undo.failed.n, 0);
    CHECK(undo.plan.over > 0);
    fixture_check_tree(first);
    AUTO(session_record_release) struct session_record undone = fixture_record(r.id);
    CHECK(undone.undone);
    AUTO(restore_result_release) struct restore_result redo = fixture_restore(&undo.undo);
    CHECK_INT(redo.plan.conflicts + redo.failed.n, 0);
    fixture_check_tree(edited);
}

TEST(over_an_edit)
{
    over("echo 1 > a; touch -d @1 a .", "echo 2 > a", "echo mine > a; chmod 600 a");
}

TEST(over_what_was_made_where_something_was_deleted)
{
    over("echo 1 > a; ln -s x l; mkdir d; echo 1 > d/x; touch -d @1 a d .", "rm -r a l d", "echo mine > a; echo mine > l; echo mine > d");
}

TEST(over_a_deletion)
{
    over("echo 1 > a; touch -d @1 a .", "echo 2 > a; echo 2 > b", "rm a");
}

TEST(over_the_deletion_of_a_directory)
{
    over("mkdir -p d/e/f; echo 1 > d/e/x; ln d/e/x d/y; chmod 711 d/e; touch -d @1 d/e/x d/e/f d/e d .",
         "echo 2 > d/e/x; touch d/e; touch d; echo 2 > d/k; rmdir d/e/f; touch .", "rm -r d");
}

TEST(over_a_link_in_the_place_of_a_directory)
{
    over("mkdir -p d/e ../there; echo 1 > d/e/x; echo kept > ../there/x; touch -d @1 d/e/x d/e d .", "echo 2 > d/e/x; touch d/e d .",
         "rm -r d; ln -s ../there d");
    fixture_do("test \"$(cat ../there/x)\" = kept; test \"$(ls ../there)\" = x");
}

TEST(over_an_edit_of_what_was_created)
{
    over("touch -d @1 .", "echo 1 > a; mkdir d; echo 1 > d/x", "echo mine > a; chmod 700 d; echo mine > d/x");
}

TEST(over_an_edit_of_one_name_of_several)
{
    over("echo 1 > a; ln a b; touch -d @1 a .", "echo 2 > a", "echo mine > b");
}

TEST(over_a_mode)
{
    over("mkdir d; chmod 755 d; touch -d @1 d .", "chmod 711 d; touch -d @2 .", "chmod 700 d");
}

/* Not part of the change: it stays, whatever the rule. */
TEST(what_came_into_a_directory_since_stays)
{
    AUTO(session_record_release) struct session_record r = fixture_session("mkdir d; echo 1 > d/x");
    fixture_do("echo mine > d/y");
    AUTO(restore_result_release) struct restore_result undo = restore_as(&r, RESTORE_BEFORE);
    CHECK_INT(undo.plan.conflicts, 1);
    fixture_do("test \"$(cat d/y)\" = mine; test ! -e d/x");
}

TEST(a_directory_with_content_in_the_place_of_a_file_stays)
{
    fixture_do("echo 1 > a");
    AUTO(session_record_release) struct session_record r = fixture_session("echo 2 > a");
    fixture_do("rm a; mkdir a; echo mine > a/x");
    AUTO(restore_result_release) struct restore_result undo = restore_as(&r, RESTORE_BEFORE);
    CHECK_INT(undo.plan.conflicts, 1);
    fixture_do("test \"$(cat a/x)\" = mine");
}

TEST(a_link_in_the_place_of_a_directory_is_not_followed)
{
    fixture_do("mkdir d ../outside; echo 1 > d/x; echo kept > ../outside/x");
    AUTO(session_record_release) struct session_record r = fixture_session("echo 2 > d/x");
    fixture_do("mv d moved; ln -s ../outside d");
    AUTO(restore_result_release) struct restore_result undo = restore_as(&r, RESTORE_BEFORE);
    CHECK_INT(undo.plan.conflicts, 1);
    AUTO(restore_result_release) struct restore_result both = restore_as(&r, RESTORE_BOTH);
    CHECK_INT(both.plan.conflicts, 1);
    fixture_do("test \"$(cat ../outside/x)\" = kept; test \"$(ls ../outside)\" = x; test \"$(cat moved/x)\" = 2");
}

/* An edit that cannot be read is not in the restore's own session, and would be lost. */
TEST(an_edit_that_cannot_be_kept_stays)
{
    tap_drop_root();
    fixture_do("echo 1 > a");
    AUTO(session_record_release) struct session_record r = fixture_session("echo 2 > a");
    fixture_do("echo mine > a; chmod 0 a");
    AUTO(restore_result_release) struct restore_result undo = restore_as(&r, RESTORE_BEFORE);
    CHECK_INT(undo.plan.conflicts, 1);
    fixture_do("chmod 600 a; test \"$(cat a)\" = mine");
}

TEST(both_side_by_side)
{
    fixture_do("echo 1 > a; chmod 640 a; touch -d @5 a; ln -s one l; echo 1 > b; mkfifo p; mkdir d; echo 1 > d/x; touch -d @9 .");
    AUTO(session_record_release) struct session_record r = fixture_session("echo 2 > a; ln -sfn two l; echo 2 > b; rm p; echo 2 > d/x");
    fixture_do("echo mine > a; ln -sfn mine l; echo mine > p; echo mine > d/x");
    char *edited = fixture_tree_text();
    AUTO(restore_result_release) struct restore_result undo = restore_as(&r, RESTORE_BOTH);
    CHECK_INT(undo.plan.conflicts, 4);
    CHECK_INT(undo.plan.put_back, 1);
    fixture_do("test \"$(cat a)\" = mine; test \"$(cat a.nono-before)\" = 1; test \"$(stat -c '%a %Y' a.nono-before)\" = '640 5'");
    fixture_do("test \"$(readlink l)\" = mine; test \"$(readlink l.nono-before)\" = one; test \"$(cat b)\" = 1; test ! -e b.nono-before");
    fixture_do("test \"$(cat p)\" = mine; test -p p.nono-before; test \"$(cat d/x.nono-before)\" = 1; test -z \"$(find . -name '.nono-*')\"");
    AUTO(session_record_release) struct session_record undone = fixture_record(r.id);
    CHECK(!undone.undone);
    AUTO(restore_result_release) struct restore_result again = restore_as(&r, RESTORE_BOTH);
    CHECK_INT(again.plan.conflicts, 4);
    fixture_do("test \"$(find . -name '*.nono-before*' | wc -l)\" = 4");
    AUTO(restore_result_release) struct restore_result redo = fixture_restore(&undo.undo);
    CHECK_INT(redo.failed.n, 0);
    fixture_check_tree(edited);
}

TEST(a_name_that_is_taken_is_left_alone)
{
    fixture_do("echo 1 > a");
    AUTO(session_record_release) struct session_record r = fixture_session("echo 2 > a");
    fixture_do("echo mine > a; echo other > a.nono-before; ln -s /nowhere a.nono-before-2; mkdir a.nono-before-3");
    struct restore_request q = fixture_request(&r, 1, NULL);
    struct err e = ERR_INIT;
    q.conflicts = RESTORE_BOTH;
    AUTO(restore_plan_release) struct restore_plan plan = {0};
    CHECK_OK(restore_plan_make(&q, &plan, &e), &e);
    CHECK_INT(plan.conflicts, 1);
    for (size_t i = 0; i < plan.n; i++) {
        if (plan.step[i].beside)
            CHECK_STR(plan.step[i].beside, "a.nono-before-4");
    }
    AUTO(restore_result_release) struct restore_result undo = restore_as(&r, RESTORE_BOTH);
    CHECK_INT(undo.failed.n, 0);
    fixture_do("test \"$(cat a.nono-before)\" = other; test -h a.nono-before-2; test -d a.nono-before-3; test \"$(cat a.nono-before-4)\" = 1");
}

TEST(a_long_name_loses_its_end)
{
    fixture_do("n=$(printf '%0255d' 0); echo 1 > $n; u=$(printf '\\303\\244%.0s' $(seq 127)); echo 1 > $u");
    AUTO(session_record_release) struct session_record r = fixture_session("n=$(printf '%0255d' 0); echo 2 > $n; for f in ä*; do echo 2 > $f; done");
    fixture_do("n=$(printf '%0255d' 0); echo mine > $n; for f in ä*; do echo mine > $f; done");
    AUTO(restore_result_release) struct restore_result undo = restore_as(&r, RESTORE_BOTH);
    CHECK_INT(undo.failed.n, 0);
    fixture_do("test \"$(cat 0*.nono-before)\" = 1; test \"$(cat ä*.nono-before)\" = 1; ls | iconv -f utf-8 -t utf-8 > /dev/null");
}

TEST(what_was_created_has_no_state_before)
{
    AUTO(session_record_release) struct session_record r = fixture_session("echo 1 > a");
    fixture_do("echo mine > a");
    AUTO(restore_result_release) struct restore_result undo = restore_as(&r, RESTORE_BOTH);
    CHECK_INT(undo.plan.conflicts, 1);
    fixture_do("test \"$(ls)\" = a");
}
