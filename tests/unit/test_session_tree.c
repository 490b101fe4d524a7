/* session_tree: how changes in more than one tree are called, and where their sessions are found. Exclude, which names are left out. */
#include "rollback/session_tree.h"

#include "core/mem.h"
#include "rollback/exclude.h"
#include "tests/unit/tap.h"

static void add(struct change_list *l, const char *path)
{
    mem_reserve(&l->item, &l->cap, l->n + 1, sizeof(*l->item));
    l->item[l->n++] = (struct change){.path = mem_strdup(path)};
}

TEST(paths_are_relative_in_the_tree_and_absolute_outside)
{
    AUTO(session_record_release) struct session_record r = {.workdir = mem_strdup("/h/p")};
    AUTO(change_list_release) struct change_list l = {0};
    CHECK_STR(session_tree_top(&r), "/h/p");
    CHECK(!session_tree_below(&r, "/h/o/x") && !session_tree_below(&r, "/h") && !session_tree_has(&r, "/h/o"));
    strlist_add(&r.roots, "/h/o");
    CHECK_STR(session_tree_top(&r), "/");
    CHECK(session_tree_has(&r, "/h/o/x") && session_tree_has(&r, "/h/p") && !session_tree_has(&r, "/h"));
    CHECK_STR(session_tree_below(&r, "/h/p"), "");
    CHECK_STR(session_tree_below(&r, "/h/p/a"), "a");
    CHECK_STR(session_tree_below(&r, "/h/o/x"), "/h/o/x");
    CHECK_STR(session_tree_below(&r, "/h"), "/h");
    CHECK(!session_tree_below(&r, "/x"));
    add(&l, "h");
    add(&l, "h/o/x");
    add(&l, "h/p");
    add(&l, "h/p/a");
    add(&l, "h/p/a/b");
    session_tree_name(&r, &l);
    CHECK_STR(l.item[0].path, "");
    CHECK_STR(l.item[1].path, "a");
    CHECK_STR(l.item[2].path, "a/b");
    CHECK_STR(l.item[3].path, "/h");
    CHECK_STR(l.item[4].path, "/h/o/x");
    AUTO(mem_free_ptr) char *inside = session_tree_path(&r, "a/b");
    AUTO(mem_free_ptr) char *outside = session_tree_path(&r, "/h/o/x");
    CHECK_STR(inside, "/h/p/a/b");
    CHECK_STR(outside, "/h/o/x");
}

TEST(sessions_meet_where_a_tree_of_one_is_in_one_of_the_other)
{
    AUTO(session_record_release) struct session_record a = {.workdir = mem_strdup("/h/p")};
    AUTO(session_record_release) struct session_record b = {.workdir = mem_strdup("/h/q")};
    CHECK(!session_tree_meet(&a, &b));
    strlist_add(&a.roots, "/h/o");
    CHECK(!session_tree_meet(&a, &b));
    strlist_add(&b.roots, "/h/o/sub");
    CHECK(session_tree_meet(&a, &b) && session_tree_meet(&b, &a));
}

TEST(no_absolute_path_lies_in_the_root_of_a_list)
{
    CHECK(change_path_within("a", "") && !change_path_within("/a", "") && change_path_within("/a", "/") && !change_path_within("a", "/"));
    CHECK(change_path_order("z", "/a") < 0 && change_path_order("/a", "z") > 0 && change_path_order("/a", "/b") < 0 && change_path_order("", "/a") < 0);
}

TEST(names_and_patterns_and_paths_are_left_out)
{
    AUTO(strlist_release) struct strlist l = STRLIST_INIT;
    CHECK(!exclude_has_name(NULL, "x") && !exclude_has_path(NULL, "x"));
    strlist_add(&l, "node_modules");
    strlist_add(&l, "*.pyc");
    strlist_add(&l, "/a/b");
    CHECK(exclude_has_name(&l, "node_modules") && exclude_has_name(&l, "x.pyc") && !exclude_has_name(&l, "b"));
    CHECK(exclude_has_path(&l, "x/node_modules/y") && exclude_has_path(&l, "a/b") && exclude_has_path(&l, "a/b/c") && exclude_has_path(&l, "q/x.pyc"));
    CHECK(!exclude_has_path(&l, "x/a/b") && !exclude_has_path(&l, "a/bc") && !exclude_has_path(&l, ""));
}
