/* quote: read back, a quoted word is the word; what goes to a terminal has nothing that it obeys. */
#include <stdbool.h>
#include <string.h>

#include "core/mem.h"
#include "core/quote.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_QUOTED = 1 << 24 };

/* sh's rules for a word of '…', \c and bare characters; NULL when it is more than one word. */
static char *read_sh(const char *p)
{
    AUTO(str_release) struct str word = STR_INIT(MAX_QUOTED);
    while (*p) {
        if (*p == '\'') {
            const char *end = strchr(p + 1, '\'');
            if (!end)
                return NULL;
            str_addn(&word, p + 1, (size_t)(end - p - 1));
            p = end + 1;
        } else if (*p == '\\' && p[1]) {
            str_addc(&word, p[1]);
            p += 2;
        } else if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-", *p)) {
            str_addc(&word, *p++);
        } else {
            return NULL;
        }
    }
    return str_take(&word);
}

/* fish's rules for one '…'. */
static char *read_fish(const char *p)
{
    AUTO(str_release) struct str word = STR_INIT(MAX_QUOTED);
    if (*p++ != '\'')
        return NULL;
    for (; *p && *p != '\''; p++) {
        if (*p == '\\' && (p[1] == '\\' || p[1] == '\''))
            p++;
        str_addc(&word, *p);
    }
    return strcmp(p, "'") == 0 ? str_take(&word) : NULL;
}

/* Control bytes, and the UTF-8 of C1, of bidi controls and of line separators; found by their bytes, unlike in core/quote.c. */
static bool has_control(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p < 0x20 || *p == 0x7f || (p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f) || (p[0] == 0xd8 && p[1] == 0x9c))
            return true;
        if (p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0x8e || p[2] == 0x8f || (p[2] >= 0xa8 && p[2] <= 0xae)))
            return true;
        if (p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9)
            return true;
    }
    return false;
}

static void check_terminal(const char *word)
{
    AUTO(str_release) struct str once = STR_INIT(MAX_QUOTED);
    AUTO(str_release) struct str twice = STR_INIT(MAX_QUOTED);
    quote_term(&once, word);
    quote_term(&twice, once.buf);
    FUZZ_CHECK(!has_control(once.buf));
    FUZZ_CHECK(strcmp(once.buf, twice.buf) == 0);
    FUZZ_CHECK(once.len <= 4 * strlen(word));
}

static void check_documents(const char *word)
{
    AUTO(str_release) struct str json = STR_INIT(MAX_QUOTED);
    AUTO(str_release) struct str roff = STR_INIT(MAX_QUOTED);
    quote_json(&json, word);
    FUZZ_CHECK(!has_control(json.buf) && json.buf[0] == '"' && json.buf[json.len - 1] == '"');
    for (size_t i = 1; i + 1 < json.len; i++) {
        FUZZ_CHECK(json.buf[i] != '"');
        i += json.buf[i] == '\\';
        FUZZ_CHECK(i + 1 < json.len);
    }
    quote_roff(&roff, word);
    for (size_t i = 0; i < roff.len; i++)
        FUZZ_CHECK(roff.buf[i] >= ' ' && roff.buf[i] < 0x7f && roff.buf[i] != '"');
    FUZZ_CHECK(roff.buf[0] != '.' && roff.buf[0] != '\'');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(mem_free_ptr) char *word = mem_strndup((const char *)data, size);
    AUTO(str_release) struct str sh = STR_INIT(MAX_QUOTED);
    AUTO(str_release) struct str fish = STR_INIT(MAX_QUOTED);
    AUTO(str_release) struct str raw = STR_INIT(MAX_QUOTED);
    quote_sh(&sh, word);
    quote_fish(&fish, word);
    AUTO(mem_free_ptr) char *from_sh = read_sh(sh.buf);
    AUTO(mem_free_ptr) char *from_fish = read_fish(fish.buf);
    FUZZ_CHECK(from_sh && sh.len > 0 && strcmp(from_sh, word) == 0);
    FUZZ_CHECK(from_fish && strcmp(from_fish, word) == 0);
    check_terminal(word);
    check_documents(word);
    /* With embedded NULs. */
    quote_termn(&raw, (const char *)data, size);
    FUZZ_CHECK(raw.len == strlen(raw.buf) && !has_control(raw.buf));
    return 0;
}
