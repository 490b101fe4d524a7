#include "rollback/restore_range.h"

#include <stdio.h>

#include "core/mem.h"
#include "tests/unit/restore_fixture.h"
#include "tests/unit/session_fixture.h"
#include "tests/unit/tap.h"

static struct restore_result since(const struct session_record *first)
{
    AUTO(session_list_release) struct session_list list = {0};
    struct err e = ERR_INIT;
    CHECK_OK(restore_range_read(fixture_state(), first, &list, &e), &e);
    const struct restore_request q = fixture_request(list.item, list.n, NULL);
    return fixture_restore_all(&q);
}

static bool is_undone(const char *id)
{
    AUTO(session_record_release) struct session_record r = fixture_record(id);
    return r.undone;
}

/* Three commands, taken back as one; and that taken back. */
static void round_trip(const char *before, const char *a, const char *b, const char *c)
{
    fixture_do(before);
    char *first = fixture_tree_text();
    AUTO(session_record_release) struct session_record one = fixture_session(a);
    AUTO(session_record_release) struct session_record two = fixture_session(b);
    AUTO(session_record_release) struct session_record three = fixture_session(c);
    char *last = fixture_tree_text();
    AUTO(restore_result_release) struct restore_result undo = since(&one);
    CHECK_INT(undo.plan.conflicts + undo.plan.partly + undo.plan.uncovered + undo.failed.n, 0);
    fixture_check_tree(first);
    CHECK_STR(undo.undo.undoes, one.id);
    CHECK_INT(undo.undo.undoes_more.n, 2);
    CHECK_STR(undo.undo.undoes_more.item[0], three.id);
    CHECK(is_undone(one.id) && is_undone(two.id) && is_undone(three.id));
    AUTO(restore_result_release) struct restore_result redo = fixture_restore(&undo.undo);
    CHECK_INT(redo.plan.conflicts + redo.failed.n, 0);
    fixture_check_tree(last);
    CHECK(!is_undone(one.id) && !is_undone(two.id) && !is_undone(three.id));
}

TEST(one_file)
{
    round_trip("echo 1 > a; touch -d @1 a", "echo 2 > a", "echo 3 > a", "rm a");
}

TEST(what_came_and_went_is_left_alone)
{
    round_trip("echo 1 > a", "mkdir -p d/e; echo 1 > d/e/x; echo 2 > a", "rm -r d; echo 3 > b", "echo 1 > a; rm b");
}

TEST(directories_in_the_place_of_files)
{
    round_trip("mkdir d; echo 1 > d/x; echo f > f", "rm -r d; echo 2 > d; rm f; mkdir f; echo 3 > f/y", "rm d; mkdir d; echo 4 > d/z; rm -r f",
               "rm -r d; ln -s / d; mkdir -p f/g; echo 5 > f/g/h");
}

TEST(hard_links)
{
    round_trip("echo 1 > a; ln a b; ln a c; echo x > x; ln x y", "rm a; echo 2 > n; ln n m", "rm b; echo 3 > x", "ln -f c x; rm m; echo 1 > b");
}

TEST(metadata)
{
    round_trip("echo 1 > a; mkdir d; touch -d @5 d; chmod 700 d", "chmod 600 a; chmod 755 d; touch -d @7 a", "chmod 640 a; echo 1 > d/x; rm d/x",
               "touch -d @9 d; chmod 400 a");
}

TEST(a_restore_in_between)
{
    fixture_do("echo 1 > a; touch -d @1 a");
    char *first = fixture_tree_text();
    AUTO(session_record_release) struct session_record one = fixture_session("echo 2 > a; echo 2 > b");
    AUTO(session_record_release) struct session_record two = fixture_session("echo 3 > a; rm b");
    AUTO(restore_result_release) struct restore_result back = fixture_restore(&two);
    CHECK(is_undone(two.id));
    AUTO(session_record_release) struct session_record three = fixture_session("echo 4 > a");
    char *last = fixture_tree_text();
    AUTO(restore_result_release) struct restore_result undo = since(&one);
    CHECK_INT(undo.plan.conflicts + undo.plan.partly, 0);
    fixture_check_tree(first);
    CHECK(is_undone(one.id) && is_undone(two.id) && is_undone(three.id) && is_undone(back.undo.id));
    AUTO(restore_result_release) struct restore_result redo = fixture_restore(&undo.undo);
    CHECK_INT(redo.failed.n, 0);
    fixture_check_tree(last);
    CHECK(!is_undone(one.id) && is_undone(two.id) && !is_undone(three.id) && !is_undone(back.undo.id));
}

TEST(only_from_the_named_one_on)
{
    fixture_do("echo 0 > a");
    AUTO(session_record_release) struct session_record one = fixture_session("echo 1 > a; echo 1 > b");
    AUTO(session_record_release) struct session_record two = fixture_session("echo 2 > a");
    AUTO(session_record_release) struct session_record three = fixture_session("echo 3 > a");
    AUTO(restore_result_release) struct restore_result undo = since(&two);
    CHECK_INT(undo.plan.put_back, 1);
    fixture_do("test \"$(cat a)\" = 1; test -e b");
    CHECK(!is_undone(one.id) && is_undone(two.id) && is_undone(three.id));
}

/* What a person did between two commands is where taking back ends, as when each were taken back by itself. */
TEST(an_edit_between_two_sessions_stays)
{
    fixture_do("echo 0 > a; echo 0 > b");
    AUTO(session_record_release) struct session_record one = fixture_session("echo 1 > a; echo 1 > b");
    fixture_do("echo mine > a");
    AUTO(session_record_release) struct session_record two = fixture_session("echo 2 >> a; echo 2 > b");
    AUTO(restore_result_release) struct restore_result undo = since(&one);
    CHECK_INT(undo.plan.put_back, 1);
    CHECK_INT(undo.plan.partly, 1);
    fixture_do("test \"$(cat a)\" = mine; test \"$(cat b)\" = 0");
    CHECK(!is_undone(one.id) && is_undone(two.id));
    CHECK_INT(undo.undo.code, 1);
    AUTO(restore_result_release) struct restore_result again = since(&one);
    CHECK_INT(again.plan.put_back + again.plan.partly, 0);
    CHECK_INT(again.plan.conflicts, 1);
    AUTO(restore_result_release) struct restore_result redo = fixture_restore(&undo.undo);
    CHECK_INT(redo.failed.n, 0);
    fixture_do("test \"$(cat a)\" = \"$(printf 'mine\\n2')\"; test \"$(cat b)\" = 2");
    CHECK(!is_undone(two.id));
}

TEST(the_oldest_state_in_any_case)
{
    fixture_do("echo 0 > a");
    AUTO(session_record_release) struct session_record one = fixture_session("echo 1 > a");
    fixture_do("echo mine > a");
    struct session_record all[2] = {fixture_session("echo 2 > a"), one};
    struct restore_request q = fixture_request(all, 2, NULL);
    q.conflicts = RESTORE_BEFORE;
    AUTO(restore_result_release) struct restore_result undo = fixture_restore_all(&q);
    CHECK_INT(undo.plan.put_back, 1);
    CHECK_INT(undo.plan.conflicts + undo.plan.partly, 0);
    fixture_do("test \"$(cat a)\" = 0");
    session_record_release(&all[0]);
}

TEST(both_states_of_an_edit_in_between)
{
    fixture_do("echo 0 > a");
    AUTO(session_record_release) struct session_record one = fixture_session("echo 1 > a");
    fixture_do("echo mine > a");
    struct session_record all[2] = {fixture_session("echo 2 > a"), one};
    struct restore_request q = fixture_request(all, 2, NULL);
    q.conflicts = RESTORE_BOTH;
    AUTO(restore_result_release) struct restore_result undo = fixture_restore_all(&q);
    CHECK_INT(undo.plan.partly, 1);
    fixture_do("test \"$(cat a)\" = mine; test \"$(cat a.nono-before)\" = 0");
    session_record_release(&all[0]);
}

TEST(an_edit_after_all_of_them_is_a_conflict)
{
    fixture_do("echo 0 > a; echo 0 > b");
    AUTO(session_record_release) struct session_record one = fixture_session("echo 1 > a; echo 1 > b");
    AUTO(session_record_release) struct session_record two = fixture_session("echo 2 > a");
    fixture_do("echo mine > a");
    AUTO(restore_result_release) struct restore_result undo = since(&one);
    CHECK_INT(undo.plan.conflicts, 1);
    fixture_do("test \"$(cat a)\" = mine; test \"$(cat b)\" = 0");
    CHECK(!is_undone(one.id) && !is_undone(two.id));
}

/* The directory was made by the first command, removed and made again by a person, and emptied by the second. */
TEST(a_directory_that_holds_what_a_person_made_in_between_stays)
{
    AUTO(session_record_release) struct session_record one = fixture_session("mkdir d; echo 1 > d/x");
    fixture_do("echo mine > d/y");
    AUTO(session_record_release) struct session_record two = fixture_session("rm -r d");
    AUTO(restore_result_release) struct restore_result undo = since(&one);
    fixture_do("test \"$(cat d/y)\" = mine; test ! -e d/x");
    CHECK(undo.plan.partly + undo.plan.conflicts > 0);
    CHECK(!is_undone(one.id) && is_undone(two.id));
}

TEST(what_lay_in_a_directory_that_a_person_removed)
{
    fixture_do("mkdir d; echo 1 > d/x; echo 1 > d/y");
    AUTO(session_record_release) struct session_record one = fixture_session("rm d/x");
    fixture_do("rm -r d");
    AUTO(session_record_release) struct session_record two = fixture_session("echo 2 > d");
    AUTO(restore_result_release) struct restore_result undo = since(&one);
    CHECK_INT(undo.plan.put_back, 1);
    CHECK_INT(undo.plan.conflicts, 1);
    fixture_do("test ! -e d");
    CHECK(!is_undone(one.id) && is_undone(two.id));
}

TEST(sessions_that_ran_side_by_side)
{
    struct err e = ERR_INIT;
    fixture_do("echo 0 > a; touch -d @1 a .");
    char *first = fixture_tree_text();
    struct session *outer = fixture_open(fixture_tree());
    fixture_do("echo 1 > a; echo 1 > b");
    struct session *inner = fixture_open(fixture_tree());
    fixture_do("echo 2 > a; rm b; echo 2 > c");
    CHECK_OK(session_close(inner, false, 0, &e), &e);
    fixture_do("echo 3 > a; echo 3 > b");
    CHECK_OK(session_close(outer, false, 0, &e), &e);
    AUTO(session_record_release) struct session_record r = fixture_record(session_record(inner)->id);
    AUTO(session_list_release) struct session_list list = {0};
    session_free(outer);
    session_free(inner);
    CHECK_OK(restore_range_read(fixture_state(), &r, &list, &e), &e);
    CHECK_INT(list.n, 2);
    const struct restore_request q = fixture_request(list.item, list.n, NULL);
    AUTO(restore_result_release) struct restore_result undo = fixture_restore_all(&q);
    CHECK_INT(undo.plan.conflicts + undo.plan.partly, 0);
    fixture_check_tree(first);
}

TEST(other_trees_are_left_out)
{
    struct err e = ERR_INIT;
    fixture_do("mkdir t");
    AUTO(session_record_release) struct session_record one = fixture_session("echo 1 > a");
    char path[4200];
    (void)snprintf(path, sizeof(path), "%s/t", fixture_tree());
    struct session *s = fixture_open(path);
    fixture_do("echo 1 > t/x");
    CHECK_OK(session_close(s, false, 0, &e), &e);
    session_free(s);
    AUTO(session_list_release) struct session_list list = {0};
    CHECK_OK(restore_range_read(fixture_state(), &one, &list, &e), &e);
    CHECK_INT(list.n, 1);
    CHECK_STR(list.item[0].id, one.id);
}

TEST(order_of_paths)
{
    static const char *const sorted[] = {"", "a", "a/b", "a/b/c", "a/b-", "a/c", "a\001", "a-b", "ab", "b"};
    for (size_t i = 0; i < sizeof(sorted) / sizeof(sorted[0]); i++) {
        for (size_t k = 0; k < sizeof(sorted) / sizeof(sorted[0]); k++) {
            int order = change_path_order(sorted[i], sorted[k]);
            CHECK((order < 0) == (i < k) && (order > 0) == (i > k));
        }
    }
}
