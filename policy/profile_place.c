/* profile_place: where a value was written, and the line of it, looked up only when there is an error to report. */
#include "policy/profile.h"

#include <string.h>

#include "core/fs.h"
#include "core/json.h"
#include "core/mem.h"
#include "core/quote.h"

void profile_place_release(struct profile_place *p)
{
    mem_free(p->profile);
    *p = (struct profile_place){0};
}

/* Every item of every profile has a place: one allocation each, not three. */
static struct profile_place place_make(const struct profile_place *p, const char *pointer)
{
    size_t n_profile = strlen(p->profile) + 1;
    size_t n_source = strlen(p->source) + 1;
    size_t n_pointer = strlen(pointer) + 1;
    char *block = mem_resize(NULL, n_profile + n_source + n_pointer, 1);
    memcpy(block, p->profile, n_profile);
    memcpy(block + n_profile, p->source, n_source);
    memcpy(block + n_profile + n_source, pointer, n_pointer);
    return (struct profile_place){.profile = block, .source = block + n_profile, .pointer = block + n_profile + n_source};
}

struct profile_place profile_place_below(const struct profile_place *p, const char *key)
{
    AUTO(str_release) struct str pointer = STR_INIT(STR_MAX_PROFILE);
    str_add(&pointer, p->pointer);
    str_addc(&pointer, '/');
    for (; *key; key++) {
        if (*key == '~' || *key == '/')
            str_add(&pointer, *key == '~' ? "~0" : "~1");
        else
            str_addc(&pointer, *key);
    }
    return place_make(p, pointer.buf);
}

struct profile_place profile_place_dup(const struct profile_place *p)
{
    return place_make(p, p->pointer);
}

/* The member or element that the first part of *at names; *at is moved behind it. */
static const struct json_value *child_of(const struct json_value *v, const char **at)
{
    AUTO(str_release) struct str key = STR_INIT(STR_MAX_PROFILE);
    const char *c = *at + 1;
    for (; *c && *c != '/'; c++) {
        if (*c == '~' && (c[1] == '0' || c[1] == '1'))
            str_addc(&key, *++c == '0' ? '~' : '/');
        else
            str_addc(&key, *c);
    }
    *at = c;
    if (json_type(v) == JSON_OBJECT)
        return json_member(v, key.buf);
    size_t index = 0;
    for (const char *digit = key.buf; *digit >= '0' && *digit <= '9' && index < PROFILE_MAX_ITEMS; digit++)
        index = index * 10 + (size_t)(*digit - '0');
    v = json_first(v);
    while (v && index-- > 0)
        v = json_next(v);
    return v;
}

struct json_doc *profile_place_open(const char *source)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE);
    struct json_doc *doc = NULL;
    struct err ignored = ERR_INIT;
    static struct json_sink nobody; /* has room for nothing: a key that stands twice does not hide the others */
    if (source[0] != '/' || fs_read_named(source, &text, &ignored) < 0)
        return NULL;
    const struct json_source from = {.text = text.buf, .len = text.len, .name = source, .flags = JSON_COMMENTS, .sink = &nobody};
    return json_doc_read(&from, &doc, &ignored) < 0 ? NULL : doc;
}

unsigned profile_place_line_in(const struct json_doc *doc, const char *pointer)
{
    const struct json_value *v = json_doc_root(doc);
    while (v && *pointer)
        v = child_of(v, &pointer);
    return v ? json_line(doc, v) : 0;
}

unsigned profile_place_line(const struct profile_place *p)
{
    AUTO(json_doc_free_ptr) struct json_doc *doc = profile_place_open(p->source);
    return doc ? profile_place_line_in(doc, p->pointer) : 0;
}

int profile_place_add(const struct profile_place *p, struct err *e)
{
    AUTO(mem_free_ptr) char *source = quote_term_dup(p->source);
    AUTO(mem_free_ptr) char *pointer = quote_term_dup(p->pointer);
    unsigned line = profile_place_line(p);
    return line ? err_add(e, "%s:%u: %s", source, line, pointer) : err_add(e, "%s: %s", source, pointer);
}
