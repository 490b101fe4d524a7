#include "rollback/change.h"

#include <string.h>

#include "core/mem.h"
#include "tests/unit/session_fixture.h"
#include "tests/unit/tap.h"

/* "+path ~path -path ppath", in order; "(x)" for one that is not visible. */
static char *list_of(const struct session_record *r)
{
    AUTO(change_list_release) struct change_list l = {0};
    AUTO(store_close_ptr) struct store *s = NULL;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_LINE);
    struct err e = ERR_INIT;
    CHECK_OK(store_open(fixture_state(), &s, &e), &e);
    CHECK_OK(change_between(s, &r->before, &r->after, &l, &e), &e);
    for (size_t i = 0; i < l.n; i++) {
        const char *format = change_is_visible(&l.item[i]) ? " %c%s" : " (%c%s)";
        static const char signs[] = {[CHANGE_CREATED] = '+', [CHANGE_DELETED] = '-', [CHANGE_MODIFIED] = '~', [CHANGE_METADATA] = 'p'};
        char sign = signs[l.item[i].kind];
        if (format[1] == '(')
            str_addf(&text, " (%c%s)", sign, l.item[i].path);
        else
            str_addf(&text, " %c%s", sign, l.item[i].path);
    }
    CHECK_INT(l.created, r->created);
    CHECK_INT(l.modified, r->modified);
    CHECK_INT(l.deleted, r->deleted);
    return str_take(&text);
}

static void check(const char *before, const char *command, const char *wanted)
{
    fixture_do(before);
    AUTO(session_record_release) struct session_record r = fixture_session(command);
    AUTO(mem_free_ptr) char *got = list_of(&r);
    CHECK_STR(got, wanted);
}

TEST(nothing_changed)
{
    check("echo x > a", "true", "");
}

TEST(entries_follow_their_directory_and_sort_below_it)
{
    check("mkdir a a-b; echo 1 > a/x; echo 1 > a-b/x", "echo 2 > a/x; echo 2 > a-b/x; echo 2 > a.c", " (p) ~a/x ~a-b/x +a.c");
}

TEST(a_rename_is_a_deletion_and_a_creation)
{
    check("mkdir d; echo 1 > d/a", "mv d e", " (p) -d -d/a +e +e/a");
}

TEST(types_change)
{
    check("echo 1 > f; mkdir d; echo 1 > d/x; ln -s a l", "rm f; mkdir f; echo 1 > f/y; rm -r d; ln -s / d; ln -sfn b l", " (p) ~d -d/x ~f +f/y ~l");
}

TEST(metadata_alone)
{
    check("echo 1 > m; echo 1 > t; mkdir d", "chmod 600 m; touch -d 2001-01-01 t; chmod 700 d", " pd pm pt");
}

TEST(the_time_of_a_directory_is_no_change_a_person_sees)
{
    check("mkdir d; echo 1 > d/x", "touch -d 2001-01-01 d", " (pd)");
}

TEST(a_link_changes_both_names)
{
    check("echo 1 > a", "ln a b", " (p) pa +b");
}

/* A directory counts only where nothing below it does. */
TEST(counts)
{
    fixture_do("mkdir old; mkdir old/e; echo 1 > old/x");
    AUTO(session_record_release) struct session_record r = fixture_session("rm -r old; mkdir -p new/a/b; echo 1 > new/f; mkdir empty");
    CHECK_INT(r.created, 3); /* new/a/b, new/f, empty */
    CHECK_INT(r.deleted, 2); /* old/e, old/x */
    CHECK_INT(r.modified, 0);
}

TEST(paths_are_compared_by_whole_components)
{
    CHECK(change_path_within("a/b", "a"));
    CHECK(change_path_within("a", "a"));
    CHECK(change_path_within("a", ""));
    CHECK(!change_path_within("ab", "a"));
    CHECK(!change_path_within("a", "a/b"));
}

TEST(a_missing_object_is_an_error)
{
    fixture_do("mkdir d; echo 1 > d/x");
    AUTO(session_record_release) struct session_record r = fixture_session("echo 2 > d/x");
    AUTO(change_list_release) struct change_list l = {0};
    AUTO(store_close_ptr) struct store *s = NULL;
    struct err e = ERR_INIT;
    CHECK_OK(store_open(fixture_state(), &s, &e), &e);
    r.after.byte[3] ^= 1;
    CHECK_ERR(change_between(s, &r.before, &r.after, &l, &e), ERR_MISSING, &e);
    CHECK_INT(l.n, 0);
}
