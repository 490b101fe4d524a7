/* A session that is stored only after a later one took away what it left, and was taken back itself: its content has moved twice. */
#include <string.h>

#include "core/mem.h"
#include "rollback/restore.h"
#include "rollback/seal.h"
#include "rollback/take_back.h"
#include "tests/unit/journal_session.h"
#include "tests/unit/session_fixture.h"
#include "tests/unit/tap.h"

static void move_back(const struct session_record *r)
{
    struct err e = ERR_INIT;
    bool is_done = false;
    AUTO(restore_result_release) struct restore_result result = {0};
    CHECK_OK(take_back(&(struct restore_request){.state_dir = fixture_state(), .session = r, .n = 1}, &result, &is_done, &e), &e);
    CHECK(is_done);
}

static void check_stored(struct session_record *r)
{
    struct err e = ERR_INIT;
    CHECK_OK(seal_record(fixture_state(), r, &e), &e);
    CHECK_INT(r->notes.n, 0);
    AUTO(restore_result_release) struct restore_result result = {0};
    CHECK_OK(restore_apply(&(struct restore_request){.state_dir = fixture_state(), .session = r, .n = 1}, &result, &e), &e);
    CHECK_INT(result.plan.conflicts + result.plan.uncovered + result.failed.n, 0);
}

/* `first` is stored after `later` came and went. */
static void check_came_back(const char *first, const char *later)
{
    fixture_do("rm -rf ../state ./* && echo 1 > a; echo 2 > b; mkdir d; echo 3 > d/x; touch -d @1000 a b d");
    AUTO(mem_free_ptr) char *before = fixture_tree_text();
    AUTO(session_record_release) struct session_record r = journal_session(first);
    AUTO(session_record_release) struct session_record s = journal_session(later);
    move_back(&s);
    check_stored(&r);
    AUTO(mem_free_ptr) char *after = fixture_tree_text();
    CHECK_STR(after, before);
}

TEST(removed_and_back)
{
    check_came_back("append a 1\nwrite n 2\nattr a v", "rm a\nrm n");
}

TEST(replaced_and_back)
{
    check_came_back("append a 1\nwrite n 2", "write t 3\nmv t a\nmv b n");
}

TEST(written_to_and_back)
{
    check_came_back("append a 1\nwrite n 2", "write a 3\nattr n w\nappend n 4\nchmod n 600");
}

TEST(moved_and_back)
{
    check_came_back("append a 1\nwrite d/n 2\nmkdir e\nwrite e/f 3", "mv d z\nmv a z/a\nrm e/f\nrmdir e");
}

/* Each session finds what the one before left, and not what the first did. */
TEST(touched_and_then_taken_away)
{
    static const char *const later[] = {"write a 3\nappend n 4", "rm a\nmv b n", "mv a z\nappend z 1\nrm n",
                                        "chmod a 600\ntouch n 3000\nmv n m\nwrite m 5"};
    for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
        struct err e = ERR_INIT;
        fixture_do("rm -rf ../state ./* && echo 1 > a; echo 2 > b; touch -d @1000 a b");
        AUTO(mem_free_ptr) char *before = fixture_tree_text();
        AUTO(session_record_release) struct session_record first = journal_session("append a 1\nwrite n 2");
        AUTO(session_record_release) struct session_record second = journal_session("touch a 2000\ntouch n 2000\nattr n v");
        AUTO(session_record_release) struct session_record third = journal_session(later[i]);
        CHECK_OK(seal_record(fixture_state(), &first, &e), &e);
        CHECK_INT(first.notes.n, 0);
        check_stored(&third);
        check_stored(&second);
        check_stored(&first);
        AUTO(mem_free_ptr) char *after = fixture_tree_text();
        CHECK_STR(after, before);
    }
}

/* The content is in a copy, the attributes are where the file went. */
TEST(attributes_of_what_was_written_to_later)
{
    static const char *const later[] = {"append a 3\nappend n 4", "append a 3\nrm a\nappend n 4\nmv n z",
                                        "attr a w\nappend a 3\nnoattr n\nappend n 1"};
    for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
        struct err e = ERR_INIT;
        fixture_do("rm -rf ../state ./* && echo 1 > a; setfattr -n user.t -v kept a; setfattr -n user.o -v other a; touch -d @1000 a");
        AUTO(mem_free_ptr) char *before = fixture_tree_text();
        AUTO(session_record_release) struct session_record first = journal_session("append a 1\nwrite n 2\nattr n v");
        AUTO(mem_free_ptr) char *between = fixture_tree_text();
        AUTO(session_record_release) struct session_record second = journal_session(later[i]);
        AUTO(session_record_release) struct session_record third = journal_session("append a 5\nappend z 6");
        CHECK_OK(seal_record(fixture_state(), &first, &e), &e);
        CHECK_INT(first.notes.n, 0);
        check_stored(&third);
        check_stored(&second);
        AUTO(mem_free_ptr) char *again = fixture_tree_text();
        CHECK_STR(again, between);
        check_stored(&first);
        AUTO(mem_free_ptr) char *after = fixture_tree_text();
        CHECK_STR(after, before);
    }
}

TEST(attributes_that_a_directory_got_later)
{
    struct err e = ERR_INIT;
    fixture_do("rm -rf ../state ./* && mkdir d c; setfattr -n user.t -v kept d; touch -d @1000 d c .");
    AUTO(mem_free_ptr) char *before = fixture_tree_text();
    AUTO(session_record_release) struct session_record first = journal_session("write d/f 1\nchmod c 700");
    AUTO(session_record_release) struct session_record second = journal_session("attr d w\nattr c w");
    AUTO(session_record_release) struct session_record third = journal_session("noattr d\nattr c v");
    CHECK_OK(seal_record(fixture_state(), &first, &e), &e);
    check_stored(&third);
    check_stored(&second);
    check_stored(&first);
    AUTO(mem_free_ptr) char *after = fixture_tree_text();
    CHECK_STR(after, before);
    AUTO(session_record_release) struct session_record again = fixture_record(first.id);
    AUTO(store_close_ptr) struct store *s = NULL;
    AUTO(change_list_release) struct change_list l = {0};
    CHECK_OK(store_open(fixture_state(), &s, &e), &e);
    CHECK_OK(change_between(s, &again.before, &second.before, &l, &e), &e);
    for (size_t i = 0; i < l.n; i++) /* both know c as it was without attributes */
        CHECK(strcmp(l.item[i].path, "c") != 0 || oid_equal(&l.item[i].before.xattrs, &l.item[i].after.xattrs));
}

/* A later session moved the directory, put it into the stash, or put another one into its place. */
TEST(attributes_of_a_directory_that_went_later)
{
    static const char *const later[] = {"mv d z",          "rmdir d",         "swap d c", "mv d c", "attr d x\nmv d z\nnoattr z",
                                        "mkdir e\nmv e d", "mv d c/d\nmv c z"};
    for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
        struct err e = ERR_INIT;
        fixture_do("rm -rf ../state ./* && mkdir d c; setfattr -n user.o -v kept d; touch -d @1000 d c .");
        AUTO(mem_free_ptr) char *before = fixture_tree_text();
        struct session_record r[3] = {[2] = journal_session("attr d w")};
        AUTO(mem_free_ptr) char *between = fixture_tree_text();
        r[1] = journal_session(later[i]);
        r[0] = journal_session("write z/f 1\nwrite c/f 1\nwrite d/f 1\nattr z y\nattr c y");
        CHECK_OK(seal_record(fixture_state(), &r[2], &e), &e);
        CHECK_INT(r[2].notes.n, 0);
        check_stored(&r[0]);
        check_stored(&r[1]);
        AUTO(mem_free_ptr) char *again = fixture_tree_text();
        CHECK_STR(again, between);
        check_stored(&r[2]);
        AUTO(mem_free_ptr) char *after = fixture_tree_text();
        CHECK_STR(after, before);
        for (size_t k = 0; k < 3; k++)
            session_record_release(&r[k]);
    }
}

/* Not ended, it is no later session yet: what it does to a directory must not become the state of the first. */
TEST(attributes_that_a_running_session_changes)
{
    static const char *const running[] = {"attr d w", "noattr d", "mv d z", "rmdir d"};
    for (size_t i = 0; i < sizeof running / sizeof *running; i++) {
        struct err e = ERR_INIT;
        fixture_do("rm -rf ../state ./* && mkdir d; setfattr -n user.o -v kept d; touch -d @1000 d .");
        AUTO(mem_free_ptr) char *before = fixture_tree_text();
        AUTO(session_record_release) struct session_record first = journal_session("attr d v");
        struct session *s = journal_session_begin(running[i]);
        CHECK_ERR(seal_record(fixture_state(), &first, &e), ERR_BUSY, &e);
        AUTO(session_record_release) struct session_record second = journal_session_end(s, "write f 1");
        check_stored(&second);
        check_stored(&first);
        AUTO(mem_free_ptr) char *after = fixture_tree_text();
        CHECK_STR(after, before);
    }
}

/* A new entry is no reason to wait. */
TEST(entries_that_a_running_session_makes)
{
    struct err e = ERR_INIT;
    fixture_do("rm -rf ../state ./* && mkdir d");
    AUTO(session_record_release) struct session_record first = journal_session("attr d v");
    struct session *s = journal_session_begin("write d/f 1\nchmod d 700\ntouch d 7");
    CHECK_OK(seal_record(fixture_state(), &first, &e), &e);
    AUTO(session_record_release) struct session_record second = journal_session_end(s, "");
    check_stored(&second);
    check_stored(&first);
    fixture_do("test -z \"$(ls d)$(getfattr d)\"");
}

/* What a person wrote between two sessions is not what the first left. */
TEST(written_by_somebody_between)
{
    struct err e = ERR_INIT;
    AUTO(session_record_release) struct session_record first = journal_session("write n 22222\nwrite m 22222\nwrite k 22222");
    fixture_do("echo mine > n; echo mine > m; echo mine > k");
    AUTO(session_record_release) struct session_record second = journal_session("mv n z\nwrite m 3\nrm k");
    CHECK_OK(seal_record(fixture_state(), &first, &e), &e);
    CHECK_INT(first.notes.n, 1);
    check_stored(&second);
    fixture_do("test $(cat n m k | grep -c mine) = 3");
    AUTO(restore_result_release) struct restore_result result = {0};
    CHECK_OK(restore_apply(&(struct restore_request){.state_dir = fixture_state(), .session = &first, .n = 1}, &result, &e), &e);
    fixture_do("test $(cat n m k | grep -c mine) = 3");
}

TEST(back_and_taken_away_again)
{
    fixture_do("echo 1 > a");
    AUTO(mem_free_ptr) char *before = fixture_tree_text();
    AUTO(session_record_release) struct session_record r = journal_session("append a 1\nwrite n 2");
    AUTO(mem_free_ptr) char *between = fixture_tree_text();
    AUTO(session_record_release) struct session_record s = journal_session("rm a\nrm n");
    move_back(&s);
    AUTO(session_record_release) struct session_record third = journal_session("mv a b\nrm n");
    struct err e = ERR_INIT;
    CHECK_OK(seal_record(fixture_state(), &r, &e), &e);
    CHECK_INT(r.notes.n, 0);
    check_stored(&third);
    AUTO(mem_free_ptr) char *again = fixture_tree_text();
    CHECK_STR(again, between);
    check_stored(&r);
    AUTO(mem_free_ptr) char *after = fixture_tree_text();
    CHECK_STR(after, before);
}
