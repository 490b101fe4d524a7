/* complete: whatever was typed, the answer is lines that extend it, and one directive. Input: a byte for the cursor, then words,
 * each ended by NUL; for bash the first of them is the line. */
#include <string.h>

#include "completions/complete.h"
#include "core/mem.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/sample_commands.h"

static void provide(const void *arg, const struct complete_request *r, struct complete_values *ret)
{
    const char *key = complete_operand(r, VAL_KEY);
    (void)arg;
    strlist_add(&ret->value, r->prefix);
    ret->as = key ? (enum cmd_value)(strlen(key) % (VAL_CHOICE + 1)) : VAL_NONE;
    strlist_add(&ret->value, "a b'c\"d$e\\f");
    strlist_add(&ret->value, "plain");
    strlist_add(&ret->description, "x\ny");
}

static const struct complete_source source = {.table = sample_table, .groups = sample_groups, .provider = provide, .paths = true};

/* Every line but the last starts with `cur`; the last is a directive. */
static void check_answer(const char *answer, const char *cur)
{
    size_t len = strlen(answer);
    FUZZ_CHECK(len > 1 && answer[len - 1] == '\n');
    while (*answer) {
        size_t line = strcspn(answer, "\n");
        bool is_last = answer[line + 1] == '\0';
        FUZZ_CHECK(!is_last || (answer[0] == ':' && strspn(answer, ":0123456789") == line));
        FUZZ_CHECK(is_last || strncmp(answer, cur, strlen(cur)) == 0);
        answer += line + 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    AUTO(str_release) struct str out = STR_INIT(1 << 24);
    AUTO(str_release) struct str bash = STR_INIT(1 << 24);
    struct strlist words = STRLIST_INIT;
    for (size_t at = 1; at < size;) {
        size_t len = strnlen((const char *)data + at, size - at);
        strlist_add_take(&words, mem_strndup((const char *)data + at, len));
        at += len + 1;
    }
    int cword = (int)(int8_t)data[0];
    complete_answer(&source, (int)words.n, words.item, cword, &out);
    check_answer(out.buf, cword > 0 && (size_t)cword < words.n ? words.item[cword] : "");
    struct complete_bash asked = {.line = words.n > 0 ? words.item[0] : "", .breaks = " \t\n\"'@><=;|&(:", .type = '?', .columns = size};
    complete_answer_bash(&source, &asked, &bash);
    check_answer(bash.buf, "");
    strlist_release(&words);
    return 0;
}
