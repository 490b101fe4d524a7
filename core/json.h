/* json: strict, bounded JSON; cJSON stays behind this file.
 *
 * Errors on read: duplicate keys, nesting deeper than JSON_MAX_DEPTH, a text longer than its limit, bytes after the
 * value, invalid UTF-8, NUL inside a string, numbers that are not finite. Every message names the source, the line and, where it is about a
 * value, its JSON pointer (RFC 6901).
 *
 * A string may hold bytes that are not UTF-8, where the text spelt them "\udc80" to "\udcff" outside a surrogate pair: the way quote_json
 * writes the names of files that are not UTF-8. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

enum { JSON_MAX_DEPTH = 64 };
enum json_flags { JSON_COMMENTS = 1 << 0 }; /* accept // and block comments (JSONC), and trailing commas */
enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_doc;  /* owns the text and every value in it */
struct json_value; /* borrowed, lives as long as its document */

/* `name` is what messages call the text: a path, or "built-in profile default". */
MUST_CHECK int json_doc_parse(const char *text, size_t len, const char *name, unsigned flags, struct json_doc **ret_doc,
                              struct err *e);

/* One thing that is wrong with a text. */
struct json_problem {
    unsigned line;       /* 1-based */
    const char *pointer; /* of the value it is about; "" for the whole, and while the text is not known to be JSON */
    const char *text;    /* without the place; safe to print */
    const char *near;    /* the known name nearest to the wrong one, NULL */
};

/* Takes errors one by one, where a caller wants all of them and not the first. */
struct json_sink {
    void (*take)(void *context, const struct json_problem *p); /* borrows for the call */
    void *context;
    size_t room; /* how many it still takes; lowered by each */
};

struct json_source {
    const char *text;
    size_t len;
    const char *name;
    unsigned flags;
    struct json_sink *sink; /* must outlive the document; NULL: none */
};
/* Same as json_doc_parse. With a sink, every error about the document and its values goes there as well; then json_only names every unknown
 * key, and a key that stands twice or a number that is too large does not refuse the text. */
MUST_CHECK int json_doc_read(const struct json_source *source, struct json_doc **ret_doc, struct err *e);
void json_doc_free(struct json_doc *d);
void json_doc_free_ptr(struct json_doc **d); /* for AUTO */
const struct json_value *json_doc_root(const struct json_doc *d);

enum json_type json_type(const struct json_value *v);
const char *json_type_name(enum json_type t);                     /* "a string", "an object"… */
const char *json_key(const struct json_value *v);                 /* name under which an object holds it, NULL otherwise */
const struct json_value *json_first(const struct json_value *v);  /* first member or element, NULL when none */
const struct json_value *json_next(const struct json_value *v);
size_t json_count(const struct json_value *v);
const struct json_value *json_member(const struct json_value *v, const char *key); /* NULL when absent */

/* ERR_INPUT "NAME:LINE: POINTER must be a string" when the type is wrong. */
MUST_CHECK int json_get_string(const struct json_doc *d, const struct json_value *v, const char **ret, struct err *e);
MUST_CHECK int json_get_bool(const struct json_doc *d, const struct json_value *v, bool *ret, struct err *e);
MUST_CHECK int json_get_int(const struct json_doc *d, const struct json_value *v, int64_t min, int64_t max, int64_t *ret,
                            struct err *e);
MUST_CHECK int json_get_strings(const struct json_doc *d, const struct json_value *v, struct strlist *ret, struct err *e);
/* Fails on the first member of object `v` that `known` does not list, naming the nearest one. */
MUST_CHECK int json_only(const struct json_doc *d, const struct json_value *v, const char *const *known, size_t n,
                         struct err *e);
/* ERR_INPUT with the place of `v` in front: "NAME:LINE: POINTER: text". */
int json_error(const struct json_doc *d, const struct json_value *v, struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Same; `near` is the known name that the text says may have been meant, for the sink, or NULL. */
int json_error_near(const struct json_doc *d, const struct json_value *v, const char *near, struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* "NAME:LINE: POINTER must be an object". */
int json_error_type(const struct json_doc *d, const struct json_value *v, enum json_type want, struct err *e);
/* False when errors are collected and no more are wanted. */
bool json_wants_more(const struct json_doc *d);
unsigned json_line(const struct json_doc *d, const struct json_value *v);             /* 1-based */
void json_pointer(const struct json_doc *d, const struct json_value *v, struct str *out); /* appended */

/* Writer: two-space indentation, members in the order given, strings through quote_json. Keys in an object, NULL in an array. */
struct json_out {
    struct str *to;
    unsigned depth;
    bool first;
};
#define JSON_OUT_INIT(s) {.to = (s), .depth = 0, .first = true}
void json_out_open(struct json_out *o, const char *key, char bracket); /* '{' or '[' */
void json_out_close(struct json_out *o, char bracket);                 /* '}' or ']'; adds the last newline at depth 0 */
void json_out_string(struct json_out *o, const char *key, const char *text); /* NULL text writes null */
void json_out_int(struct json_out *o, const char *key, int64_t value);
void json_out_bool(struct json_out *o, const char *key, bool value);
void json_out_strings(struct json_out *o, const char *key, const struct strlist *list);
