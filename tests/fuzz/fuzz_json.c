/* json: what the scanner lets through cJSON reads, and the static program reads the same; written out and read again it is the same.
 * Byte 0: flags, then the text. */
#include <cjson/cJSON.h>
#include <string.h>

#include "core/json.h"
#include "core/json_build.h"
#include "core/json_library.h"
#include "core/json_scan.h"
#include "core/mem.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_TEXT = 1 << 24 };

/* NOLINTNEXTLINE(misc-no-recursion): as deep as JSON_MAX_DEPTH */
static void write_value(const struct json_doc *d, const struct json_value *v, struct json_out *o)
{
    struct err e = ERR_INIT;
    const char *text = NULL;
    int64_t number = 0;
    bool yes = false;
    switch (json_type(v)) {
    case JSON_NULL:
        json_out_string(o, json_key(v), NULL);
        return;
    case JSON_BOOL:
        FUZZ_CHECK(json_get_bool(d, v, &yes, &e) == 0);
        json_out_bool(o, json_key(v), yes);
        return;
    case JSON_NUMBER:
        if (json_get_int(d, v, INT64_MIN, INT64_MAX, &number, &e) == 0)
            json_out_int(o, json_key(v), number);
        else
            json_out_string(o, json_key(v), "a fraction");
        return;
    case JSON_STRING:
        FUZZ_CHECK(json_get_string(d, v, &text, &e) == 0);
        json_out_string(o, json_key(v), text);
        return;
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    bool is_array = json_type(v) == JSON_ARRAY;
    json_out_open(o, json_key(v), is_array ? '[' : '{');
    for (const struct json_value *m = json_first(v); m; m = json_next(m))
        write_value(d, m, o);
    json_out_close(o, is_array ? ']' : '}');
}

static void check_places(const struct json_doc *d, unsigned lines)
{
    AUTO(str_release) struct str pointer = STR_INIT(MAX_TEXT);
    unsigned last = 1;
    for (const struct json_value *v = json_first(json_doc_root(d)); v; v = json_next(v)) {
        unsigned line = json_line(d, v);
        FUZZ_CHECK(line >= last && line <= lines);
        last = line;
        str_clear(&pointer);
        json_pointer(d, v, &pointer);
        FUZZ_CHECK(pointer.buf[0] == '/');
    }
}

static bool same_text(const char *a, const char *b)
{
    return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as JSON_MAX_DEPTH */
static void check_same(const cJSON *a, const cJSON *b)
{
    for (; a && b; a = a->next, b = b->next) {
        FUZZ_CHECK(a->type == b->type && same_text(a->string, b->string) && same_text(a->valuestring, b->valuestring));
        FUZZ_CHECK(memcmp(&a->valuedouble, &b->valuedouble, sizeof a->valuedouble) == 0);
        check_same(a->child, b->child);
    }
    FUZZ_CHECK(!a && !b);
}

/* What cJSON makes of the text and what json_build does. */
static void check_built(const char *text, size_t len, unsigned flags)
{
    struct err e = ERR_INIT;
    struct json_library library = {0};
    AUTO(mem_free_ptr) char *scanned = mem_alloc(len + 1);
    const struct json_source source = {.text = text, .len = len, .flags = flags};
    FUZZ_CHECK(json_scan(&source, "x", scanned, &e) == 0 && json_library_load(&library, &e) == 0);
    cJSON *one = library.parse(scanned, strlen(scanned) + 1, NULL, true);
    cJSON *other = json_build(scanned, strlen(scanned) + 1, NULL, true);
    FUZZ_CHECK(one != NULL && other != NULL);
    check_same(one, other);
    library.remove(one);
    json_build_free(other);
}

static struct json_doc *parse(const char *text, size_t len, unsigned flags)
{
    struct err e = ERR_INIT;
    struct json_doc *d = NULL;
    if (json_doc_parse(text, len, "x", flags, &d, &e) == 0)
        return d;
    FUZZ_CHECK(e.class == ERR_INPUT && strncmp(e.text, "x:", 2) == 0 && !strchr(e.text, '\n'));
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    unsigned lines = 1;
    for (size_t i = 1; i < size; i++)
        lines += data[i] == '\n';
    AUTO(json_doc_free_ptr) struct json_doc *d = parse((const char *)data + 1, size - 1, data[0] & JSON_COMMENTS);
    if (!d)
        return 0;
    check_places(d, lines);
    check_built((const char *)data + 1, size - 1, data[0] & JSON_COMMENTS);
    AUTO(str_release) struct str first = STR_INIT(MAX_TEXT);
    AUTO(str_release) struct str second = STR_INIT(MAX_TEXT);
    struct json_out o = JSON_OUT_INIT(&first);
    struct json_out again = JSON_OUT_INIT(&second);
    write_value(d, json_doc_root(d), &o);
    AUTO(json_doc_free_ptr) struct json_doc *back = parse(first.buf, first.len, 0);
    FUZZ_CHECK(back != NULL);
    write_value(back, json_doc_root(back), &again);
    FUZZ_CHECK(strcmp(first.buf, second.buf) == 0);
    return 0;
}
