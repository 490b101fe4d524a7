/* profile_edit: whatever is asked for, the result is JSON, and what was added is there. Byte 0: the verb; then two lines, a key and a value; then
 * the text. */
#include <string.h>

#include "core/json.h"
#include "core/mem.h"
#include "policy/profile_edit.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_TEXT = 1 << 16 };

static void parses(const struct str *text)
{
    AUTO(json_doc_free_ptr) struct json_doc *d = NULL;
    struct err e = ERR_INIT;
    FUZZ_CHECK(json_doc_parse(text->buf, text->len, "x", JSON_COMMENTS, &d, &e) == 0);
}

/* Up to the end of the line; *at moves behind it. Caller owns. */
static char *take_line(const char **at, const char *end)
{
    const char *newline = memchr(*at, '\n', (size_t)(end - *at));
    const char *stop = newline ? newline : end;
    char *line = mem_strndup(*at, (size_t)(stop - *at));
    *at = newline ? newline + 1 : end;
    return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char home[] = "/home/u";
    static const struct world world = {
        .home = home, .tmpdir = home, .config_home = home, .data_home = home, .state_home = home, .cache_home = home};
    if (size < 1 || size > MAX_TEXT)
        return 0;
    const char *at = (const char *)data + 1;
    const char *end = (const char *)data + size;
    AUTO(mem_free_ptr) char *key = take_line(&at, end);
    AUTO(mem_free_ptr) char *value = take_line(&at, end);
    AUTO(mem_free_ptr) char *text = mem_strndup(at, (size_t)(end - at));
    AUTO(strlist_release) struct strlist values = STRLIST_INIT;
    AUTO(str_release) struct str once = STR_INIT(STR_MAX_PROFILE), twice = STR_INIT(STR_MAX_PROFILE);
    struct err e = ERR_INIT;
    if (*value)
        strlist_add(&values, value);
    const struct profile_edit edit = {.world = &world, .verb = (enum profile_edit_verb)(data[0] % 3), .key = key, .values = &values};
    if (profile_edit_apply(&edit, text, strlen(text), &once, &e) < 0) {
        FUZZ_CHECK(e.class && *e.text && !strchr(e.text, '\n') && once.len == 0);
        return 0;
    }
    parses(&once);
    if (edit.verb == PROFILE_EDIT_REMOVE)
        return 0;
    FUZZ_CHECK(profile_edit_apply(&edit, once.buf, once.len, &twice, &e) == 0);
    FUZZ_CHECK(strcmp(once.buf, twice.buf) == 0);
    return 0;
}
