/* json_edit: one value changes, all others stay, and so do the comments. Byte 0 picks the node, the rest is the text. */
#include <string.h>

#include "core/json_edit.h"
#include "core/mem.h"
#include "core/str.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_TEXT = 1 << 20 };

static const char added[] = "{\"n\":[1,{}]}";
static const char new_key[] = "new /*key*/";

static void build(const char *text, size_t len, struct json_tree *ret)
{
    struct err e = ERR_INIT;
    FUZZ_CHECK(json_tree_build(text, len, "x", ret, &e) == 0);
}

static bool is_container(const struct json_tree *t, size_t at)
{
    return json_type(t->node[at].value) == JSON_ARRAY || json_type(t->node[at].value) == JSON_OBJECT;
}

/* Subtree of `at` as one text without blanks and comments. NOLINTNEXTLINE(misc-no-recursion): as deep as JSON_MAX_DEPTH */
static void flatten(const struct json_tree *t, size_t at, size_t without, struct str *out)
{
    const struct json_node *n = &t->node[at];
    if (n->key_end)
        str_addn(out, t->text + n->key_start, n->key_end - n->key_start);
    if (!is_container(t, at)) {
        str_addn(out, t->text + n->start, n->end - n->start);
        str_addc(out, ' ');
        return;
    }
    str_addc(out, t->text[n->start]);
    for (size_t c = n->child; c; c = t->node[c].next) {
        if (c != without)
            flatten(t, c, without, out);
    }
    str_addc(out, ']');
}

static void same_tree(const struct json_tree *a, size_t without_a, const struct json_tree *b, size_t without_b)
{
    AUTO(str_release) struct str left = STR_INIT(2 * MAX_TEXT), right = STR_INIT(2 * MAX_TEXT);
    flatten(a, 0, without_a, &left);
    flatten(b, 0, without_b, &right);
    FUZZ_CHECK(strcmp(left.buf, right.buf) == 0);
}

/* The comments of [from, to), which holds nothing but comments and blanks, are in `after`. */
static void comments_are_in(const char *from, const char *to, const struct str *after)
{
    while ((from = memchr(from, '/', (size_t)(to - from))) != NULL) {
        const char *end = from[1] == '/' ? memchr(from, '\n', (size_t)(to - from)) : (const char *)memmem(from + 2, (size_t)(to - from - 2), "*/", 2) + 2;
        end = end ? end : to;
        size_t len = (size_t)(end - from) - (from[1] == '/' && end[-1] == '\r');
        FUZZ_CHECK(memmem(after->buf, after->len, from, len));
        from = end;
    }
}

/* Those behind each value that does not end inside `n`. */
static void comments_stay(const struct json_tree *before, const struct json_node *n, const struct str *after)
{
    for (size_t i = 0; i < before->n; i++) {
        const struct json_node *x = &before->node[i];
        size_t from = x->comma ? x->comma + 1 : x->end;
        size_t at = json_tree_skip(before, from, true, NULL);
        if (!n || from < n->start || from >= n->end)
            comments_are_in(before->text + from, before->text + at, after);
    }
}

static void check_append(const struct json_tree *t, size_t at)
{
    AUTO(str_release) struct str out = STR_INIT(2 * MAX_TEXT), back = STR_INIT(2 * MAX_TEXT);
    AUTO(json_tree_release) struct json_tree made = {0}, removed = {0};
    bool is_object = json_type(t->node[at].value) == JSON_OBJECT;
    if (!is_container(t, at) || (is_object && json_tree_member(t, at, new_key)))
        return;
    size_t depth = 0;
    for (size_t p = at; p; p = t->node[p].parent)
        depth++;
    if (depth + 4 > JSON_MAX_DEPTH)
        return;
    json_edit_append(t, at, is_object ? new_key : NULL, added, &out);
    build(out.buf, out.len, &made);
    size_t last = json_tree_last(&made, at);
    FUZZ_CHECK(last != 0);
    same_tree(t, 0, &made, last);
    comments_stay(t, NULL, &out);
    json_edit_remove(&made, last, &back);
    build(back.buf, back.len, &removed);
    same_tree(t, 0, &removed, 0);
}

static void check_replace(const struct json_tree *t, size_t at)
{
    AUTO(str_release) struct str out = STR_INIT(2 * MAX_TEXT);
    AUTO(json_tree_release) struct json_tree made = {0};
    json_edit_replace(t, at, "null", &out);
    build(out.buf, out.len, &made);
    FUZZ_CHECK(json_type(made.node[at].value) == JSON_NULL);
    if (at)
        same_tree(t, at, &made, at);
    comments_stay(t, &t->node[at], &out);
}

static void check_remove(const struct json_tree *t, size_t at)
{
    AUTO(str_release) struct str out = STR_INIT(2 * MAX_TEXT);
    AUTO(json_tree_release) struct json_tree made = {0};
    json_edit_remove(t, at, &out);
    build(out.buf, out.len, &made);
    same_tree(t, at, &made, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > MAX_TEXT)
        return 0;
    AUTO(mem_free_ptr) char *text = mem_alloc(size);
    memcpy(text, data + 1, size - 1);
    AUTO(json_tree_release) struct json_tree t = {0};
    struct err e = ERR_INIT;
    if (json_tree_build(text, size - 1, "x", &t, &e) < 0)
        return 0;
    size_t at = data[0] % t.n;
    for (size_t i = 0; i < t.n; i++)
        FUZZ_CHECK(t.node[i].start < t.node[i].end && t.node[i].end <= t.len && t.node[i].value);
    check_append(&t, at);
    check_replace(&t, at);
    if (at)
        check_remove(&t, at);
    return 0;
}
