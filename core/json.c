/* json: documents and the values in them. */
#include "core/json.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json_library.h"
#include "core/json_scan.h"
#include "core/mem.h"
#include "core/quote.h"

enum { DOUBLE_EXACT_BITS = 53, FEW_MEMBERS = 16, SHOWN_MAX = 160 /* of a name or a pointer: the reason must fit behind both */ };

struct json_doc {
    struct json_library library;
    cJSON *root;
    char *text; /* as json_scan wrote it: lines are those of the source */
    char *name; /* quoted for messages */
    struct json_sink *sink;
};

static const struct json_value *outside(const cJSON *item)
{
    return (const struct json_value *)item;
}

static const cJSON *inside(const struct json_value *v)
{
    return (const cJSON *)v;
}

static bool is(const cJSON *item, int type)
{
    return (item->type & 0xff) == type; /* above stand flags */
}

static int compare_keys(const void *a, const void *b)
{
    const cJSON *const *left = a;
    const cJSON *const *right = b;
    return strcmp((*left)->string, (*right)->string);
}

/* A member whose key another member has too, NULL when there is none. */
static const cJSON *find_duplicate(const cJSON *object)
{
    size_t n = 0;
    for (const cJSON *m = object->child; m; m = m->next)
        n++;
    if (n <= FEW_MEMBERS) {
        for (const cJSON *m = object->child; m; m = m->next) {
            for (const cJSON *before = object->child; before != m; before = before->next) {
                if (strcmp(m->string, before->string) == 0)
                    return m;
            }
        }
        return NULL;
    }
    AUTO(mem_free_ptr) const cJSON **member = mem_array(n, sizeof *member);
    n = 0;
    for (const cJSON *m = object->child; m; m = m->next)
        member[n++] = m;
    qsort(member, n, sizeof *member, compare_keys);
    for (size_t i = 1; i < n; i++) {
        if (strcmp(member[i - 1]->string, member[i]->string) == 0)
            return member[i];
    }
    return NULL;
}

/* Visits every value in document order. */
struct visit {
    const cJSON *at[JSON_MAX_DEPTH + 1]; /* from the root down to the current value */
    size_t index[JSON_MAX_DEPTH + 1];    /* of each among its siblings */
    size_t depth;
    size_t n; /* values visited before the current one */
};

static bool visit_next(struct visit *t)
{
    t->n++;
    if (t->at[t->depth]->child) {
        t->at[t->depth + 1] = t->at[t->depth]->child;
        t->index[++t->depth] = 0;
        return true;
    }
    while (t->depth > 0 && !t->at[t->depth]->next)
        t->depth--;
    if (t->depth == 0)
        return false;
    t->at[t->depth] = t->at[t->depth]->next;
    t->index[t->depth]++;
    return true;
}

/* The way to `v`; false when the document does not hold it. */
static bool visit_find(const struct json_doc *d, const struct json_value *v, struct visit *ret)
{
    *ret = (struct visit){.at = {d->root}};
    do {
        if (outside(ret->at[ret->depth]) == v)
            return true;
    } while (visit_next(ret));
    return false;
}

static int check_values(const struct json_doc *d, struct err *e)
{
    int r = 0;
    struct visit t = {.at = {d->root}};
    do {
        const cJSON *item = t.at[t.depth];
        const cJSON *again = is(item, cJSON_Object) ? find_duplicate(item) : NULL;
        if (again)
            r = json_error(d, outside(again), e, "the key stands twice in its object");
        else if (is(item, cJSON_Number) && !__builtin_isfinite(item->valuedouble))
            r = json_error(d, outside(item), e, "the number is too large");
    } while ((r == 0 || json_wants_more(d)) && visit_next(&t));
    return d->sink ? 0 : r;
}

static const char *tail(const char *text)
{
    size_t len = strlen(text);
    return len > SHOWN_MAX ? text + len - SHOWN_MAX : text;
}

/* `text`, safe to print and cut in front: the end of a path or pointer says more than its start. */
static void add_shown(struct str *out, const char *text)
{
    const char *end = tail(text);
    AUTO(mem_free_ptr) char *safe = quote_term_dup(end);
    const char *shown = tail(safe);
    str_addf(out, "%s%s", end != text || shown != safe ? "..." : "", shown);
}

int json_doc_read(const struct json_source *source, struct json_doc **ret_doc, struct err *e)
{
    AUTO(json_doc_free_ptr) struct json_doc *d = mem_alloc(sizeof *d);
    AUTO(str_release) struct str shown = STR_INIT(STR_MAX_LINE);
    add_shown(&shown, source->name);
    d->name = str_take(&shown);
    d->sink = source->sink;
    if (source->len > STR_MAX_REPORT)
        return err_set(e, ERR_LIMIT, "%s is longer than %d bytes", d->name, STR_MAX_REPORT);
    d->text = mem_alloc(source->len + 1);
    if (json_scan(source, d->name, d->text, e) < 0 || json_library_load(&d->library, e) < 0)
        return e->class;
    d->root = d->library.parse(d->text, strlen(d->text) + 1, NULL, true);
    if (!d->root)
        return err_set(e, ERR_INPUT, "%s is not JSON", d->name);
    if (check_values(d, e) < 0)
        return e->class;
    *ret_doc = take_ptr(&d);
    return 0;
}

int json_doc_parse(const char *text, size_t len, const char *name, unsigned flags, struct json_doc **ret_doc, struct err *e)
{
    return json_doc_read(&(struct json_source){.text = text, .len = len, .name = name, .flags = flags}, ret_doc, e);
}

void json_doc_free(struct json_doc *d)
{
    if (!d)
        return;
    if (d->root)
        d->library.remove(d->root);
    mem_free(d->text);
    mem_free(d->name);
    mem_free(d);
}

void json_doc_free_ptr(struct json_doc **d)
{
    json_doc_free(*d);
}

const struct json_value *json_doc_root(const struct json_doc *d)
{
    return outside(d->root);
}

enum json_type json_type(const struct json_value *v)
{
    const cJSON *item = inside(v);
    if (is(item, cJSON_True) || is(item, cJSON_False))
        return JSON_BOOL;
    if (is(item, cJSON_Number))
        return JSON_NUMBER;
    if (is(item, cJSON_String))
        return JSON_STRING;
    if (is(item, cJSON_Array))
        return JSON_ARRAY;
    return is(item, cJSON_Object) ? JSON_OBJECT : JSON_NULL;
}

const char *json_type_name(enum json_type t)
{
    static const char *const names[] = {
        [JSON_NULL] = "null",       [JSON_BOOL] = "true or false", [JSON_NUMBER] = "a number",
        [JSON_STRING] = "a string", [JSON_ARRAY] = "an array",     [JSON_OBJECT] = "an object",
    };
    return names[t];
}

const char *json_key(const struct json_value *v)
{
    return inside(v)->string;
}

const struct json_value *json_first(const struct json_value *v)
{
    return outside(inside(v)->child);
}

const struct json_value *json_next(const struct json_value *v)
{
    return outside(inside(v)->next);
}

size_t json_count(const struct json_value *v)
{
    size_t n = 0;
    for (v = json_first(v); v; v = json_next(v))
        n++;
    return n;
}

const struct json_value *json_member(const struct json_value *v, const char *key)
{
    if (!is(inside(v), cJSON_Object))
        return NULL;
    for (v = json_first(v); v; v = json_next(v))
        if (strcmp(json_key(v), key) == 0)
            return v;
    return NULL;
}

unsigned json_line(const struct json_doc *d, const struct json_value *v)
{
    struct visit t;
    unsigned line = 1;
    if (!visit_find(d, v, &t))
        return line;
    const char *end = json_scan_value(d->text, t.n);
    for (const char *p = d->text; p < end; p++)
        line += *p == '\n';
    return line;
}

void json_pointer(const struct json_doc *d, const struct json_value *v, struct str *out)
{
    struct visit t;
    if (!visit_find(d, v, &t))
        return;
    for (size_t i = 1; i <= t.depth; i++) {
        str_addc(out, '/');
        if (!t.at[i]->string)
            str_addf(out, "%zu", t.index[i]);
        for (const char *p = t.at[i]->string; p && *p; p++) {
            if (*p == '~' || *p == '/')
                str_add(out, *p == '~' ? "~0" : "~1");
            else
                str_addc(out, *p);
        }
    }
}

bool json_wants_more(const struct json_doc *d)
{
    return d->sink && d->sink->room > 0;
}

/* Sets "NAME:LINE: POINTER" and the text; the root has no pointer. */
static int fail_at(const struct json_doc *d, const struct json_value *v, const char *near, const char *text, struct err *e)
{
    AUTO(str_release) struct str place = STR_INIT(STR_MAX_LINE);
    AUTO(str_release) struct str pointer = STR_INIT(STR_MAX_PROFILE);
    unsigned line = json_line(d, v);
    json_pointer(d, v, &pointer);
    str_addf(&place, "%s:%u: ", d->name, line);
    add_shown(&place, pointer.len ? pointer.buf : "the text");
    if (json_wants_more(d)) {
        d->sink->room--;
        d->sink->take(d->sink->context,
                      &(struct json_problem){.line = line, .pointer = pointer.buf, .text = text + strspn(text, ": "), .near = near});
    }
    return err_set(e, ERR_INPUT, "%s%s", place.buf, text);
}

int json_error_near(const struct json_doc *d, const struct json_value *v, const char *near, struct err *e, const char *fmt, ...)
{
    char text[ERR_TEXT_MAX];
    AUTO(str_release) struct str whole = STR_INIT(STR_MAX_LINE);
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    str_addf(&whole, ": %s", text);
    return fail_at(d, v, near, whole.buf, e);
}

int json_error(const struct json_doc *d, const struct json_value *v, struct err *e, const char *fmt, ...)
{
    char text[ERR_TEXT_MAX];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return json_error_near(d, v, NULL, e, "%s", text);
}

int json_error_type(const struct json_doc *d, const struct json_value *v, enum json_type want, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_LINE);
    str_addf(&text, " must be %s", json_type_name(want));
    return fail_at(d, v, NULL, text.buf, e);
}

int json_get_string(const struct json_doc *d, const struct json_value *v, const char **ret, struct err *e)
{
    if (json_type(v) != JSON_STRING)
        return json_error_type(d, v, JSON_STRING, e);
    *ret = inside(v)->valuestring;
    return 0;
}

int json_get_bool(const struct json_doc *d, const struct json_value *v, bool *ret, struct err *e)
{
    if (json_type(v) != JSON_BOOL)
        return json_error_type(d, v, JSON_BOOL, e);
    *ret = is(inside(v), cJSON_True);
    return 0;
}

/* A double holds every integer up to 2^53; beyond, the digits of the text count. */
static bool integer_of(const struct json_doc *d, const struct json_value *v, int64_t *ret)
{
    double value = inside(v)->valuedouble;
    const double exact = (double)(INT64_C(1) << DOUBLE_EXACT_BITS);
    if (value > -exact && value < exact) {
        *ret = (int64_t)value;
        return (double)*ret == value;
    }
    struct visit t;
    if (!visit_find(d, v, &t))
        return false;
    const char *digits = json_scan_value(d->text, t.n);
    char *end;
    errno = 0;
    long long exactly = strtoll(digits, &end, 10);
    *ret = exactly;
    return errno == 0 && end != digits && *end != '.' && *end != 'e' && *end != 'E';
}

int json_get_int(const struct json_doc *d, const struct json_value *v, int64_t min, int64_t max, int64_t *ret, struct err *e)
{
    int64_t value;
    if (json_type(v) != JSON_NUMBER)
        return json_error_type(d, v, JSON_NUMBER, e);
    if (!integer_of(d, v, &value) || value < min || value > max) {
        AUTO(str_release) struct str text = STR_INIT(STR_MAX_LINE);
        str_addf(&text, " must be a whole number from %lld to %lld", (long long)min, (long long)max);
        return fail_at(d, v, NULL, text.buf, e);
    }
    *ret = value;
    return 0;
}
