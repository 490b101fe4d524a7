/* git_config: reading ends; a text is no change against itself, when it can be read; what was let through can be read again. */
#include <string.h>

#include "core/git_config.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct git_config c;
    struct git_config_entry entry;
    char why[GIT_CONFIG_MAX_NAME];
    const struct git_config_place place = {.depth = 3};
    const char *text = (const char *)data;
    const char *half = size ? memchr(text, '\1', size) : NULL;
    struct view first = {text, half ? (size_t)(half - text) : size};
    struct view second = {half ? half + 1 : text, half ? size - first.len - 1 : 0};
    size_t n = 0;
    int r;
    git_config_init(&c, first);
    while ((r = git_config_next(&c, &entry)) > 0) {
        FUZZ_CHECK(strlen(entry.name) > 0 && ++n <= size + 1);
        FUZZ_CHECK(entry.has_value || !*entry.value);
    }
    FUZZ_CHECK(git_config_is_safe_change(first, first, place, why) == (r == 0));
    bool there = git_config_is_safe_change(first, second, place, why);
    bool back = git_config_is_safe_change(second, first, place, why);
    FUZZ_CHECK(there == back && (!there || r == 0));
    return 0;
}
