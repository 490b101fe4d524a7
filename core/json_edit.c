/* json_edit: one change to a JSON text with comments. */
#include "core/json_edit.h"

#include <string.h>

#include "core/mem.h"
#include "core/quote.h"

enum { MAX_INDENT = 256 };

static const char blanks[] = " \t\r";

/* How the text is laid out. */
struct style {
    const char *newline;
    struct view unit;                    /* of indentation */
    bool inline_arrays, inline_objects; /* on one line */
};

static bool has_newline(const struct json_tree *t, size_t from, size_t to)
{
    return memchr(t->text + from, '\n', to - from) != NULL;
}

/* The blanks that the line of `at` begins with. */
static struct view indent_of(const struct json_tree *t, size_t at)
{
    while (at > 0 && t->text[at - 1] != '\n')
        at--;
    size_t n = 0;
    while (n < MAX_INDENT && (t->text[at + n] == ' ' || t->text[at + n] == '\t'))
        n++;
    return (struct view){.ptr = t->text + at, .len = n};
}

static size_t first_of(const struct json_node *n)
{
    return n->key_end ? n->key_start : n->start;
}

static bool begins_line(const struct json_tree *t, size_t at)
{
    while (at > 0 && strchr(blanks, t->text[at - 1]))
        at--;
    return at == 0 || t->text[at - 1] == '\n';
}

/* Whether the containers of a kind stand on one line: as the first one that is not empty does. */
static bool is_inline(const struct json_tree *t, enum json_type type, bool otherwise)
{
    for (size_t i = 1; i < t->n; i++) {
        if (json_type(t->node[i].value) == type && t->node[i].child)
            return !has_newline(t, t->node[i].start, t->node[i].end);
    }
    return otherwise;
}

static struct style style_of(const struct json_tree *t)
{
    const struct json_node *root = &t->node[0];
    struct style s = {.newline = "\n", .unit = {.ptr = "  ", .len = 2}};
    const char *newline = memchr(t->text, '\n', t->len);
    if (newline && newline > t->text && newline[-1] == '\r')
        s.newline = "\r\n";
    if (root->child && begins_line(t, first_of(&t->node[root->child]))) {
        struct view unit = indent_of(t, first_of(&t->node[root->child]));
        s.unit = unit.len ? unit : s.unit;
    }
    bool one_line = root->child && !has_newline(t, root->start, root->end);
    s.inline_arrays = one_line || is_inline(t, JSON_ARRAY, false);
    s.inline_objects = one_line || is_inline(t, JSON_OBJECT, false);
    return s;
}

static bool type_is_inline(const struct style *s, enum json_type type)
{
    return type == JSON_ARRAY ? s->inline_arrays : s->inline_objects;
}

struct layout {
    const struct style *style;
    struct view base; /* indentation of the line the value begins on */
    struct str *out;
};

static void add_line(const struct layout *l, size_t depth)
{
    str_add(l->out, l->style->newline);
    str_addn(l->out, l->base.ptr, l->base.len);
    for (size_t i = 0; i < depth; i++)
        str_addn(l->out, l->style->unit.ptr, l->style->unit.len);
}

/* A node of the new value, which has no blanks that matter. */
// NOLINTNEXTLINE(misc-no-recursion): as deep as JSON_MAX_DEPTH
static void add_value(const struct layout *l, const struct json_tree *v, size_t at, size_t depth, bool in_line)
{
    const struct json_node *n = &v->node[at];
    enum json_type type = json_type(n->value);
    bool is_container = type == JSON_ARRAY || type == JSON_OBJECT;
    if (n->key_end) {
        str_addn(l->out, v->text + n->key_start, n->key_end - n->key_start);
        str_add(l->out, ": ");
    }
    if (!is_container || !n->child) {
        str_addn(l->out, v->text + n->start, n->end - n->start);
        return;
    }
    bool one_line = in_line || type_is_inline(l->style, type);
    bool spaced = one_line && type == JSON_OBJECT;
    str_add(l->out, type == JSON_ARRAY ? "[" : spaced ? "{ " : "{");
    for (size_t c = n->child; c; c = v->node[c].next) {
        if (!one_line)
            add_line(l, depth + 1);
        add_value(l, v, c, depth + 1, one_line);
        if (v->node[c].next)
            str_add(l->out, one_line ? ", " : ",");
    }
    if (!one_line)
        add_line(l, depth);
    str_add(l->out, type == JSON_ARRAY ? "]" : spaced ? " }" : "}");
}

/* `value` laid out; as it is when it is not JSON, which is a caller's mistake that the reader of the result will find. */
static void add_new(const struct layout *l, const char *key, const char *value, size_t depth, bool in_line)
{
    struct err ignored = ERR_INIT;
    AUTO(json_tree_release) struct json_tree v = {0};
    if (key) {
        quote_json(l->out, key);
        str_add(l->out, ": ");
    }
    if (json_tree_build(value, strlen(value), "the value", &v, &ignored) < 0)
        str_add(l->out, value);
    else
        add_value(l, &v, 0, depth, in_line);
}

/* Whether what is put into `at` has to stay on its line. */
static bool is_on_one_line(const struct json_tree *t, size_t at)
{
    return t->node[0].child && !has_newline(t, t->node[at].start, t->node[at].end);
}

void json_edit_replace(const struct json_tree *t, size_t node, const char *value, struct str *out)
{
    const struct json_node *n = &t->node[node];
    const struct style style = style_of(t);
    const struct layout l = {.style = &style, .base = indent_of(t, n->start), .out = out};
    bool in_line = node != 0 && is_on_one_line(t, n->parent);
    str_addn(out, t->text, n->start);
    add_new(&l, NULL, value, 0, in_line);
    str_addn(out, t->text + n->end, t->len - n->end);
}

/* A line comment has to be followed by a line break. */
static bool ends_in_line_comment(const struct json_tree *t, size_t from, size_t to)
{
    bool found = false;
    while (from < to) {
        if (t->text[from] != '/') {
            from++;
            continue;
        }
        found = t->text[from + 1] == '/';
        const char *end = found ? memchr(t->text + from, '\n', to - from) : memmem(t->text + from + 2, to - from - 2, "*/", 2);
        from = end ? (size_t)(end - t->text) + (found ? 1 : 2) : to;
    }
    return found;
}

static void append_behind(const struct json_tree *t, size_t last, const char *key, const char *value, struct str *out)
{
    const struct json_node *n = &t->node[last];
    const struct style style = style_of(t);
    bool own_line = begins_line(t, first_of(n));
    struct layout l = {.style = &style, .base = indent_of(t, own_line ? first_of(n) : t->node[n->parent].start), .out = out};
    size_t behind = n->comma ? n->comma + 1 : n->end;
    size_t at = behind;
    (void)json_tree_skip(t, behind, false, &at);
    str_addn(out, t->text, n->end);
    if (n->comma)
        str_addn(out, t->text + n->end, behind - n->end);
    else
        str_addc(out, ',');
    str_addn(out, t->text + behind, at - behind);
    bool breaks = own_line || ends_in_line_comment(t, behind, at);
    if (breaks)
        add_line(&l, own_line ? 0 : 1);
    else
        str_addc(out, ' ');
    add_new(&l, key, value, own_line ? 0 : 1, !own_line && is_on_one_line(t, n->parent));
    if (n->comma)
        str_addc(out, ',');
    str_addn(out, t->text + at, t->len - at);
}

/* Into a container without children: between its comments, if there are any, and its end. */
static void append_first(const struct json_tree *t, size_t container, const char *key, const char *value, struct str *out)
{
    const struct json_node *n = &t->node[container];
    const struct style style = style_of(t);
    const struct layout l = {.style = &style, .base = indent_of(t, n->key_end ? n->key_start : n->start), .out = out};
    size_t inside = n->start + 1;
    size_t close = n->end - 1;
    size_t at = inside;
    (void)json_tree_skip(t, inside, true, &at);
    bool has_comment = at > inside;
    bool in_line = container != 0 && (is_on_one_line(t, n->parent) || type_is_inline(&style, json_type(n->value)));
    bool has_lines = has_newline(t, at, close);
    bool breaks = has_lines || ends_in_line_comment(t, inside, at) || !in_line;
    str_addn(out, t->text, at);
    if (breaks)
        add_line(&l, 1);
    else if (has_comment || key)
        str_addc(out, ' ');
    add_new(&l, key, value, 1, in_line);
    if (breaks && has_lines)
        str_addn(out, t->text + at, close - at);
    else if (breaks)
        add_line(&l, 0);
    else if (key)
        str_addc(out, ' ');
    str_addn(out, t->text + close, t->len - close);
}

void json_edit_append(const struct json_tree *t, size_t container, const char *key, const char *value, struct str *out)
{
    size_t last = json_tree_last(t, container);
    if (last)
        append_behind(t, last, key, value, out);
    else
        append_first(t, container, key, value, out);
}

/* [from, to) goes. */
struct cut {
    size_t from, to;
};

static struct cut cut_of(const struct json_tree *t, const struct json_node *n)
{
    struct cut c = {.from = first_of(n), .to = n->comma ? n->comma + 1 : n->end};
    size_t behind = json_tree_skip(t, c.to, false, NULL);
    if (begins_line(t, c.from) && behind < t->len && t->text[behind] == '\n') {
        while (c.from > 0 && t->text[c.from - 1] != '\n')
            c.from--;
        c.to = behind + 1;
        return c;
    }
    if (n->next) {
        while (strchr(blanks, t->text[c.to]))
            c.to++;
    } else if (!begins_line(t, c.from)) {
        while (strchr(blanks, t->text[c.from - 1]))
            c.from--;
    }
    return c;
}

/* Whether nothing but blanks is left between the brackets of `n` without `c`. */
static bool is_left_empty(const struct json_tree *t, const struct json_node *n, struct cut c)
{
    for (size_t i = n->start + 1; i < n->end - 1; i++) {
        if ((i < c.from || i >= c.to) && t->text[i] != '\n' && !strchr(blanks, t->text[i]))
            return false;
    }
    return true;
}

void json_edit_remove(const struct json_tree *t, size_t node, struct str *out)
{
    const struct json_node *n = &t->node[node];
    const struct json_node *parent = &t->node[n->parent];
    struct cut c = cut_of(t, n);
    if (parent->child == node && !n->next && is_left_empty(t, parent, c))
        c = (struct cut){.from = parent->start + 1, .to = parent->end - 1};
    size_t before = json_tree_before(t, node);
    size_t comma = before && !n->next && !n->comma ? t->node[before].comma : 0;
    if (comma) {
        str_addn(out, t->text, comma);
        str_addn(out, t->text + comma + 1, c.from - comma - 1);
    } else {
        str_addn(out, t->text, c.from);
    }
    str_addn(out, t->text + c.to, t->len - c.to);
}
