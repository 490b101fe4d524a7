#include "rollback/restore.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/path.h"
#include "rollback/restore_decide.h"
#include "tests/unit/session_fixture.h"
#include "tests/unit/store_fixture.h"
#include "tests/unit/tap.h"

static struct restore_result restore_paths(const struct session_record *r, const char *path)
{
    struct restore_result result = {0};
    struct err e = ERR_INIT;
    AUTO(strlist_release) struct strlist paths = STRLIST_INIT;
    if (path)
        strlist_add_take(&paths, path_join(fixture_tree(), path));
    CHECK_OK(restore_apply(fixture_state(), r, &paths, false, &result, &e), &e);
    return result;
}

static struct restore_result restore(const struct session_record *r)
{
    return restore_paths(r, NULL);
}

/* Before, a command, back: everything is as it was; and back again. */
static void round_trip(const char *before, const char *command)
{
    fixture_do(before);
    char *first = fixture_tree_text();
    AUTO(session_record_release) struct session_record r = fixture_session(command);
    char *second = fixture_tree_text();
    AUTO(restore_result_release) struct restore_result undo = restore(&r);
    CHECK_INT(undo.conflicts + undo.uncovered + undo.failed.n, 0);
    fixture_check_tree(first);
    AUTO(session_record_release) struct session_record undone = fixture_record(r.id);
    CHECK(undone.undone);
    CHECK_STR(undo.undo.undoes, r.id);
    AUTO(restore_result_release) struct restore_result redo = restore(&undo.undo);
    CHECK_INT(redo.conflicts + redo.uncovered + redo.failed.n, 0);
    fixture_check_tree(second);
    AUTO(session_record_release) struct session_record again = fixture_record(r.id);
    CHECK(!again.undone);
}

TEST(content)
{
    round_trip("echo 1 > a; mkdir d; echo 2 > d/b", "echo 3 > a; echo 4 >> d/b; echo 5 > d/c");
}

TEST(a_large_file)
{
    round_trip("head -c 9000000 /dev/urandom > a", "echo more >> a");
}

TEST(deleted_trees)
{
    round_trip("mkdir -p a/b/c d/e; echo 1 > a/b/c/f; echo 2 > a/g; touch -d 2001-01-01 a/b", "rm -r a d");
}

TEST(created_trees)
{
    round_trip("echo 1 > a", "mkdir -p b/c/d; echo 1 > b/c/f; ln -s f b/c/l; mkfifo b/p; mkdir empty");
}

TEST(modes_and_times)
{
    round_trip("echo 1 > a; echo 2 > b; chmod 4751 a; touch -d '2001-02-03 04:05:06.123456789' b; mkdir d; chmod 1777 d",
               "chmod 600 a; touch b; chmod 700 d; touch -d 1960-01-01 d");
}

TEST(attributes)
{
    if (fixture_shell("command -v setfattr")[0] != '/')
        SKIP("no setfattr here");
    round_trip("echo 1 > a; setfattr -n user.one -v 1 a; echo 2 > b; mkdir d; setfattr -n user.d -v x d",
               "setfattr -x user.one a; setfattr -n user.two -v 2 a; rm b; echo 2 > b; setfattr -n user.b -v b b; setfattr -x user.d d");
}

TEST(links_and_pipes)
{
    round_trip("ln -s one l; ln -s / dangling; mkfifo p; chmod 640 p; touch -h -d 2001-01-01 l", "rm l p; ln -s two l; ln -sfn /etc dangling");
}

TEST(hard_links)
{
    round_trip("echo 1 > a; ln a b; mkdir d; ln a d/c; echo x > s1; ln s1 s2", "rm a; echo 2 > d/c; rm s1 s2; echo x > s1; cp s1 s2; ln s1 s3");
}

TEST(hard_links_made_and_broken)
{
    round_trip("echo 1 > a; cp a b; echo 2 > c; ln c d", "ln -f a b; rm d; cp c d");
}

TEST(types_exchanged)
{
    round_trip("mkdir d; echo 1 > d/x; mkdir d/e; echo 2 > f; ln -s f l; mkdir e",
               "rm -r d; echo 3 > d; rm f; mkdir f; echo 4 > f/y; rm l; mkdir l; rmdir e; ln -s / e");
}

TEST(a_symlink_in_the_place_of_a_directory_is_not_followed)
{
    fixture_do("mkdir ../outside; echo kept > ../outside/x; touch -d 2001-01-01 ../outside; mkdir d; echo 1 > d/x");
    char *first = fixture_tree_text();
    AUTO(session_record_release) struct session_record r = fixture_session("rm -r d; ln -s ../outside d");
    AUTO(restore_result_release) struct restore_result undo = restore(&r);
    CHECK_INT(undo.conflicts + undo.failed.n, 0);
    fixture_check_tree(first);
    fixture_do("test \"$(cat ../outside/x)\" = kept; test \"$(stat -c %Y ../outside)\" = \"$(date -d 2001-01-01 +%s)\"");
}

TEST(a_symlink_put_there_later_is_not_followed)
{
    fixture_do("mkdir ../outside; echo kept > ../outside/x; mkdir d; echo 1 > d/x; echo 2 > d/y");
    AUTO(session_record_release) struct session_record r = fixture_session("echo 3 > d/x; rm d/y; echo 4 > d/z");
    fixture_do("mv d moved; ln -s ../outside d; echo theirs > ../outside/z");
    AUTO(restore_result_release) struct restore_result undo = restore(&r);
    CHECK_INT(undo.put_back, 0);
    CHECK_INT(undo.conflicts, 2); /* x and y; what was created is not there any more */
    fixture_do("test \"$(cat ../outside/x)\" = kept; test \"$(cat ../outside/z)\" = theirs; test ! -e ../outside/y; test \"$(cat moved/x)\" = 3");
}

TEST(names_of_any_bytes)
{
    round_trip("printf 1 > \"$(printf 'a\\377\\n')\"; mkdir ' d'; echo 1 > ' d/-rf'", "rm -r ' d'; printf 2 > \"$(printf 'a\\377\\n')\"; echo > '*'");
}

TEST(the_root_itself)
{
    round_trip("touch -d 2001-01-01 .", "chmod 711 .; touch -d 2002-02-02 .");
}

TEST(directories_that_may_not_be_written)
{
    tap_drop_root();
    round_trip("mkdir -p d/e; echo 1 > d/x; echo 2 > d/e/y; chmod 444 d/x; chmod 555 d/e d",
               "chmod 755 d d/e; rm d/x; echo 3 > d/e/y; echo 4 > d/e/z; chmod 555 d/e");
}

TEST(a_deleted_directory_that_could_not_be_written)
{
    tap_drop_root();
    round_trip("mkdir -p d/e; echo 2 > d/e/y; chmod 555 d/e d", "chmod -R u+w d; rm -r d");
}

TEST(a_directory_that_was_closed)
{
    tap_drop_root();
    fixture_do("mkdir d; echo 1 > d/x; echo 1 > d/z; touch -d @1 d");
    char *first = fixture_tree_text();
    AUTO(session_record_release) struct session_record r = fixture_session("rm d/x; chmod 0 d");
    AUTO(restore_result_release) struct restore_result undo = restore(&r);
    CHECK_INT(undo.conflicts + undo.uncovered + undo.failed.n, 0);
    fixture_check_tree(first);
}

TEST(what_was_made_in_a_closed_directory_is_told)
{
    tap_drop_root();
    fixture_do("mkdir d; echo 1 > d/x");
    AUTO(session_record_release) struct session_record r = fixture_session("rm d/x; echo 2 > d/y; chmod 0 d");
    CHECK(r.notes.n > 0);
    AUTO(restore_result_release) struct restore_result undo = restore(&r);
    CHECK_INT(undo.uncovered, 1);
    fixture_do("test \"$(cat d/x)\" = 1; test \"$(cat d/y)\" = 2");
}

TEST(a_closed_directory_that_the_command_made_is_told)
{
    tap_drop_root();
    AUTO(session_record_release) struct session_record r = fixture_session("mkdir d; echo 1 > d/x; chmod 0 d");
    AUTO(restore_result_release) struct restore_result undo = restore(&r);
    CHECK_INT(undo.conflicts, 0);
    CHECK_INT(undo.uncovered, 1);
    fixture_do("chmod 700 d; test \"$(cat d/x)\" = 1");
}

/* Where nobody could look before, nothing is taken away. */
TEST(what_a_closed_directory_held_stays)
{
    tap_drop_root();
    fixture_do("mkdir d; echo 1 > d/x; chmod 0 d");
    AUTO(session_record_release) struct session_record r = fixture_session("chmod 755 d");
    AUTO(restore_result_release) struct restore_result undo = restore(&r);
    CHECK(undo.uncovered > 0);
    fixture_do("test \"$(stat -c %a d)\" = 0; chmod 755 d; test \"$(cat d/x)\" = 1");
}

TEST(a_file_that_could_not_be_read_is_told)
{
    tap_drop_root();
    fixture_do("echo 1 > x; chmod 0 x; echo 2 > y");
    AUTO(session_record_release) struct session_record r = fixture_session("rm -f x y");
    CHECK(r.notes.n > 0);
    AUTO(restore_result_release) struct restore_result undo = restore(&r);
    CHECK_INT(undo.uncovered, 1);
    CHECK_INT(undo.put_back, 1);
    fixture_do("test ! -e x; test \"$(cat y)\" = 2");
    AUTO(session_record_release) struct session_record after = fixture_record(r.id);
    CHECK(!after.undone);
}

static void conflict(const char *before, const char *command, const char *somebody_else, const char *check, size_t conflicts)
{
    fixture_do(before);
    AUTO(session_record_release) struct session_record r = fixture_session(command);
    fixture_do(somebody_else);
    AUTO(restore_plan_release) struct restore_plan plan = {0};
    struct err e = ERR_INIT;
    CHECK_OK(restore_plan_make(fixture_state(), &r, NULL, &plan, &e), &e);
    CHECK_INT(plan.conflicts, conflicts);
    AUTO(restore_result_release) struct restore_result undo = restore(&r);
    CHECK_INT(undo.conflicts, conflicts);
    CHECK_INT(undo.put_back, plan.put_back);
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
    AUTO(restore_result_release) struct restore_result one = restore_paths(&r, "d/x");
    CHECK_INT(one.put_back, 2);
    fixture_do("test \"$(cat d/x)\" = 1; test ! -e d/y; test \"$(cat a)\" = 2");
    AUTO(session_record_release) struct session_record partly = fixture_record(r.id);
    CHECK(!partly.undone);
    AUTO(restore_result_release) struct restore_result two = restore_paths(&r, "d");
    CHECK_INT(two.put_back, 1);
    fixture_do("test \"$(cat d/y)\" = 1; test \"$(cat a)\" = 2; test \"$(cat dx)\" = 2");
    AUTO(restore_result_release) struct restore_result rest = restore(&r);
    CHECK_INT(rest.put_back, 2);
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
    CHECK_ERR(restore_plan_make(fixture_state(), &r, &paths, &plan, &e), ERR_INPUT, &e);
}

TEST(a_running_session_is_in_the_way)
{
    struct err e = ERR_INIT;
    AUTO(session_record_release) struct session_record r = fixture_session("echo 1 > a");
    AUTO(session_free_ptr) struct session *s = fixture_open(fixture_tree());
    CHECK(!session_record(s)->has_after);
    AUTO(restore_result_release) struct restore_result result = {0};
    CHECK_ERR(restore_apply(fixture_state(), &r, NULL, false, &result, &e), ERR_BUSY, &e);
    fixture_do("test -e a");
    CHECK_OK(restore_apply(fixture_state(), &r, NULL, true, &result, &e), &e);
    fixture_do("test ! -e a");
}

TEST(another_directory_of_that_name_is_refused)
{
    struct err e = ERR_INIT;
    fixture_do("mkdir t; echo 1 > t/a");
    AUTO(mem_free_ptr) char *tree = path_join(fixture_tree(), "t");
    struct session *s = fixture_open(tree);
    fixture_do("rm t/a");
    CHECK_OK(session_close(s, false, 0, &e), &e);
    AUTO(session_record_release) struct session_record r = fixture_record(session_record(s)->id);
    session_free(s);
    AUTO(restore_result_release) struct restore_result result = {0};
    fixture_do("mv t away");
    CHECK_ERR(restore_apply(fixture_state(), &r, NULL, false, &result, &e), ERR_MISSING, &e);
    fixture_do("mkdir t");
    CHECK_ERR(restore_apply(fixture_state(), &r, NULL, false, &result, &e), ERR_DENIED, &e);
    fixture_do("test ! -e t/a");
    CHECK_OK(restore_apply(fixture_state(), &r, NULL, true, &result, &e), &e);
    fixture_do("test \"$(cat t/a)\" = 1");
}

TEST(a_damaged_object_fails_alone)
{
    struct err e = ERR_INIT;
    fixture_do("echo 1 > a; head -c 5000 /dev/urandom > b");
    AUTO(session_record_release) struct session_record r = fixture_session("rm a b");
    fixture_do(
        "for f in ../state/store/*; do test $(stat -c %s $f) -gt 4000 && printf x | dd of=$f bs=1 seek=3000 conv=notrunc status=none; done; true");
    AUTO(restore_result_release) struct restore_result result = {0};
    CHECK_OK(restore_apply(fixture_state(), &r, NULL, false, &result, &e), &e);
    CHECK_INT(result.failed.n, 1);
    CHECK(str_starts(result.failed.item[0], "b: "));
    fixture_do("test \"$(cat a)\" = 1; test ! -e b; test -z \"$(ls -A | grep nono)\"");
}

/* A limit on the size of files stands for a full disk: the small one comes back, nothing is left lying about. */
TEST(no_room_for_one_file)
{
    fixture_do("head -c 3000000 /dev/zero > big; echo 1 > small; echo 1 > gone");
    AUTO(session_record_release) struct session_record r = fixture_session("echo x > big; echo 2 > small; rm gone");
    const struct rlimit small = {1000000, 1000000};
    pid_t pid = fork();
    if (pid == 0) {
        (void)signal(SIGXFSZ, SIG_IGN);
        (void)setrlimit(RLIMIT_FSIZE, &small);
        AUTO(restore_result_release) struct restore_result undo = restore(&r);
        CHECK_INT(undo.failed.n, 1);
        _exit(0);
    }
    int status = 0;
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    fixture_do("test \"$(cat small gone)\" = \"$(printf '2\\n1' | sed s/2/1/)\"; test \"$(cat big)\" = x; test -z \"$(ls -A | grep nono)\"");
    AUTO(restore_result_release) struct restore_result again = restore(&r);
    CHECK_INT(again.failed.n, 0);
    fixture_do("test $(stat -c %s big) = 3000000");
}

static char *killed_id;

static void restore_killed(void)
{
    AUTO(session_record_release) struct session_record r = fixture_record(killed_id);
    AUTO(restore_result_release) struct restore_result undo = restore(&r);
    CHECK_INT(undo.conflicts, 0);
}

TEST(killed_at_every_step)
{
    static const char command[] = "rm -r d; echo 3 > a; rm b; mkdir b; echo 4 > b/y; chmod 600 m; echo 5 > n; ln -f l1 m2";
    struct err e = ERR_INIT;
    fixture_do("mkdir -p d/e; echo 1 > d/e/x; echo 1 > a; echo 2 > b; echo m > m; echo l > l1; ln l1 l2; echo m > m2; touch -d @1 d .");
    AUTO(mem_free_ptr) char *before = fixture_tree_text();
    for (unsigned n = 1;; n += 9) {
        AUTO(session_record_release) struct session_record r = fixture_session(command);
        killed_id = r.id;
        bool ended = fixture_killed_at(n, restore_killed);
        CHECK_OK(session_recover(fixture_state(), NULL, &e), &e);
        fixture_do("test -z \"$(find . -name '.nono*')\"");
        AUTO(restore_result_release) struct restore_result rest = restore(&r);
        CHECK_INT(rest.conflicts + rest.failed.n, 0);
        fixture_check_tree(mem_strdup(before));
        if (ended)
            return;
    }
}

static struct change make_change(uint8_t before, uint8_t after)
{
    struct change c = {.kind = CHANGE_MODIFIED, .before = {.type = before, .mode = 0644}, .after = {.type = after, .mode = 0644}};
    c.before.content.byte[0] = 1;
    c.after.content.byte[0] = 2;
    if (before == 0)
        c.kind = CHANGE_CREATED;
    if (after == 0)
        c.kind = CHANGE_DELETED;
    return c;
}

TEST(decisions)
{
    const struct snapshot_node nothing = {0};
    struct change c = make_change(SNAPSHOT_FILE, SNAPSHOT_FILE);
    struct snapshot_node now = c.after;
    CHECK_INT(restore_decide(&c, &now), RESTORE_PUT_BACK);
    CHECK_INT(restore_decide(&c, &c.before), RESTORE_DONE);
    CHECK_INT(restore_decide(&c, &nothing), RESTORE_CONFLICT);
    now.content.byte[0] = 3;
    CHECK_INT(restore_decide(&c, &now), RESTORE_CONFLICT);
    now = c.after;
    now.mode = 0600;
    CHECK_INT(restore_decide(&c, &now), RESTORE_CONFLICT);
    now = c.after;
    now.uid = 7;
    CHECK_INT(restore_decide(&c, &now), RESTORE_CONFLICT);
    now = c.after;
    now.mtime_ns = 7;
    CHECK_INT(restore_decide(&c, &now), RESTORE_PUT_BACK);
    now = c.before;
    now.mtime_ns = 7;
    CHECK_INT(restore_decide(&c, &now), RESTORE_PUT_BACK);
    now = c.before;
    now.link_group = 7;
    CHECK_INT(restore_decide(&c, &now), RESTORE_DONE);
    c.before.flags = SNAPSHOT_UNREADABLE;
    CHECK_INT(restore_decide(&c, &c.after), RESTORE_UNCOVERED);
    c = make_change(0, SNAPSHOT_FILE);
    CHECK_INT(restore_decide(&c, &nothing), RESTORE_DONE);
    CHECK_INT(restore_decide(&c, &c.after), RESTORE_PUT_BACK);
    c = make_change(SNAPSHOT_FILE, 0);
    CHECK_INT(restore_decide(&c, &nothing), RESTORE_PUT_BACK);
    CHECK_INT(restore_decide(&c, &c.before), RESTORE_DONE);
    now = (struct snapshot_node){.type = SNAPSHOT_DIR};
    CHECK_INT(restore_decide(&c, &now), RESTORE_CONFLICT);
}
