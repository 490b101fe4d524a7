#include "rollback/restore.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/path.h"
#include "tests/unit/killed.h"
#include "tests/unit/restore_fixture.h"
#include "tests/unit/session_fixture.h"
#include "tests/unit/store_fixture.h"
#include "tests/unit/tap.h"

TEST(a_running_session_is_in_the_way)
{
    struct err e = ERR_INIT;
    AUTO(session_record_release) struct session_record r = fixture_session("echo 1 > a");
    AUTO(session_free_ptr) struct session *s = fixture_open(fixture_tree());
    CHECK(!session_record(s)->has_after);
    AUTO(restore_result_release) struct restore_result result = {0};
    struct restore_request q = fixture_request(&r, 1, NULL);
    CHECK_ERR(restore_apply(&q, &result, &e), ERR_BUSY, &e);
    fixture_do("test -e a");
    q.force = true;
    CHECK_OK(restore_apply(&q, &result, &e), &e);
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
    struct restore_request q = fixture_request(&r, 1, NULL);
    fixture_do("mv t away");
    CHECK_ERR(restore_apply(&q, &result, &e), ERR_MISSING, &e);
    fixture_do("mkdir t");
    CHECK_ERR(restore_apply(&q, &result, &e), ERR_DENIED, &e);
    fixture_do("test ! -e t/a");
    q.force = true;
    CHECK_OK(restore_apply(&q, &result, &e), &e);
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
    struct restore_request q = fixture_request(&r, 1, NULL);
    CHECK_OK(restore_apply(&q, &result, &e), &e);
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
        AUTO(restore_result_release) struct restore_result undo = fixture_restore(&r);
        CHECK_INT(undo.failed.n, 1);
        _exit(0);
    }
    int status = 0;
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    fixture_do("test \"$(cat small gone)\" = \"$(printf '2\\n1' | sed s/2/1/)\"; test \"$(cat big)\" = x; test -z \"$(ls -A | grep nono)\"");
    AUTO(restore_result_release) struct restore_result again = fixture_restore(&r);
    CHECK_INT(again.failed.n, 0);
    fixture_do("test $(stat -c %s big) = 3000000");
}

static char *killed_id;

static void restore_killed(void)
{
    AUTO(session_record_release) struct session_record r = fixture_record(killed_id);
    AUTO(restore_result_release) struct restore_result undo = fixture_restore(&r);
    CHECK_INT(undo.plan.conflicts, 0);
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
        bool ended = killed_at(n, restore_killed);
        CHECK_OK(session_recover(fixture_state(), NULL, &e), &e);
        fixture_do("test -z \"$(find . -name '.nono*')\"");
        AUTO(restore_result_release) struct restore_result rest = fixture_restore(&r);
        CHECK_INT(rest.plan.conflicts + rest.failed.n, 0);
        fixture_check_tree(mem_strdup(before));
        if (ended)
            return;
    }
}
