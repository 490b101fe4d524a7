/* A session is taken back by its journal and killed at every write: the next call goes on with it, unless somebody was at work there. */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/mem.h"
#include "rollback/retention.h"
#include "rollback/seal.h"
#include "rollback/take_back.h"
#include "tests/unit/journal_session.h"
#include "tests/unit/killed.h"
#include "tests/unit/session_fixture.h"
#include "tests/unit/store_fixture.h"
#include "tests/unit/tap.h"

static const char operations[] =
    "append a 1\nwrite b 2\nmv d z\nmkdir n\nwrite n/f 3\nmv c n/c\nrm z/x\nattr a v\nchmod b 600\nrmdir empty\nwrite t 4\nmv t a\nswap b l";

static void prepare(void)
{
    fixture_do(
        "rm -rf ./* && echo 1 > a; echo 2 > b; echo 3 > c; mkdir -p d/e empty; echo 3 > d/x; echo 4 > d/e/y; ln -s a l; touch -d @1000 a b d .");
}

static struct str *text; /* of exact_text: nftw(3) has no argument */

static int add_entry(const char *path, const struct stat *st, int type, struct FTW *where)
{
    char content[100] = "";
    char attribute[100] = "";
    (void)type;
    (void)where;
    ssize_t len = S_ISLNK(st->st_mode) ? readlink(path, content, sizeof content - 1) : 0;
    AUTO(mem_close_fd) int fd = S_ISREG(st->st_mode) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd >= 0)
        len = read(fd, content, sizeof content - 1);
    (void)len;
    (void)lgetxattr(path, "user.t", attribute, sizeof attribute - 1);
    str_addf(text, "%s %o %u %lu %lu %lld.%09ld %s %s\n", path, st->st_mode, st->st_uid, (unsigned long)st->st_ino,
             S_ISDIR(st->st_mode) ? 0 : (unsigned long)st->st_nlink, (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec, attribute, content);
    return 0;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All of the tree, inodes too; caller owns. */
static char *exact_text(void)
{
    AUTO(str_release) struct str raw = STR_INIT(STR_MAX_REPORT);
    AUTO(str_release) struct str sorted = STR_INIT(STR_MAX_REPORT);
    char *line[100];
    size_t n = 0;
    text = &raw;
    CHECK(nftw(fixture_tree(), add_entry, 8, FTW_PHYS) == 0);
    for (char *at = strtok(raw.buf, "\n"); at && n < sizeof line / sizeof *line; at = strtok(NULL, "\n"))
        line[n++] = at;
    qsort(line, n, sizeof *line, by_text);
    for (size_t i = 0; i < n; i++)
        str_addf(&sorted, "%s\n", line[i]);
    return str_take(&sorted);
}

static void check_exact(const char *wanted)
{
    AUTO(mem_free_ptr) char *now = exact_text();
    CHECK_STR(now, wanted);
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

static struct session_record newest(void)
{
    struct err e = ERR_INIT;
    AUTO(session_list_release) struct session_list list = {0};
    CHECK_OK(session_list_read(fixture_state(), NULL, &list, &e), &e);
    CHECK(list.n > 0 && list.damaged.n == 0);
    return fixture_record(list.item[0].id);
}

static void restore_by_store(const char *id, struct restore_result *ret)
{
    struct err e = ERR_INIT;
    AUTO(session_record_release) struct session_record r = fixture_record(id);
    CHECK_OK(seal_record(fixture_state(), &r, &e), &e);
    CHECK_OK(restore_apply(&(struct restore_request){.state_dir = fixture_state(), .session = &r, .n = 1}, ret, &e), &e);
}

/* A restore of the same session finds nothing left. */
static void check_store_agrees(const char *id)
{
    AUTO(restore_result_release) struct restore_result result = {0};
    restore_by_store(id, &result);
    CHECK_INT(result.plan.put_back + result.plan.conflicts + result.plan.uncovered + result.failed.n, 0);
    AUTO(session_record_release) struct session_record r = fixture_record(id);
    CHECK(r.undone);
}

static void move_back_newest(void)
{
    AUTO(session_record_release) struct session_record r = newest();
    taken = r.id;
    move_back();
}

/* Whatever it had done: the next call does the rest, inodes and all, and that can be taken back. */
static void check_gone_on(const char *id, const char *before, const char *after, bool by_store)
{
    struct err e = ERR_INIT;
    AUTO(mem_free_ptr) char *half = exact_text();
    CHECK_OK(session_recover_unasked(fixture_state(), &e), &e);
    check_exact(half);
    CHECK_OK(session_recover(fixture_state(), NULL, &e), &e);
    AUTO(session_record_release) struct session_record undo = newest();
    bool has_begun = strcmp(undo.kind, "restore") == 0 && undo.created + undo.modified + undo.deleted > 0;
    if (!has_begun)
        move_back();
    else
        CHECK(undo.has_exit && undo.code == 0 && !undo.sealed_late);
    check_exact(before);
    if (by_store)
        check_store_agrees(id);
    move_back_newest();
    check_exact(after);
    move_back_newest();
    check_exact(before);
}

enum { BY_STORE = 5 };

TEST(killed_at_every_write)
{
    bool ended = false;
    prepare();
    AUTO(mem_free_ptr) char *before = exact_text();
    for (unsigned nth = 1; !ended; nth++) {
        AUTO(session_record_release) struct session_record r = journal_session(operations);
        AUTO(mem_free_ptr) char *after = exact_text();
        taken = r.id;
        ended = killed_at(nth, move_back);
        if (ended)
            return;
        (void)printf("# killed at %u\n", nth);
        check_gone_on(r.id, before, after, nth % BY_STORE == 0);
        fixture_do("rm -rf ../state");
        CHECK(nth < 1000);
    }
}

/* What somebody wrote after the kill stays, wherever the kill came. */
TEST(not_over_what_was_done_since)
{
    bool ended = false;
    for (unsigned nth = 1; !ended; nth++) {
        struct err e = ERR_INIT;
        fixture_do("rm -rf ../state");
        prepare();
        AUTO(session_record_release) struct session_record r = journal_session(operations);
        taken = r.id;
        ended = killed_at(nth, move_back);
        fixture_settle();
        fixture_do("for f in a b l; do test -h $f || echo mine >> $f; done; for d in n d z; do test ! -d $d || echo mine > $d/mine; done;"
                   "grep -rl mine . | wc -l > ../mine");
        CHECK_OK(session_recover(fixture_state(), NULL, &e), &e);
        AUTO(restore_result_release) struct restore_result result = {0};
        if (!ended)
            restore_by_store(r.id, &result);
        CHECK_INT(result.plan.uncovered, 0);
        AUTO(retention_check_release) struct retention_check whole = {0};
        CHECK_OK(retention_verify(fixture_state(), NULL, NULL, &whole, &e), &e);
        CHECK_STR(whole.damaged.n > 0 ? whole.damaged.item[0] : "", "");
        (void)printf("# killed at %u\n", nth);
        fixture_do("test $(grep -rl mine . | wc -l) = $(cat ../mine)");
        CHECK(nth < 1000);
    }
}

static void seal_taken(void)
{
    struct err e = ERR_INIT;
    int rc = seal_session(fixture_state(), taken, false, &e);
    CHECK(rc == 0 || rc == ERR_BUSY);
}

static void go_on(void)
{
    struct err e = ERR_INIT;
    CHECK_OK(session_recover(fixture_state(), NULL, &e), &e);
}

/* Whoever stores the session meanwhile has seen a stash that was half empty. */
TEST(gone_on_with_between_any_two_writes_of_sealing)
{
    for (unsigned killed = 20; killed <= 40; killed += 10) {
        bool ended = false;
        for (unsigned nth = 1; !ended; nth++) {
            fixture_do("rm -rf ../state");
            prepare();
            AUTO(mem_free_ptr) char *before = exact_text();
            AUTO(session_record_release) struct session_record r = journal_session(operations);
            taken = r.id;
            CHECK(!killed_at(killed, move_back));
            ended = interrupted_at(nth, seal_taken, go_on);
            go_on();
            check_exact(before);
            AUTO(session_record_release) struct session_record now = fixture_record(r.id);
            CHECK(now.undone);
            check_store_agrees(r.id);
            CHECK(nth < 1000);
        }
    }
}

TEST(a_dry_run_of_cleaning_up_moves_nothing)
{
    for (unsigned nth = 20; nth <= 40; nth += 10) {
        struct err e = ERR_INIT;
        fixture_do("rm -rf ../state");
        prepare();
        AUTO(mem_free_ptr) char *before = exact_text();
        AUTO(session_record_release) struct session_record r = journal_session(operations);
        taken = r.id;
        CHECK(!killed_at(nth, move_back));
        AUTO(mem_free_ptr) char *half = exact_text();
        CHECK(strcmp(half, before) != 0);
        AUTO(retention_result_release) struct retention_result result = {0};
        const struct retention_request how = {.keep = SIZE_MAX, .keep_unchanged = SIZE_MAX, .dry_run = true, .measure = true};
        CHECK_OK(retention_apply(fixture_state(), &how, &result, &e), &e);
        CHECK_INT(result.removed.n, 0);
        check_exact(half);
        go_on();
        check_exact(before);
    }
}
