/* cmd: any words are parsed or refused with one line that says where to read on. Input: words, each ended by NUL. */
#include <string.h>

#include "core/mem.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/sample_commands.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e = ERR_INIT;
    struct cmd_parsed p = {0};
    struct strlist words = STRLIST_INIT;
    strlist_add(&words, "nono");
    for (size_t at = 0; at < size;) {
        size_t len = strnlen((const char *)data + at, size - at);
        strlist_add_take(&words, mem_strndup((const char *)data + at, len));
        at += len + 1;
    }
    if (cmd_parse(sample_table, sample_groups, (int)words.n, words.item, &p, &e) < 0) {
        FUZZ_CHECK(e.class == ERR_USAGE && strstr(e.text, "(see 'nono") && !strpbrk(e.text, "\n\033"));
    } else {
        FUZZ_CHECK(!p.args || p.cmd);
        FUZZ_CHECK(!p.args || !(p.help || p.version));
        const struct cmd_args_head *head = p.args;
        FUZZ_CHECK(!head || head->operands.n < words.n);
        cmd_parsed_release(&p);
    }
    strlist_release(&words);
    return 0;
}
