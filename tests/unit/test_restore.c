#include "rollback/restore.h"

#include <sys/stat.h>
#include <unistd.h>

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

TEST(access_lists)
{
    if (fixture_shell("command -v setfattr")[0] != '/')
        SKIP("no setfattr here");
    /* owner rw-, user 1 rw-, group r--, mask rw-, others r--; as default of a directory, too */
    static const char acl[] = "acl=0x0200000001000600ffffffff020006000100000004000400ffffffff10000600ffffffff20000400ffffffff; ";
    AUTO(str_release) struct str before = STR_INIT(STR_MAX_LINE);
    AUTO(str_release) struct str command = STR_INIT(STR_MAX_LINE);
    str_addf(&before, "%smkdir d e; echo 1 > d/x; echo 1 > a; setfattr -n system.posix_acl_default -v $acl d; setfattr -n system.posix_acl_access -v $acl a; "
             "echo 1 > d/inherits", acl);
    str_addf(&command, "%srm -r d; rm a; echo 2 > a; setfattr -n system.posix_acl_default -v $acl e; echo 2 > e/y", acl);
    fixture_round_trip(before.buf, command.buf);
}

TEST(owners_and_devices)
{
    if (geteuid() != 0)
        return; /* only root can give files away */
    fixture_round_trip("echo 1 > a; echo 1 > s; mkdir d; ln -s x l; chown 7:8 a d; chown -h 9:9 l; chown 7:7 s; chmod 6755 s; mknod n c 1 3; mknod b b 7 9",
                       "chown 0:0 a d s; rm n b l; mknod n c 1 5; ln -s x l; mknod c c 1 7");
}

TEST(whatever_the_umask)
{
    fixture_do("umask 0; mkdir d; echo 1 > d/x; mkfifo p; echo 1 > a; chmod 777 d/x");
    char *first = fixture_tree_text();
    AUTO(session_record_release) struct session_record r = fixture_session("rm -r d a p");
    (void)umask(geteuid() == 0 ? 0777 : 0077); /* what nono keeps for itself has to be read again */
    AUTO(restore_result_release) struct restore_result undo = fixture_restore(&r);
    CHECK_INT(undo.failed.n, 0);
    (void)umask(022);
    fixture_check_tree(first);
}

TEST(directories_with_other_names)
{
    fixture_round_trip("mkdir -p d/e/f g; echo 1 > d/e/x; echo 2 > d/y; ln d/y d/e/z; touch -d @5 d/e d", "mv d/e h; mv d g/d; mv g i; mkdir d; mv h/x d/x");
}

/* What was not part of the change keeps its inode, and nothing at all happens to it. */
TEST(the_rest_is_not_touched)
{
    static const char look[] = "find . -name 'keep*' -printf '%p %i %C@ %T@ %n\\n' | sort > ../kept.$1";
    fixture_do("mkdir -p keep_d/keep_e d; echo 1 > keep; ln keep keep_link; echo 1 > d/keep; echo 1 > d/x; ln -s x keep_l; echo 1 > keep_d/keep_e/keep");
    AUTO(session_record_release) struct session_record r = fixture_session("rm d/x; echo 2 > d/y; mkdir n");
    AUTO(str_release) struct str script = STR_INIT(STR_MAX_LINE);
    str_addf(&script, "set 1; %s", look);
    fixture_do(script.buf);
    AUTO(restore_result_release) struct restore_result undo = fixture_restore(&r);
    CHECK_INT(undo.failed.n, 0);
    str_clear(&script);
    str_addf(&script, "set 2; %s; cmp ../kept.1 ../kept.2; test -s ../kept.1", look);
    fixture_do(script.buf);
}

/* No call of the kernel takes such a path as a whole. */
static const char deep[] = "n=$(printf '%0200d' 0); for i in $(seq 25); do mkdir $n; cd -P $n; done 2> /dev/null; echo 1 > x";

TEST(a_tree_deeper_than_paths_are_long)
{
    fixture_do("echo 1 > a");
    AUTO(session_record_release) struct session_record r = fixture_session(deep);
    AUTO(restore_result_release) struct restore_result undo = fixture_restore(&r);
    CHECK_INT(undo.plan.conflicts + undo.failed.n, 0);
    CHECK(undo.plan.put_back >= 20);
    fixture_do("test \"$(ls)\" = a");
    AUTO(restore_result_release) struct restore_result redo = fixture_restore(&undo.undo);
    CHECK_INT(redo.plan.conflicts + redo.failed.n, 0);
    fixture_do("test $(find . | wc -l) -ge 22; test \"$(find . -name x | wc -l)\" = 1");
    AUTO(restore_result_release) struct restore_result again = fixture_restore(&redo.undo);
    CHECK_INT(again.failed.n, 0);
    fixture_do("test \"$(ls)\" = a");
}

TEST(a_tree_deeper_than_is_covered)
{
    fixture_do("echo 1 > a");
    AUTO(session_record_release) struct session_record r =
        fixture_session("echo 2 > a; d=x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x; "
                        "for i in $(seq 110); do mkdir -p $d; cd -P $d; done 2> /dev/null");
    CHECK(r.has_after);
    AUTO(restore_result_release) struct restore_result undo = fixture_restore(&r);
    CHECK_INT(undo.failed.n, 0);
    fixture_do("test \"$(cat a)\" = 1");
}
