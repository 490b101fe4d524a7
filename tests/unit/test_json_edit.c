/* json_edit: what is changed, and what stays. */
#include "core/json_edit.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"
#include "tests/unit/tap.h"

enum verb { REPLACE, APPEND, REMOVE };

/* The node that "a/0/b" names; "" is the root. */
static size_t node_at(const struct json_tree *t, const char *path)
{
    size_t at = 0;
    while (*path) {
        size_t len = strcspn(path, "/");
        AUTO(mem_free_ptr) char *name = mem_strndup(path, len);
        size_t next = json_type(t->node[at].value) == JSON_ARRAY ? json_tree_element(t, at, strtoul(name, NULL, 10)) : json_tree_member(t, at, name);
        CHECK(next != 0);
        at = next;
        path += len + (path[len] == '/');
    }
    return at;
}

static void edit(const char *text, enum verb verb, const char *path, const char *key, const char *value, struct str *out)
{
    AUTO(json_tree_release) struct json_tree t = {0};
    struct err e = ERR_INIT;
    CHECK_OK(json_tree_build(text, strlen(text), "t", &t, &e), &e);
    size_t node = node_at(&t, path);
    if (verb == REPLACE)
        json_edit_replace(&t, node, value, out);
    else if (verb == APPEND)
        json_edit_append(&t, node, key, value, out);
    else
        json_edit_remove(&t, node, out);
}

static void is_edited(const char *text, enum verb verb, const char *path, const char *key, const char *value, const char *wanted)
{
    AUTO(str_release) struct str out = STR_INIT(STR_MAX_PROFILE);
    AUTO(json_tree_release) struct json_tree again = {0};
    struct err e = ERR_INIT;
    edit(text, verb, path, key, value, &out);
    CHECK_STR(out.buf, wanted);
    CHECK_OK(json_tree_build(out.buf, out.len, "result", &again, &e), &e);
}

TEST(a_value_is_replaced_and_nothing_else)
{
    is_edited("{ // x\n  \"a\" : true , \"b\":[1]}\n", REPLACE, "a", NULL, "false", "{ // x\n  \"a\" : false , \"b\":[1]}\n");
    is_edited("{\"a\":{\"b\":\"c\\\"}\"}}", REPLACE, "a/b", NULL, "\"d\"", "{\"a\":{\"b\":\"d\"}}");
    is_edited("{\n  \"a\": []\n}", REPLACE, "a", NULL, "[1,2]", "{\n  \"a\": [\n    1,\n    2\n  ]\n}");
    is_edited("{\n  \"z\": [0],\n  \"a\": []\n}", REPLACE, "a", NULL, "[1,2]", "{\n  \"z\": [0],\n  \"a\": [1, 2]\n}");
    is_edited("[1]", REPLACE, "", NULL, "{\"a\":1}", "{ \"a\": 1 }");
    is_edited(" 1 // x", REPLACE, "", NULL, "2", " 2 // x");
}

TEST(an_item_goes_behind_the_last_one)
{
    is_edited("[1]", APPEND, "", NULL, "2", "[1, 2]");
    is_edited("[1, 2]", APPEND, "", NULL, "3", "[1, 2, 3]");
    is_edited("[1,]", APPEND, "", NULL, "2", "[1, 2,]");
    is_edited("[\n  1,\n  2\n]", APPEND, "", NULL, "3", "[\n  1,\n  2,\n  3\n]");
    is_edited("[\n\t1,\n\t2,\n]", APPEND, "", NULL, "3", "[\n\t1,\n\t2,\n\t3,\n]");
    is_edited("[1,\n 2]", APPEND, "", NULL, "3", "[1,\n 2,\n 3]");
    is_edited("{\n    \"a\": [\n        1\n    ]\n}", APPEND, "", "b", "[2]", "{\n    \"a\": [\n        1\n    ],\n    \"b\": [\n        2\n    ]\n}");
    is_edited("{ \"a\": 1 }", APPEND, "", "b", "{\"c\":[2]}", "{ \"a\": 1, \"b\": { \"c\": [2] } }");
    is_edited("{\r\n  \"a\": 1\r\n}\r\n", APPEND, "", "b", "[2]", "{\r\n  \"a\": 1,\r\n  \"b\": [\r\n    2\r\n  ]\r\n}\r\n");
}

TEST(a_comment_on_the_last_line_stays_where_it_is)
{
    is_edited("[\n  1 // one\n]", APPEND, "", NULL, "2", "[\n  1, // one\n  2\n]");
    is_edited("[\n  1, // one\n]", APPEND, "", NULL, "2", "[\n  1, // one\n  2,\n]");
    is_edited("[\n  1 /* one */\n  // more to come\n]", APPEND, "", NULL, "2", "[\n  1, /* one */\n  2\n  // more to come\n]");
    is_edited("[1 /* one */]", APPEND, "", NULL, "2", "[1, /* one */ 2]");
    is_edited("[1 // one\n]", APPEND, "", NULL, "2", "[1, // one\n  2\n]");
    is_edited("[\r\n  1 // one\r\n]", APPEND, "", NULL, "2", "[\r\n  1, // one\r\n  2\r\n]");
    is_edited("[\n  1 /* a\n b */\n]", APPEND, "", NULL, "2", "[\n  1,\n  2 /* a\n b */\n]");
}

TEST(the_first_item_of_an_empty_container)
{
    is_edited("{}", APPEND, "", "a", "1", "{\n  \"a\": 1\n}");
    is_edited("{ }\n", APPEND, "", "a", "1", "{\n  \"a\": 1\n}\n");
    is_edited("{\n  \"a\": []\n}", APPEND, "a", NULL, "1", "{\n  \"a\": [\n    1\n  ]\n}");
    is_edited("{\n  \"a\": [],\n  \"b\": [2]\n}", APPEND, "a", NULL, "1", "{\n  \"a\": [1],\n  \"b\": [2]\n}");
    is_edited("{\"a\":[]}", APPEND, "a", NULL, "1", "{\"a\":[1]}");
    is_edited("{\"a\":{}}", APPEND, "a", "b", "1", "{\"a\":{ \"b\": 1 }}");
    is_edited("{\n  \"a\": [\n    // none yet\n  ]\n}", APPEND, "a", NULL, "1", "{\n  \"a\": [\n    // none yet\n    1\n  ]\n}");
    is_edited("{\n  \"a\": [ /* none */ ]\n}", APPEND, "a", NULL, "1", "{\n  \"a\": [ /* none */\n    1\n  ]\n}");
    is_edited("{\n  \"a\": [\n  ]\n}", APPEND, "a", NULL, "1", "{\n  \"a\": [\n    1\n  ]\n}");
}

TEST(an_entry_goes_with_its_line)
{
    is_edited("[\n  1,\n  2,\n  3\n]", REMOVE, "0", NULL, NULL, "[\n  2,\n  3\n]");
    is_edited("[\n  1,\n  2, // two\n  3\n]", REMOVE, "1", NULL, NULL, "[\n  1,\n  3\n]");
    is_edited("[\n  1,\n  2,\n  3 // three\n]", REMOVE, "2", NULL, NULL, "[\n  1,\n  2\n]");
    is_edited("[\n  1, // one\n  2\n]", REMOVE, "1", NULL, NULL, "[\n  1 // one\n]");
    is_edited("[\n  1,\n  2,\n]", REMOVE, "1", NULL, NULL, "[\n  1,\n]");
    is_edited("[\n  // all\n  1\n]", REMOVE, "0", NULL, NULL, "[\n  // all\n]");
    is_edited("[\n  1\n]", REMOVE, "0", NULL, NULL, "[]");
    is_edited("{\n  \"a\": {\n    \"b\": 1\n  },\n  \"c\": 2\n}", REMOVE, "a", NULL, NULL, "{\n  \"c\": 2\n}");
    is_edited("{\r\n  \"a\": 1,\r\n  \"b\": 2\r\n}", REMOVE, "b", NULL, NULL, "{\r\n  \"a\": 1\r\n}");
}

TEST(an_entry_on_a_shared_line_goes_alone)
{
    is_edited("[1, 2, 3]", REMOVE, "0", NULL, NULL, "[2, 3]");
    is_edited("[1, 2, 3]", REMOVE, "1", NULL, NULL, "[1, 3]");
    is_edited("[1, 2, 3]", REMOVE, "2", NULL, NULL, "[1, 2]");
    is_edited("[1 /* one */, /* two */ 2]", REMOVE, "1", NULL, NULL, "[1 /* one */ /* two */]");
    is_edited("[1,]", REMOVE, "0", NULL, NULL, "[]");
    is_edited("{ \"a\": 1 }", REMOVE, "a", NULL, NULL, "{}");
    is_edited("[1,\n 2]", REMOVE, "1", NULL, NULL, "[1\n ]");
    is_edited("[\n 1, 2,\n 3]", REMOVE, "0", NULL, NULL, "[\n 2,\n 3]");
    is_edited("{\"x\":[1], \"a\" /* k */ : /* v */ 2 /* c */, \"b\": 3}", REMOVE, "a", NULL, NULL, "{\"x\":[1], \"b\": 3}");
}

TEST(what_looks_like_json_in_texts_and_comments_is_none)
{
    is_edited("{\n  // \"a\": [1],\n  \"a\\u0062\": \"]// /* \\\\\", /* , } */\n  \"c\": [\"{\"]\n}", APPEND, "c", NULL, "\"x\"",
              "{\n  // \"a\": [1],\n  \"a\\u0062\": \"]// /* \\\\\", /* , } */\n  \"c\": [\"{\", \"x\"]\n}");
    is_edited("{\"a\\u0062\": 1}", REPLACE, "ab", NULL, "2", "{\"a\\u0062\": 2}");
}

TEST(a_text_that_is_no_json_has_no_tree)
{
    AUTO(json_tree_release) struct json_tree t = {0};
    struct err e = ERR_INIT;
    CHECK_ERR(json_tree_build("{\"a\":", 5, "t", &t, &e), ERR_INPUT, &e);
    CHECK(t.node == NULL);
}
