/* How long journals stay, and who is in whose way. */
#include "rollback/seal_keep.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/path.h"
#include "rollback/restore.h"
#include "rollback/seal.h"
#include "rollback/take_back.h"
#include "tests/unit/journal_session.h"
#include "tests/unit/restore_fixture.h"
#include "tests/unit/session_fixture.h"
#include "tests/unit/tap.h"

static char *session_file(const struct session_record *r, const char *name)
{
    AUTO(mem_free_ptr) char *sessions = path_join(fixture_state(), "sessions");
    AUTO(mem_free_ptr) char *dir = path_join(sessions, r->id);
    return path_join(dir, name);
}

static void prepare(void)
{
    fixture_do("echo 1 > a; echo 2 > b; mkdir -p d; echo 3 > d/x; touch -d @1000 a b d/x d .");
}

static void restore_wholly(const struct session_record *r)
{
    AUTO(restore_result_release) struct restore_result result = fixture_restore(r);
    CHECK_INT(result.plan.conflicts + result.plan.uncovered + result.failed.n, 0);
}

TEST(journals_of_old_sessions_go)
{
    struct err e = ERR_INIT;
    prepare();
    char *before = fixture_tree_text();
    AUTO(session_record_release) struct session_record first = journal_session("append a 1\nrm b");
    for (int i = 0; i < SEAL_KEEP_JOURNALS; i++) {
        struct session_record r = journal_session("append d/x 1");
        session_record_release(&r);
    }
    CHECK_OK(seal_all(fixture_state(), &e), &e);
    AUTO(session_record_release) struct session_record r = fixture_record(first.id);
    CHECK(r.has_after && r.journal.known && !r.journal.kept);
    AUTO(mem_free_ptr) char *record = session_file(&r, "session.json");
    AUTO(mem_free_ptr) char *stash = session_file(&r, "stash");
    CHECK(access(record, F_OK) == 0 && access(stash, F_OK) < 0);
    AUTO(session_list_release) struct session_list list = {0};
    CHECK_OK(session_list_read(fixture_state(), NULL, &list, &e), &e);
    size_t kept = 0;
    for (size_t i = 0; i < list.n; i++)
        kept += list.item[i].journal.kept;
    CHECK_INT(kept, SEAL_KEEP_JOURNALS);
    for (size_t i = 0; i < list.n; i++)
        restore_wholly(&list.item[i]);
    fixture_check_tree(before);
}

TEST(moving_back_waits_for_who_drops_things)
{
    int ready[2];
    char byte = 0;
    prepare();
    char *before = fixture_tree_text();
    AUTO(session_record_release) struct session_record r = journal_session("rm a\nappend b 1");
    AUTO(mem_free_ptr) char *file = session_file(&r, "moving");
    CHECK(pipe(ready) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        bool is_held = fd >= 0 && flock(fd, LOCK_EX) == 0 && write(ready[1], "", 1) == 1;
        fixture_settle();
        _exit(is_held ? 0 : 1);
    }
    CHECK(read(ready[0], &byte, 1) == 1);
    (void)close(ready[0]);
    (void)close(ready[1]);
    struct err e = ERR_INIT;
    bool is_done = false;
    AUTO(restore_result_release) struct restore_result result = {0};
    CHECK_OK(take_back(&(struct restore_request){.state_dir = fixture_state(), .session = &r, .n = 1}, &result, &is_done, &e), &e);
    CHECK(is_done);
    fixture_check_tree(before);
    CHECK(waitpid(pid, NULL, 0) == pid);
}

/* What is not dropped is not even locked; what somebody takes things from is dropped another time. */
TEST(who_drops_things_is_in_nobodys_way)
{
    struct err e = ERR_INIT;
    prepare();
    AUTO(session_record_release) struct session_record first = journal_session("append a 1");
    CHECK_OK(seal_all(fixture_state(), &e), &e);
    AUTO(mem_free_ptr) char *file = session_file(&first, "moving");
    AUTO(mem_free_ptr) char *journal = session_file(&first, "journal");
    CHECK(access(file, F_OK) < 0);
    AUTO(mem_close_fd) int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && flock(fd, LOCK_EX) == 0);
    for (int i = 0; i < SEAL_KEEP_JOURNALS; i++) {
        struct session_record r = journal_session("append d/x 1");
        session_record_release(&r);
    }
    CHECK_OK(seal_all(fixture_state(), &e), &e);
    CHECK(access(journal, F_OK) == 0);
    CHECK(flock(fd, LOCK_UN) == 0);
    CHECK_OK(seal_all(fixture_state(), &e), &e);
    CHECK(access(journal, F_OK) < 0);
}
