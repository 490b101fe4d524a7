#include "rollback/restore.h"

#include "core/mem.h"
#include "tests/unit/restore_fixture.h"
#include "tests/unit/session_fixture.h"
#include "tests/unit/store_fixture.h"
#include "tests/unit/tap.h"

TEST(content)
{
    fixture_round_trip("echo 1 > a; mkdir d; echo 2 > d/b", "echo 3 > a; echo 4 >> d/b; echo 5 > d/c");
}

TEST(a_large_file)
{
    fixture_round_trip("head -c 9000000 /dev/urandom > a", "echo more >> a");
}

TEST(deleted_trees)
{
    fixture_round_trip("mkdir -p a/b/c d/e; echo 1 > a/b/c/f; echo 2 > a/g; touch -d 2001-01-01 a/b", "rm -r a d");
}

TEST(created_trees)
{
    fixture_round_trip("echo 1 > a", "mkdir -p b/c/d; echo 1 > b/c/f; ln -s f b/c/l; mkfifo b/p; mkdir empty");
}

TEST(modes_and_times)
{
    fixture_round_trip("echo 1 > a; echo 2 > b; chmod 4751 a; touch -d '2001-02-03 04:05:06.123456789' b; mkdir d; chmod 1777 d",
               "chmod 600 a; touch b; chmod 700 d; touch -d 1960-01-01 d");
}

TEST(attributes)
{
    if (fixture_shell("command -v setfattr")[0] != '/')
        SKIP("no setfattr here");
    fixture_round_trip("echo 1 > a; setfattr -n user.one -v 1 a; echo 2 > b; mkdir d; setfattr -n user.d -v x d",
               "setfattr -x user.one a; setfattr -n user.two -v 2 a; rm b; echo 2 > b; setfattr -n user.b -v b b; setfattr -x user.d d");
}

TEST(links_and_pipes)
{
    fixture_round_trip("ln -s one l; ln -s / dangling; mkfifo p; chmod 640 p; touch -h -d 2001-01-01 l", "rm l p; ln -s two l; ln -sfn /etc dangling");
}

TEST(hard_links)
{
    fixture_round_trip("echo 1 > a; ln a b; mkdir d; ln a d/c; echo x > s1; ln s1 s2", "rm a; echo 2 > d/c; rm s1 s2; echo x > s1; cp s1 s2; ln s1 s3");
}

TEST(hard_links_made_and_broken)
{
    fixture_round_trip("echo 1 > a; cp a b; echo 2 > c; ln c d", "ln -f a b; rm d; cp c d");
}

TEST(hard_links_of_an_inode_with_another_content_and_the_old_time)
{
    fixture_round_trip("echo 1 > z; ln z a; ln z m; touch -d @5 z", "rm a; echo 2 > z; touch -d @5 z");
}

TEST(hard_links_beside_a_file_of_the_same_content)
{
    fixture_round_trip("echo 1 > a; ln a b; ln a c; ln a d", "rm a b; echo 1 > b");
}

TEST(types_exchanged)
{
    fixture_round_trip("mkdir d; echo 1 > d/x; mkdir d/e; echo 2 > f; ln -s f l; mkdir e",
               "rm -r d; echo 3 > d; rm f; mkdir f; echo 4 > f/y; rm l; mkdir l; rmdir e; ln -s / e");
}

TEST(a_symlink_in_the_place_of_a_directory_is_not_followed)
{
    fixture_do("mkdir ../outside; echo kept > ../outside/x; touch -d 2001-01-01 ../outside; mkdir d; echo 1 > d/x");
    char *first = fixture_tree_text();
    AUTO(session_record_release) struct session_record r = fixture_session("rm -r d; ln -s ../outside d");
    AUTO(restore_result_release) struct restore_result undo = fixture_restore(&r);
    CHECK_INT(undo.plan.conflicts + undo.failed.n, 0);
    fixture_check_tree(first);
    fixture_do("test \"$(cat ../outside/x)\" = kept; test \"$(stat -c %Y ../outside)\" = \"$(date -d 2001-01-01 +%s)\"");
}

TEST(a_symlink_put_there_later_is_not_followed)
{
    fixture_do("mkdir ../outside; echo kept > ../outside/x; mkdir d; echo 1 > d/x; echo 2 > d/y");
    AUTO(session_record_release) struct session_record r = fixture_session("echo 3 > d/x; rm d/y; echo 4 > d/z");
    fixture_do("mv d moved; ln -s ../outside d; echo theirs > ../outside/z");
    AUTO(restore_result_release) struct restore_result undo = fixture_restore(&r);
    CHECK_INT(undo.plan.put_back, 0);
    CHECK_INT(undo.plan.conflicts, 2); /* x and y; what was created is not there any more */
    fixture_do("test \"$(cat ../outside/x)\" = kept; test \"$(cat ../outside/z)\" = theirs; test ! -e ../outside/y; test \"$(cat moved/x)\" = 3");
}

TEST(names_of_any_bytes)
{
    fixture_round_trip("printf 1 > \"$(printf 'a\\377\\n')\"; mkdir ' d'; echo 1 > ' d/-rf'", "rm -r ' d'; printf 2 > \"$(printf 'a\\377\\n')\"; echo > '*'");
}

TEST(the_root_itself)
{
    fixture_round_trip("touch -d 2001-01-01 .", "chmod 711 .; touch -d 2002-02-02 .");
}

TEST(directories_that_may_not_be_written)
{
    tap_drop_root();
    fixture_round_trip("mkdir -p d/e; echo 1 > d/x; echo 2 > d/e/y; chmod 444 d/x; chmod 555 d/e d",
               "chmod 755 d d/e; rm d/x; echo 3 > d/e/y; echo 4 > d/e/z; chmod 555 d/e");
}

TEST(a_deleted_directory_that_could_not_be_written)
{
    tap_drop_root();
    fixture_round_trip("mkdir -p d/e; echo 2 > d/e/y; chmod 555 d/e d", "chmod -R u+w d; rm -r d");
}
