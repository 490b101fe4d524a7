/* session: what is on disk at each step, and what a session that was cut off leaves. */
#include "rollback/session.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/path.h"
#include "tests/unit/killed.h"
#include "tests/unit/session_fixture.h"
#include "tests/unit/store_fixture.h"
#include "tests/unit/tap.h"

TEST(the_record_is_there_before_the_command_runs)
{
    struct err e = ERR_INIT;
    fixture_do("echo 1 > a");
    AUTO(session_free_ptr) struct session *s = fixture_open(fixture_tree());
    AUTO(session_record_release) struct session_record r = fixture_record(session_record(s)->id);
    CHECK(!oid_is_zero(&r.before));
    CHECK(!r.has_after && !r.has_exit && r.ended_ns == 0);
    CHECK_INT(session_state_of(fixture_state(), &r), SESSION_OPEN);
    CHECK(fixture_state_has("open/*", r.id));
    CHECK_OK(session_close(s, true, 9, &e), &e);
    AUTO(session_record_release) struct session_record closed = fixture_record(r.id);
    CHECK_INT(session_state_of(fixture_state(), &closed), SESSION_CLOSED);
    CHECK(closed.has_after && closed.has_exit && closed.signaled && closed.code == 9);
    CHECK(oid_equal(&closed.before, &closed.after)); /* nothing changed: the same commit */
    CHECK(!fixture_state_has("open/*", r.id));
}

TEST(only_the_owner_may_look)
{
    struct stat st;
    AUTO(session_record_release) struct session_record r = fixture_session("true");
    AUTO(mem_free_ptr) char *dir = fixture_state_path("sessions/*", r.id);
    CHECK(stat(dir, &st) == 0 && (st.st_mode & 07777) == 0700);
    AUTO(mem_free_ptr) char *record = fixture_state_path("sessions/*/session.json", r.id);
    CHECK(stat(record, &st) == 0 && (st.st_mode & 07777) == 0600);
}

TEST(a_cut_off_session_is_sealed_by_the_next_one)
{
    fixture_do("echo 1 > a");
    AUTO(mem_free_ptr) char *id = fixture_cut_off(fixture_tree());
    AUTO(session_record_release) struct session_record r = fixture_record(id);
    CHECK_INT(session_state_of(fixture_state(), &r), SESSION_CUT_OFF);
    fixture_do("echo 2 > b");
    AUTO(session_record_release) struct session_record next = fixture_session("echo 3 > c");
    AUTO(session_record_release) struct session_record sealed = fixture_record(id);
    CHECK(sealed.sealed_late && sealed.has_after && !sealed.has_exit);
    CHECK_INT(sealed.created, 1);
    CHECK(oid_equal(&sealed.after, &next.before));
    CHECK_INT(next.overlaps.n, 0);
    CHECK(!fixture_state_has("open/*", id));
}

TEST(a_cut_off_session_is_sealed_on_demand)
{
    struct err e = ERR_INIT;
    AUTO(mem_free_ptr) char *id = fixture_cut_off(fixture_tree());
    fixture_do("echo 2 > b");
    CHECK_OK(session_recover(fixture_state(), NULL, &e), &e);
    AUTO(session_record_release) struct session_record r = fixture_record(id);
    CHECK(r.sealed_late && r.created == 1);
}

TEST(a_running_session_is_not_sealed)
{
    struct err e = ERR_INIT;
    AUTO(session_free_ptr) struct session *s = fixture_open(fixture_tree());
    CHECK_OK(session_recover(fixture_state(), NULL, &e), &e);
    AUTO(session_record_release) struct session_record r = fixture_record(session_record(s)->id);
    CHECK(!r.has_after);
}

TEST(a_tree_that_is_gone_or_another_one_is_left_alone)
{
    struct err e = ERR_INIT;
    fixture_do("mkdir t; echo 1 > t/a");
    AUTO(mem_free_ptr) char *tree = path_join(fixture_tree(), "t");
    AUTO(mem_free_ptr) char *id = fixture_cut_off(tree);
    fixture_do("mv t away");
    CHECK_OK(session_recover(fixture_state(), NULL, &e), &e);
    fixture_do("mkdir t");
    CHECK_OK(session_recover(fixture_state(), NULL, &e), &e);
    AUTO(session_record_release) struct session_record other = fixture_record(id);
    CHECK(!other.has_after);
    fixture_do("rmdir t; mv away t; echo 2 > t/b");
    CHECK_OK(session_recover(fixture_state(), NULL, &e), &e);
    AUTO(session_record_release) struct session_record r = fixture_record(id);
    CHECK(r.has_after && r.created == 1);
}

TEST(overlapping_sessions_note_each_other)
{
    struct err e = ERR_INIT;
    fixture_do("mkdir sub; mkdir other");
    AUTO(mem_free_ptr) char *sub = path_join(fixture_tree(), "sub");
    AUTO(session_free_ptr) struct session *a = fixture_open(fixture_tree());
    AUTO(session_free_ptr) struct session *b = fixture_open(sub);
    CHECK_OK(session_close(a, false, 0, &e), &e);
    CHECK_OK(session_close(b, false, 0, &e), &e);
    AUTO(session_record_release) struct session_record first = fixture_record(session_record(a)->id);
    AUTO(session_record_release) struct session_record second = fixture_record(session_record(b)->id);
    CHECK_INT(first.overlaps.n, 1);
    CHECK_STR(first.overlaps.item[0], second.id);
    CHECK_INT(second.overlaps.n, 1);
    CHECK_STR(second.overlaps.item[0], first.id);
}

TEST(sessions_of_other_trees_are_no_overlap)
{
    struct err e = ERR_INIT;
    fixture_do("mkdir one two");
    AUTO(mem_free_ptr) char *one = path_join(fixture_tree(), "one");
    AUTO(mem_free_ptr) char *two = path_join(fixture_tree(), "two");
    AUTO(session_free_ptr) struct session *a = fixture_open(one);
    AUTO(session_free_ptr) struct session *b = fixture_open(two);
    CHECK_OK(session_close(a, false, 0, &e), &e);
    CHECK_OK(session_close(b, false, 0, &e), &e);
    CHECK_INT(session_record(a)->overlaps.n + session_record(b)->overlaps.n, 0);
}

static void refuse_to_open(int class)
{
    struct err e = ERR_INIT;
    struct session *s = NULL;
    char *const command[] = {NULL};
    const struct session_request r = {
        .state_dir = fixture_state(), .workdir = fixture_tree(), .kind = "run", .command = command, .capture = &session_capture_scan};
    CHECK_ERR(session_open(&r, &s, &e), class, &e);
    CHECK(!s);
}

TEST(no_session_in_a_state_directory_that_cannot_be_written)
{
    tap_drop_root();
    fixture_do("echo 1 > a");
    CHECK(mkdir(fixture_state(), 0500) == 0);
    refuse_to_open(ERR_DENIED);
    CHECK(chmod(fixture_state(), 0700) == 0);
    AUTO(session_record_release) struct session_record r = fixture_session("true");
    CHECK(r.has_after);
}

TEST(no_session_in_a_state_directory_others_may_write)
{
    CHECK(mkdir(fixture_state(), 0700) == 0 && chmod(fixture_state(), 0777) == 0);
    refuse_to_open(ERR_DENIED);
}

/* A limit on the size of files stands for a full disk. */
TEST(no_session_when_the_state_cannot_be_stored)
{
    fixture_do("head -c 300000 /dev/urandom > a");
    const struct rlimit small = {1000, 1000};
    (void)signal(SIGXFSZ, SIG_IGN);
    pid_t pid = fork();
    if (pid == 0) {
        (void)setrlimit(RLIMIT_FSIZE, &small);
        refuse_to_open(ERR_IO);
        _exit(0);
    }
    int status = 0;
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    AUTO(session_list_release) struct session_list list = {0};
    struct err e = ERR_INIT;
    CHECK_OK(session_list_read(fixture_state(), NULL, &list, &e), &e);
    CHECK_INT(list.n, 0);
    AUTO(session_record_release) struct session_record r = fixture_session("true");
    CHECK(r.has_after);
}

TEST(a_long_command_is_cut)
{
    struct err e = ERR_INIT;
    struct session *s = NULL;
    AUTO(mem_free_ptr) char *word = mem_alloc(SESSION_MAX_COMMAND / 2);
    memset(word, 'w', SESSION_MAX_COMMAND / 2 - 1);
    char *const command[] = {word, word, word, NULL};
    const struct session_request r = {
        .state_dir = fixture_state(), .workdir = fixture_tree(), .kind = "run", .command = command, .capture = &session_capture_scan};
    CHECK_OK(session_open(&r, &s, &e), &e);
    CHECK_INT(session_record(s)->command.n, 3);
    CHECK_STR(session_record(s)->command.item[2], "...");
    session_free(s);
}

static void open_and_die(void)
{
    session_free(fixture_open(fixture_tree()));
}

/* Whatever is left on disk, the next session works and the tree is untouched. */
TEST(killed_at_every_step_of_opening)
{
    fixture_do("mkdir d; echo 1 > d/a; touch -d @1 d");
    AUTO(mem_free_ptr) char *before = fixture_tree_text();
    for (unsigned n = 1; !killed_at(n, open_and_die); n++) {
        fixture_check_tree(mem_strdup(before));
        AUTO(session_record_release) struct session_record r = fixture_session("echo 2 > d/b");
        CHECK_INT(r.created, 1);
        fixture_do("rm d/b; touch -d @1 d");
    }
}
