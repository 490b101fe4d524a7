/* json_tree: where each value of a JSON text with comments stands. */
#include "core/json_tree.h"

#include <string.h>

#include "core/json_scan.h"
#include "core/mem.h"

size_t json_tree_skip(const struct json_tree *t, size_t at, bool lines, size_t *ret_comment)
{
    size_t comment = at;
    while (at < t->len) {
        char c = t->text[at];
        if (c == ' ' || c == '\t' || c == '\r' || (lines && c == '\n')) {
            at++;
        } else if (c == '/' && t->text[at + 1] == '/') {
            const char *end = memchr(t->text + at, '\n', t->len - at);
            at = end ? (size_t)(end - t->text) : t->len;
            comment = at - (at > 0 && t->text[at - 1] == '\r');
        } else if (c == '/' && t->text[at + 1] == '*') {
            const char *end = memmem(t->text + at + 2, t->len - at - 2, "*/", 2);
            size_t after = end ? (size_t)(end - t->text) + 2 : t->len;
            if (!lines && memchr(t->text + at, '\n', after - at))
                break;
            comment = at = after;
        } else {
            break;
        }
    }
    if (ret_comment)
        *ret_comment = comment;
    return at;
}

static size_t end_of_string(const char *text, size_t at)
{
    return (size_t)(json_scan_string(text + at) - text);
}

static size_t end_of_word(const char *text, size_t at)
{
    return at + strcspn(text + at, " \t\r\n,:]}/");
}

struct build {
    struct json_tree *tree;
    size_t at;
    size_t open[JSON_MAX_DEPTH]; /* containers that are not closed */
    size_t last[JSON_MAX_DEPTH]; /* the newest child of each, 0 */
    size_t depth;
    size_t key_start, key_end; /* read, and their value is still to come */
};

static void add_node(struct build *b)
{
    struct json_tree *t = b->tree;
    mem_reserve(&t->node, &t->cap, t->n + 1, sizeof *t->node);
    struct json_node *node = &t->node[t->n];
    *node = (struct json_node){.start = b->at, .key_start = b->key_start, .key_end = b->key_end};
    b->key_start = b->key_end = 0;
    if (t->n == 0) {
        node->value = json_doc_root(t->doc);
    } else {
        size_t *last = &b->last[b->depth - 1];
        node->parent = b->open[b->depth - 1];
        if (*last) {
            node->value = json_next(t->node[*last].value);
            t->node[*last].next = t->n;
        } else {
            node->value = json_first(t->node[node->parent].value);
            t->node[node->parent].child = t->n;
        }
        *last = t->n;
    }
    char c = t->text[b->at];
    if (c == '{' || c == '[') {
        b->open[b->depth] = t->n;
        b->last[b->depth++] = 0;
        b->at++;
    } else {
        b->at = c == '"' ? end_of_string(t->text, b->at) : end_of_word(t->text, b->at);
        node->end = b->at;
    }
    t->n++;
}

/* The text is known to be good: only the place of each thing is of interest. */
static void build_nodes(struct build *b)
{
    struct json_tree *t = b->tree;
    while ((b->at = json_tree_skip(t, b->at, true, NULL)) < t->len) {
        char c = t->text[b->at];
        bool in_object = b->depth > 0 && t->text[t->node[b->open[b->depth - 1]].start] == '{';
        if (c == '}' || c == ']') {
            t->node[b->open[--b->depth]].end = ++b->at;
        } else if (c == ',') {
            t->node[b->last[b->depth - 1]].comma = b->at++;
        } else if (c == ':') {
            b->at++;
        } else if (in_object && b->key_end == 0) {
            b->key_start = b->at;
            b->key_end = b->at = end_of_string(t->text, b->at);
        } else {
            add_node(b);
        }
    }
}

int json_tree_build(const char *text, size_t len, const char *name, struct json_tree *ret, struct err *e)
{
    struct json_tree made = {.text = text, .len = len};
    int r = json_doc_parse(text, len, name, JSON_COMMENTS, &made.doc, e);
    if (r < 0)
        return r;
    struct build b = {.tree = &made};
    build_nodes(&b);
    *ret = made;
    return 0;
}

void json_tree_release(struct json_tree *t)
{
    json_doc_free(t->doc);
    mem_free(t->node);
    *t = (struct json_tree){0};
}

size_t json_tree_member(const struct json_tree *t, size_t at, const char *key)
{
    if (json_type(t->node[at].value) != JSON_OBJECT)
        return 0;
    size_t i = t->node[at].child;
    while (i && strcmp(json_key(t->node[i].value), key) != 0)
        i = t->node[i].next;
    return i;
}

size_t json_tree_element(const struct json_tree *t, size_t at, size_t index)
{
    size_t i = json_type(t->node[at].value) == JSON_ARRAY ? t->node[at].child : 0;
    while (i && index-- > 0)
        i = t->node[i].next;
    return i;
}

size_t json_tree_last(const struct json_tree *t, size_t at)
{
    size_t i = t->node[at].child;
    while (i && t->node[i].next)
        i = t->node[i].next;
    return i;
}

size_t json_tree_before(const struct json_tree *t, size_t at)
{
    size_t i = t->node[t->node[at].parent].child;
    while (i && i != at && t->node[i].next != at)
        i = t->node[i].next;
    return i == at ? 0 : i;
}
