#include "rollback/session.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "rollback/record.h"
#include "rollback/session_own.h"
#include "tests/unit/session_fixture.h"
#include "tests/unit/store_fixture.h"
#include "tests/unit/tap.h"

/* Opens a session in a child that is then killed; its id. */
static char *cut_off(const char *workdir)
{
    int fds[2];
    char id[SESSION_ID_MAX] = "";
    CHECK(pipe(fds) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct session *s = fixture_open(workdir);
        const char *made = session_record(s)->id;
        (void)!write(fds[1], made, strlen(made));
        (void)raise(SIGKILL);
    }
    (void)close(fds[1]);
    CHECK(waitpid(pid, NULL, 0) == pid);
    CHECK(read(fds[0], id, sizeof(id) - 1) > 0);
    (void)close(fds[0]);
    return mem_strdup(id);
}

static char *state_path(const char *format, const char *id)
{
    AUTO(str_release) struct str path = STR_INIT(STR_MAX_PATH);
    str_addf(&path, "%s/", fixture_state());
    for (const char *p = format; *p; p++) {
        if (*p == '*')
            str_add(&path, id);
        else
            str_addc(&path, *p);
    }
    return str_take(&path);
}

static bool exists(const char *format, const char *id)
{
    AUTO(mem_free_ptr) char *path = state_path(format, id);
    struct stat st;
    return lstat(path, &st) == 0;
}

TEST(the_record_is_there_before_the_command_runs)
{
    struct err e = ERR_INIT;
    fixture_do("echo 1 > a");
    AUTO(session_free_ptr) struct session *s = fixture_open(fixture_tree());
    AUTO(session_record_release) struct session_record r = fixture_record(session_record(s)->id);
    CHECK(!oid_is_zero(&r.before));
    CHECK(!r.has_after && !r.has_exit && r.ended_ns == 0);
    CHECK_INT(session_state_of(fixture_state(), &r), SESSION_OPEN);
    CHECK(exists("open/*", r.id));
    CHECK_OK(session_close(s, true, 9, &e), &e);
    AUTO(session_record_release) struct session_record closed = fixture_record(r.id);
    CHECK_INT(session_state_of(fixture_state(), &closed), SESSION_CLOSED);
    CHECK(closed.has_after && closed.has_exit && closed.signaled && closed.code == 9);
    CHECK(oid_equal(&closed.before, &closed.after)); /* nothing changed: the same commit */
    CHECK(!exists("open/*", r.id));
}

TEST(only_the_owner_may_look)
{
    struct stat st;
    AUTO(session_record_release) struct session_record r = fixture_session("true");
    AUTO(mem_free_ptr) char *dir = state_path("sessions/*", r.id);
    CHECK(stat(dir, &st) == 0 && (st.st_mode & 07777) == 0700);
    AUTO(mem_free_ptr) char *record = state_path("sessions/*/session.json", r.id);
    CHECK(stat(record, &st) == 0 && (st.st_mode & 07777) == 0600);
}

TEST(a_cut_off_session_is_sealed_by_the_next_one)
{
    fixture_do("echo 1 > a");
    AUTO(mem_free_ptr) char *id = cut_off(fixture_tree());
    AUTO(session_record_release) struct session_record r = fixture_record(id);
    CHECK_INT(session_state_of(fixture_state(), &r), SESSION_CUT_OFF);
    fixture_do("echo 2 > b");
    AUTO(session_record_release) struct session_record next = fixture_session("echo 3 > c");
    AUTO(session_record_release) struct session_record sealed = fixture_record(id);
    CHECK(sealed.sealed_late && sealed.has_after && !sealed.has_exit);
    CHECK_INT(sealed.created, 1);
    CHECK(oid_equal(&sealed.after, &next.before));
    CHECK_INT(next.overlaps.n, 0);
    CHECK(!exists("open/*", id));
}

TEST(a_cut_off_session_is_sealed_on_demand)
{
    struct err e = ERR_INIT;
    AUTO(mem_free_ptr) char *id = cut_off(fixture_tree());
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
    AUTO(mem_free_ptr) char *id = cut_off(tree);
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

TEST(a_record_survives_any_bytes)
{
    struct err e = ERR_INIT;
    struct session_record r = {.kind = mem_strdup("run"), .capture = mem_strdup("broker"), .root_inode = UINT64_MAX, .started_ns = INT64_MAX};
    r.journal = (struct session_journal){.known = true, .kept = true};
    AUTO(session_record_release) struct session_record back = {0};
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_RECORD);
    (void)snprintf(r.id, sizeof(r.id), "20261121-183528-12345-2");
    r.workdir = mem_strdup("/a\xff\xed\xb2\x80\"\\\n/%25");
    strlist_add(&r.command, "\xc3\xa4 \x80\x01");
    strlist_add(&r.command, "");
    strlist_add(&r.exclude, "\xf0\x9f\x98\x80\xf0");
    CHECK_OK(record_format(&r, &text, &e), &e);
    CHECK_OK(record_parse(text.buf, text.len, "test", &back, &e), &e);
    CHECK_STR(back.workdir, r.workdir);
    CHECK_INT(back.command.n, 2);
    CHECK_STR(back.command.item[0], r.command.item[0]);
    CHECK_STR(back.command.item[1], "");
    CHECK_STR(back.exclude.item[0], r.exclude.item[0]);
    CHECK(back.root_inode == UINT64_MAX && back.started_ns == INT64_MAX && !back.has_after && !back.profile);
    CHECK(!back.has_before && back.journal.known && back.journal.kept);
    session_record_release(&r);
}

/* A record that has its launch, and the same as an earlier version wrote it. */
static void launch_record(struct session_record *r, bool known)
{
    *r = (struct session_record){.kind = mem_strdup("run"), .capture = mem_strdup("none"), .workdir = mem_strdup("/w"), .has_exit = true, .code = 126};
    r->has_before = true;
    (void)snprintf(r->id, sizeof(r->id), "20261121-183528-12345");
    r->started_ns = 1000;
    if (!known)
        return;
    r->launch = (struct session_launch){.known = true, .program = mem_strdup("/usr/bin/a\xff"), .terminal = 4711, .failure = mem_strdup("no \"x\"")};
    strlist_add(&r->launch.options, "--read");
    strlist_add(&r->launch.options, "/a b");
}

TEST(how_a_command_was_started_comes_back)
{
    for (int known = 0; known < 2; known++) {
        struct err e = ERR_INIT;
        AUTO(session_record_release) struct session_record r;
        AUTO(session_record_release) struct session_record back = {0};
        AUTO(str_release) struct str text = STR_INIT(STR_MAX_RECORD);
        launch_record(&r, known);
        CHECK_OK(record_format(&r, &text, &e), &e);
        CHECK_INT(strstr(text.buf, "\"launch\"") != NULL, known);
        CHECK_OK(record_parse(text.buf, text.len, "test", &back, &e), &e);
        CHECK_INT(back.launch.known, known);
        if (!known)
            continue;
        CHECK_STR(back.launch.program, r.launch.program);
        CHECK_STR(back.launch.failure, r.launch.failure);
        CHECK_INT(back.launch.options.n, 2);
        CHECK_STR(back.launch.options.item[1], "/a b");
        CHECK_INT(back.launch.terminal, 4711);
        CHECK(!back.launch.wrapped);
    }
}

TEST(what_it_was_denied_comes_back)
{
    struct err e = ERR_INIT;
    AUTO(session_record_release) struct session_record r;
    AUTO(session_record_release) struct session_record back = {0};
    AUTO(session_record_release) struct session_record none = {0};
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_RECORD);
    launch_record(&r, true);
    CHECK_OK(record_format(&r, &text, &e), &e);
    CHECK(!strstr(text.buf, "\"denied\""));
    CHECK_OK(record_parse(text.buf, text.len, "test", &none, &e), &e);
    CHECK_INT(none.denied.n, 0);
    r.denied = (struct session_denials){.watched = true, .more = 3, .item = mem_array(2, sizeof *r.denied.item), .n = 2};
    r.denied.item[0] = (struct session_denial){DENIALS_ATTRIBUTES, DENIALS_BY_GUARD, mem_strdup("/a\xff\n"), mem_strdup("x"), UINT32_MAX};
    r.denied.item[1] = (struct session_denial){DENIALS_READ, DENIALS_BY_KERNEL, mem_strdup("/b"), mem_strdup(""), 1};
    str_clear(&text);
    CHECK_OK(record_format(&r, &text, &e), &e);
    CHECK_OK(record_parse(text.buf, text.len, "test", &back, &e), &e);
    CHECK(back.denied.watched);
    CHECK_INT(back.denied.more, 3);
    CHECK_INT(back.denied.n, 2);
    CHECK_INT(back.denied.item[0].operation, DENIALS_ATTRIBUTES);
    CHECK_INT(back.denied.item[0].by, DENIALS_BY_GUARD);
    CHECK_STR(back.denied.item[0].target, "/a\xff\n");
    CHECK_INT(back.denied.item[0].count, UINT32_MAX);
    CHECK_STR(back.denied.item[1].program, "");
    char *name = strstr(text.buf, "attributes");
    CHECK(name);
    *name = 'A';
    CHECK_ERR(record_parse(text.buf, text.len, "test", &none, &e), ERR_CORRUPT, &e);
}

TEST(a_failure_without_a_session_is_kept_per_terminal)
{
    struct err e = ERR_INIT;
    AUTO(session_record_release) struct session_record r;
    AUTO(session_record_release) struct session_record back = {0};
    AUTO(session_record_release) struct session_record none = {0};
    AUTO(mem_free_ptr) char *directory = path_join(fixture_state(), "run");
    launch_record(&r, true);
    r.launch.terminal = getpid();
    CHECK_ERR(session_last_read(directory, getpid(), &none, &e), ERR_MISSING, &e);
    CHECK_OK(session_last_write(directory, &r, &e), &e);
    CHECK_OK(session_last_read(directory, getpid(), &back, &e), &e);
    CHECK_INT(back.code, 126);
    CHECK(session_id_is_valid(back.id));
    CHECK_ERR(session_last_read(directory, getpid() + 1, &none, &e), ERR_MISSING, &e);
    session_last_clear(directory, getpid());
    CHECK_ERR(session_last_read(directory, getpid(), &none, &e), ERR_MISSING, &e);
}

/* The file of a terminal that is gone goes with the next one that is written. */
TEST(what_dead_terminals_left_is_removed)
{
    struct err e = ERR_INIT;
    AUTO(session_record_release) struct session_record r;
    AUTO(session_record_release) struct session_record back = {0};
    AUTO(mem_free_ptr) char *directory = path_join(fixture_state(), "run");
    launch_record(&r, true);
    pid_t dead = fork();
    if (dead == 0)
        _exit(0);
    CHECK(waitpid(dead, NULL, 0) == dead);
    r.launch.terminal = dead;
    CHECK_OK(session_last_write(directory, &r, &e), &e);
    r.launch.terminal = getpid();
    CHECK_OK(session_last_write(directory, &r, &e), &e);
    CHECK_OK(session_last_read(directory, getpid(), &back, &e), &e);
    session_record_release(&back);
    CHECK_ERR(session_last_read(directory, dead, &back, &e), ERR_MISSING, &e);
}

static void refuse(const char *from, const char *to)
{
    struct err e = ERR_INIT;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_RECORD);
    AUTO(str_release) struct str bad = STR_INIT(STR_MAX_RECORD);
    AUTO(session_record_release) struct session_record r = fixture_session("true");
    AUTO(session_record_release) struct session_record back = {0};
    CHECK_OK(record_format(&r, &text, &e), &e);
    const char *at = strstr(text.buf, from);
    CHECK(at);
    str_addn(&bad, text.buf, (size_t)(at - text.buf));
    str_add(&bad, to);
    str_add(&bad, at + strlen(from));
    CHECK_ERR(record_parse(bad.buf, bad.len, "test", &back, &e), ERR_CORRUPT, &e);
    CHECK(!back.kind);
}

TEST(a_record_is_believed_field_by_field)
{
    refuse("\"version\": 1", "\"version\": 2");
    refuse("\"id\": \"2", "\"id\": \"../2");
    refuse("\"workdir\": \"/", "\"workdir\": \"");
    refuse("\"workdir\": \"/", "\"workdir\": \"/../");
    refuse("\"kind\": \"run\"", "\"kind\": \"run/..\"");
    refuse("\"root_inode\": \"", "\"root_inode\": \"0");
    refuse("\"started_ns\": \"", "\"started_ns\": \"-");
    refuse("\"code\": 0", "\"code\": 256");
    refuse("\"overlaps\": []", "\"overlaps\": [\"../x\"]");
    refuse("\"undone\": false", "\"undone\": 0");
    refuse("\"undone\": false,", "");
    refuse("\"undone\": false,", "\"undone\": false, \"more\": 1,");
    refuse("\"before\": \"", "\"before\": \"x");
    refuse("}", "");
}

TEST(ids)
{
    CHECK(session_id_is_valid("20261121-183528-1"));
    CHECK(session_id_is_valid("20261121-183528-12345-17"));
    CHECK(!session_id_is_valid(""));
    CHECK(!session_id_is_valid("20261121-183528-"));
    CHECK(!session_id_is_valid("20261121-183528-1/.."));
    CHECK(!session_id_is_valid("20261121-183528-12345678901"));
    CHECK(!session_id_is_valid("20261121-183528-1-"));
    CHECK(!session_id_is_valid("2026112-183528-1"));
    CHECK(!session_id_is_valid(".."));
}

TEST(a_session_is_found_by_the_beginning_of_its_id)
{
    struct err e = ERR_INIT;
    AUTO(session_record_release) struct session_record a = fixture_session("true");
    AUTO(session_record_release) struct session_record b = fixture_session("true"); /* same pid: "-2" when in the same second */
    CHECK(str_starts(b.id, "2"));
    AUTO(session_record_release) struct session_record found = fixture_record(a.id);
    CHECK_STR(found.id, a.id);
    session_record_release(&found);
    CHECK_ERR(session_read(fixture_state(), "2", &found, &e), ERR_INPUT, &e);
    CHECK_ERR(session_read(fixture_state(), "19990101-000000-1", &found, &e), ERR_MISSING, &e);
    CHECK_ERR(session_read(fixture_state(), "../x", &found, &e), ERR_INPUT, &e);
    CHECK_ERR(session_read(fixture_state(), "", &found, &e), ERR_INPUT, &e);
}

TEST(the_list_is_newest_first_and_skips_what_is_damaged)
{
    struct err e = ERR_INIT;
    AUTO(session_list_release) struct session_list list = {0};
    AUTO(session_record_release) struct session_record a = fixture_session("true");
    AUTO(session_record_release) struct session_record b = fixture_session("true");
    AUTO(session_record_release) struct session_record c = fixture_session("true");
    AUTO(mem_free_ptr) char *path = state_path("sessions/*/session.json", b.id);
    CHECK(truncate(path, 40) == 0);
    AUTO(mem_free_ptr) char *below = path_join(fixture_tree(), "deep/er");
    CHECK_OK(session_list_read(fixture_state(), below, &list, &e), &e);
    CHECK_INT(list.n, 2);
    CHECK_STR(list.item[0].id, c.id);
    CHECK_STR(list.item[1].id, a.id);
    CHECK_INT(list.damaged.n, 1);
    CHECK(str_starts(list.damaged.item[0], b.id));
    session_list_release(&list);
    CHECK_OK(session_list_read(fixture_state(), "/elsewhere", &list, &e), &e);
    CHECK_INT(list.n, 0);
}

TEST(no_state_directory_holds_no_sessions)
{
    struct err e = ERR_INIT;
    AUTO(session_list_release) struct session_list list = {0};
    CHECK_OK(session_list_read(fixture_state(), NULL, &list, &e), &e);
    CHECK_OK(session_recover(fixture_state(), NULL, &e), &e);
    CHECK_INT(list.n + list.damaged.n, 0);
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
    for (unsigned n = 1; !fixture_killed_at(n, open_and_die); n += 5) {
        fixture_check_tree(mem_strdup(before));
        AUTO(session_record_release) struct session_record r = fixture_session("echo 2 > d/b");
        CHECK_INT(r.created, 1);
        fixture_do("rm d/b; touch -d @1 d");
    }
}

/* A capture by journal, but for the journal. */
static int fake_begin(struct session *s, struct oid *ret_before, struct err *e)
{
    (void)ret_before;
    AUTO(mem_close_fd) int fd = openat(s->dir_fd, "journal", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return fd < 0 ? err_set(e, ERR_IO, "no journal") : 0;
}

static size_t fake_changes;

static int fake_end(struct session *s, struct oid *ret_after, struct err *e)
{
    (void)ret_after;
    (void)e;
    s->record.created = fake_changes;
    s->record.journal.kept = fake_changes > 0;
    return 0;
}

static int fake_released;

static void fake_release(struct session *s)
{
    (void)s;
    fake_released++;
}

static const struct session_capture fake = {.name = "broker", .journals = true, .begin = fake_begin, .end = fake_end, .release = fake_release};

static struct session *open_fake(void)
{
    static char word[] = "test";
    static char *const command[] = {word, NULL};
    struct session *s = NULL;
    struct err e = ERR_INIT;
    const struct session_request r = {
        .state_dir = fixture_state(), .workdir = fixture_tree(), .kind = "run", .command = command, .capture = &fake};
    CHECK_OK(session_open(&r, &s, &e), &e);
    return s;
}

TEST(a_journal_needs_no_state_before)
{
    struct err e = ERR_INIT;
    fake_changes = 3;
    AUTO(session_free_ptr) struct session *s = open_fake();
    AUTO(session_record_release) struct session_record open = fixture_record(session_record(s)->id);
    CHECK_INT(session_state_of(fixture_state(), &open), SESSION_OPEN);
    CHECK(!open.has_before && !open.has_after && open.journal.known && open.journal.kept);
    CHECK_OK(session_close(s, false, 0, &e), &e);
    AUTO(session_record_release) struct session_record over = fixture_record(open.id);
    CHECK_INT(session_state_of(fixture_state(), &over), SESSION_UNSEALED);
    CHECK(!over.has_before && !over.has_after && over.created == 3 && over.ended_ns != 0);
    CHECK(exists("open/*", open.id));
    session_free(take_ptr(&s));
    CHECK_INT(fake_released, 1);
    CHECK(!exists("store/lock", ""));

    CHECK_OK(session_recover(fixture_state(), NULL, &e), &e);
    AUTO(session_record_release) struct session_record next = fixture_session("echo 1 > a");
    CHECK_INT(next.overlaps.n, 0);
    AUTO(session_record_release) struct session_record still = fixture_record(open.id);
    CHECK_INT(session_state_of(fixture_state(), &still), SESSION_UNSEALED);
    CHECK(!still.sealed_late && exists("open/*", open.id));
}

TEST(a_journal_without_changes_is_closed_at_once)
{
    struct err e = ERR_INIT;
    fake_changes = 0;
    AUTO(session_free_ptr) struct session *s = open_fake();
    CHECK_OK(session_close(s, false, 0, &e), &e);
    AUTO(session_record_release) struct session_record r = fixture_record(session_record(s)->id);
    CHECK_INT(session_state_of(fixture_state(), &r), SESSION_CLOSED);
    CHECK(oid_is_zero(&r.before) && oid_is_zero(&r.after) && !r.journal.kept);
    CHECK(!exists("open/*", r.id));
}

TEST(what_was_cut_off_by_a_scan_is_closed_before_a_journal_begins)
{
    AUTO(mem_free_ptr) char *id = cut_off(fixture_tree());
    fixture_do("echo 2 > b");
    AUTO(session_free_ptr) struct session *s = open_fake();
    CHECK(s != NULL);
    AUTO(session_record_release) struct session_record r = fixture_record(id);
    CHECK(r.sealed_late && r.created == 1);
    CHECK_INT(session_state_of(fixture_state(), &r), SESSION_CLOSED);
}
