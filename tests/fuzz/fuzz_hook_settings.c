/* hook_settings: what is accepted makes a script for every shell, and each name in it is one a shell may see bare. Input: hook.json. */
#include "core/mem.h"
#include "hooks/hook.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char dir[] = "/a b";
    char exe[] = "/it's/nono";
    const struct world w = {.exe = exe, .data_dir = dir, .runtime_dir = dir};
    struct err e = ERR_INIT;
    AUTO(hook_settings_release) struct hook_settings s = {.programs = STRLIST_INIT};
    if (hook_settings_parse((const char *)data, size, "hook.json", &s, &e) < 0) {
        FUZZ_CHECK(e.class != 0 && e.text[0] != '\0');
        return 0;
    }
    FUZZ_CHECK(s.programs.n <= HOOK_PROGRAMS_MAX && (s.profile == NULL || s.profile[0] != '\0'));
    for (size_t i = 0; i < s.programs.n; i++)
        FUZZ_CHECK(hook_name_is_valid(s.programs.item[i]));
    for (int shell = HOOK_BASH; hook_shell_names[shell] != NULL; shell++) {
        AUTO(str_release) struct str text = STR_INIT(STR_MAX_SCRIPT);
        FUZZ_CHECK(hook_script((enum hook_shell)shell, &w, &s, &s.programs, &text, &e) == 0);
    }
    return 0;
}
