/* Sessions that changed something beside their tree: sealed, taken back from the states, killed on the way. Names that the policy leaves out. */
#include <string.h>

#include "core/mem.h"
#include "core/path.h"
#include "rollback/restore.h"
#include "rollback/seal.h"
#include "rollback/session_tree.h"
#include "rollback/take_back.h"
#include "tests/unit/journal_session.h"
#include "tests/unit/killed.h"
#include "tests/unit/session_fixture.h"
#include "tests/unit/store_fixture.h"
#include "tests/unit/tap.h"

static const struct journal_trees two = {.workdir = "p", .root = "o"};
static const char operations[] = "append p/a 1\nwrite o/b 2\nmv o/d p/z\nmkdir p/n\nmv p/c p/n/c\nwrite o/new 3\nrm o/x\nln p/a o/twin\nchmod o/b 600\nwrite p/t 4\nmv p/t o/y";

static void prepare(void)
{
    fixture_do("rm -rf ../state ./* && mkdir -p p/e o/d/e && echo 1 > p/a; echo 2 > o/b; echo 3 > p/c; echo 4 > o/d/w; echo 5 > o/d/e/v; echo x > o/x; echo y > o/y; "
               "touch -d @1000 p/a o/b o/d p o .");
}

static char *changes_of(const struct session_record *r)
{
    AUTO(change_list_release) struct change_list l = {0};
    AUTO(store_close_ptr) struct store *s = NULL;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_LINE);
    struct err e = ERR_INIT;
    CHECK_OK(store_open(fixture_state(), &s, &e), &e);
    CHECK_OK(session_tree_changes(s, r, &l, &e), &e);
    for (size_t i = 0; i < l.n; i++) {
        static const char signs[] = {[CHANGE_CREATED] = '+', [CHANGE_DELETED] = '-', [CHANGE_MODIFIED] = '~', [CHANGE_METADATA] = 'p'};
        const char *below = l.item[i].path[0] == '/' ? path_below(l.item[i].path, fixture_tree()) : NULL;
        if (change_is_visible(&l.item[i]))
            str_addf(&text, "%s%c%s%s", text.len > 0 ? " " : "", signs[l.item[i].kind], below ? "../" : "", below ? below : l.item[i].path);
    }
    return str_take(&text);
}

static void apply(const struct session_record *r, const struct strlist *paths, struct session_record *ret_undo)
{
    struct err e = ERR_INIT;
    AUTO(restore_result_release) struct restore_result result = {0};
    CHECK_OK(restore_apply(&(struct restore_request){.state_dir = fixture_state(), .session = r, .n = 1, .paths = paths}, &result, &e), &e);
    CHECK_INT(result.plan.conflicts + result.plan.uncovered + result.failed.n, 0);
    if (ret_undo)
        *ret_undo = fixture_record(result.undo.id);
}

static void seal(struct session_record *r)
{
    struct err e = ERR_INIT;
    CHECK_OK(seal_record(fixture_state(), r, &e), &e);
    CHECK_INT(r->notes.n, 0);
}

TEST(both_trees_are_in_the_states)
{
    prepare();
    AUTO(mem_free_ptr) char *before = fixture_tree_text();
    AUTO(session_record_release) struct session_record r = journal_session_trees(&two, operations);
    AUTO(mem_free_ptr) char *after = fixture_tree_text();
    CHECK_INT(r.roots.n, 1);
    seal(&r);
    AUTO(mem_free_ptr) char *changes = changes_of(&r);
    CHECK_STR(changes, "~a -c +n +n/c +z +z/e +z/e/v +z/w ~../o/b -../o/d -../o/d/e -../o/d/e/v -../o/d/w +../o/new +../o/twin -../o/x ~../o/y");
    AUTO(session_record_release) struct session_record undo = {0};
    apply(&r, NULL, &undo);
    CHECK(strcmp(undo.capture, "paths") == 0 && undo.roots.n == 1 && undo.has_after);
    fixture_check_tree(mem_strdup(before));
    AUTO(session_record_release) struct session_record back = {0};
    apply(&undo, NULL, &back);
    fixture_check_tree(mem_strdup(after));
    apply(&back, NULL, NULL);
    fixture_check_tree(mem_strdup(before));
}

TEST(one_tree_at_a_time)
{
    prepare();
    AUTO(strlist_release) struct strlist paths = STRLIST_INIT;
    AUTO(mem_free_ptr) char *before = fixture_tree_text();
    AUTO(session_record_release) struct session_record r = journal_session_trees(&two, "append p/a 1\nwrite o/b 2\nrm o/x\nmkdir o/n");
    strlist_add_take(&paths, path_join(fixture_tree(), "o"));
    seal(&r);
    apply(&r, &paths, NULL);
    fixture_do("test \"$(cat o/b o/x)\" = \"$(printf '2\\nx')\" && test ! -e o/n && test \"$(wc -c < p/a)\" = 3");
    strlist_release(&paths);
    strlist_add(&paths, fixture_tree());
    apply(&r, &paths, NULL);
    fixture_check_tree(mem_strdup(before));
}

TEST(a_session_that_stays_in_its_tree_has_no_other)
{
    prepare();
    AUTO(session_record_release) struct session_record r = journal_session_trees(&two, "append p/a 1");
    CHECK_INT(r.roots.n, 0);
    seal(&r);
    AUTO(mem_free_ptr) char *changes = changes_of(&r);
    CHECK_STR(changes, "~a");
}

/* A grant of what is around the tree: only the part of it where something was changed has to do with the session. */
TEST(of_a_root_around_the_tree_a_part_is_left)
{
    prepare();
    AUTO(mem_free_ptr) char *before = fixture_tree_text();
    AUTO(mem_free_ptr) char *part = path_join(fixture_tree(), "o");
    AUTO(session_record_release) struct session_record r = journal_session_trees(&(struct journal_trees){.workdir = "p", .root = ""}, "append p/a 1\nwrite o/d/w 2\nrm o/x");
    CHECK_INT(r.roots.n, 1);
    CHECK_STR(r.roots.item[0], part);
    seal(&r);
    apply(&r, NULL, NULL);
    fixture_check_tree(mem_strdup(before));
}

TEST(a_session_is_found_where_it_changed_something)
{
    struct err e = ERR_INIT;
    prepare();
    AUTO(mem_free_ptr) char *other = path_join(fixture_tree(), "o/d");
    AUTO(session_record_release) struct session_record r = journal_session_trees(&two, "append o/b 1");
    AUTO(session_list_release) struct session_list there = {0};
    AUTO(session_list_release) struct session_list above = {0};
    CHECK_OK(session_list_read(fixture_state(), other, &there, &e), &e);
    CHECK_OK(session_list_read(fixture_state(), fixture_tree(), &above, &e), &e);
    CHECK_INT(there.n, 1);
    CHECK_STR(there.item[0].id, r.id);
    CHECK_INT(above.n, 0);
}

TEST(what_the_policy_leaves_out_is_in_no_state)
{
    prepare();
    fixture_do("mkdir p/skip o/skip; echo 1 > p/skip/f; echo 1 > o/skip/f; echo 1 > p/skip.not");
    AUTO(session_record_release) struct session_record r =
        journal_session_trees(&(struct journal_trees){.workdir = "p", .root = "o", .exclude = "skip"}, "append p/a 1\nwrite p/skip/f 2\nwrite o/skip/f 2\nrm p/skip.not\nwrite o/b 3");
    AUTO(restore_result_release) struct restore_result result = {0};
    struct err e = ERR_INIT;
    bool done = true;
    CHECK_INT(r.created + r.modified + r.deleted, 3);
    CHECK_OK(take_back(&(struct restore_request){.state_dir = fixture_state(), .session = &r, .n = 1}, &result, &done, &e), &e);
    CHECK(!done);
    seal(&r);
    AUTO(mem_free_ptr) char *changes = changes_of(&r);
    CHECK_STR(changes, "~a -skip.not ~../o/b");
    apply(&r, NULL, NULL);
    fixture_do("test \"$(cat p/skip/f o/skip/f)\" = 22 && test -e p/skip.not");
}

static void seal_everything(void)
{
    struct err e = ERR_INIT;
    CHECK_OK(seal_all(fixture_state(), &e), &e);
}

static struct session_record taken;

static void take_it_back(void)
{
    apply(&taken, NULL, NULL);
}

/* Every few writes, each time at others: the ways that differ are few. */
enum { STEP = 25 };

TEST(killed_while_sealing)
{
    bool ended = false;
    for (unsigned nth = 1; !ended; nth += STEP) {
        prepare();
        AUTO(mem_free_ptr) char *before = fixture_tree_text();
        AUTO(session_record_release) struct session_record r = journal_session_trees(&two, operations);
        ended = killed_at(nth, seal_everything);
        session_record_release(&taken);
        taken = fixture_record(r.id);
        seal(&taken);
        take_it_back();
        fixture_check_tree(mem_strdup(before));
        CHECK(nth < 1000);
    }
    session_record_release(&taken);
}

TEST(killed_while_taking_back)
{
    bool ended = false;
    for (unsigned nth = 1; !ended; nth += STEP) {
        struct err e = ERR_INIT;
        prepare();
        AUTO(mem_free_ptr) char *before = fixture_tree_text();
        taken = journal_session_trees(&two, operations);
        seal(&taken);
        ended = killed_at(nth, take_it_back);
        CHECK_OK(session_recover(fixture_state(), NULL, &e), &e);
        take_it_back();
        fixture_check_tree(mem_strdup(before));
        fixture_do("test -z \"$(find . -name '.nono-*')\"");
        session_record_release(&taken);
        CHECK(nth < 2000);
    }
}
