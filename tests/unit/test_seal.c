#include "rollback/seal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/path.h"
#include "rollback/left.h"
#include "rollback/restore.h"
#include "rollback/stash.h"
#include "rollback/take_back.h"
#include "tests/unit/journal_session.h"
#include "tests/unit/session_fixture.h"
#include "tests/unit/tap.h"

static void seal(struct session_record *r)
{
    struct err e = ERR_INIT;
    CHECK_INT(session_state_of(fixture_state(), r), SESSION_UNSEALED);
    CHECK_OK(seal_record(fixture_state(), r, &e), &e);
    CHECK_INT(session_state_of(fixture_state(), r), SESSION_CLOSED);
    CHECK(r->has_before && r->has_after);
}

/* "+a ~b -c" of all that changed, in order; modes and times of files as "p". */
static char *changes_of(const struct session_record *r)
{
    AUTO(change_list_release) struct change_list l = {0};
    AUTO(store_close_ptr) struct store *s = NULL;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_LINE);
    struct err e = ERR_INIT;
    CHECK_OK(store_open(fixture_state(), &s, &e), &e);
    CHECK_OK(change_between(s, &r->before, &r->after, &l, &e), &e);
    for (size_t i = 0; i < l.n; i++) {
        static const char signs[] = {[CHANGE_CREATED] = '+', [CHANGE_DELETED] = '-', [CHANGE_MODIFIED] = '~', [CHANGE_METADATA] = 'p'};
        if (change_is_visible(&l.item[i]))
            str_addf(&text, "%s%c%s", text.len > 0 ? " " : "", signs[l.item[i].kind], l.item[i].path);
    }
    return str_take(&text);
}

static void check_changes(const struct session_record *r, const char *wanted)
{
    AUTO(mem_free_ptr) char *text = changes_of(r);
    CHECK_STR(text, wanted);
}

static void restore(const struct session_record *r)
{
    struct err e = ERR_INIT;
    AUTO(restore_result_release) struct restore_result result = {0};
    CHECK_OK(restore_apply(&(struct restore_request){.state_dir = fixture_state(), .session = r, .n = 1}, &result, &e), &e);
    CHECK_INT(result.plan.conflicts, 0);
    CHECK_INT(result.plan.uncovered, 0);
    for (size_t i = 0; i < result.failed.n; i++)
        CHECK_STR(result.failed.item[i], "");
}

/* A name in the stash is a link, too. */
static void drop_stash(const struct session_record *r)
{
    struct err e = ERR_INIT;
    AUTO(mem_free_ptr) char *sessions = path_join(fixture_state(), "sessions");
    AUTO(mem_free_ptr) char *path = path_join(sessions, r->id);
    AUTO(mem_close_fd) int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK_OK(stash_remove_all(dir, &e), &e);
}

/* Does it, counts it, seals it, takes it back. */
static void round_trip(const char *operations, const char *changes)
{
    char *before = fixture_tree_text();
    AUTO(session_record_release) struct session_record r = journal_session(operations);
    size_t created = r.created;
    size_t deleted = r.deleted;
    if (session_state_of(fixture_state(), &r) == SESSION_CLOSED) { /* nothing came of it */
        fixture_check_tree(before);
        return;
    }
    seal(&r);
    if (changes)
        check_changes(&r, changes);
    CHECK_INT(created, r.created);
    CHECK_INT(deleted, r.deleted);
    if (r.notes.n > 0)
        (void)fprintf(stderr, "# %s: %s\n", operations, r.notes.item[0]);
    CHECK_INT(r.notes.n, 0);
    drop_stash(&r);
    restore(&r);
    fixture_check_tree(before);
}

static void prepare(void)
{
    fixture_do("echo 1 > a; echo 2 > b; mkdir -p d/e; echo 3 > d/x; echo 4 > d/e/y; ln -s a l; mkdir empty; touch -d @1000 a b d/x d/e d empty .");
}

TEST(one_change_at_a_time)
{
    static const char *const cases[][2] = {
        {"write new hello", "+new"},
        {"append a more", "~a"},
        {"write a other", "~a"},
        {"rm a", "-a"},
        {"mkdir n\nwrite n/f 1\nmkdir n/o", "+n +n/f +n/o"},
        {"rmdir empty", "-empty"},
        {"mv a c", "-a +c"},
        {"mv a b", "-a ~b"},
        {"mv d z", "-d -d/e -d/e/y -d/x +z +z/e +z/e/y +z/x"},
        {"swap a b", "~a ~b"},
        {"swap a d", "~a +a/e +a/e/y +a/x ~d -d/e -d/e/y -d/x"},
        {"chmod a 600", "pa"},
        {"touch a 77", "pa"},
        {"attr a v", "pa"},
        {"sym there s", "+s"},
        {"fifo p", "+p"},
        {"trunc a 0", "~a"},
        {"trunc a 99", "~a"},
        {"ln a twin", "pa +twin"},
        {"chmod d 700", "pd"},
        {"attr d v", "pd"},
    };
    prepare();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        round_trip(cases[i][0], cases[i][1]);
}

TEST(changes_that_meet)
{
    static const char *const cases[][2] = {
        {"write t 1\nmv t a", "~a"},
        {"write t 1\nmv t a\nwrite t 2\nmv t a", "~a"},
        {"write t 1\nrm t", ""},
        {"mv a t\nmv t a", ""},
        {"rm a\nwrite a 9", "~a"},
        {"append a 9\nrm a", "-a"},
        {"append a 9\nmv a c\nchmod c 600", "-a +c"},
        {"chmod a 600\nappend a 9\nrm a\nmkdir a\nwrite a/f 1", "~a +a/f"},
        {"mv d/x x\nmv d z\nwrite z/new 1\nrm z/e/y", "-d -d/e -d/e/y -d/x +x +z +z/e +z/new"},
        {"mkdir n\nmv a n/a\nmv n m\nappend m/a 9", "-a +m +m/a"},
        {"rm d/e/y\nrmdir d/e\nrm d/x\nrmdir d\nmkdir d\nwrite d/x 3", "-d/e -d/e/y ~d/x"},
        {"mv d/e e\nmv d e/d\nswap a e/d/x", NULL},
        {"ln a k\nrm a\nmv k a", ""},
        {"ln a k\nappend k 1\nrm k", "~a"},
        {"attr a v\nnoattr a\nrm a", "-a"},
        {"mv l k\nrm k\nsym other l", "~l"},
    };
    prepare();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        round_trip(cases[i][0], cases[i][1]);
}

TEST(nothing_that_lasts_is_nothing_to_seal)
{
    prepare();
    AUTO(session_record_release) struct session_record r = journal_session("rm nothing");
    CHECK_INT(session_state_of(fixture_state(), &r), SESSION_CLOSED);
    AUTO(session_record_release) struct session_record some = journal_session("write t 1\nrm t");
    CHECK_INT(some.created + some.modified + some.deleted, 0);
    seal(&some);
}

TEST(a_cut_off_session_is_taken_over)
{
    struct err e = ERR_INIT;
    prepare();
    char *before = fixture_tree_text();
    AUTO(session_record_release) struct session_record r = journal_session_cut("rm a\nwrite n 1\nmv d z");
    CHECK_INT(session_state_of(fixture_state(), &r), SESSION_CUT_OFF);
    CHECK_OK(session_recover(fixture_state(), NULL, &e), &e);
    AUTO(session_record_release) struct session_record over = fixture_record(r.id);
    CHECK(over.sealed_late && over.created == 3 && over.deleted == 3);
    seal(&over);
    restore(&over);
    fixture_check_tree(before);
}

TEST(what_others_did_since_is_not_the_sessions)
{
    prepare();
    AUTO(session_record_release) struct session_record r = journal_session("mkdir n\nwrite n/f 1\nwrite n/g 1\nappend a 2\nappend b 2\nmv d z");
    fixture_do(
        "mkdir old; echo mine > old/mine; touch -d @5 old/mine; mv old n/old; echo mine > n/mine; echo later >> a; rm n/g; echo more > z/more");
    struct err e = ERR_INIT;
    CHECK_OK(seal_record(fixture_state(), &r, &e), &e);
    AUTO(mem_free_ptr) char *text = changes_of(&r);
    CHECK(!strstr(text, "mine") && !strstr(text, "more") && !strstr(text, "old"));
    CHECK_INT(r.notes.n, 1);
    AUTO(restore_result_release) struct restore_result result = {0};
    CHECK_OK(restore_apply(&(struct restore_request){.state_dir = fixture_state(), .session = &r, .n = 1}, &result, &e), &e);
    fixture_do("grep -q later a; grep -q mine n/mine; grep -q mine n/old/mine; grep -q more z/more; ! grep -q 22 b; test ! -e n/f; test -e d/e/y");
}

TEST(two_sessions_sealed_in_either_order)
{
    struct err e = ERR_INIT;
    for (int first = 0; first < 2; first++) {
        fixture_do("rm -rf ./*");
        prepare();
        char *before = fixture_tree_text();
        AUTO(session_record_release) struct session_record a = journal_session("append a 2\nwrite n 1\nmv b c");
        char *between = fixture_tree_text();
        AUTO(session_record_release) struct session_record b = journal_session("append a 3\nrm n\nappend c 4");
        CHECK_OK(seal_record(fixture_state(), first ? &b : &a, &e), &e);
        CHECK_OK(seal_record(fixture_state(), first ? &a : &b, &e), &e);
        CHECK_INT(a.notes.n + b.notes.n, 0);
        drop_stash(&a);
        drop_stash(&b);
        restore(&b);
        fixture_check_tree(between);
        restore(&a);
        fixture_check_tree(before);
    }
}

/* The restore's own session. */
static struct session_record move_back(const struct session_record *r)
{
    struct err e = ERR_INIT;
    bool is_done = false;
    AUTO(restore_result_release) struct restore_result result = {0};
    CHECK_OK(take_back(&(struct restore_request){.state_dir = fixture_state(), .session = r, .n = 1}, &result, &is_done, &e), &e);
    CHECK(is_done);
    return fixture_record(result.undo.id);
}

/* Taken back by moving, and that taken back, and then sealed: each in turn is what it was. */
static void there_and_back(const char *operations)
{
    char *before = fixture_tree_text();
    AUTO(session_record_release) struct session_record r = journal_session(operations);
    if (session_state_of(fixture_state(), &r) == SESSION_CLOSED) {
        fixture_check_tree(before);
        return;
    }
    AUTO(session_record_release) struct session_record undo = move_back(&r);
    AUTO(session_record_release) struct session_record undone = fixture_record(r.id);
    CHECK(undone.undone && undo.code == 0);
    fixture_check_tree(mem_strdup(before));
    AUTO(session_record_release) struct session_record redo = move_back(&undo);
    AUTO(session_record_release) struct session_record again = fixture_record(r.id);
    CHECK(!again.undone);
    struct err e = ERR_INIT;
    CHECK_OK(seal_all(fixture_state(), &e), &e);
    AUTO(session_record_release) struct session_record sealed = fixture_record(r.id);
    CHECK(sealed.has_before && sealed.has_after);
    CHECK_INT(sealed.notes.n, 0);
    drop_stash(&r);
    drop_stash(&undo);
    drop_stash(&redo);
    restore(&sealed);
    fixture_check_tree(before);
}

TEST(moving_back_is_exact_and_can_be_sealed_afterwards)
{
    static const char *const cases[] = {
        "write new hello",
        "append a more",
        "write a other",
        "rm a",
        "mkdir n\nwrite n/f 1\nmkdir n/o\nwrite n/o/g 2",
        "rmdir empty",
        "mv a b",
        "mv d z",
        "swap a d",
        "chmod a 600\ntouch a 77\nattr a v",
        "rm d/e/y\nrmdir d/e\nrm d/x\nrmdir d",
        "mkdir n\nmv a n/a\nmv n m\nappend m/a 9",
        "ln a twin",
    };
    prepare();
    AUTO(session_record_release) struct session_record r = journal_session("rm a\nrm b\nwrite n 1");
    AUTO(session_record_release) struct session_record undo = move_back(&r);
    CHECK(undo.created == 2 && undo.modified == 0 && undo.deleted == 1);
    seal(&undo);
    CHECK(undo.created == 2 && undo.modified == 0 && undo.deleted == 1 && undo.notes.n == 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        there_and_back(cases[i]);
}

TEST(moving_back_is_not_for_what_somebody_changed)
{
    static const char *const later[] = {"echo x >> a",   "touch n/mine",  "echo x > n/o/mine", "rm n/f",
                                        "chmod 700 n/o", "echo back > b", "rm c; cp a c"};
    for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
        struct err e = ERR_INIT;
        bool is_done = true;
        AUTO(restore_result_release) struct restore_result result = {0};
        fixture_do("rm -rf ./*");
        prepare();
        AUTO(session_record_release) struct session_record r = journal_session("append a 1\nmkdir n\nwrite n/f 1\nmkdir n/o\nmv b c");
        fixture_do(later[i]);
        char *now = fixture_tree_text();
        CHECK_OK(take_back(&(struct restore_request){.state_dir = fixture_state(), .session = &r, .n = 1}, &result, &is_done, &e), &e);
        CHECK(!is_done);
        fixture_check_tree(now);
    }
}

TEST(other_names_of_what_changed_are_part_of_it)
{
    static const char *const cases[][2] = {
        {"append a 1", "~a ~d/twin"},      {"rm a", "-a pd/twin"},      {"chmod d/twin 600", "pa pd/twin"}, {"mv a c\nappend c 1", "-a +c ~d/twin"},
        {"rm a\nrm d/twin", "-a -d/twin"}, {"mv b a", "~a -b pd/twin"},
    };
    prepare();
    fixture_do("ln a d/twin; touch -d @1000 d .");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        round_trip(cases[i][0], cases[i][1]);
    fixture_do("ln a ../outside");
    AUTO(session_record_release) struct session_record r = journal_session("append a 1");
    seal(&r);
    CHECK_INT(r.notes.n, 1);
}

/* Random operations over few names, so that they meet. */
static char *random_operations(unsigned *seed, size_t n)
{
    static const char *const names[] = {"a", "b", "d", "d/x", "d/e", "d/e/y", "n", "n/f", "e/y", "empty", "empty/f", "l"};
    static const char *const verbs[] = {"mkdir", "write", "append", "rm",    "rm",    "rmdir", "mv",     "mv",
                                        "mv",    "swap",  "ln",     "chmod", "touch", "attr",  "noattr", "trunc"};
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_LINE);
    for (size_t i = 0; i < n; i++) {
        const char *verb = verbs[(unsigned)rand_r(seed) % (sizeof verbs / sizeof *verbs)];
        const char *a = names[(unsigned)rand_r(seed) % (sizeof names / sizeof *names)];
        const char *b = names[(unsigned)rand_r(seed) % (sizeof names / sizeof *names)];
        bool is_two = strcmp(verb, "mv") == 0 || strcmp(verb, "swap") == 0 || strcmp(verb, "ln") == 0;
        if (strcmp(verb, "chmod") == 0)
            str_addf(&text, "chmod %s 7%d0\n", a, rand_r(seed) % 8);
        else
            str_addf(&text, "%s %s %s%d\n", verb, a, is_two ? b : "7", rand_r(seed) % 90);
        if (is_two) { /* without the number behind the name */
            text.len -= strlen(strrchr(text.buf, ' ')) - 1 - strlen(b);
            text.buf[text.len] = '\0';
            str_addc(&text, '\n');
        }
    }
    return str_take(&text);
}

TEST(random_operations_are_taken_back)
{
    const char *first = getenv("SEAL_SEED");
    unsigned from = first ? (unsigned)atoi(first) : 1;
    for (unsigned n = from; n < from + (first ? 1U : 40U); n++) {
        unsigned seed = n;
        fixture_do("chmod -R u+rwX . && rm -rf ./* && setfattr -x user.t . 2>/dev/null || true");
        prepare();
        AUTO(mem_free_ptr) char *operations = random_operations(&seed, 3 + n % 12);
        (void)fprintf(stderr, "# seed %u\n%s", n, first ? operations : "");
        if (n % 2 == 0)
            round_trip(operations, NULL);
        else
            there_and_back(operations);
    }
}
