/* Sessions in two trees on two file systems, each with a stash of its own: killed, or out of room, at every write of a session and of taking it back. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/path.h"
#include "rollback/restore.h"
#include "rollback/seal.h"
#include "rollback/take_back.h"
#include "tests/unit/journal_session.h"
#include "tests/unit/killed.h"
#include "tests/unit/session_fixture.h"
#include "tests/unit/tap.h"

enum { MOST = 2000 };

static const struct journal_trees two = {.workdir = "p", .root = "o"};
static const char operations[] = "append p/a 1\nwrite o/b 2\nmv o/d o/z\nmkdir p/n\nmv p/c p/n/c\nwrite o/new 3\nrm o/x\nchmod o/b 600\nwrite o/t 4\n"
                                 "mv o/t o/y\nrm p/g\nrmdir o/empty\nswap o/b o/l";

/* `o` is a mount of this test's own. */
static void mount_other(void)
{
    AUTO(mem_free_ptr) char *other = path_join(fixture_tree(), "o");
    fixture_do("mkdir p o");
    tap_own_mounts();
    CHECK(mount("none", other, "tmpfs", 0, NULL) == 0);
}

static void prepare(void)
{
    fixture_do("rm -rf ../state p/* o/* o/.nono-* && mkdir -p o/d/e o/empty p/e && echo 1 > p/a; echo 2 > o/b; echo 3 > p/c; echo 4 > o/d/w; echo x > o/x; "
               "echo y > o/y; echo g > p/g; ln -s b o/l; touch -d @1000 p/a o/b o/d o p .");
}

/* Where the stash of the mount lies is nobody's change. Whoever is killed while it is made leaves another time there. */
static char *text_without_stash(void)
{
    AUTO(mem_free_ptr) char *whole = fixture_tree_text();
    AUTO(str_release) struct str kept = STR_INIT(STR_MAX_REPORT);
    char *rest = NULL;
    for (char *line = strtok_r(whole, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        if (!strstr(line, "o/.nono-") && strncmp(line, "o ", 2) != 0)
            str_addf(&kept, "%s\n", line);
    return str_take(&kept);
}

static void check_tree(const char *wanted)
{
    AUTO(mem_free_ptr) char *now = text_without_stash();
    CHECK_STR(now, wanted);
}

static void be_silent(void)
{
    AUTO(mem_close_fd) int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    (void)dup2(null, STDERR_FILENO);
}

static void run_session(void)
{
    struct session_record r = journal_session_trees(&two, operations);
    session_record_release(&r);
}

static void run_session_silently(void)
{
    be_silent();
    run_session();
}

static void take_back_by_store(const char *id, const char *before)
{
    struct err e = ERR_INIT;
    AUTO(session_record_release) struct session_record r = fixture_record(id);
    AUTO(restore_result_release) struct restore_result result = {0};
    CHECK_OK(seal_record(fixture_state(), &r, &e), &e);
    CHECK_INT(r.notes.n, 0);
    CHECK_OK(restore_apply(&(struct restore_request){.state_dir = fixture_state(), .session = &r, .n = 1}, &result, &e), &e);
    CHECK_INT(result.plan.conflicts + result.plan.uncovered + result.failed.n, 0);
    check_tree(before);
}

static unsigned left_out;

/* However the session ended: what it did is listed, and comes back. */
static void check_session(const char *before)
{
    struct err e = ERR_INIT;
    AUTO(session_list_release) struct session_list list = {0};
    AUTO(mem_free_ptr) char *now = text_without_stash();
    CHECK_OK(session_recover(fixture_state(), NULL, &e), &e);
    CHECK_OK(session_list_read(fixture_state(), NULL, &list, &e), &e);
    CHECK_INT(list.damaged.n, 0);
    if (strcmp(now, before) == 0)
        return;
    CHECK_INT(list.n, 1);
    if (list.item[0].notes.n > 0) { /* no room for its stash: said, and left out */
        CHECK(strstr(list.item[0].notes.item[0], "what changes in ") != NULL);
        left_out++;
        return;
    }
    take_back_by_store(list.item[0].id, before);
}

TEST(killed_at_every_write_of_a_session)
{
    bool ended = false;
    mount_other();
    for (unsigned nth = 1; !ended; nth++) {
        prepare();
        AUTO(mem_free_ptr) char *before = text_without_stash();
        ended = killed_at(nth, run_session);
        (void)printf("# killed at %u\n", nth);
        check_session(before);
        CHECK(nth < MOST && left_out == 0);
    }
}

static void full_in_session(bool stays_full)
{
    enum { WRITES_OF_A_STASH = 5 };
    bool ended = false;
    mount_other();
    for (unsigned nth = 1; !ended; nth++) {
        prepare();
        AUTO(mem_free_ptr) char *before = text_without_stash();
        ended = full_at(nth, stays_full, run_session_silently);
        (void)printf("# full at %u\n", nth);
        check_session(before);
        CHECK(nth < MOST && left_out <= WRITES_OF_A_STASH);
    }
}

TEST(full_once_in_a_session)
{
    full_in_session(false);
}

TEST(full_for_good_in_a_session)
{
    full_in_session(true);
}

static const char *taken;

static void move_back(void)
{
    struct err e = ERR_INIT;
    bool is_done = false;
    AUTO(restore_result_release) struct restore_result result = {0};
    AUTO(session_record_release) struct session_record r = fixture_record(taken);
    CHECK_OK(take_back(&(struct restore_request){.state_dir = fixture_state(), .session = &r, .n = 1}, &result, &is_done, &e), &e);
    CHECK(is_done);
}

TEST(killed_at_every_write_of_taking_it_back)
{
    bool ended = false;
    mount_other();
    for (unsigned nth = 1; !ended; nth++) {
        struct err e = ERR_INIT;
        prepare();
        AUTO(mem_free_ptr) char *before = text_without_stash();
        AUTO(session_record_release) struct session_record r = journal_session_trees(&two, operations);
        CHECK_INT(r.roots.n, 1);
        taken = r.id;
        ended = killed_at(nth, move_back);
        (void)printf("# killed at %u\n", nth);
        CHECK_OK(session_recover(fixture_state(), NULL, &e), &e);
        take_back_by_store(taken, before);
        CHECK(nth < MOST);
    }
}
